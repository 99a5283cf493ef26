/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console: one UART (or, in tests, a buffer) behind two calls. Output turns
 * "\n" into "\r\n". Input that arrives while a command runs is kept in a
 * type-ahead buffer, so nothing pasted is lost; Ctrl-C is picked out of it.
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
};

/* console_set - use this device from now on. @ops and @ctx must stay. */
void console_set(const struct console_ops *ops, void *ctx);

void con_putc(char c);
void con_write(const char *buf, size_t len);
void con_puts(const char *s); /* adds no newline */

/*
 * con_put_safe - text that came from outside (disk, device, device tree, variable).
 * Control characters, C1 and DEL too, and bytes that are not UTF-8 appear
 * as "?", but for the ASCII ones in @keep: what is shown cannot steer the terminal.
 */
void con_put_safe(const char *s, const char *keep);
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
 * Moves received bytes to the type-ahead buffer (4096 bytes; a Ctrl-C empties
 * it) and is sticky: every waiter up the call chain sees it. With the buffer full
 * the rest stays in the device: nothing is lost, but nothing behind it is seen.
 */
bool con_ctrlc(void);
void con_ctrlc_clear(void);

#endif
