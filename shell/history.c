/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines typed before: the last HISTORY_MAX, no line twice in a row. */
#include "line_priv.h"

#include <string.h>

#include <core/heap.h>
#include <shell/shell.h>

static struct {
	char *lines[HISTORY_MAX];
	unsigned int next; /* where the next line goes */
} history;

const char *history_get(unsigned int n)
{
	if (!n || n > HISTORY_MAX)
		return NULL;
	return history.lines[(history.next + HISTORY_MAX - n) % HISTORY_MAX];
}

void history_add(const char *line)
{
	const char *newest = history_get(1);
	char *copy;

	if (!*line || (newest && !strcmp(newest, line)))
		return;
	copy = heap_strdup(line);
	/* Without memory the line is not remembered; nothing else fails. */
	if (!copy)
		return;
	heap_free(history.lines[history.next]);
	history.lines[history.next] = copy;
	history.next = (history.next + 1) % HISTORY_MAX;
}

unsigned int history_find(const char *text, unsigned int from)
{
	const char *line;

	for (unsigned int n = from; (line = history_get(n)); n++) {
		if (strstr(line, text))
			return n;
	}
	return 0;
}

const char *shell_history(unsigned int n)
{
	return history_get(n);
}
