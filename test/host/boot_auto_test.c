/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Autoboot's text to the letter, default addresses over all sizes of RAM, and
 * calling programs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arch/timer.h>
#include <boot/boot.h>
#include <core/console.h>
#include <core/deadline.h>
#include <core/ram.h>
#include <env/env.h>
#include <errno.h>

#include "fake/boot.h"
#include "fake/terminal.h"

#define MIB UINT64_C(0x100000)

static char ran[256];

static int run(const char *text)
{
	strncat(ran, text, sizeof(ran) - strlen(ran) - 1);
	return 0;
}

static void start(const char *delay, const char *typed)
{
	fake_terminal_clear();
	fake_output_clear();
	assert_int_equal(env_set("bootdelay", delay), 0);
	assert_int_equal(env_set("bootcmd", "echo booted"), 0);
	ran[0] = '\0';
	fake_type(typed, strlen(typed), 0);
}

static void test_no_delay(void **state)
{
	uint64_t before = fake_timer_now;

	(void)state;
	start("0", "");
	/* nothing received: fake_type's closing Ctrl-C comes only after a wait */
	autoboot(run);
	assert_string_equal(ran, "echo booted");
	assert_string_equal(fake_output(), "");
	assert_true(fake_timer_now - before < timer_hz() / 100);
	start(NULL, "");
	autoboot(run);
	assert_string_equal(ran, "echo booted");
}

static void test_key_already_there(void **state)
{
	(void)state;
	start("0", "printenv");
	autoboot(run);
	assert_string_equal(ran, "");
	assert_string_equal(fake_output(), "");
	/* it may be the start of a command: not taken */
	assert_int_equal(con_getc(), 'p');
}

static void test_prompt(void **state)
{
	static const char *const delays[] = { "-1", "-2", "x", "1x", "0x" };

	(void)state;
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		start(delays[i], "");
		autoboot(run);
		assert_string_equal(ran, "");
		assert_int_equal(!!strstr(fake_output(), "not a number"),
				 delays[i][0] != '-');
	}
	start("0", "");
	assert_int_equal(env_set("bootcmd", NULL), 0);
	autoboot(run);
	assert_string_equal(ran, "");
}

static void test_stopped_countdown(void **state)
{
	(void)state;
	start("3", " ls");
	autoboot(run);
	assert_string_equal(ran, "");
	assert_string_equal(fake_output(),
			    "Hit any key to stop autoboot:  3 \b\b\b 0 \n");
	assert_int_equal(con_getc(), 'l');
}

static int no_key(void *ctx)
{
	(void)ctx;
	return -1;
}

static char out[256];

static void put(void *ctx, const char *buf, size_t len)
{
	(void)ctx;
	strncat(out, buf, len < 200 ? len : 200);
}

static void test_countdown(void **state)
{
	static const struct console_ops ops = { .put = put, .get = no_key };
	uint64_t before;

	(void)state;
	start("2", "");
	console_set(&ops, NULL);
	out[0] = '\0';
	before = fake_timer_now;
	autoboot(run);
	assert_string_equal(ran, "echo booted");
	assert_string_equal(out, "Hit any key to stop autoboot:  2 \b\b\b 1 "
				 "\b\b\b 0 \r\n");
	assert_true(fake_timer_now - before >= 2 * timer_hz());
	assert_true(fake_timer_now - before < 3 * timer_hz());
}

/* Places neither meet nor reach the firmware's 16 MiB, on every size of RAM. */
static void test_defaults(void **state)
{
	static const uint64_t sizes[] = { 128, 130, 192,  200,  255,   256,
					  300, 512, 1024, 4096, 16384, 65536 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint64_t size = sizes[i] * MIB, kernel, ramdisk, script;
		uint64_t room = size < 256 * MIB ? 60 : 64 + 40;

		boot_env_defaults(0x40000000, size);
		script = env_get_hex("scriptaddr", 0);
		kernel = env_get_hex("kernel_addr_r", 0);
		ramdisk = env_get_hex("ramdisk_addr_r", 0);
		assert_int_equal(env_get_hex("fdt_addr_r", 0), 0x40100000);
		assert_int_equal(script, 0x40200000);
		assert_int_equal(env_get_hex("loadaddr", 0), script);
		assert_int_equal(env_get_hex("pxefile_addr_r", 0), 0x40300000);
		assert_int_equal(kernel, 0x40400000);
		assert_int_equal(ramdisk % (2 * MIB), 0);
		assert_true(kernel + room * MIB <= ramdisk);
		assert_true(ramdisk + 40 * MIB <= 0x40000000 + size - 16 * MIB);
	}
	assert_string_equal(env_get("bootcmd"), "bootlinux");
	assert_string_equal(env_get("bootdelay"), "0");
}

static void test_call(void **state)
{
	char name[] = "41000000", arg[] = "x", *argv[] = { name, arg, NULL };
	struct boot_why why;
	uint64_t rc = 0;

	(void)state;
	fake_boot = (struct fake_boot){ .call_ret = 7 };
	assert_int_equal(ram_reserve(0x40100010, 0x100, "tree"), 0);
	assert_int_equal(
		boot_call(0x41000000, 0x40ff0000, 0x20000, 2, argv, &rc, &why),
		0);
	assert_int_equal(rc, 7);
	assert_int_equal(fake_boot.call[0], 0x41000000);
	assert_int_equal(fake_boot.call[1], 2);
	assert_int_equal(fake_boot.call[2], (uintptr_t)argv);
	/* executable between two reservations, whole pages, and back again */
	assert_int_equal(fake_boot.nremaps, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fake_boot.remap[i].base, 0x40101000);
		assert_int_equal(fake_boot.remap[i].base +
					 fake_boot.remap[i].size,
				 FAKE_FW_BASE);
		assert_int_equal(fake_boot.remap[i].kind, i ? MEM_RW : MEM_RWX);
	}
	assert_int_equal(fake_boot.sync[0].addr, 0x40ff0000);
	assert_int_equal(fake_boot.sync[0].len, 0x20000);
	ram_unreserve("tree");
}

static void test_call_refused(void **state)
{
	static const struct {
		uint64_t entry;
		int err;
	} cases[] = {
		{ 0x41000002, -EINVAL },
		{ 0, -EFAULT },
		{ 0x9000000, -EFAULT },
		{ FAKE_FW_BASE, -EACCES },
		{ FAKE_RAM_BASE + FAKE_RAM_SIZE, -EFAULT },
		{ UINT64_MAX - 3, -EOVERFLOW },
		{ 0x40200010, -EACCES }, /* the page of a reservation */
	};
	struct boot_why why;
	uint64_t rc;

	(void)state;
	fake_boot = (struct fake_boot){ 0 };
	assert_int_equal(ram_reserve(0x40200000, 0x10, "tree"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			boot_call(cases[i].entry, 0, 0, 0, NULL, &rc, &why),
			cases[i].err);
		assert_true(why.text[0]);
	}
	assert_int_equal(fake_boot.nremaps, 0);
	fake_boot.remap_error = -ENOMEM;
	assert_int_equal(boot_call(0x41000000, 0, 0, 0, NULL, &rc, &why),
			 -ENOMEM);
	assert_int_equal(fake_boot.call[0], 0);
	ram_unreserve("tree");
}

/* What is to be synchronised is clipped to what may be executed. */
static void test_call_sync(void **state)
{
	static const struct {
		uint64_t code, len, from, to;
	} cases[] = {
		{ 0, UINT64_MAX, FAKE_RAM_BASE, FAKE_FW_BASE },
		{ 0x41000000, 0, 0, 0 },
		{ 0x46ff0000, 0x20000, 0x46ff0000, FAKE_FW_BASE },
		{ FAKE_FW_BASE, 0x1000, 0, 0 },
		{ UINT64_MAX, UINT64_MAX, 0, 0 },
	};
	struct boot_why why;
	uint64_t rc;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_boot = (struct fake_boot){ 0 };
		assert_int_equal(boot_call(0x41000000, cases[i].code,
					   cases[i].len, 0, NULL, &rc, &why),
				 0);
		assert_int_equal(fake_boot.nsyncs, cases[i].to != 0);
		assert_int_equal(fake_boot.sync[0].addr, cases[i].from);
		assert_int_equal(fake_boot.sync[0].len,
				 cases[i].to - cases[i].from);
	}
}

static int setup(void **state)
{
	(void)state;
	fake_ram();
	fake_terminal_start();
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_delay),
		cmocka_unit_test(test_key_already_there),
		cmocka_unit_test(test_prompt),
		cmocka_unit_test(test_stopped_countdown),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_call_refused),
		cmocka_unit_test(test_call_sync),
		/* last: it takes the terminal away */
		cmocka_unit_test(test_countdown),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
