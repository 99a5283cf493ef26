/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checksums and digests over memory: one table entry per algorithm, used by
 * the crc32, md5sum, sha1sum, sha256sum commands. A new algorithm is one new file.
 */
#ifndef VIREO_LIB_HASH_H
#define VIREO_LIB_HASH_H

#include <stddef.h>
#include <stdint.h>

#include <lib/table.h>

#define HASH_MAX_DIGEST 32
#define HASH_CTX_WORDS  16 /* uint64_t words that hold any algorithm's state */

struct hash_ctx {
	uint64_t total; /* bytes taken so far */
	uint64_t state[HASH_CTX_WORDS];
	uint8_t block[64]; /* an input block not yet complete */
};

struct hash_alg {
	const char *name;   /* "md5", "sha256", … */
	size_t digest_size; /* bytes */
	void (*init)(struct hash_ctx *ctx);
	void (*update)(struct hash_ctx *ctx, const void *data, size_t len);
	void (*final)(struct hash_ctx *ctx, uint8_t *digest);
};

TABLE_DECLARE(hash, const struct hash_alg);

extern const struct hash_alg hash_sha256;

/* hash_find - by name; NULL when there is none. */
const struct hash_alg *hash_find(const char *name);

/* crc32 - the usual one (reflected 0xEDB88320, as in zlib, GPT, Ethernet).
 * Start with @crc 0, pass the result back in to go on. */
uint32_t crc32(uint32_t crc, const void *data, size_t len);

/* crc32c - Castagnoli's (reflected 0x82F63B78), nothing inverted, as ext4 has it: start
 * with ~0, pass the result back in to go on. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

#endif
