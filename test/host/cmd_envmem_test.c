/* SPDX-License-Identifier: BSD-2-Clause */
/* env export and env import: the three forms, lists of names, and memory they refuse. */
#include "memory_test.h"

#include <lib/byteorder.h>
#include <lib/hash.h>

static void set_abc(void)
{
	expect("setenv a 1; setenv b 'x=y\nz'; setenv c \\\\; setenv filesize",
	       0, "");
}

static void forms(void **state)
{
	(void)state;
	set_abc();
	memset(ram, '#', 0x1000);
	expect("env export -t @0; echo $filesize; setenv filesize", 0, "13\n");
	assert_memory_equal(ram, "a=1\nb=x=y\\\nz\nc=\\\\\n\0#", 20);
	expect("env export -b @0; echo $filesize; setenv filesize", 0, "11\n");
	assert_memory_equal(ram, "a=1\0b=x=y\nz\0c=\\\0\0", 17);
	expect("env export -c -s 20 @0; echo $filesize; setenv filesize", 0,
	       "20\n");
	assert_memory_equal(ram + 4, "\1a=1\0b=x=y\nz\0c=\\\0\0\0\0", 21);
	assert_int_equal(get_le32(ram), crc32(0, ram + 5, 0x20 - 5));
	expect("env export -c @0; echo $filesize; setenv filesize", 0,
	       "10000\n");
	assert_int_equal(get_le32(ram), crc32(0, ram + 5, 0x10000 - 5));
	/* text is what it is without a letter */
	expect("env export @0 c nosuch a; echo $filesize", 0, "a\n");
	assert_memory_equal(ram, "a=1\nc=\\\\\n\0", 10);
	expect("env export -b @0 nosuch; echo $filesize", 0, "2\n");
	assert_memory_equal(ram, "\0\0", 2);
}

static void sizes(void **state)
{
	(void)state;
	set_abc();
	memset(ram, '#', 0x100);
	expect("env export -s 13 -t @0; echo $filesize; setenv filesize", 0,
	       "13\n");
	expect("env export -bs 20 @0; setenv filesize", 0, "");
	assert_memory_equal(ram + 0x0e, "\\\0\0\0\0\0", 6);
	assert_int_equal(ram[0x1f], 0);
	assert_int_equal(ram[0x20], '#');
	refused("env export -t -s 12 @0",
		"## Error: export buffer too small: 0x12 bytes, 0x13 are "
		"needed\n");
	refused("env export -s 15 -c @0",
		"## Error: export buffer too small: 0x15 bytes, 0x16 are "
		"needed\n");
	refused("env export -s zz @0", "env export: 'zz' is not a number\n");
	refused("env export -t @f0000", "env export: 0x@f0000: firmware is "
					"there\n");
	refused("env export -t @ffff0",
		"env export: 0x@ffff0: not all RAM up to 0x@100002\n");
	refused("env export -t -b @0", "## env export: only one of \"-b\", "
				       "\"-c\" or \"-t\" allowed\n");
	refused("env export -c -s ffffffffffffffff @0",
		"env export: 0x@0: wraps past the top of memory\n");
}

static void round_trips(void **state)
{
	static const char *const letters[] = { "t", "b", "c" };
	char line[128];

	(void)state;
	for (int i = 0; i < 3; i++) {
		expect("env default -a", 0,
		       "## Resetting to default environment\n");
		set_abc();
		snprintf(line, sizeof(line),
			 "env export -%s @0; setenv a 2; setenv b; setenv d 4; "
			 "env import -%s @0 $filesize; setenv filesize; "
			 "printenv a b d",
			 letters[i], letters[i]);
		expect(line, 0, "a=1\nb=x=y\nz\nd=4\n");
		snprintf(line, sizeof(line),
			 "env import -d -%s @0 %s; printenv a b c d",
			 letters[i], i == 2 ? "10000" : "");
		expect(line, 1,
		       "a=1\nb=x=y\nz\nc=\\\n## Error: \"d\" not defined\n");
	}
}

static void lists(void **state)
{
	(void)state;
	memcpy(ram, "a=1\nb=2\nc=3\n", 13);
	expect("setenv c 0; env import -t @0 - a nosuch; printenv a b c", 1,
	       "a=1\n## Error: \"b\" not defined\nc=0\n");
	expect("setenv d 4; env import -d -t @0 - b d nosuch; printenv b c d",
	       1,
	       "WARNING: 'd' not in imported env, deleting it!\n"
	       "WARNING: 'nosuch' neither in running nor in imported env!\n"
	       "b=2\nc=0\n## Error: \"d\" not defined\n");
	expect("env import @0; printenv c", 0,
	       "## Warning: defaulting to text format\nc=3\n");
	/* an empty value deletes; the carriage return is a value without -r */
	memcpy(ram, "a=\r\nb=9\r\n", 10);
	expect("env import -t -r @0; printenv a b", 1,
	       "## Error: \"a\" not defined\nb=9\n");
	expect("env import -t @0; printenv a b", 0, "a=?\nb=9?\n");
}

static void errors(void **state)
{
	(void)state;
	expect("setenv a 1; env export -c -s 40 @0; setenv keep 1", 0, "");
	refused("env import -c @0",
		"## Error: external checksum format must pass size\n");
	refused("env import -c @0 -",
		"## Error: external checksum format must pass size\n");
	refused("env import -c @0 8", "## Error: Invalid size 0x8\n");
	refused("env import -d -c @0 3f", "## Error: bad CRC, import failed\n");
	expect("printenv keep", 0, "keep=1\n");
	refused("env import -t -c @0",
		"## env import: only one of \"-b\", \"-c\" or \"-t\" "
		"allowed\n");
	refused("env import -t 9000000", "env import: 0x9000000: not RAM\n");
	refused("env import -t @0 ffffffffffffffff",
		"env import: 0x@0: wraps past the top of memory\n");
	memcpy(ram, "a=1\0b", 5);
	refused("env import -b @0 5",
		"env import: 0x@0: string 2: it does not end\n");
	memcpy(ram, "x y=1\nb=2\n", 11);
	refused("env import -t @0",
		"env import: 0x@0: line 1: illegal character in the name\n");
	expect("printenv b", 0, "b=2\n");
	/* flags hold here, too */
	memcpy(ram, "ipaddr=1.2.3\nb=3\n", 18);
	expect("env import -t @0; printenv b", 0,
	       "## Error: flags type check failure for \"ipaddr\" <= "
	       "\"1.2.3\" (type: i): not an IP address\nb=3\n");
}

/* Both forms, told apart by their CRC. */
static void single(void **state)
{
	(void)state;
	memcpy(ram + 4, "one=1\0\0", 7);
	put_le32(ram, crc32(0, ram + 4, 0x40 - 4));
	expect("env import -c @0 40; printenv one", 0, "one=1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(forms, setup, teardown),
		fake_isolated(sizes, setup, teardown),
		fake_isolated(round_trips, setup, teardown),
		fake_isolated(lists, setup, teardown),
		fake_isolated(errors, setup, teardown),
		fake_isolated(single, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
