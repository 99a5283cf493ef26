/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor. It draws with characters, blanks and backspaces only and
 * asks the terminal nothing, so that logs stay readable and nothing waits for an
 * answer that a log cannot give. Text is taken in chunks, as much as is there:
 * pasting into the middle of a line redraws its tail once a chunk.
 */
#include <shell/shell.h>

#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <core/heap.h>

#include "line_priv.h"
#include "shell_priv.h"

void edit_bell(void)
{
	con_putc('\a');
}

void edit_repaint(struct editor *ed)
{
	con_puts(ed->prompt);
	text_show(ed->buf, ed->len);
	text_back(text_columns(ed->buf + ed->pos, ed->len - ed->pos));
}

void edit_move(struct editor *ed, size_t pos)
{
	if (pos < ed->pos)
		text_back(text_columns(ed->buf + pos, ed->pos - pos));
	else
		text_show(ed->buf + ed->pos, pos - ed->pos);
	ed->pos = pos;
}

void edit_replace(struct editor *ed, size_t from, size_t to, const char *text,
		  size_t len)
{
	size_t before = text_columns(ed->buf + from, ed->len - from), after;

	if (ed->len - (to - from) + len >= ed->size) {
		if (!ed->overflow)
			edit_bell();
		ed->overflow = true;
		return;
	}
	if (len < to - from)
		ed->overflow = false;
	edit_move(ed, from);
	memmove(ed->buf + from + len, ed->buf + to, ed->len - to + 1);
	memcpy(ed->buf + from, text, len);
	ed->len = ed->len - (to - from) + len;
	ed->pos = from + len;
	text_show(ed->buf + from, ed->len - from);
	after = text_columns(ed->buf + from, ed->len - from);
	for (size_t i = after; i < before; i++)
		con_putc(' ');
	if (before > after)
		text_back(before - after);
	text_back(text_columns(ed->buf + ed->pos, ed->len - ed->pos));
}

static void flush(struct editor *ed)
{
	size_t end = ed->pos;

	if (!ed->pending)
		return;
	for (size_t i = 0; ed->overwrite && i < ed->pending && end < ed->len;
	     i = text_next(ed->chunk, ed->pending, i))
		end = text_next(ed->buf, ed->len, end);
	edit_replace(ed, ed->pos, end, ed->chunk, ed->pending);
	ed->pending = 0;
}

static void type(struct editor *ed, char c)
{
	ed->chunk[ed->pending++] = c;
	if (ed->pending == sizeof(ed->chunk))
		flush(ed);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t word_left(const struct editor *ed)
{
	size_t p = ed->pos;

	while (p && blank(ed->buf[p - 1]))
		p--;
	while (p && !blank(ed->buf[p - 1]))
		p--;
	return p;
}

static size_t word_right(const struct editor *ed)
{
	size_t p = ed->pos;

	while (p < ed->len && blank(ed->buf[p]))
		p++;
	while (p < ed->len && !blank(ed->buf[p]))
		p++;
	return p;
}

static void erase(struct editor *ed, size_t from, size_t to)
{
	if (from == to)
		edit_bell();
	else
		edit_replace(ed, from, to, "", 0);
}

/* Show the history line @n, 0 one's own. */
static void browse(struct editor *ed, unsigned int n)
{
	const char *line = n ? history_get(n) : ed->own;

	if (!line || strlen(line) >= ed->size) {
		edit_bell();
		return;
	}
	if (!ed->browsing) {
		char *own = heap_strdup(ed->buf);

		if (!own) {
			edit_bell();
			return;
		}
		heap_free(ed->own);
		ed->own = own;
	}
	ed->browsing = n;
	edit_replace(ed, 0, ed->len, line, strlen(line));
}

static void browse_newer(struct editor *ed)
{
	if (ed->browsing)
		browse(ed, ed->browsing - 1);
	else
		edit_bell();
}

static void clear_screen(struct editor *ed)
{
	con_puts("\033[H\033[2J");
	edit_repaint(ed);
}

static bool edit_motion(struct editor *ed, int key)
{
	switch (key) {
	case CTRL('a'):
	case KEY_HOME:
		edit_move(ed, 0);
		return true;
	case CTRL('e'):
	case KEY_END:
		edit_move(ed, ed->len);
		return true;
	case CTRL('b'):
	case KEY_LEFT:
		edit_move(ed, text_prev(ed->buf, ed->pos));
		return true;
	case CTRL('f'):
	case KEY_RIGHT:
		edit_move(ed, text_next(ed->buf, ed->len, ed->pos));
		return true;
	case KEY_WORD_LEFT:
		edit_move(ed, word_left(ed));
		return true;
	case KEY_WORD_RIGHT:
		edit_move(ed, word_right(ed));
		return true;
	default:
		return false;
	}
}

static bool edit_erase(struct editor *ed, int key)
{
	switch (key) {
	case CTRL('d'):
	case KEY_DELETE:
		erase(ed, ed->pos, text_next(ed->buf, ed->len, ed->pos));
		return true;
	case CTRL('h'):
	case KEY_RUBOUT:
		erase(ed, text_prev(ed->buf, ed->pos), ed->pos);
		return true;
	case CTRL('k'):
		erase(ed, ed->pos, ed->len);
		return true;
	case CTRL('u'):
	case CTRL('x'):
		erase(ed, 0, ed->len);
		return true;
	case CTRL('w'):
		erase(ed, word_left(ed), ed->pos);
		return true;
	default:
		return false;
	}
}

/* Keys that only make sense where commands are typed. */
static bool edit_command(struct editor *ed, int key, bool after_tab)
{
	if (!ed->command_line)
		return false;
	switch (key) {
	case CTRL('p'):
	case KEY_UP:
		browse(ed, ed->browsing + 1);
		return true;
	case CTRL('n'):
	case KEY_DOWN:
		browse_newer(ed);
		return true;
	case CTRL('r'):
		search_begin(ed);
		return true;
	case '\t':
		ed->after_tab = complete_tab(ed, after_tab);
		/* Ctrl-C during a slow Tab ended that, not the next command. */
		con_ctrlc_clear();
		return true;
	default:
		return false;
	}
}

static void edit_key(struct editor *ed, int key)
{
	bool after_tab = ed->after_tab;

	ed->after_tab = false;
	if (edit_motion(ed, key) || edit_erase(ed, key) ||
	    edit_command(ed, key, after_tab))
		return;
	if (key == CTRL('o'))
		ed->overwrite = !ed->overwrite;
	else if (key == CTRL('l'))
		clear_screen(ed);
	else
		edit_bell();
}

/* Return: 1 go on; else what line_read returns */
static int take_key(struct editor *ed, int key)
{
	if (ed->searching && search_key(ed, key))
		return 1;
	if (keys_text(key)) {
		ed->after_tab = false;
		type(ed, (char)key);
		return 1;
	}
	flush(ed);
	if (key == CTRL('c')) {
		con_puts("<INTERRUPT>\n");
		shell_interrupt();
		return -EINTR;
	}
	if (key != KEY_ENTER) {
		edit_key(ed, key);
		return 1;
	}
	edit_move(ed, ed->len);
	con_putc('\n');
	return ed->overflow ? -ENAMETOOLONG : 0;
}

int line_read(const char *prompt, char *buf, size_t size, bool history)
{
	static struct keys keys; /* a CR LF may be split between two lines */
	struct editor ed = { .prompt = prompt,
			     .buf = buf,
			     .size = size,
			     .len = strlen(buf),
			     .command_line = history };
	int ret = 1;

	ed.pos = ed.len;
	edit_repaint(&ed);
	while (ret > 0) {
		int byte = con_getc(), key;

		if (byte < 0) {
			if (!text_partial(ed.chunk, ed.pending))
				flush(&ed);
			continue;
		}
		key = keys_feed(&keys, (uint8_t)byte);
		if (key != KEY_NONE)
			ret = take_key(&ed, key);
	}
	heap_free(ed.own);
	if (!ret && history)
		history_add(buf);
	return ret;
}
