/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: one device or several behind two calls. Output goes to all that are in
 * use and turns "\n" into "\r\n". Input that arrives while a command runs is kept
 * in a type-ahead buffer, so nothing pasted is lost; Ctrl-C is picked out of it.
 *
 * "serial" is there from the start; others come with console_add and are used when
 * console_choose names them. One that breaks says so with console_lost, and the first
 * that still works takes its place.
 */
#ifndef VIREO_CORE_CONSOLE_H
#define VIREO_CORE_CONSOLE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <lib/compiler.h>

struct console_ops {
	void (*put)(void *ctx, const char *buf, size_t len);
	int (*get)(void *ctx); /* next byte received, or -1: none yet */
	/* It is about to be used. Return: 0; it cannot be. NULL: always ready */
	int (*open)(void *ctx);
};

/* What a console is used for: stdin, stdout, stderr. Nothing is written to stderr
 * alone; the use is kept for scripts that set it. */
#define CONSOLE_IN  (1u << 0)
#define CONSOLE_OUT (1u << 1)
#define CONSOLE_ERR (1u << 2)
#define CONSOLE_ALL (CONSOLE_IN | CONSOLE_OUT | CONSOLE_ERR)

struct console {
	/* set by its driver; it must stay */
	const char *name;  /* as setenv stdout takes it: "virtio-console" */
	const char *alias; /* another name for it, or NULL */
	const struct console_ops *ops;
	void *ctx;

	/* set by core/ */
	unsigned int use; /* CONSOLE_* */
	struct console *next;
};

/* console_set - "serial" is this device. @ops and @ctx must stay. */
void console_set(const struct console_ops *ops, void *ctx);

void console_add(struct console *c);

/* console_next - walk them: NULL starts, NULL ends. */
struct console *console_next(const struct console *prev);

/*
 * console_choose - use the consoles named for @use (CONSOLE_*) and no others.
 * @names: "serial,virtio-console"
 * Return: 0; -ENODEV no console of a name; what its open says. Nothing has changed then
 */
must_check int console_choose(unsigned int use, const char *names);

/* console_lost - its device is gone: another takes over and says @why. When there is
 * none it stays in use. */
void console_lost(struct console *c, const char *why);

void con_putc(char c);
void con_write(const char *buf, size_t len);
void con_puts(const char *s); /* adds no newline */

/*
 * con_put_safe - text that came from outside (disk, device, device tree, variable).
 * Control characters, C1 and DEL too, and bytes that are not UTF-8 appear
 * as "?", but for the ASCII ones in @keep: what is shown cannot steer the terminal.
 */
void con_put_safe(const char *s, const char *keep);

/* con_say - such a text, without its control characters, between two of our own. */
void con_say(const char *before, const char *text, const char *after);
void con_vprintf(const char *fmt, va_list ap)
	__attribute__((format(printf, 1, 0)));
void con_printf(const char *fmt, ...) printf_like(1, 2);

/* con_fresh_line - start a new line unless the cursor is at the start of one. */
void con_fresh_line(void);

/* con_getc - next byte typed, or -1 when there is none. Never waits. Delivers
 * Ctrl-C (0x03) as a byte. */
int con_getc(void);

/* con_has_input - is a byte waiting for con_getc? */
bool con_has_input(void);

/*
 * con_ctrlc - has Ctrl-C been typed since the last call of con_ctrlc_clear?
 * Moves received bytes to the type-ahead buffer (32 KiB; a Ctrl-C empties
 * it) and is sticky: every waiter up the call chain sees it. With the buffer full
 * the rest stays in the device: nothing is lost, but nothing behind it is seen.
 */
bool con_ctrlc(void);
void con_ctrlc_clear(void);

/* con_ctrlc_hold - for what must not be left half done: while @hold, con_ctrlc says no
 * and what is typed counts afterwards. Deadlines go on. con_ctrlc_clear ends it. */
void con_ctrlc_hold(bool hold);

#endif
