/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Digests: the documents' own vectors, lengths around every block boundary (the
 * expected sums were made with Python's hashlib and zlib), and that any way of
 * cutting the input gives the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <lib/compiler.h>
#include <lib/hash.h>

static const char *digest_text(const struct hash_alg *alg,
			       const uint8_t *digest)
{
	static char text[2 * HASH_MAX_DIGEST + 1];

	for (size_t i = 0; i < alg->digest_size; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return text;
}

/* The digest of @len bytes, fed in pieces of @piece. */
static const char *digest(const char *name, const void *data, size_t len,
			  size_t piece)
{
	const struct hash_alg *alg = hash_find(name);
	uint8_t out[HASH_MAX_DIGEST];
	struct hash_ctx ctx;

	assert_non_null(alg);
	/* Old contents of a context must not matter. */
	memset(&ctx, 0xa5, sizeof(ctx));
	alg->init(&ctx);
	for (size_t done = 0; done < len; done += piece)
		alg->update(&ctx, (const char *)data + done,
			    min_u64(piece, len - done));
	alg->final(&ctx, out);
	return digest_text(alg, out);
}

static const struct {
	const char *alg, *text, *sum;
} documented[] = {
	/* RFC 1321, A.5 */
	{ "md5", "", "d41d8cd98f00b204e9800998ecf8427e" },
	{ "md5", "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
	/* FIPS 180-4's examples */
	{ "sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ "sha1", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
	{ "sha256", "abc",
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "sha256", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	/* the check value that CRC catalogues give */
	{ "crc32", "123456789", "cbf43926" },
	{ "crc32", "", "00000000" },
};

static void vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(documented); i++)
		assert_string_equal(digest(documented[i].alg,
					   documented[i].text,
					   strlen(documented[i].text), 64),
				    documented[i].sum);
}

/* Byte i is i * 7 + 3. */
static void fill(uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 7 + 3);
}

static const struct {
	size_t len;
	const char *crc32, *md5, *sha1, *sha256;
} lengths[] = {
	{ 1, "4b0bbe37", "8666683506aacd900bbd5a74ac4edf68",
	  "9842926af7ca0a8cca12604f945414f07b01e13d",
	  "084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5" },
	{ 3, "6d58af33", "c9aee4810523ef8658121b8d492c6b41",
	  "4201de9f98cb0a9b8cf52398be7802b55d45266a",
	  "6ab0dba1f4f1dfbb37b4f9eeb092c09fca4900ad32bdcd147d8dde35d6c87c35" },
	{ 7, "54491cdb", "cba0d4629465fa7ec898b1c04cb03904",
	  "8f61e051db8f5bfa67d8eff0c40cf868f68e70bb",
	  "ab764db46a4b504f034619a51475e900366a04738693b13a742845930daf74e4" },
	{ 8, "e2e35978", "dab7d36c74183625ebceb4b3107d7e43",
	  "cef03cc4db41ecf2c7956e8b06dc6b0b8015f260",
	  "0865c1be255b33b69c4c1b7df3646cd2b7feab36f595044ab191176f1668d9ad" },
	{ 9, "3d351cfe", "94b32a20105751663116174b88c2feeb",
	  "6cad7098fc6c42a32b5fe6536f157ff570772cd0",
	  "172f3d817c5cccf034df5292b9dbc5490622eb8c21f8a342e695ece40044c4a7" },
	{ 55, "30c94412", "52c0e574e1198de5fe3f8f11440dcb1b",
	  "ddf57317ef34bfee3b6df83d359098930eb278bc",
	  "e7313d333c272e639f790978283f9eb392e843d0f29b7016828bb1daa4aac70b" },
	{ 56, "cb5e10b8", "46c9907fc908ee68b1e7b8e71286a518",
	  "a0d492bb0fc889d0eca3bc137066ab6f4f74f369",
	  "4324d65f3c103567f5589c710bc08f8523f929a9272e3af36fc968e52abc6c27" },
	{ 57, "6d19d08b", "1c805dd236c35cab25fcb1bc73802c51",
	  "11a02dcf95859677a62e75024067c22b165d890f",
	  "35df609437dcfea3279283ab79fd554e2bf78f8f7ae2de532d8ee300b09e8f73" },
	{ 63, "b7350c2a", "a62f6d59e837867693f042f5b8f5a236",
	  "c55856749bef509bdfe6bfebfc7bf4e793e82132",
	  "81c80242132f230c3bd41b3e63bbcff16107339549214a99614ff26664625055" },
	{ 64, "cbd9ecf0", "7160b8fb5e9e4023d549c3971fbaeead",
	  "bede92be29c3874e1b54ddc77988d606fc857a8e",
	  "39e3d7b6b5d075d37d053ad89b24b41bef4f3c29760c84447cab3f3be1882241" },
	{ 65, "6d195777", "70bd662e7aefbda85a0f7244167b7897",
	  "b05a80522b053d6dc7e0a517d0e70212c7dad11f",
	  "aacca6ff74fdbb296d165a45cecfa04e5127bc008770fbbdd48006f2d2fae95e" },
	{ 119, "fd968703", "e84905d4214f4d1ca56c2cdcc152b143",
	  "504e27376a6e0f0dba8295b85cb25dc4dfa17d23",
	  "9ce7368e4daf32341631b492e80359dc9f594b48453cd0dd5bf0b19279cc177e" },
	{ 120, "3a47ad39", "e3eb5a6c8669ea01a8c185b8abc8a5dc",
	  "82134b02fb3f702491be9bed581eeab59334acb2",
	  "7836b787757e95e58b3ca5aec90b1b004e8deba1e50e9675af9cabf1a13a04b5" },
	{ 127, "efb66daa", "acce2474d6cc8302120d09c818d17ef7",
	  "34d5e582029e9b9b85b2febe31da3db7cdabaaea",
	  "a8d23e75d936f303d248888d9b165ee543f4cbafcad3c9dd2a79bd84faa11d07" },
	{ 128, "bd5d2e01", "10b2da1a82f16d99a81a7203fe9f02cb",
	  "a09133e6730ffe899efb70204cb5646cd5dc24ee",
	  "d2742f1f4ac6bb7ca2b239ee18402ba8b3f9f8e652d2a72973c2b9ba11c08cf6" },
	{ 129, "d10950af", "03fefbbcebe2959cf2270241aafe0250",
	  "808aea332ce367541d37adae7f94e59c5c1a934e",
	  "307f8fc2c1622b92762e818d39a185d4d667ad49a4b07ceae1f4afa008a93ec4" },
	{ 255, "8af1eb92", "63bada79fee9101a5abc3841d5de0b11",
	  "da81fcfbf37e226a0113af12bb6e9271b828c012",
	  "3c8af6e36699077166f180b277f93992e354c66a63a3541ef18d61524eac85e9" },
};

static void boundaries(void **state)
{
	uint8_t data[256];

	(void)state;
	fill(data, sizeof(data));
	for (size_t i = 0; i < array_size(lengths); i++) {
		size_t len = lengths[i].len;

		assert_string_equal(digest("crc32", data, len, 64),
				    lengths[i].crc32);
		assert_string_equal(digest("md5", data, len, 64),
				    lengths[i].md5);
		assert_string_equal(digest("sha1", data, len, 64),
				    lengths[i].sha1);
		assert_string_equal(digest("sha256", data, len, 64),
				    lengths[i].sha256);
	}
}

/* Pieces of every size, from every alignment. */
static void pieces(void **state)
{
	uint8_t data[208];

	(void)state;
	for_each_entry (hash, const struct hash_alg, it) {
		const char *name = (*it)->name;
		char want[2 * HASH_MAX_DIGEST + 1];

		fill(data, 200);
		strcpy(want, digest(name, data, 200, 200));
		for (size_t align = 0; align < 8; align++) {
			fill(data + align, 200);
			for (size_t piece = 1; piece <= 200; piece++)
				assert_string_equal(
					digest(name, data + align, 200, piece),
					want);
		}
	}
}

static void names(void **state)
{
	(void)state;
	assert_null(hash_find("sha"));
	assert_null(hash_find("md55"));
	assert_null(hash_find(""));
	assert_int_equal(hash_find("sha256")->digest_size, 32);
}

static void crc_goes_on(void **state)
{
	uint32_t crc = crc32(0, "1234", 4);

	(void)state;
	assert_int_equal(crc32(crc, "56789", 5), 0xcbf43926);
	assert_int_equal(crc32(crc, "", 0), crc);
	/* Castagnoli's, whose check value is that of the inverted result */
	crc = crc32c(~0u, "1234", 4);
	assert_int_equal(~crc32c(crc, "56789", 5), 0xe3069283);
	assert_int_equal(crc32c(crc, "", 0), crc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),     cmocka_unit_test(boundaries),
		cmocka_unit_test(pieces),      cmocka_unit_test(names),
		cmocka_unit_test(crc_goes_on),
	};

	return cmocka_run_group_tests_name("lib_hash", tests, NULL, NULL);
}
