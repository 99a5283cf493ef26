/* SPDX-License-Identifier: BSD-2-Clause */
/* Overlays with lists of places that libfdt would patch, right and wrong; aliases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include <boot/fdt.h>

static char tree[16384] __attribute__((aligned(8)));

static int add(int parent, const char *name)
{
	int node = fdt_add_subnode(tree, parent, name);

	assert_true(node > 0);
	return node;
}

/* /n with an 8-byte property "p"; nothing to patch. */
static void put_overlay(void)
{
	static const uint8_t p[8] = { 0 };

	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	assert_int_equal(fdt_setprop(tree, add(0, "n"), "p", p, 8), 0);
}

static bool accepted(void)
{
	struct boot_why why;

	assert_int_equal(fdt_check_full(tree, sizeof(tree)), 0);
	return !boot_fdt_check_overlay(tree, &why);
}

static void test_local(void **state)
{
	static const struct {
		const char *node, *prop;
		uint32_t at;
		bool ok;
	} cases[] = {
		{ "n", "p", 0, true },
		{ "n", "p", 4, true },
		{ "n", "p", 5, false },
		{ "n", "p", 8, false },
		{ "n", "p", 0x1000000, false },
		{ "n", "p", 0xfffffffe, false }, /* + 4 wraps to 2 */
		{ "n", "q", 0, false },
		{ "m", "p", 0, false },
		{ "n", "phandle", 0, false },
		{ "__local_fixups__", "p", 0, false },
		{ "__fixups__", "l", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int list, node;

		put_overlay();
		fdt_setprop_u32(tree, fdt_path_offset(tree, "/n"), "phandle",
				1);
		fdt_setprop_string(tree, add(0, "__fixups__"), "l", "/n:p:0");
		list = add(0, "__local_fixups__");
		node = add(list, cases[i].node);
		assert_int_equal(
			fdt_setprop_u32(tree, node, cases[i].prop, cases[i].at),
			0);
		if (accepted() != cases[i].ok)
			fail_msg("%s %s %#x", cases[i].node, cases[i].prop,
				 cases[i].at);
	}
}

static void test_fixups(void **state)
{
#define TEXT(s) s, sizeof(s)
	static const struct {
		const char *text;
		size_t len;
		bool ok;
	} cases[] = {
		{ TEXT("/n:p:0"), true },
		{ TEXT("/n:p:4"), true },
		{ TEXT("/n:p:0\0/n:p:4"), true },
		{ TEXT("/n:p:5"), false },
		{ TEXT("/n:p:0\0/n:p:5"), false },
		{ TEXT("/n:p:-2"), false }, /* + 4 wraps to 2 */
		{ TEXT("/n:p:4294967294"), false },
		{ TEXT("/n:p:18446744073709551616"), false },
		{ TEXT("/n:p:"), false },
		{ TEXT("/n:p"), false },
		{ TEXT("/n"), false },
		{ TEXT(""), false },
		{ TEXT("/n:q:0"), false },
		{ TEXT("/m:p:0"), false },
		{ TEXT("n:p:0"), false },
		{ TEXT("/__fixups__:l:0"), false },
		{ "/n:p:0", 6, false }, /* no end */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_overlay();
		assert_int_equal(fdt_setprop(tree, add(0, "__fixups__"), "l",
					     cases[i].text, (int)cases[i].len),
				 0);
		if (accepted() != cases[i].ok)
			fail_msg("case %zu: \"%s\"", i, cases[i].text);
	}
}

static void test_depth(void **state)
{
	(void)state;
	for (int depth = 62; depth < 70; depth++) {
		int node = 0;

		put_overlay();
		for (int i = 0; i < depth; i++)
			node = add(node, "d");
		assert_int_equal(accepted(), depth <= 64);
		/* the same below the list: libfdt recurses there, too */
		put_overlay();
		node = add(0, "__local_fixups__");
		for (int i = 1; i < depth; i++)
			node = add(node, "d");
		assert_false(accepted());
	}
}

static void test_aliases(void **state)
{
	static const struct {
		const char *name, *value;
		int len;
		bool ok;
	} cases[] = {
		{ "a", "/n", 3, true }, { "a", "", 1, true },
		{ "a", "", 0, true },   { "phandle", "\0\0\0\1", 4, true },
		{ "a", "a", 2, false }, { "a", "b/n", 4, false },
		{ "", "", 1, false },   { "", "", 0, false },
		{ "", "/n", 3, true },
	};

	(void)state;
	put_overlay();
	assert_true(boot_fdt_aliases_ok(tree));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_overlay();
		assert_int_equal(fdt_setprop(tree, add(0, "aliases"),
					     cases[i].name, cases[i].value,
					     cases[i].len),
				 0);
		if (boot_fdt_aliases_ok(tree) != cases[i].ok)
			fail_msg("case %zu", i);
	}
}

static void test_target(void **state)
{
	(void)state;
	put_overlay();
	fdt_setprop_string(tree, add(0, "f"), "target-path", "/");
	assert_true(accepted());
	fdt_setprop_string(tree, add(0, "g"), "target-path", "a");
	assert_false(accepted());
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_local),  cmocka_unit_test(test_fixups),
		cmocka_unit_test(test_depth),  cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_target),
	};

	return cmocka_run_group_tests_name("boot_fdt_trust", tests, NULL, NULL);
}
