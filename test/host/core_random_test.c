/* SPDX-License-Identifier: BSD-2-Clause */
/* Random bytes: from which source, and what is made of seeds when none serves. */
#include <errno.h>
#include <string.h>

#include "fake/isolated.h"

#include <arch/timer.h>
#include <core/random.h>
#include <lib/byteorder.h>
#include <lib/compiler.h>
#include <lib/hash.h>

static int read_five(struct random_source *src, void *buf, size_t len)
{
	(void)src;
	memset(buf, 5, len);
	return 0;
}

static int fault = -EIO;

static int read_broken(struct random_source *src, void *buf, size_t len)
{
	(void)src;
	memset(buf, 0, len);
	return fault;
}

static struct random_source five = { .name = "five", .read = read_five };
static struct random_source broken = { .name = "broken", .read = read_broken };

static const uint8_t seed[32] = "not known to anybody, of 32 byt";

static void sources(void **state)
{
	uint8_t buf[4] = { 0 };

	(void)state;
	assert_null(random_source(0));
	assert_int_equal(random_bytes(buf, sizeof(buf)), -ENODEV);
	random_register(&five);
	random_register(&broken);
	assert_ptr_equal(random_source(0), &five);
	assert_ptr_equal(random_source(1), &broken);
	assert_null(random_source(2));
	assert_int_equal(random_bytes(buf, 3), 0);
	assert_memory_equal(buf, "\5\5\5\0", 4);
}

static void broken_source(void **state)
{
	uint8_t b;

	(void)state;
	random_register(&broken);
	assert_int_equal(random_bytes(&b, 1), -EIO);
	random_register(&five);
	assert_int_equal(random_bytes(&b, 1), 0);
	assert_int_equal(b, 5);
}

/* @len bytes of the seeds, none of them left as they were. */
static void take(uint8_t *buf, size_t len)
{
	uint8_t again[256];

	memset(buf, 0, len + 1);
	assert_int_equal(random_bytes(buf, len), 0);
	assert_int_equal(buf[len], 0);
	/* no eight bytes come twice, here or in what is taken next */
	assert_int_equal(random_bytes(again, len), 0);
	for (size_t i = 0; i + 8 <= len; i++)
		for (size_t j = 0; j + 8 <= len; j++)
			assert_true(memcmp(buf + i, again + j, 8) &&
				    (i == j || memcmp(buf + i, buf + j, 8)));
}

static void seeds(void **state)
{
	uint8_t buf[257];

	(void)state;
	fake_timer_step = 0; /* a clock that stands still */
	random_seed(seed, sizeof(seed));
	random_seed(seed, 8);
	for (size_t len = 16; len <= 256; len += 40)
		take(buf, len);
	/* it is no device: none is listed, and a kernel's seeds are not made of it */
	assert_null(random_source(0));
	assert_int_equal(random_device_bytes(buf, 1), -ENODEV);
}

static void seeds_are_last(void **state)
{
	uint8_t buf[17];

	(void)state;
	random_seed(seed, sizeof(seed));
	random_register(&broken);
	take(buf, 16);
	assert_int_equal(random_device_bytes(buf, 1), -EIO);
	/* Ctrl-C is an end, no reason to look further */
	fault = -EINTR;
	assert_int_equal(random_bytes(buf, 1), -EINTR);
	fault = -ETIMEDOUT;
	assert_int_equal(random_bytes(buf, 1), -ETIMEDOUT);
	fault = -EIO;
	random_register(&five);
	assert_int_equal(random_bytes(buf, 2), 0);
	assert_memory_equal(buf, "\5\5", 2);
}

static void no_seed(void **state)
{
	static const uint8_t used_up[32];
	uint8_t b;

	(void)state;
	random_seed(used_up, sizeof(used_up));
	random_seed(seed, 0);
	assert_int_equal(random_bytes(&b, 1), -ENODEV);
}

static void hash_of(const char *label, const uint8_t *key, const void *data,
		    size_t len, uint8_t *out)
{
	const struct hash_alg *sha = hash_find("sha256");
	struct hash_ctx ctx;

	sha->init(&ctx);
	sha->update(&ctx, label, strlen(label) + 1);
	sha->update(&ctx, key, 32);
	sha->update(&ctx, data, len);
	sha->final(&ctx, out);
}

/* As the header comment of core/random.c has it: seeds, counter and ticks all count. */
static void made_as_described(void **state)
{
	uint8_t key[32] = { 0 }, now[16], want[32], got[32];

	(void)state;
	fake_timer_step = 3;
	hash_of("Vireo random seed", key, seed, 32, key);
	hash_of("Vireo random seed", key, "kaslr..", 8, key);
	random_seed(seed, 32);
	random_seed("kaslr..", 8);
	for (uint64_t i = 0; i < 3; i++) {
		put_le64(now, i);
		put_le64(now + 8, fake_timer_now + 3);
		hash_of("Vireo random bytes", key, now, 16, want);
		assert_int_equal(random_bytes(got, 32), 0);
		assert_memory_equal(got, want, 32);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(sources, NULL, NULL),
		fake_isolated(broken_source, NULL, NULL),
		fake_isolated(seeds, NULL, NULL),
		fake_isolated(seeds_are_last, NULL, NULL),
		fake_isolated(no_seed, NULL, NULL),
		fake_isolated(made_as_described, NULL, NULL),
	};

	return cmocka_run_group_tests_name("core_random", tests, NULL, NULL);
}
