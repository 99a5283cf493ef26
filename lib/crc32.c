/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CRC-32 as in zlib, GPT and Ethernet: polynomial 0x04C11DB7 reflected, start
 * and end inverted; and CRC-32C, 0x1EDC6F41, as file systems keep it. Eight tables
 * for each let a turn take eight bytes. They are worked out at
 * the first use (some 13,000 instructions, where a constant 8 KiB would be the
 * larger part of a small image); a boot that checks no CRC pays nothing.
 */
#include <lib/hash.h>

#include <stdbool.h>

#include <lib/byteorder.h>

#define IEEE       0xedb88320u /* reflected */
#define CASTAGNOLI 0x82f63b78u

struct crc_tables {
	bool ready;
	uint32_t t[8][256]; /* t[k][b]: byte b followed by k zero bytes */
};

static struct crc_tables ieee, castagnoli;

static void make_tables(struct crc_tables *c, uint32_t polynomial)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t v = i;

		for (int bit = 0; bit < 8; bit++)
			v = v >> 1 ^ (polynomial & (0 - (v & 1)));
		c->t[0][i] = v;
	}
	for (int k = 1; k < 8; k++)
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t v = c->t[k - 1][i];

			c->t[k][i] = v >> 8 ^ c->t[0][v & 0xff];
		}
	c->ready = true;
}

/* @p is 8-byte aligned. */
static uint32_t eight_bytes(const struct crc_tables *c, uint32_t crc,
			    const uint8_t *p)
{
	uint64_t v = *(const uint64_t *)(const void *)p ^ crc;

	return c->t[7][v & 0xff] ^ c->t[6][v >> 8 & 0xff] ^
	       c->t[5][v >> 16 & 0xff] ^ c->t[4][v >> 24 & 0xff] ^
	       c->t[3][v >> 32 & 0xff] ^ c->t[2][v >> 40 & 0xff] ^
	       c->t[1][v >> 48 & 0xff] ^ c->t[0][v >> 56];
}

static uint32_t one_byte(const struct crc_tables *c, uint32_t crc, uint8_t b)
{
	return crc >> 8 ^ c->t[0][(crc ^ b) & 0xff];
}

/* @c is ready. */
static uint32_t update(const struct crc_tables *c, uint32_t crc,
		       const void *data, size_t len)
{
	const uint8_t *p = data;

	for (; len && ((uintptr_t)p & 7); len--)
		crc = one_byte(c, crc, *p++);
	for (; len >= 8; len -= 8, p += 8)
		crc = eight_bytes(c, crc, p);
	for (; len; len--)
		crc = one_byte(c, crc, *p++);
	return crc;
}

uint32_t crc32(uint32_t crc, const void *data, size_t len)
{
	if (!ieee.ready)
		make_tables(&ieee, IEEE);
	return ~update(&ieee, ~crc, data, len);
}

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
	if (!castagnoli.ready)
		make_tables(&castagnoli, CASTAGNOLI);
	return update(&castagnoli, crc, data, len);
}

static void crc32_init(struct hash_ctx *ctx)
{
	ctx->total = 0;
	ctx->state[0] = 0;
}

static void crc32_update(struct hash_ctx *ctx, const void *data, size_t len)
{
	ctx->total += len;
	ctx->state[0] = crc32((uint32_t)ctx->state[0], data, len);
}

static void crc32_final(struct hash_ctx *ctx, uint8_t *digest)
{
	put_be32(digest, (uint32_t)ctx->state[0]);
}

static const struct hash_alg crc32_alg = {
	.name = "crc32",
	.digest_size = 4,
	.init = crc32_init,
	.update = crc32_update,
	.final = crc32_final,
};

TABLE_ENTRY(hash, &crc32_alg);
