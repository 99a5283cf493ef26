/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256. Source: FIPS 180-4, 4.1.2, 4.2.2, 5.3.3 and 6.2. */
#include "hash_priv.h"

#include <lib/byteorder.h>
#include <string.h>

/* 4.2.2: from the cube roots of the first 64 primes */
static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static void sha256_init(struct hash_ctx *ctx)
{
	/* 5.3.3: from the square roots of the first eight primes */
	static const uint32_t start[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	ctx->total = 0;
	memcpy(hash_words(ctx), start, sizeof(start));
}

/* 4.1.2: the six functions, with the standard's names */
static uint32_t Ch(uint32_t x, uint32_t y, uint32_t z)
{
	return (x & y) ^ (~x & z);
}
static uint32_t Maj(uint32_t x, uint32_t y, uint32_t z)
{
	return (x & y) ^ (x & z) ^ (y & z);
}
static uint32_t Sigma0(uint32_t x)
{
	return rotr32(x, 2) ^ rotr32(x, 13) ^ rotr32(x, 22);
}
static uint32_t Sigma1(uint32_t x)
{
	return rotr32(x, 6) ^ rotr32(x, 11) ^ rotr32(x, 25);
}
static uint32_t sigma0(uint32_t x)
{
	return rotr32(x, 7) ^ rotr32(x, 18) ^ x >> 3;
}
static uint32_t sigma1(uint32_t x)
{
	return rotr32(x, 17) ^ rotr32(x, 19) ^ x >> 10;
}

/* 6.2.2; a[0] … a[7] are the standard's a … h */
static void sha256_block(struct hash_ctx *ctx, const uint8_t *p)
{
	uint32_t *h = hash_words(ctx), w[64], a[8];

	for (unsigned int t = 0; t < 16; t++)
		w[t] = get_be32(p + 4 * t);
	for (unsigned int t = 16; t < 64; t++)
		w[t] = sigma1(w[t - 2]) + w[t - 7] + sigma0(w[t - 15]) +
		       w[t - 16];
	memcpy(a, h, sizeof(a));
	for (unsigned int t = 0; t < 64; t++) {
		uint32_t t1 = a[7] + Sigma1(a[4]) + Ch(a[4], a[5], a[6]) +
			      K[t] + w[t];
		uint32_t t2 = Sigma0(a[0]) + Maj(a[0], a[1], a[2]);

		a[7] = a[6];
		a[6] = a[5];
		a[5] = a[4];
		a[4] = a[3] + t1;
		a[3] = a[2];
		a[2] = a[1];
		a[1] = a[0];
		a[0] = t1 + t2;
	}
	for (unsigned int i = 0; i < 8; i++)
		h[i] += a[i];
}

static void sha256_update(struct hash_ctx *ctx, const void *data, size_t len)
{
	hash_blocks(ctx, data, len, sha256_block);
}

static void sha256_final(struct hash_ctx *ctx, uint8_t *digest)
{
	uint8_t length[8];

	put_be64(length, ctx->total * 8);
	hash_finish(ctx, length, sha256_block);
	for (unsigned int i = 0; i < 8; i++)
		put_be32(digest + 4 * i, hash_words(ctx)[i]);
}

const struct hash_alg hash_sha256 = {
	.name = "sha256",
	.digest_size = 32,
	.init = sha256_init,
	.update = sha256_update,
	.final = sha256_final,
};

TABLE_ENTRY(hash, &hash_sha256);
