/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ctrl-R: searching the history while typing. Text makes the pattern longer,
 * Ctrl-R goes to an older match, Ctrl-G gives the line back as it was; any other
 * key takes the match into the line and then does its own work.
 */
#include "line_priv.h"

#include <string.h>

#include <core/console.h>

static const char title[] = "(history) ";

static size_t shown_columns(const struct editor *ed)
{
	const char *line = history_get(ed->found);

	return strlen(title) + text_columns(ed->pattern, ed->pattern_len) + 2 +
	       (line ? text_columns(line, strlen(line)) : 0);
}

static void show(const struct editor *ed)
{
	const char *line = history_get(ed->found);

	con_puts(title);
	text_show(ed->pattern, ed->pattern_len);
	con_puts(": ");
	if (line)
		text_show(line, strlen(line));
}

static void wipe(size_t columns)
{
	con_putc('\r');
	while (columns--)
		con_putc(' ');
	con_putc('\r');
}

void search_begin(struct editor *ed)
{
	edit_move(ed, ed->len);
	wipe(text_columns(ed->prompt, strlen(ed->prompt)) +
	     text_columns(ed->buf, ed->len));
	ed->searching = true;
	ed->pattern_len = 0;
	ed->pattern[0] = '\0';
	ed->found = 0;
	show(ed);
}

static void search_end(struct editor *ed, bool take)
{
	const char *line = take ? history_get(ed->found) : NULL;

	wipe(shown_columns(ed));
	ed->searching = false;
	if (line && strlen(line) < ed->size) {
		ed->len = strlen(line);
		memcpy(ed->buf, line, ed->len + 1);
		ed->overflow = false;
	}
	ed->pos = ed->len;
	edit_repaint(ed);
}

/* Look for the pattern from history line @from on; the bell when there is none. */
static bool look(struct editor *ed, unsigned int from)
{
	unsigned int n = history_find(ed->pattern, from);

	if (n)
		ed->found = n;
	else
		edit_bell();
	return n;
}

static void set_pattern(struct editor *ed, size_t len)
{
	ed->pattern_len = len;
	ed->pattern[len] = '\0';
}

static void longer(struct editor *ed, char c)
{
	if (ed->pattern_len + 1 == sizeof(ed->pattern)) {
		edit_bell();
		return;
	}
	ed->pattern[ed->pattern_len] = c;
	set_pattern(ed, ed->pattern_len + 1);
	if (!look(ed, ed->found ? ed->found : 1))
		set_pattern(ed, ed->pattern_len - 1);
}

static void shorter(struct editor *ed)
{
	set_pattern(ed, text_prev(ed->pattern, ed->pattern_len));
	ed->found = 0;
	if (ed->pattern_len)
		(void)look(ed, 1);
}

bool search_key(struct editor *ed, int key)
{
	size_t columns = shown_columns(ed);

	if (keys_text(key)) {
		longer(ed, (char)key);
	} else if (key == CTRL('r')) {
		if (ed->pattern_len)
			(void)look(ed, ed->found + 1);
	} else if (key == CTRL('h') || key == KEY_RUBOUT) {
		shorter(ed);
	} else {
		search_end(ed, key != CTRL('g') && key != CTRL('c'));
		return key == CTRL('g');
	}
	wipe(columns);
	show(ed);
	return true;
}
