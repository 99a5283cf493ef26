/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CRC-32 as in zlib, GPT and Ethernet: polynomial 0x04C11DB7 reflected, start
 * and end inverted. Eight tables let a turn take eight bytes. They are worked out at
 * the first use (some 13,000 instructions, where a constant 8 KiB would be the
 * larger part of a small image); a boot that checks no CRC pays nothing.
 */
#include <lib/hash.h>

#include <stdbool.h>

#include <lib/byteorder.h>

#define POLYNOMIAL 0xedb88320u

static struct {
	bool ready;
	uint32_t t[8][256]; /* t[k][b]: byte b followed by k zero bytes */
} tables;

static void make_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (POLYNOMIAL & (0 - (c & 1)));
		tables.t[0][i] = c;
	}
	for (int k = 1; k < 8; k++)
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t c = tables.t[k - 1][i];

			tables.t[k][i] = c >> 8 ^ tables.t[0][c & 0xff];
		}
	tables.ready = true;
}

/* @p is 8-byte aligned. */
static uint32_t eight_bytes(uint32_t crc, const uint8_t *p)
{
	uint64_t v = *(const uint64_t *)(const void *)p ^ crc;

	return tables.t[7][v & 0xff] ^ tables.t[6][v >> 8 & 0xff] ^
	       tables.t[5][v >> 16 & 0xff] ^ tables.t[4][v >> 24 & 0xff] ^
	       tables.t[3][v >> 32 & 0xff] ^ tables.t[2][v >> 40 & 0xff] ^
	       tables.t[1][v >> 48 & 0xff] ^ tables.t[0][v >> 56];
}

static uint32_t one_byte(uint32_t crc, uint8_t b)
{
	return crc >> 8 ^ tables.t[0][(crc ^ b) & 0xff];
}

uint32_t crc32(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (!tables.ready)
		make_tables();
	crc = ~crc;
	for (; len && ((uintptr_t)p & 7); len--)
		crc = one_byte(crc, *p++);
	for (; len >= 8; len -= 8, p += 8)
		crc = eight_bytes(crc, p);
	for (; len; len--)
		crc = one_byte(crc, *p++);
	return ~crc;
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
