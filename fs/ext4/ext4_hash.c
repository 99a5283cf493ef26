/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hashes of names by which large directories are sorted: the legacy one, half of
 * MD4's transform (RFC 1320 with two of its four words mixed in at a time), and TEA in
 * a Davies-Meyer chain. Each once with characters as signed and once as unsigned numbers:
 * what machines once happened to have.
 */
#include <string.h>

#include "ext4_priv.h"

#define HASH_LEGACY   0u
#define HASH_HALF_MD4 1u
#define HASH_TEA      2u
#define HASH_END      0xfffffffeu /* means the end of a directory */

struct words {
	uint32_t w[8];
};

static uint32_t rotl(uint32_t v, unsigned int n)
{
	return v << n | v >> (32 - n);
}

static uint32_t number(char c, bool is_unsigned)
{
	return is_unsigned ? (uint8_t)c : (uint32_t)(int32_t)(int8_t)c;
}

static uint32_t legacy(const char *name, unsigned int len, bool is_unsigned)
{
	uint32_t hash, hash0 = 0x12a3fe2d, hash1 = 0x37abe8f9;

	while (len--) {
		hash = hash1 + (hash0 ^ number(*name++, is_unsigned) * 7152373);
		if (hash & 0x80000000)
			hash -= 0x7fffffff;
		hash1 = hash0;
		hash0 = hash;
	}
	return hash0 << 1;
}

/* The next @count words of a name, of which @len bytes are left; padded with @len. */
static struct words take(const char *name, unsigned int len, unsigned int count,
			 bool is_unsigned)
{
	uint32_t pad = (len & 0xff) * 0x01010101u;
	struct words out = { { 0 } };

	for (unsigned int i = 0; i < count; i++) {
		uint32_t word = pad;

		for (unsigned int k = 4 * i; k < 4 * i + 4 && k < len; k++)
			word = number(name[k], is_unsigned) + (word << 8);
		out.w[i] = word;
	}
	return out;
}

static uint32_t mix(unsigned int round, uint32_t x, uint32_t y, uint32_t z)
{
	switch (round) {
	case 0:
		return z ^ (x & (y ^ z));
	case 1:
		return (x & y) + ((x ^ y) & z);
	default:
		return x ^ y ^ z;
	}
}

static void half_md4(uint32_t buf[4], const struct words *in)
{
	static const uint8_t order[3][8] = { { 0, 1, 2, 3, 4, 5, 6, 7 },
					     { 1, 3, 5, 7, 0, 2, 4, 6 },
					     { 3, 7, 2, 6, 1, 5, 0, 4 } };
	static const uint8_t turn[3][4] = { { 3, 7, 11, 19 },
					    { 3, 5, 9, 13 },
					    { 3, 9, 11, 15 } };
	static const uint32_t add[3] = { 0, 0x5a827999, 0x6ed9eba1 };
	uint32_t r[4] = { buf[0], buf[1], buf[2], buf[3] };

	for (unsigned int round = 0; round < 3; round++)
		for (unsigned int i = 0; i < 8; i++) {
			/* a, d, c, b take turns */
			uint32_t *a = &r[(4 - i % 4) % 4];
			uint32_t x = r[(5 - i % 4) % 4];
			uint32_t y = r[(6 - i % 4) % 4];
			uint32_t z = r[(7 - i % 4) % 4];

			*a += mix(round, x, y, z) + in->w[order[round][i]] +
			      add[round];
			*a = rotl(*a, turn[round][i % 4]);
		}
	for (unsigned int i = 0; i < 4; i++)
		buf[i] += r[i];
}

static void tea(uint32_t buf[4], const struct words *in)
{
	uint32_t b0 = buf[0], b1 = buf[1], sum = 0;

	for (unsigned int i = 0; i < 16; i++) {
		sum += 0x9e3779b9;
		b0 += ((b1 << 4) + in->w[0]) ^ (b1 + sum) ^
		      ((b1 >> 5) + in->w[1]);
		b1 += ((b0 << 4) + in->w[2]) ^ (b0 + sum) ^
		      ((b0 >> 5) + in->w[3]);
	}
	buf[0] += b0;
	buf[1] += b1;
}

uint32_t ext4_hash(const struct ext4_super *s, unsigned int version,
		   const char *name, unsigned int len)
{
	static const uint32_t start[4] = { 0x67452301, 0xefcdab89, 0x98badcfe,
					   0x10325476 };
	bool is_unsigned = version > HASH_TEA;
	unsigned int kind = version % 3, step = kind == HASH_TEA ? 16 : 32;
	uint32_t buf[4], hash;

	memcpy(buf, start, sizeof(buf));
	if (s->hash_seed[0] | s->hash_seed[1] | s->hash_seed[2] |
	    s->hash_seed[3])
		memcpy(buf, s->hash_seed, sizeof(buf));
	for (unsigned int at = 0; kind != HASH_LEGACY && at < len; at += step) {
		struct words in = take(name + at, len - at, step / 4,
				       is_unsigned);

		if (kind == HASH_TEA)
			tea(buf, &in);
		else
			half_md4(buf, &in);
	}
	hash = kind == HASH_LEGACY ? legacy(name, len, is_unsigned)
				   : buf[kind == HASH_HALF_MD4];
	hash &= ~1u;
	return hash == HASH_END ? HASH_END - 2 : hash;
}
