/* SPDX-License-Identifier: BSD-2-Clause */
/* crc32, the sums and hash through the shell. */
#include "memory_test.h"

static void crc32_command(void **state)
{
	(void)state;
	memcpy(ram + 0x100, "123456789", 9);
	expect("crc32 @100 9", 0, "crc32 for @100 ... @108 ==> cbf43926\n");
	expect("crc32 @100 9 @200", 0,
	       "crc32 for @100 ... @108 ==> cbf43926\n");
	assert_memory_equal(ram + 0x200, "\xcb\xf4\x39\x26", 4);
	expect("crc32 -v @100 9 cbf43926", 0, "");
	expect("crc32 -v @100 9 *@200", 0, "");
	expect("crc32 -v @100 9 cbf43927", 1,
	       "crc32 for @100 ... @108 ==> cbf43926 != cbf43927 ** ERROR "
	       "**\n");
	expect("crc32 @100 0", 0, "crc32 for @100 ... @ff ==> 00000000\n");
	refused("crc32 @100 9 @f0000", "crc32: 0x@f0000: firmware is there\n");
	refused("crc32 @100 9 @ffffd",
		"crc32: 0x@ffffd: not all RAM up to 0x@100000\n");
	refused("crc32 9000000 4", "crc32: 0x9000000: not RAM\n");
	refused("crc32 @100 ffffffffffffffff",
		"crc32: 0x@100: wraps past the top of memory\n");
	refused("crc32 -v @100 9 cbf4392g",
		"crc32: cbf4392g: neither 8 hexadecimal digits, a variable "
		"with them nor *address\n");
	refused("crc32 -v @100 9 0xf43926",
		"crc32: 0xf43926: neither 8 hexadecimal digits, a variable "
		"with them nor *address\n");
}

static void sums(void **state)
{
	(void)state;
	memcpy(ram + 0x100, "abc", 3);
	expect("md5sum @100 3", 0,
	       "md5 for @100 ... @102 ==> 900150983cd24fb0d6963f7d28e17f72\n");
	expect("sha1sum @100 3 sum", 0,
	       "sha1 for @100 ... @102 ==> "
	       "a9993e364706816aba3e25717850c26c9cd0d89d\n");
	assert_string_equal(env_get("sum"),
			    "a9993e364706816aba3e25717850c26c9cd0d89d");
	expect("sha1sum -v @100 3 sum", 0, "");
	expect("sha256sum @100 3 *@300", 0,
	       "sha256 for @100 ... @102 ==> "
	       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a"
	       "d\n");
	assert_memory_equal(ram + 0x300, "\xba\x78\x16\xbf", 4);
	expect("sha256sum -v @100 3 *@300", 0, "");
	expect("md5sum -v @100 3 900150983CD24FB0D6963F7D28E17F72", 0, "");
	expect("md5sum -v @100 2 900150983cd24fb0d6963f7d28e17f72", 1,
	       "md5 for @100 ... @101 ==> 187ef4436122d1cc2f40dc2b92f0eba0 != "
	       "900150983cd24fb0d6963f7d28e17f72 ** ERROR **\n");
	refused("md5sum -v @100 3 nosuch",
		"md5sum: nosuch: neither 32 hexadecimal digits, a variable "
		"with them nor *address\n");
	refused("md5sum -v @100 3 *9000000", "md5sum: 0x9000000: not RAM\n");
	refused("md5sum @100 3 *@f0000",
		"md5sum: 0x@f0000: firmware is there\n");
	refused("md5sum @100 3 *", "md5sum: '' is not a number\n");
}

static void hash(void **state)
{
	(void)state;
	memcpy(ram + 0x100, "abc", 3);
	expect("hash md5 @100 3 v", 0,
	       "md5 for @100 ... @102 ==> 900150983cd24fb0d6963f7d28e17f72\n");
	expect("hash -v md5 @100 3 v", 0, "");
	expect("hash crc32 @100 3 *@200", 0,
	       "crc32 for @100 ... @102 ==> 352441c2\n");
	assert_memory_equal(ram + 0x200, "\x35\x24\x41\xc2", 4);
	out_len = 0;
	assert_int_equal(shell_run("hash sha9 0 1"), 1);
	assert_non_null(strstr(out, "Unknown hash algorithm 'sha9'"));
	out_len = 0;
	assert_int_equal(shell_run("hash -v md5 0"), 1);
	assert_non_null(strstr(out, "Usage:\nhash "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(crc32_command, setup, teardown),
		fake_isolated(sums, setup, teardown),
		fake_isolated(hash, setup, teardown),
	};

	return cmocka_run_group_tests_name("cmd_hash", tests, NULL, NULL);
}
