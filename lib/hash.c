/* SPDX-License-Identifier: BSD-2-Clause */
/* Digest algorithms by name, and the block buffering that they share. */
#include <lib/hash.h>

#include <string.h>

#include "hash_priv.h"

const struct hash_alg *hash_find(const char *name)
{
	for_each_entry (hash, const struct hash_alg, alg)
		if (!strcmp((*alg)->name, name))
			return *alg;
	return NULL;
}

void hash_blocks(struct hash_ctx *ctx, const void *data, size_t len,
		 void (*block)(struct hash_ctx *ctx, const uint8_t *p))
{
	const uint8_t *p = data;
	size_t held = ctx->total % HASH_BLOCK;
	size_t need = HASH_BLOCK - held;

	ctx->total += len;
	if (held && len >= need) {
		memcpy(ctx->block + held, p, need);
		block(ctx, ctx->block);
		p += need;
		len -= need;
		held = 0;
	}
	if (!held)
		for (; len >= HASH_BLOCK; len -= HASH_BLOCK, p += HASH_BLOCK)
			block(ctx, p);
	if (len)
		memcpy(ctx->block + held, p, len);
}

void hash_finish(struct hash_ctx *ctx, const uint8_t length[8],
		 void (*block)(struct hash_ctx *ctx, const uint8_t *p))
{
	size_t held = ctx->total % HASH_BLOCK;

	ctx->block[held++] = 0x80;
	if (held > HASH_BLOCK - 8) {
		memset(ctx->block + held, 0, HASH_BLOCK - held);
		block(ctx, ctx->block);
		held = 0;
	}
	memset(ctx->block + held, 0, HASH_BLOCK - 8 - held);
	memcpy(ctx->block + HASH_BLOCK - 8, length, 8);
	block(ctx, ctx->block);
}
