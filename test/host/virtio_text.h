/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of what virtio's subcommands print. */
#ifndef VIRTIO_TEXT_H
#define VIRTIO_TEXT_H

#include "virtio_test.h"

#include <shell/shell.h>

/* Run @line. Return: what it printed, without CR; the newest call's text */
static inline const char *shell(const char *line, int result)
{
	static char text[sizeof(fake_console_text)];
	size_t n = 0;

	fake_console_clear();
	assert_int_equal(shell_run(line), result);
	for (const char *p = fake_console_text; *p; p++)
		if (*p != '\r')
			text[n++] = *p;
	text[n] = 0;
	return text;
}

static inline void assert_shell(const char *line, const char *want)
{
	assert_string_equal(shell(line, 0), want);
}

static inline void assert_refused(const char *line, const char *want)
{
	assert_string_equal(shell(line, 1), want);
}

static inline void assert_shows(const char *line, const char *want)
{
	if (!strstr(shell(line, 0), want))
		fail_msg("%s: no \"%s\" in:\n%s", line, want, shell(line, 0));
}

#endif
