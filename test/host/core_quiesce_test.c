/* SPDX-License-Identifier: BSD-2-Clause */
/* Stopping devices: newest first, each once. And the sources of random bytes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fake/isolated.h"

#include <core/quiesce.h>
#include <core/random.h>
#include <lib/compiler.h>

static char stopped[16];

static void stop(void *ctx)
{
	strcat(stopped, ctx);
}

static void order(void **state)
{
	static char names[3][2] = { "a", "b", "c" };
	static struct quiesce q[3];

	(void)state;
	quiesce_all();
	for (size_t i = 0; i < 3; i++) {
		q[i] = (struct quiesce){ .stop = stop, .ctx = names[i] };
		quiesce_register(&q[i]);
	}
	quiesce_all();
	assert_string_equal(stopped, "cba");
	quiesce_all();
	assert_string_equal(stopped, "cba");
	/* Registered again after all: a device that came back. */
	quiesce_register(&q[1]);
	quiesce_all();
	assert_string_equal(stopped, "cbab");
}

static int read_five(struct random_source *src, void *buf, size_t len)
{
	(void)src;
	memset(buf, 5, len);
	return 0;
}

static int read_broken(struct random_source *src, void *buf, size_t len)
{
	(void)src;
	(void)buf;
	(void)len;
	return -EIO;
}

static void sources(void **state)
{
	static struct random_source five = { .name = "five",
					     .read = read_five };
	static struct random_source broken = { .name = "broken",
					       .read = read_broken };
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
	static struct random_source broken = { .name = "broken",
					       .read = read_broken };
	uint8_t b;

	(void)state;
	random_register(&broken);
	assert_int_equal(random_bytes(&b, 1), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(order, NULL, NULL),
		fake_isolated(sources, NULL, NULL),
		fake_isolated(broken_source, NULL, NULL),
	};

	return cmocka_run_group_tests_name("core_quiesce", tests, NULL, NULL);
}
