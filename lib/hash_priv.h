/* SPDX-License-Identifier: BSD-2-Clause */
/* What MD5, SHA-1 and SHA-256 share: 64-byte blocks, and the padding 0x80, zeros,
 * length in bits (RFC 1321, 3.1 and 3.2; FIPS 180-4, 5.1.1). */
#ifndef VIREO_LIB_HASH_PRIV_H
#define VIREO_LIB_HASH_PRIV_H

#include <lib/hash.h>

#define HASH_BLOCK 64

/* hash_blocks - call @block for each whole block of the stream and keep the rest. */
void hash_blocks(struct hash_ctx *ctx, const void *data, size_t len,
		 void (*block)(struct hash_ctx *ctx, const uint8_t *p));

/* hash_finish - pad; @length: the bit count in the algorithm's byte order. */
void hash_finish(struct hash_ctx *ctx, const uint8_t length[8],
		 void (*block)(struct hash_ctx *ctx, const uint8_t *p));

static inline uint32_t rotl32(uint32_t v, unsigned int n)
{
	return v << n | v >> (32 - n);
}
static inline uint32_t rotr32(uint32_t v, unsigned int n)
{
	return v >> n | v << (32 - n);
}

/* The state as 32-bit words; the context only promises room for them. */
static inline uint32_t *hash_words(struct hash_ctx *ctx)
{
	return (uint32_t *)(void *)ctx->state;
}

#endif
