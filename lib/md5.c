/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MD5. It no longer protects against anybody; scripts compare files with it.
 * Source: RFC 1321.
 */
#include "hash_priv.h"

#include <lib/byteorder.h>

/* 3.4: the integer part of 2^32 * |sin(i + 1)| */
static const uint32_t T[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a,
	0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be,
	0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
	0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8,
	0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
	0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
	0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
	0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
	0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static const uint8_t shifts[4][4] = { { 7, 12, 17, 22 },
				      { 5, 9, 14, 20 },
				      { 4, 11, 16, 23 },
				      { 6, 10, 15, 21 } };

static void md5_init(struct hash_ctx *ctx)
{
	uint32_t *h = hash_words(ctx);

	ctx->total = 0;
	h[0] = 0x67452301;
	h[1] = 0xefcdab89;
	h[2] = 0x98badcfe;
	h[3] = 0x10325476;
}

/* What every step does with its round's function @f and block word @x (3.4). */
static uint32_t turn(unsigned int i, uint32_t a, uint32_t b, uint32_t f,
		     uint32_t x)
{
	return b + rotl32(a + f + x + T[i], shifts[i / 16][i % 4]);
}

static void md5_block(struct hash_ctx *ctx, const uint8_t *p)
{
	uint32_t *h = hash_words(ctx);
	uint32_t x[16];
	uint32_t a = h[0], b = h[1], c = h[2], d = h[3], next;

	for (unsigned int i = 0; i < 16; i++)
		x[i] = get_le32(p + 4 * i);
	for (unsigned int i = 0; i < 16; i++) {
		next = turn(i, a, b, (b & c) | (~b & d), x[i]);
		a = d;
		d = c;
		c = b;
		b = next;
	}
	for (unsigned int i = 16; i < 32; i++) {
		next = turn(i, a, b, (b & d) | (c & ~d), x[(5 * i + 1) % 16]);
		a = d;
		d = c;
		c = b;
		b = next;
	}
	for (unsigned int i = 32; i < 48; i++) {
		next = turn(i, a, b, b ^ c ^ d, x[(3 * i + 5) % 16]);
		a = d;
		d = c;
		c = b;
		b = next;
	}
	for (unsigned int i = 48; i < 64; i++) {
		next = turn(i, a, b, c ^ (b | ~d), x[7 * i % 16]);
		a = d;
		d = c;
		c = b;
		b = next;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
}

static void md5_update(struct hash_ctx *ctx, const void *data, size_t len)
{
	hash_blocks(ctx, data, len, md5_block);
}

static void md5_final(struct hash_ctx *ctx, uint8_t *digest)
{
	uint8_t length[8];

	put_le64(length, ctx->total * 8);
	hash_finish(ctx, length, md5_block);
	for (unsigned int i = 0; i < 4; i++)
		put_le32(digest + 4 * i, hash_words(ctx)[i]);
}

static const struct hash_alg md5 = {
	.name = "md5",
	.digest_size = 16,
	.init = md5_init,
	.update = md5_update,
	.final = md5_final,
};

TABLE_ENTRY(hash, &md5);
