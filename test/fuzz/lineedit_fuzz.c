/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes typed at the line editor, the first saying how fast they come, and a
 * Ctrl-C. For ASCII the screen must show the line that is returned.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <core/console.h>
#include <env/env.h>
#include <shell/shell.h>

#include "line_priv.h"
#include "terminal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_screen(const char *line)
{
	char expected[600] = "=> ";
	size_t len = 3;

	for (; *line; line++) {
		if ((unsigned char)*line < 0x20)
			expected[len++] = '^';
		expected[len++] = (unsigned char)*line < 0x20 ? *line ^ 0x40
							      : *line;
	}
	while (len && expected[len - 1] == ' ')
		len--;
	expected[len] = '\0';
	if (strcmp(fake_last_line(), expected) != 0) {
		fprintf(stderr, "screen \"%s\", line \"%s\"\n",
			fake_last_line(), expected);
		abort();
	}
}

/* Every run begins with the same history. */
static void fill_history(void)
{
	for (int i = 0; i < HISTORY_MAX; i++) {
		char text[40];

		snprintf(text, sizeof(text), "line %d echo %d", i, i % 7);
		history_add(text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;
	bool ascii = true;
	char line[256], *typed;

	if (!size)
		return 0;
	for (size_t i = 1; i < size; i++)
		ascii = ascii && data[i] < 0x80;
	if (!started)
		fake_terminal_start();
	started = true;
	fake_terminal_clear();
	fill_history();
	if (env_set("variable", "value") || env_set("various", "values"))
		abort();
	typed = malloc(size);
	memcpy(typed, data + 1, size - 1);
	typed[size - 1] = '\003'; /* or it would be waited for */
	fake_type(typed, size, data[0] % 8);
	while (fake_untyped() || con_has_input()) {
		int ret;

		line[0] = '\0';
		ret = line_read("=> ", line, sizeof(line), data[0] & 8);
		if (strlen(line) >= sizeof(line))
			abort();
		if (!ret && ascii)
			check_screen(line);
	}
	if (ascii && fake_terminal_faults())
		abort();
	free(typed);
	env_clear();
	return 0;
}
