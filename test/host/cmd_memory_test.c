/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory commands through the shell. */
#include "memory_test.h"

static void md(void **state)
{
	(void)state;
	memcpy(ram + 0x100,
	       "Hello, world!\x7f\n\xff"
	       "ABCDEFGH",
	       24);
	expect("md.b @100 18", 0,
	       "@100: 48 65 6c 6c 6f 2c 20 77 6f 72 6c 64 21 7f 0a ff  Hello, "
	       "world!...\n"
	       "@110: 41 42 43 44 45 46 47 48                          "
	       "ABCDEFGH\n");
	expect("md.w @100 3", 0,
	       "@100: 6548 6c6c 2c6f                           Hello,\n");
	expect("md @100 5", 0,
	       "@100: 6c6c6548 77202c6f 646c726f ff0a7f21  Hello, world!...\n"
	       "@110: 44434241                             ABCD\n");
	expect("md.l @102 1", 0,
	       "@102: 2c6f6c6c                             llo,\n");
	expect("md.q @101 1", 0,
	       "@101: 6f77202c6f6c6c65                   ello, wo\n");
	expect("md @100 0", 0, "");
}

static void md_default(void **state)
{
	unsigned int lines = 0;

	(void)state;
	expect("md.b @0 1", 0,
	       "@0: 00                                               .\n");
	out_len = 0;
	assert_int_equal(shell_run("base 0"), 0);
	{
		char typed[64];

		assert_int_equal(shell_run(at("md @0", typed, sizeof(typed))),
				 0);
	}
	for (size_t i = 0; i < out_len; i++)
		lines += out[i] == '\n';
	assert_int_equal(lines, 1 + 16);
}

static void md_device(void **state)
{
	(void)state;
	device_value = 0x1122334455667788;
	expect("md.b 9000000 1", 0,
	       "09000000: 88                                               "
	       ".\n");
	assert_string_equal(accesses, "r1 0;");
	expect("md.w 9000002 1", 0,
	       "09000002: 7788                                     .w\n");
	assert_string_equal(accesses, "r2 2;");
	expect("md 9000ff0 2", 0,
	       "09000ff0: 55667788 55667788                    .wfU.wfU\n");
	assert_string_equal(accesses, "r4 ff0;r4 ff4;");
	expect("md.q 9000000 1", 0,
	       "09000000: 1122334455667788                   .wfUD3\".\n");
	assert_string_equal(accesses, "r8 0;");
}

static void mw(void **state)
{
	(void)state;
	expect("mw @200 deadbeef", 0, "");
	assert_memory_equal(ram + 0x200, "\xef\xbe\xad\xde", 4);
	expect("mw.b @201 41 3", 0, "");
	assert_memory_equal(ram + 0x200,
			    "\xef"
			    "AAA",
			    4);
	expect("mw.q @203 1122334455667788 2", 0, "");
	assert_memory_equal(ram + 0x203,
			    "\x88\x77\x66\x55\x44\x33\x22\x11\x88\x77", 10);
	expect("mw.w @200 ffff 0", 0, "");
	assert_int_equal(ram[0x200], 0xef);
	/* More than one chunk, and not a byte more. */
	ram[0x90000] = 0x77;
	expect("mw.w @10000 1234 40000", 0, "");
	for (uint32_t i = 0x10000; i < 0x90000; i += 2)
		assert_memory_equal(ram + i, "\x34\x12", 2);
	assert_int_equal(ram[0x90000], 0x77);
}

static void mw_device(void **state)
{
	(void)state;
	expect("mw.b 9000000 21", 0, "");
	assert_string_equal(accesses, "w1 0;");
	expect("mw 9000010 21 3", 0, "");
	assert_string_equal(accesses, "w4 10;w4 14;w4 18;");
	assert_int_equal(device_value, 0x21);
}

static void mw_refused(void **state)
{
	(void)state;
	refused("mw @f0000 0", "mw: 0x@f0000: firmware is there\n");
	refused("mw.b @effff 0 2", "mw.b: 0x@f0000: firmware is there\n");
	refused("mw @f0ffd 0", "mw: 0x@f0ffd: firmware is there\n");
	refused("mw @0 0 40000", "mw: 0x@f0000: firmware is there\n");
	refused("mw @ffffe 0", "mw: 0x@ffffe: not all RAM up to 0x@100001\n");
	refused("mw.b @0- 0 2", "mw.b: '@0-' is not a number\n");
	refused("mw fffffffffffffffe 0",
		"mw: 0xfffffffffffffffe: wraps past the top of memory\n");
	refused("mw @0 0 8000000000000000",
		"mw: 0x@0: wraps past the top of memory\n");
	refused("mw.b @0 100", "mw.b: 100: does not fit 1 byte\n");
	refused("mw.w @0 10000", "mw.w: 10000: does not fit 2 bytes\n");
	refused("mw @0 100000000", "mw: 100000000: does not fit 4 bytes\n");
	refused("mw.b @0 zz", "mw.b: 'zz' is not a number\n");
	refused("mw zz 0", "mw: 'zz' is not a number\n");
	refused("mw @0 0 -1", "mw: '-1' is not a number\n");
	/* Begins outside and runs into RAM. */
	refused("mw 0 0 4000000000000000",
		"mw: 0x0: wraps past the top of memory\n");
	refused("mw.b 0 0 fffffffffffffff0", "mw.b: 0x0: not RAM\n");
}

static void cp(void **state)
{
	uint8_t wanted[0x100];

	(void)state;
	memcpy(wanted, ram + 0x1000, sizeof(wanted));
	expect("cp.b @1000 @2001 100", 0, "");
	assert_memory_equal(ram + 0x2001, wanted, 0x100);
	expect("cp @1000 @3000 40", 0, "");
	assert_memory_equal(ram + 0x3000, wanted, 0x100);
	expect("cp.q @1000 @1000 20", 0, "");
	assert_memory_equal(ram + 0x1000, wanted, 0x100);
}

/* Overlaps both ways, over more than one chunk. */
static void cp_overlap(void **state)
{
	static uint8_t wanted[0xa0001];

	(void)state;
	memcpy(wanted, ram + 0x1000, sizeof(wanted));
	expect("cp.b @1000 @1003 a0001", 0, "");
	assert_memory_equal(ram + 0x1003, wanted, sizeof(wanted));
	expect("cp.b @1003 @1000 a0001", 0, "");
	assert_memory_equal(ram + 0x1000, wanted, sizeof(wanted));
}

static void cp_refused(void **state)
{
	(void)state;
	refused("cp @0 @10 0", "cp: 0: zero length\n");
	refused("cp @0 @f0000 1", "cp: 0x@f0000: firmware is there\n");
	refused("cp.b @0 @ef000 1001", "cp.b: 0x@f0000: firmware is there\n");
	refused("cp @0 9000000 1", "cp: 0x9000000: not RAM\n");
	refused("cp 9000000 @0 1", "cp: 0x9000000: not RAM\n");
	refused("cp @ffff0 @0 5",
		"cp: 0x@ffff0: not all RAM up to 0x@100003\n");
	refused("cp @0 @ffff0 5",
		"cp: 0x@ffff0: not all RAM up to 0x@100003\n");
	refused("cp @0 @10 4000000000000000",
		"cp: 0x@0: wraps past the top of memory\n");
	refused("cp.b @10 ffffffffffffff00 200",
		"cp.b: 0xffffffffffffff00: wraps past the top of memory\n");
	refused("cp.b @0 @10 x", "cp.b: 'x' is not a number\n");
}

static void cmp(void **state)
{
	(void)state;
	memcpy(ram + 0x50000, ram, 0x45000);
	expect("cmp @0 @50000 4", 0, "Total of 4 word(s) were the same\n");
	expect("cmp.b @1 @50001 44fff", 0,
	       "Total of 282623 byte(s) were the same\n");
	ram[0x50000 + 0x44442] = 0x99;
	ram[0x44442] = 0xab;
	ram[0x44443] = ram[0x94443] = 0x01;
	expect("cmp.b @0 @50000 45000", 1,
	       "byte at 0x0000@44442 (0xab) != byte at 0x0000@94442 (0x99)\n"
	       "Total of 279618 byte(s) were the same\n");
	expect("cmp.w @0 @50000 22800", 1,
	       "halfword at 0x0000@44442 (0x01ab) != halfword at 0x0000@94442 "
	       "(0x0199)\n"
	       "Total of 139809 halfword(s) were the same\n");
	memset(ram, 0, 32);
	memset(ram + 0x100, 0, 32);
	ram[0x10f] = 0x80;
	expect("cmp.q @0 @100 4", 1,
	       "double word at 0x0000@8 (0x0000000000000000) != double word at "
	       "0x0000@108 (0x8000000000000000)\n"
	       "Total of 1 double word(s) were the same\n");
	refused("cmp @0 @100 0", "cmp: 0: zero length\n");
	refused("cmp @0 9000000 1", "cmp: 0x9000000: not RAM\n");
	expect("cmp @f0000 @f0000 1", 0, "Total of 1 word(s) were the same\n");
}

static void base(void **state)
{
	char typed[64];

	(void)state;
	expect("base", 0, "Base Address: 0x00000000\n");
	expect("base @0", 0, "Base Address: 0x@0\n");
	ram[0x10] = 0x5a;
	expect("md.b 10 1", 0,
	       "@10: 5a                                               Z\n");
	expect("mw.b 11 5b", 0, "");
	assert_int_equal(ram[0x11], 0x5b);
	expect("cp.b 10 20 2", 0, "");
	assert_memory_equal(ram + 0x20, "\x5a\x5b", 2);
	snprintf(typed, sizeof(typed), "md ffffffffffffff00");
	expect(typed, 1,
	       "md: ffffffffffffff00: wraps past the top of memory with base "
	       "0x@0\n");
	expect("base 0", 0, "Base Address: 0x00000000\n");
	refused("base zz", "base: 'zz' is not a number\n");
}

/* The dialogue; echoes of what is typed are the line editor's affair. */
static void modify(void **state)
{
	char typed[64];

	(void)state;
	memset(ram + 0x400, 0, 16);
	in = "11223344\r\r-\rff\r.\r";
	assert_int_equal(shell_run(at("mm @400", typed, sizeof(typed))), 0);
	/* 400 stored; 404 kept; back from 408 to 404; 404 stored; end */
	assert_memory_equal(ram + 0x400, "\x44\x33\x22\x11\xff\0\0\0\0\0", 10);
	assert_non_null(strstr(out, at("@400: 00000000 ? ", typed, 64)));
	assert_non_null(strstr(out, at("@408: 00000000 ? ", typed, 64)));
	in = "1\r2\r\r.\r";
	assert_int_equal(shell_run(at("nm.b @408", typed, sizeof(typed))), 0);
	assert_memory_equal(ram + 0x408, "\x02\0", 2);
	/* What is no number, or too wide, is said and asked again. */
	in = "zz\r100\r7f\r.\r";
	out_len = 0;
	assert_int_equal(shell_run(at("mm.b @408", typed, sizeof(typed))), 0);
	assert_non_null(strstr(out, "mm.b: 'zz' is not a number\n"));
	assert_non_null(strstr(out, "mm.b: 100: does not fit 1 byte\n"));
	assert_memory_equal(ram + 0x408, "\x7f\0", 2);
	in = "1\r";
	assert_int_equal(shell_run(at("mm.b @f0000", typed, sizeof(typed))), 1);
	assert_non_null(strstr(out, "firmware is there\n"));
	in = "5\x03";
	assert_int_equal(shell_run(at("mm.b @408", typed, sizeof(typed))), 1);
	assert_int_equal(ram[0x408], 0x7f);
	accesses[0] = '\0';
	in = "5\r.\r";
	assert_int_equal(shell_run("nm.w 9000004"), 0);
	assert_string_equal(accesses, "r2 4;w2 4;r2 4;");
}

static void ctrlc(void **state)
{
	char typed[64];

	(void)state;
	for (int i = 0; i < 4; i++) {
		static const char *const lines[] = { "md.b @0 1000",
						     "mw @0 0 3c000",
						     "cp.b @0 @1 e0000",
						     "crc32 @0 e0000" };

		con_ctrlc_clear();
		in = "\x03";
		out_len = 0;
		assert_int_equal(shell_run(at(lines[i], typed, sizeof(typed))),
				 1);
		assert_in_range(out_len, 1, 200);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(md, setup, teardown),
		fake_isolated(md_default, setup, teardown),
		fake_isolated(md_device, setup, teardown),
		fake_isolated(mw, setup, teardown),
		fake_isolated(mw_device, setup, teardown),
		fake_isolated(mw_refused, setup, teardown),
		fake_isolated(cp, setup, teardown),
		fake_isolated(cp_overlap, setup, teardown),
		fake_isolated(cp_refused, setup, teardown),
		fake_isolated(cmp, setup, teardown),
		fake_isolated(base, setup, teardown),
		fake_isolated(modify, setup, teardown),
		fake_isolated(ctrlc, setup, teardown),
	};

	return cmocka_run_group_tests_name("cmd_memory", tests, NULL, NULL);
}
