/* SPDX-License-Identifier: BSD-2-Clause */
/* The stored form: what mkenvimage made is read, and what we make it would make. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <env/env.h>
#include <env/env_block.h>
#include <env/text.h>
#include <lib/byteorder.h>
#include <lib/compiler.h>
#include <lib/hash.h>

#include "isolated.h"
#include "terminal.h"

static int setup(void **state)
{
	(void)state;
	fake_terminal_start();
	return 0;
}

/* Two tables, 256 numbers each: U-Boot's rule, case by case. */
static void test_newer(void **state)
{
	(void)state;
	for (unsigned int a = 0; a < 256; a++)
		for (unsigned int b = 0; b < 256; b++) {
			bool want = a > b;

			if ((a == 0 && b == 255) || (a == 255 && b == 0))
				want = a == 0;
			assert_int_equal(
				env_block_newer((uint8_t)a, (uint8_t)b), want);
		}
}

static void test_blank(void **state)
{
	uint8_t head[ENV_BLOCK_HEAD];

	(void)state;
	memset(head, 0xff, sizeof(head));
	assert_true(env_block_blank(head));
	head[7] = 0xfe;
	assert_false(env_block_blank(head));
	memset(head, 0, sizeof(head));
	assert_true(env_block_blank(head));
	memset(head, 'a', sizeof(head));
	assert_false(env_block_blank(head));
}

/* mkenvimage is asked for the same variables, and must write the same bytes. */
static void made_elsewhere(size_t size, bool single, uint8_t *out)
{
	char cmd[128];
	FILE *p;

	snprintf(cmd, sizeof(cmd),
		 "printf 'a=1 2\\nb=x=y\\n' | mkenvimage -s %zu %s -o - -",
		 size, single ? "" : "-r");
	p = popen(cmd, "r");
	assert_non_null(p);
	assert_int_equal(fread(out, 1, size + 1, p), size);
	assert_int_equal(pclose(p), 0);
}

static void test_mkenvimage(void **state)
{
	static const size_t sizes[] = { 64, 4096, ENV_BLOCK_SIZE,
					ENV_BLOCK_MAX };
	static uint8_t theirs[ENV_BLOCK_MAX + 1], ours[ENV_BLOCK_MAX];
	struct env_block b, made = { .flags = 1 };

	(void)state;
	assert_int_equal(env_set("a", "1 2"), 0);
	assert_int_equal(env_set("b", "x=y"), 0);
	for (size_t i = 0; i < 2 * array_size(sizes); i++) {
		size_t size = sizes[i / 2];

		made.single = i & 1;
		made_elsewhere(size, made.single, theirs);
		assert_int_equal(env_block_open(theirs, size, &b), 0);
		assert_int_equal(b.single, made.single);
		assert_int_equal(b.flags, made.single ? 0 : 1);
		assert_int_equal(env_block_make(ours, size, &made), 0);
		assert_memory_equal(ours, theirs, size);
	}
}

/* Any bit that is wrong in CRC or data is noticed. */
static void test_damage(void **state)
{
	uint8_t p[64];
	struct env_block b, made = { .flags = 7 };

	(void)state;
	assert_int_equal(env_set("a", "1"), 0);
	assert_int_equal(env_block_make(p, sizeof(p), &made), 0);
	for (size_t bit = 0; bit < sizeof(p) * 8; bit++) {
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (bit / 8 == 4)
			assert_int_equal(env_block_open(p, sizeof(p), &b), 0);
		else
			assert_int_equal(env_block_open(p, sizeof(p), &b),
					 -EBADMSG);
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(env_block_open(p, sizeof(p), &b), 0);
	assert_int_equal(b.flags, 7);
	for (size_t size = 0; size < sizeof(p); size++)
		assert_int_equal(env_block_open(p, size, &b), -EBADMSG);
}

/* To the last byte, and one more. */
static void test_full(void **state)
{
	const struct env_block pair = { .flags = 1 }, one = { .single = true };
	uint8_t p[32];

	(void)state;
	/* 27 bytes of data: "a=", a value, NUL, NUL */
	assert_int_equal(env_set("a", "12345678901234567890123"), 0);
	assert_int_equal(env_block_make(p, sizeof(p), &pair), 0);
	assert_int_equal(p[31], 0);
	assert_int_equal(p[29], '3');
	assert_int_equal(env_set("a", "123456789012345678901234"), 0);
	assert_int_equal(env_block_make(p, sizeof(p), &pair), -ENOSPC);
	assert_int_equal(env_block_make(p, sizeof(p), &one), 0);
	env_clear();
	assert_int_equal(env_block_make(p, sizeof(p), &pair), 0);
	assert_memory_equal(p + 5, "\0\0\xff", 3);
}

static int collect(void *arg, const char *name, const char *value,
		   const char **why)
{
	char *text = arg;

	(void)why;
	sprintf(text + strlen(text), "[%s=%s]", name, value);
	return strcmp(name, "bad") ? 0 : -EROFS;
}

static void test_strings(void **state)
{
	static const struct {
		const char *data;
		size_t len;
		const char *got;
		int ret;
		unsigned int line;
	} cases[] = {
		{ "", 0, "", 0, 0 },
		{ "\0a=1", 5, "", 0, 0 },
		{ "a=1\0b=2\0\0c=3", 13, "[a=1][b=2]", 0, 0 },
		{ "a=1\0b=2\0", 8, "[a=1][b=2]", 0, 0 },
		{ "a=1\0b=2", 7, "[a=1]", -EBADMSG, 2 },
		{ "a=1\n\\\0b=\0\0", 10, "[a=1\n\\][b=]", 0, 0 },
		{ "nothing\0=1\0a b=1\0b=1\0", 21, "[b=1]", -EINVAL, 1 },
		{ "a=1\0bad=1\0b=1\0", 14, "[a=1][bad=1][b=1]", -EROFS, 2 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		char *exact = malloc(cases[i].len + 1), text[100] = "";
		const struct env_sink to = { collect, NULL, text };
		struct env_bad bad = { 0, NULL };

		memcpy(exact, cases[i].data, cases[i].len);
		assert_int_equal(env_read_data(exact, cases[i].len, &to, &bad),
				 cases[i].ret);
		assert_string_equal(text, cases[i].got);
		assert_int_equal(bad.line, cases[i].line);
		assert_int_equal(!!bad.why, !!cases[i].ret);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(test_newer, setup, NULL),
		fake_isolated(test_blank, setup, NULL),
		fake_isolated(test_mkenvimage, setup, NULL),
		fake_isolated(test_damage, setup, NULL),
		fake_isolated(test_full, setup, NULL),
		fake_isolated(test_strings, setup, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
