/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources of random bytes, in the order they registered, and what serves when none
 * does: bytes made of the seeds that QEMU puts into the device tree for the kernel.
 *
 *	key   = SHA-256(label "seed", key, seed)             for each seed
 *	bytes = SHA-256(label "bytes", key, counter, ticks)  for each 32 of them
 *
 * The kernel gets the same seeds and loses nothing by that: no seed can be had from
 * the key or from the bytes (SHA-256 goes one way), and the labels keep what is made
 * here apart from what anybody else makes of the seeds. A tree given with -dtb has the
 * same seeds at every start; then only the ticks differ.
 */
#include <core/random.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <arch/timer.h>
#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/hash.h>

#define BLOCK       32 /* bytes of a digest */
#define LABEL_SEED  "Vireo random seed"
#define LABEL_BYTES "Vireo random bytes"

static struct random_source *sources;

static struct {
	uint8_t key[BLOCK];
	uint64_t counter; /* blocks made */
	bool seeded;
} pool;

void random_register(struct random_source *src)
{
	struct random_source **end = &sources;

	while (*end)
		end = &(*end)->next;
	src->next = NULL;
	*end = src;
}

struct random_source *random_source(unsigned int n)
{
	struct random_source *src = sources;

	while (src && n--)
		src = src->next;
	return src;
}

/* @label with the NUL that ends it: none is the beginning of another. */
static void digest(const char *label, const void *data, size_t len,
		   uint8_t out[BLOCK])
{
	struct hash_ctx ctx;

	hash_sha256.init(&ctx);
	hash_sha256.update(&ctx, label, strlen(label) + 1);
	hash_sha256.update(&ctx, pool.key, sizeof(pool.key));
	hash_sha256.update(&ctx, data, len);
	hash_sha256.final(&ctx, out);
}

static bool all_zero(const uint8_t *p, size_t len)
{
	while (len && !p[len - 1])
		len--;
	return !len;
}

/* Whoever uses a seed up may leave zeros in its place. */
void random_seed(const void *seed, size_t len)
{
	if (all_zero(seed, len))
		return;
	digest(LABEL_SEED, seed, len, pool.key);
	pool.seeded = true;
}

static void make_bytes(uint8_t *p, size_t len)
{
	uint8_t block[BLOCK], now[16];

	while (len) {
		size_t n = (size_t)min_u64(len, sizeof(block));

		put_le64(now, pool.counter++);
		put_le64(now + 8, timer_ticks());
		digest(LABEL_BYTES, now, sizeof(now), block);
		memcpy(p, block, n);
		p += n;
		len -= n;
	}
}

int random_device_bytes(void *buf, size_t len)
{
	int ret = -ENODEV;

	for (struct random_source *src = sources; src; src = src->next) {
		ret = src->read(src, buf, len);
		if (ret != -EIO)
			break;
	}
	return ret;
}

int random_bytes(void *buf, size_t len)
{
	int ret = random_device_bytes(buf, len);

	if ((ret != -ENODEV && ret != -EIO) || !pool.seeded)
		return ret;
	make_bytes(buf, len);
	return 0;
}
