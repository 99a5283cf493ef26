/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake console: a script to type, and a little terminal. */
#include "terminal.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <core/console.h>
#include <core/heap.h>

#define CELLS    20000
#define OUTPUT   (1 << 20)
#define CTRL_C   3
#define PATIENCE 4000 /* looks without anything before Ctrl-C */

static struct {
	const char *type;
	size_t left, burst, given, idle;

	char output[OUTPUT];
	size_t output_len;

	char cell[CELLS][5]; /* one line; UTF-8 */
	size_t column, used; /* the cursor; no cell from used on was written */
	size_t more;         /* bytes missing of a character */
	char escape[8];
	size_t escape_len;
	char line[CELLS * 4 + 1]; /* the line left last */
	size_t line_column;
	unsigned int bells, faults;
} t;

static void clear_line(void)
{
	memset(t.cell, 0, t.used * sizeof(t.cell[0]));
	t.used = 0;
	t.column = 0;
}

/* A newline: what the line showed is kept for the test. */
static void leave_line(void)
{
	size_t last = 0;

	t.line[0] = '\0';
	for (size_t i = 0; i < t.used; i++) {
		if (t.cell[i][0] && strcmp(t.cell[i], " ") != 0)
			last = i + 1;
	}
	for (size_t i = 0, at = 0; i < last; i++) {
		const char *c = t.cell[i][0] ? t.cell[i] : " ";

		memcpy(t.line + at, c, strlen(c) + 1);
		at += strlen(c);
	}
	clear_line();
}

static void carriage_return(void)
{
	t.line_column = t.column;
	t.column = 0;
}

static void escape(char c)
{
	t.escape[t.escape_len++] = c;
	if (t.escape_len == 3 && !memcmp(t.escape, "\033[H", 3)) {
		t.column = 0;
		t.escape_len = 0;
	} else if (t.escape_len == 4 && !memcmp(t.escape, "\033[2J", 4)) {
		size_t column = t.column;

		clear_line();
		t.column = column;
		t.escape_len = 0;
	} else if (t.escape_len == 4) {
		t.faults++;
		t.escape_len = 0;
	}
}

/* A byte that is not UTF-8 is a character of its own, as on 8-bit terminals. */
static size_t missing(unsigned char c)
{
	if (c < 0xc2 || c > 0xf4)
		return 0;
	return c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
}

static void glyph(unsigned char c)
{
	if (t.more && (c & 0xc0) == 0x80) {
		strncat(t.cell[t.column - 1], (char *)&c, 1);
		t.more--;
		return;
	}
	t.more = missing(c);
	t.cell[t.column][0] = (char)c;
	t.cell[t.column][1] = '\0';
	if (t.used <= t.column)
		t.used = t.column + 1;
	if (t.column < CELLS - 2)
		t.column++;
	else
		t.faults++;
}

static void draw(unsigned char c)
{
	if (c < 0x20)
		t.more = 0;
	if (t.escape_len || c == '\033')
		escape((char)c);
	else if (c == '\r')
		carriage_return();
	else if (c == '\n')
		leave_line();
	else if (c == '\a')
		t.bells++;
	else if (c == '\b' && t.column)
		t.column--;
	else if (c >= 0x20 && c != 0x7f)
		glyph(c);
	else
		t.faults++;
}

static void put(void *ctx, const char *buf, size_t len)
{
	(void)ctx;
	for (size_t i = 0; i < len; i++) {
		draw((unsigned char)buf[i]);
		if (buf[i] != '\r' && t.output_len < OUTPUT - 1)
			t.output[t.output_len++] = buf[i];
	}
	t.output[t.output_len] = '\0';
}

static int get(void *ctx)
{
	(void)ctx;
	if (!t.left && ++t.idle <= PATIENCE)
		return -1;
	if (!t.left) {
		t.idle = 0;
		return CTRL_C;
	}
	if (t.burst && t.given == t.burst) {
		t.given = 0;
		return -1;
	}
	t.given++;
	t.left--;
	return (unsigned char)*t.type++;
}

void fake_terminal_clear(void)
{
	clear_line();
	fake_output_clear();
	fake_type("", 0, 0);
	t.more = t.escape_len = 0;
	t.line[0] = '\0';
	t.bells = t.faults = 0;
}

void fake_terminal_start(void)
{
	static const struct console_ops ops = { .put = put, .get = get };
	static _Alignas(64) uint8_t heap[4 << 20];

	fake_terminal_clear();
	heap_init(heap, sizeof(heap));
	console_set(&ops, NULL);
}

void fake_type(const char *text, size_t len, size_t burst)
{
	t.type = text;
	t.left = len;
	t.burst = burst;
	t.given = 0;
	t.idle = 0;
}

size_t fake_untyped(void)
{
	return t.left;
}

const char *fake_output(void)
{
	return t.output;
}

size_t fake_output_len(void)
{
	return t.output_len;
}

void fake_output_clear(void)
{
	t.output_len = 0;
	t.output[0] = '\0';
}

const char *fake_last_line(void)
{
	return t.line;
}

size_t fake_last_column(void)
{
	return t.line_column;
}

unsigned int fake_bells(void)
{
	return t.bells;
}

unsigned int fake_terminal_faults(void)
{
	return t.faults;
}
