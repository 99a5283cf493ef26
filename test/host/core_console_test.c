/* SPDX-License-Identifier: BSD-2-Clause */
/* The console on a scripted device: line ends, long texts, type-ahead, Ctrl-C. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/isolated.h"

#include <core/console.h>
#include <core/heap.h>
#include <lib/compiler.h>

#define TYPE_AHEAD 32768

static char out[8192];
static size_t out_len;
static const uint8_t *in;
static size_t in_len;

static void put(void *ctx, const char *buf, size_t len)
{
	(void)ctx;
	assert_true(out_len + len < sizeof(out));
	memcpy(out + out_len, buf, len);
	out_len += len;
	out[out_len] = '\0';
}

static int get(void *ctx)
{
	(void)ctx;
	if (!in_len)
		return -1;
	in_len--;
	return *in++;
}

static const struct console_ops ops = { .put = put, .get = get };

static int setup(void **state)
{
	(void)state;
	console_set(&ops, NULL);
	return 0;
}

static void type(const void *bytes, size_t len)
{
	in = bytes;
	in_len = len;
}

/* Whatever is read until there is no more. */
static void expect_read(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < len; i++)
		assert_int_equal(con_getc(), p[i]);
	assert_int_equal(con_getc(), -1);
}

static void line_ends(void **state)
{
	(void)state;
	con_puts("a\n\nb\n");
	con_write("c\0d", 3);
	con_putc('\n');
	assert_memory_equal(out, "a\r\n\r\nb\r\nc\0d\r\n", 13);
	assert_int_equal(out_len, 13);
}

static void fresh_line(void **state)
{
	(void)state;
	con_fresh_line();
	assert_int_equal(out_len, 0);
	con_puts("x");
	con_fresh_line();
	con_fresh_line();
	assert_string_equal(out, "x\r\n");
	con_puts("progress\r");
	con_fresh_line();
	assert_string_equal(out, "x\r\nprogress\r\r\n");
}

/* What a disk, a device or a variable says cannot steer the terminal. */
static void safe(void **state)
{
	static const struct {
		const char *text, *keep, *shown;
	} cases[] = {
		{ "", "", "" },
		{ "plain", "", "plain" },
		{ "\033[2Jx\a\b\r\x7f", "", "?[2Jx????" },
		{ "a\nb\tc\033", "\n\t", "a\r\nb\tc?" },
		{ "a\nb\tc", "", "a?b?c" },
		{ "\302\2332J\302\240", "\n", "?2J\302\240" },
		{ "\2332J \303", "\n", "?2J ?" },
		{ "\303\204 \342\202\254 \360\237\230\200", "",
		  "\303\204 \342\202\254 \360\237\230\200" },
		{ "\357\277\275\300\233", "", "\357\277\275??" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		out_len = 0;
		out[0] = '\0';
		con_put_safe(cases[i].text, cases[i].keep);
		assert_string_equal(out, cases[i].shown);
	}
}

/* Texts longer than a line's buffer are whole with a heap, cut without. */
static void long_text(void **state)
{
	static char heap[16384];
	char text[1001];

	(void)state;
	memset(text, 'x', 1000);
	text[1000] = '\0';
	con_printf("[%s]", text);
	assert_int_equal(out_len, 255);
	heap_init(heap, sizeof(heap));
	for (int n = 250; n < 260; n++) {
		out_len = 0;
		con_printf("%.*s!", n, text);
		assert_int_equal(out_len, n + 1);
		assert_int_equal(out[n], '!');
	}
	assert_int_equal(heap_used(), 0);
}

static void no_device(void **state)
{
	(void)state;
	console_set(NULL, NULL);
	con_puts("nobody\n");
	assert_int_equal(con_getc(), -1);
	assert_false(con_has_input());
	assert_false(con_ctrlc());
}

static void reads_all_bytes(void **state)
{
	uint8_t bytes[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	type(bytes, 256);
	expect_read(bytes, 256);
}

static void type_ahead(void **state)
{
	(void)state;
	type("ab", 2);
	assert_false(con_ctrlc());
	assert_int_equal(in_len, 0);
	assert_true(con_has_input());
	type("cd", 2);
	assert_int_equal(con_getc(), 'a');
	assert_false(con_ctrlc());
	expect_read("bcd", 3);
	assert_false(con_has_input());
}

static void has_input_loses_nothing(void **state)
{
	(void)state;
	type("xy", 2);
	assert_true(con_has_input());
	assert_true(con_has_input());
	expect_read("xy", 2);
}

static void ctrlc(void **state)
{
	(void)state;
	type("lost\x03kept", 9);
	assert_true(con_ctrlc());
	assert_true(con_ctrlc()); /* every waiter sees it */
	expect_read("kept", 4);
	assert_true(con_ctrlc());
	con_ctrlc_clear();
	assert_false(con_ctrlc());
}

/* What must not be left half done does not hear of it, but what comes after. */
static void ctrlc_held(void **state)
{
	(void)state;
	con_ctrlc_hold(true);
	type("\x03", 1);
	assert_false(con_ctrlc());
	con_ctrlc_hold(false);
	assert_true(con_ctrlc());
	con_ctrlc_hold(true);
	con_ctrlc_clear();
	type("\x03", 1);
	assert_true(con_ctrlc());
	con_ctrlc_clear();
}

/* A reader gets it as a byte, and then it is no interrupt any more. */
static void ctrlc_as_byte(void **state)
{
	(void)state;
	type("\x03", 1);
	assert_int_equal(con_getc(), 3);
	assert_false(con_ctrlc());
	type("\x03", 1);
	assert_true(con_has_input());
	assert_int_equal(con_getc(), 3);
	assert_false(con_ctrlc());
}

/* con_has_input has already taken it from the device. */
static void ctrlc_already_taken(void **state)
{
	(void)state;
	type("\x03z", 2);
	assert_true(con_has_input());
	assert_true(con_ctrlc());
	expect_read("z", 1);
}

static void full_buffer_waits(void **state)
{
	static uint8_t bytes[TYPE_AHEAD + 10];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)('a' + i % 26);
	bytes[sizeof(bytes) - 1] = 3;
	type(bytes, sizeof(bytes));
	assert_false(con_ctrlc());
	assert_int_equal(in_len, 10);
	assert_false(con_ctrlc());
	assert_int_equal(con_getc(), bytes[0]);
	assert_false(con_ctrlc());
	assert_int_equal(in_len, 9);
	expect_read(bytes + 1, sizeof(bytes) - 1);
}

/* The ring's counters go round more than once. */
static void ring_goes_round(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 5000; i++) {
		uint8_t pair[2] = { (uint8_t)(i | 0x80), (uint8_t)(i | 0x40) };

		type(pair, 2);
		assert_false(con_ctrlc());
		expect_read(pair, 2);
	}
}

/* ---- several consoles ---- */

static struct other {
	char out[64];
	size_t len;
	const char *in;
	int open; /* what its open says */
} others[2];

static void other_put(void *ctx, const char *buf, size_t len)
{
	struct other *o = ctx;

	assert_true(o->len + len < sizeof(o->out));
	memcpy(o->out + o->len, buf, len);
	o->len += len;
}

static int other_get(void *ctx)
{
	struct other *o = ctx;

	return o->in && *o->in ? *o->in++ : -1;
}

static int other_open(void *ctx)
{
	return ((struct other *)ctx)->open;
}

static const struct console_ops other_ops = { .put = other_put,
					      .get = other_get,
					      .open = other_open };
static struct console first = { .name = "first",
				.alias = "one",
				.ops = &other_ops,
				.ctx = &others[0] },
		      second = { .name = "second",
				 .ops = &other_ops,
				 .ctx = &others[1] };

static int setup_three(void **state)
{
	console_add(&first);
	console_add(&second);
	return setup(state);
}

static void choose_by_name(void **state)
{
	(void)state;
	con_puts("a");
	assert_int_equal(console_choose(CONSOLE_OUT, "one,second"), 0);
	con_puts("b\n");
	assert_int_equal(console_choose(CONSOLE_OUT, "serial,first"), 0);
	con_puts("c");
	assert_string_equal(out, "ac");
	assert_string_equal(others[0].out, "b\r\nc");
	assert_string_equal(others[1].out, "b\r\n");
	assert_int_equal(first.use, CONSOLE_OUT);
	assert_int_equal(console_next(NULL)->use, CONSOLE_ALL);
	assert_int_equal(console_choose(CONSOLE_IN, "second,serial"), 0);
	type("st", 2);
	others[0].in = "no";
	others[1].in = "2x";
	expect_read("st2x", 4);
}

/* All or nothing. */
static void choose_refused(void **state)
{
	static const char *const names[] = {
		"",        "x",       "firs",     "firstx",  ",serial",
		"serial,", "serial,", "serial,x", "x,serial"
	};

	(void)state;
	for (size_t i = 0; i < array_size(names); i++)
		assert_int_equal(console_choose(CONSOLE_ALL, names[i]),
				 -ENODEV);
	others[1].open = -EIO;
	assert_int_equal(console_choose(CONSOLE_ALL, "first,second"), -EIO);
	assert_int_equal(first.use, 0);
	assert_int_equal(console_next(NULL)->use, CONSOLE_ALL);
}

static void lost(void **state)
{
	(void)state;
	assert_int_equal(console_choose(CONSOLE_ALL, "first"), 0);
	con_puts("half");
	console_lost(&first, "it broke");
	assert_string_equal(out,
			    "\r\nconsole first: it broke; using serial\r\n");
	assert_int_equal(first.use, 0);
	assert_int_equal(console_next(NULL)->use, CONSOLE_ALL);
	console_lost(&first, "again"); /* nobody used it */
	assert_int_equal(strlen(out), 41);
	/* without a UART another, and without any it stays in use */
	console_set(NULL, NULL);
	assert_int_equal(console_choose(CONSOLE_ALL, "first"), 0);
	console_lost(&first, "x");
	assert_int_equal(second.use, CONSOLE_ALL);
	others[0].open = -EIO;
	console_lost(&second, "x");
	assert_int_equal(second.use, CONSOLE_ALL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(choose_by_name, setup_three, NULL),
		fake_isolated(choose_refused, setup_three, NULL),
		fake_isolated(lost, setup_three, NULL),
		fake_isolated(line_ends, setup, NULL),
		fake_isolated(fresh_line, setup, NULL),
		fake_isolated(safe, setup, NULL),
		fake_isolated(long_text, setup, NULL),
		fake_isolated(no_device, setup, NULL),
		fake_isolated(reads_all_bytes, setup, NULL),
		fake_isolated(type_ahead, setup, NULL),
		fake_isolated(has_input_loses_nothing, setup, NULL),
		fake_isolated(ctrlc, setup, NULL),
		fake_isolated(ctrlc_held, setup, NULL),
		fake_isolated(ctrlc_as_byte, setup, NULL),
		fake_isolated(ctrlc_already_taken, setup, NULL),
		fake_isolated(full_buffer_waits, setup, NULL),
		fake_isolated(ring_goes_round, setup, NULL),
	};

	return cmocka_run_group_tests_name("core_console", tests, NULL, NULL);
}
