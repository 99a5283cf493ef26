/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-1, for comparing with sums made elsewhere. Source: FIPS 180-4, 4.1.1 and 6.1. */
#include "hash_priv.h"

#include <lib/byteorder.h>

static void sha1_init(struct hash_ctx *ctx)
{
	uint32_t *h = hash_words(ctx);

	ctx->total = 0;
	h[0] = 0x67452301;
	h[1] = 0xefcdab89;
	h[2] = 0x98badcfe;
	h[3] = 0x10325476;
	h[4] = 0xc3d2e1f0;
}

/* 4.1.1 and 4.2.1: the function and constant of step @t */
static uint32_t mix(unsigned int t, uint32_t x, uint32_t y, uint32_t z)
{
	switch (t / 20) {
	case 0:
		return ((x & y) ^ (~x & z)) + 0x5a827999;
	case 1:
		return (x ^ y ^ z) + 0x6ed9eba1;
	case 2:
		return ((x & y) ^ (x & z) ^ (y & z)) + 0x8f1bbcdc;
	default:
		return (x ^ y ^ z) + 0xca62c1d6;
	}
}

static void sha1_block(struct hash_ctx *ctx, const uint8_t *p)
{
	uint32_t *h = hash_words(ctx), w[80];
	uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	for (unsigned int t = 0; t < 16; t++)
		w[t] = get_be32(p + 4 * t);
	for (unsigned int t = 16; t < 80; t++)
		w[t] = rotl32(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	for (unsigned int t = 0; t < 80; t++) {
		uint32_t next = rotl32(a, 5) + mix(t, b, c, d) + e + w[t];

		e = d;
		d = c;
		c = rotl32(b, 30);
		b = a;
		a = next;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

static void sha1_update(struct hash_ctx *ctx, const void *data, size_t len)
{
	hash_blocks(ctx, data, len, sha1_block);
}

static void sha1_final(struct hash_ctx *ctx, uint8_t *digest)
{
	uint8_t length[8];

	put_be64(length, ctx->total * 8);
	hash_finish(ctx, length, sha1_block);
	for (unsigned int i = 0; i < 5; i++)
		put_be32(digest + 4 * i, hash_words(ctx)[i]);
}

static const struct hash_alg sha1 = {
	.name = "sha1",
	.digest_size = 20,
	.init = sha1_init,
	.update = sha1_update,
	.final = sha1_final,
};

TABLE_ENTRY(hash, &sha1);
