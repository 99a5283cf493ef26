/* SPDX-License-Identifier: BSD-2-Clause */
/* What fdt prints of a tree that somebody else made. */
#include <string.h>

#include <libfdt.h>

#include <boot/fdt.h>
#include <shell/shell.h>

#include "isolated.h"
#include "terminal.h"

static char tree[4096] __attribute__((aligned(8)));

/* libfdt takes any byte in a name; a terminal would obey some. */
static void names_are_only_text(void **state)
{
	int node;

	(void)state;
	fake_terminal_start();
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	node = fdt_add_subnode(tree, 0, "a\033[2Jb");
	assert_true(node > 0);
	assert_int_equal(fdt_setprop_u32(tree, node, "p\033c\x9b", 1), 0);
	assert_int_equal(fdt_setprop_string(tree, node, "s", "x\033[2J"), 0);
	boot_control_fdt_set(tree);
	assert_int_equal(shell_run("fdt print"), 0);
	assert_string_equal(fake_output(), "/ {\n"
					   "\ta?[2Jb {\n"
					   "\t\ts = [78 1b 5b 32 4a 00];\n"
					   "\t\tp?c? = <0x00000001>;\n"
					   "\t};\n"
					   "};\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(names_are_only_text, NULL, NULL),
	};

	return cmocka_run_group_tests_name("cmd_fdt", tests, NULL, NULL);
}
