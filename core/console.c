/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console. Bytes that arrive while nobody reads are kept in a ring; when
 * the ring is full they stay in the UART, whose flow control holds the sender, so
 * nothing is lost but a Ctrl-C behind 4096 unread bytes is not seen.
 */
#include <core/console.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <core/heap.h>
#include <lib/utf.h>

#define TYPE_AHEAD 32768 /* a power of two */
#define CTRL_C     0x03
#define LINE       256 /* longer texts are formatted on the heap */

static struct console serial = { .name = "serial", .use = CONSOLE_ALL };

static struct {
	bool losing;      /* console_lost is at work */
	bool mid_line;    /* the cursor is not at the start of a line */
	bool ctrlc;       /* typed since con_ctrlc_clear */
	bool held;        /* but nobody is to hear of it now */
	uint32_t in, out; /* counts of bytes put into and taken from ring */
	uint8_t ring[TYPE_AHEAD];
} con;

void console_set(const struct console_ops *ops, void *ctx)
{
	serial.ops = ops;
	serial.ctx = ctx;
}

static void put(const char *buf, size_t len)
{
	for (struct console *c = &serial; c && len; c = c->next)
		if (c->use & CONSOLE_OUT && c->ops)
			c->ops->put(c->ctx, buf, len);
}

void con_write(const char *buf, size_t len)
{
	while (len) {
		const char *nl = memchr(buf, '\n', len);
		size_t n = nl ? (size_t)(nl - buf) : len;

		put(buf, n);
		if (nl) {
			put("\r\n", 2);
			n++;
		}
		con.mid_line = !nl;
		buf += n;
		len -= n;
	}
}

void con_putc(char c)
{
	con_write(&c, 1);
}

void con_puts(const char *s)
{
	con_write(s, strlen(s));
}

void con_put_safe(const char *s, const char *keep)
{
	const char *from = s, *at = s;
	uint32_t c;

	for (; (c = utf8_next(&s)); at = s) {
		bool control = c < ' ' || (c >= 0x7f && c < 0xa0);

		if (c < 0x80 && strchr(keep, (int)c))
			continue;
		/* U+FFFD itself takes three bytes, one that is no UTF-8 one. */
		if (!control && !(c == 0xfffd && s - at == 1))
			continue;
		con_write(from, (size_t)(at - from));
		con_putc('?');
		from = s;
	}
	con_write(from, (size_t)(at - from));
}

void con_say(const char *before, const char *text, const char *after)
{
	con_puts(before);
	con_put_safe(text, "");
	con_puts(after);
}

void con_vprintf(const char *fmt, va_list ap)
{
	char line[LINE], *text = line;
	va_list again;
	size_t len;

	va_copy(again, ap);
	len = (size_t)vsnprintf(line, sizeof(line), fmt, ap);
	if (len >= sizeof(line)) {
		text = heap_alloc(len + 1);
		if (text)
			vsnprintf(text, len + 1, fmt, again);
	}
	va_end(again);
	if (text)
		con_write(text, len);
	else
		con_write(line, sizeof(line) - 1);
	if (text != line)
		heap_free(text);
}

void con_printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	con_vprintf(fmt, ap);
	va_end(ap);
}

void con_fresh_line(void)
{
	if (con.mid_line)
		con_putc('\n');
}

static int get(void)
{
	int byte = -1;

	for (struct console *c = &serial; c && byte < 0; c = c->next)
		if (c->use & CONSOLE_IN && c->ops)
			byte = c->ops->get(c->ctx);
	return byte;
}

static bool ring_empty(void)
{
	return con.in == con.out;
}

static bool ring_full(void)
{
	return con.in - con.out == TYPE_AHEAD;
}

static void ring_put(int c)
{
	con.ring[con.in++ % TYPE_AHEAD] = (uint8_t)c;
}

int con_getc(void)
{
	if (ring_empty())
		return get();
	return con.ring[con.out++ % TYPE_AHEAD];
}

bool con_has_input(void)
{
	int c;

	if (!ring_empty())
		return true;
	c = get();
	if (c < 0)
		return false;
	ring_put(c);
	return true;
}

static void take_ctrlc(void)
{
	con.ctrlc = true;
	con.out = con.in;
}

bool con_ctrlc(void)
{
	/* con_has_input may have left one, only ever as the first byte. */
	if (!ring_empty() && con.ring[con.out % TYPE_AHEAD] == CTRL_C)
		take_ctrlc();
	while (!ring_full()) {
		int c = get();

		if (c < 0)
			break;
		if (c == CTRL_C)
			take_ctrlc();
		else
			ring_put(c);
	}
	return con.ctrlc && !con.held;
}

void con_ctrlc_clear(void)
{
	con.ctrlc = false;
	con.held = false;
}

void con_ctrlc_hold(bool hold)
{
	con.held = hold;
}

/* ---- which ones ---- */

void console_add(struct console *c)
{
	struct console **at = &serial.next;

	while (*at)
		at = &(*at)->next;
	c->use = 0;
	c->next = NULL;
	*at = c;
}

struct console *console_next(const struct console *prev)
{
	return prev ? prev->next : &serial;
}

static bool is_called(const char *console, const char *name, size_t len)
{
	return console && strlen(console) == len && !memcmp(console, name, len);
}

static struct console *find(const char *name, size_t len)
{
	struct console *c = &serial;

	while (c && !is_called(c->name, name, len) &&
	       !is_called(c->alias, name, len))
		c = c->next;
	return c;
}

/* Do all of @names exist, and can they be used? */
static int check(const char *names)
{
	size_t len;
	int ret = 0;

	for (; !ret; names += len + 1) {
		const char *comma = strchr(names, ',');
		struct console *c;

		len = comma ? (size_t)(comma - names) : strlen(names);
		c = find(names, len);
		if (!c || !c->ops)
			return -ENODEV;
		if (c->ops->open)
			ret = c->ops->open(c->ctx);
		if (!comma)
			break;
	}
	return ret;
}

static bool is_named(const struct console *c, const char *names)
{
	size_t len;

	for (;; names += len + 1) {
		const char *comma = strchr(names, ',');

		len = comma ? (size_t)(comma - names) : strlen(names);
		if (find(names, len) == c)
			return true;
		if (!comma)
			return false;
	}
}

int console_choose(unsigned int use, const char *names)
{
	int ret = check(names);

	for (struct console *c = &serial; c && !ret; c = c->next) {
		c->use &= ~use;
		if (is_named(c, names))
			c->use |= use;
	}
	return ret;
}

/* The first other console that can be used; NULL: none */
static struct console *other(const struct console *lost)
{
	for (struct console *c = &serial; c; c = c->next)
		if (c != lost && c->ops &&
		    (!c->ops->open || !c->ops->open(c->ctx)))
			return c;
	return NULL;
}

void console_lost(struct console *c, const char *why)
{
	struct console *heir;

	if (con.losing || !c->use)
		return;
	con.losing = true;
	heir = other(c);
	con.losing = false;
	if (!heir)
		return;
	heir->use |= c->use;
	c->use = 0;
	con_fresh_line();
	con_printf("console %s: %s; using %s\n", c->name, why, heir->name);
}
