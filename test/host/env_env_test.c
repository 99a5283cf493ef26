/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of variables and its text form. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <core/heap.h>
#include <env/env.h>
#include <env/vars.h>
#include <lib/compiler.h>

#include "isolated.h"
#include "terminal.h"

static int setup(void **state)
{
	(void)state;
	fake_terminal_start();
	return 0;
}

static void test_set_and_get(void **state)
{
	(void)state;
	assert_null(env_get("a"));
	assert_int_equal(env_set("a", "1"), 0);
	assert_int_equal(env_set("ab", "2"), 0);
	assert_int_equal(env_set("A", "3 = x"), 0);
	assert_string_equal(env_get("a"), "1");
	assert_string_equal(env_get("ab"), "2");
	assert_string_equal(env_get("A"), "3 = x");
	assert_null(env_get("abc"));
	assert_null(env_get(""));
	assert_int_equal(env_size(),
			 sizeof("a=1") + sizeof("ab=2") + sizeof("A=3 = x"));
	/* its own old value, longer */
	assert_int_equal(env_set("A", env_get("A") + 4), 0);
	assert_string_equal(env_get("A"), "x");
	assert_int_equal(env_set("a", ""), 0);
	assert_int_equal(env_set("ab", NULL), 0);
	assert_int_equal(env_set("nosuch", NULL), 0);
	assert_null(env_get("a"));
	assert_int_equal(env_size(), sizeof("A=x"));
}

static void test_names(void **state)
{
	static const char *const bad[] = { "",  "a=b", "a b", "a\tb", "a\n",
					   "=", "#a",  "a\\", "\x7f" };
	char name[300];

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++)
		assert_int_equal(env_set(bad[i], "x"), -EINVAL);
	assert_int_equal(env_set("serial#", "x"), 0);
	assert_int_equal(env_set("\xc3\xa4.-_/", "x"), 0);
	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	assert_int_equal(env_set(name, "x"), -EINVAL);
	name[255] = '\0';
	assert_int_equal(env_set(name, "x"), 0);
	assert_string_equal(env_get(name), "x");
}

static void test_numbers(void **state)
{
	(void)state;
	assert_int_equal(env_set_hex("n", 0xDEADBEEFCAFEull), 0);
	assert_string_equal(env_get("n"), "deadbeefcafe");
	assert_true(env_get_hex("n", 7) == 0xdeadbeefcafeull);
	assert_int_equal(env_set("n", "0x10"), 0);
	assert_true(env_get_hex("n", 7) == 16);
	assert_int_equal(env_set("n", "zz"), 0);
	assert_true(env_get_hex("n", 7) == 7);
	assert_true(env_get_hex("nosuch", 7) == 7);
}

static void test_full(void **state)
{
	static char value[ENV_MAX_SIZE + 1];

	(void)state;
	memset(value, 'v', ENV_MAX_SIZE);
	/* "a=" and the NUL take three */
	assert_int_equal(env_set("a", value + 2), -ENOSPC);
	assert_int_equal(env_set("a", value + 3), 0);
	assert_int_equal(env_size(), ENV_MAX_SIZE);
	assert_int_equal(env_set("b", "1"), -ENOSPC);
	assert_int_equal(env_set("a", value + 7), 0);
	assert_int_equal(env_set("b", "1"), 0);
	assert_int_equal(env_set("a", value + 6), -ENOSPC);
	assert_string_equal(env_get("a"), value + 7);
}

static int in_order(void *arg, const char *name, const char *value)
{
	char *last = arg;

	(void)value;
	assert_true(strcmp(last, name) < 0);
	strcpy(last, name);
	return 0;
}

static int stop(void *arg, const char *name, const char *value)
{
	(void)name;
	(void)value;
	return ++*(int *)arg == 3 ? -EINTR : 0;
}

/* Many, in and out, always sorted and never lost. */
static void test_many(void **state)
{
	char last[300] = "", name[32];
	size_t used = heap_used();
	int n = 0;

	(void)state;
	srand(1);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "v%d", rand() % 1000);
		if (rand() % 3)
			assert_int_equal(env_set(name, name), 0);
		else
			assert_int_equal(env_set(name, NULL), 0);
		assert_true(rand() % 3 || !env_get(name) ||
			    !strcmp(env_get(name), name));
	}
	assert_int_equal(env_walk(in_order, last), 0);
	assert_int_equal(env_walk(stop, &n), -EINTR);
	assert_int_equal(n, 3);
	env_clear();
	assert_int_equal(env_size(), 0);
	/* Only the array itself is left. */
	assert_in_range(heap_used() - used, 1, 2048 * sizeof(char *));
}

static const struct {
	const char *text, *exported;
	int ret;
	unsigned int line; /* the bad one */
	const char *why;
} imports[] = {
	{ "", "", 0, 0, NULL },
	{ "a=1\nb=2\n", "a=1\nb=2\n", 0, 0, NULL },
	{ "b=2\r\na=1", "a=1\nb=2\n", 0, 0, NULL },
	{ "# comment=1\n\n  a=1 2 \n", "a=1 2 \n", 0, 0, NULL },
	{ "a=x\\\ny\nb=2\n", "a=x\\\ny\nb=2\n", 0, 0, NULL },
	{ "a=x\\\\\nb=\\$\\\r\n", "a=x\\\\\nb=$\\\r\n", 0, 0, NULL },
	{ "a=1=2\n", "a=1=2\n", 0, 0, NULL },
	{ "a=1\na=\nb=2\n", "b=2\n", 0, 0, NULL },
	{ "nothing\na=1\n", "a=1\n", -EINVAL, 1, "no '='" },
	{ "b=2\n\na b=1\nb=1\n", "b=1\n", -EINVAL, 3,
	  "illegal character in the name" },
	{ "b=1\\\n2\n#\nx\n=", "b=1\\\n2\n", -EINVAL, 4, "no '='" },
	{ "=1\nb=1\n", "b=1\n", -EINVAL, 1, "no name" },
	{ "a=1\\", "a=1\\\\\n", 0, 0, NULL },
	{ "a=\r\n", "", 0, 0, NULL },
	{ "a=b\rc\r\n", "a=b\\\rc\n", 0, 0, NULL },
};

static void test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(imports); i++) {
		const char *in = imports[i].text;
		/* exactly as long, so that a sanitizer sees a step too far */
		char *exact = malloc(strlen(in)), out[100];
		struct env_bad bad;
		size_t len;

		memcpy(exact, in, strlen(in));
		env_clear();
		if (env_import_text(exact, strlen(in), &bad) != imports[i].ret)
			fail_msg("\"%s\": result", in);
		if (imports[i].ret) {
			assert_int_equal(bad.line, imports[i].line);
			assert_string_equal(bad.why, imports[i].why);
		}
		free(exact);
		len = env_export_text(out, sizeof(out));
		if (strcmp(out, imports[i].exported) != 0 || len != strlen(out))
			fail_msg("\"%s\" became \"%s\"", in, out);
		/* what was exported comes back the same */
		env_clear();
		assert_int_equal(env_import_text(out, len + 1, NULL), 0);
		(void)env_export_text(out, sizeof(out));
		assert_string_equal(out, imports[i].exported);
	}
}

static void test_export_is_bounded(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(env_set("abc", "defgh"), 0);
	memset(out, '#', sizeof(out));
	assert_int_equal(env_export_text(out, 5), 10);
	assert_memory_equal(out, "abc=\0###", 8);
	assert_int_equal(env_export_text(NULL, 0), 10);
}

static void test_default(void **state)
{
	(void)state;
	assert_int_equal(env_set("a", "line\nline"), 0);
	assert_int_equal(env_default_keep(), 0);
	assert_int_equal(env_set("b", "1"), 0);
	assert_int_equal(env_set("a", "2"), 0);
	assert_int_equal(env_default(), 0);
	assert_string_equal(env_get("a"), "line\nline");
	assert_null(env_get("b"));
}

static unsigned int asked;
static int found_out;

static int find_out(char *text, size_t size)
{
	asked++;
	snprintf(text, size, "%s", "late");
	return found_out;
}

static void test_later(void **state)
{
	char out[64];

	(void)state;
	env_set_later("x", find_out);
	assert_int_equal(env_default_keep(), 0);
	assert_null(env_get("y"));
	assert_int_equal(env_set("a", "1"), 0);
	assert_int_equal(asked, 0);
	assert_string_equal(env_get("x"), "late");
	assert_string_equal(env_get("x"), "late");
	assert_int_equal(asked, 1);
	/* deleted is deleted */
	assert_int_equal(env_set("x", NULL), 0);
	assert_null(env_get("x"));
	/* the default is as it was, unless it is set first */
	assert_int_equal(env_default(), 0);
	assert_int_equal(env_set("x", "mine"), 0);
	assert_string_equal(env_get("x"), "mine");
	assert_int_equal(asked, 1);
	/* whoever reads all reads it */
	assert_int_equal(env_default(), 0);
	assert_int_equal(env_export_text(out, sizeof(out)), 7);
	assert_string_equal(out, "x=late\n");
	assert_int_equal(env_default(), 0);
	assert_int_equal(env_size(), 7);
	/* what cannot be found out is not set */
	found_out = -EIO;
	assert_int_equal(env_default(), 0);
	assert_null(env_get("x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(test_set_and_get, setup, NULL),
		fake_isolated(test_names, setup, NULL),
		fake_isolated(test_numbers, setup, NULL),
		fake_isolated(test_full, setup, NULL),
		fake_isolated(test_many, setup, NULL),
		fake_isolated(test_text, setup, NULL),
		fake_isolated(test_export_is_bounded, setup, NULL),
		fake_isolated(test_default, setup, NULL),
		fake_isolated(test_later, setup, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
