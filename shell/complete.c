/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tab. The text up to the cursor is read with the shell's own tokenizer, so
 * that quotes and variables in front of the word count for what they are. What
 * may stand there comes from the command's hook, the command table or the
 * variables; candidates are collected by shell_offer. The common beginning is
 * inserted; a second Tab lists.
 */
#include "line_priv.h"

#include <string.h>

#include <core/console.h>
#include <core/guard.h>
#include <core/heap.h>
#include <env/env.h>
#include <lib/ctype.h>
#include <shell/command.h>
#include <shell/shell.h>

#include "shell_priv.h"

#define WORDS_MAX  32
#define LIST_MAX   200 /* candidates listed; the rest is counted */
#define LIST_WIDTH 78  /* columns */

/* What the cursor stands behind. */
struct context {
	char text[SHELL_LINE_MAX]; /* the command's words, NUL-ended */
	size_t len;
	char *argv[WORDS_MAX + 1];
	int argc;
	bool open; /* the last word has begun */
	bool full;
	const char *var; /* a variable's name is being typed */
	size_t var_len;
	bool brace;
	enum quote quote;
};

static struct {
	struct context context;
	char prefix[SHELL_LINE_MAX]; /* typed so far of the word */
	char common[SHELL_LINE_MAX]; /* what all candidates begin with */
	char insert[2 * SHELL_LINE_MAX];
	char *list[LIST_MAX];
	size_t count, listed;
} tab;

static void put(struct context *c, char ch)
{
	/* Room is kept for the NUL of this word and of an empty next one. */
	if (c->len + 2 >= sizeof(c->text))
		c->full = true;
	else
		c->text[c->len++] = ch;
}

static void open_word(struct context *c)
{
	if (c->open)
		return;
	if (c->argc == WORDS_MAX) {
		c->full = true;
		return;
	}
	c->open = true;
	c->argv[c->argc++] = c->text + c->len;
}

static void close_word(struct context *c)
{
	if (c->open)
		put(c, '\0');
	c->open = false;
}

static void read_char(struct context *c, const struct piece *piece,
		      const struct scan *s)
{
	if (!piece->quoted && !s->depth && strchr(";&|\n", piece->c)) {
		c->argc = 0;
		c->len = 0;
		c->open = false;
	} else if (!piece->quoted && !s->depth && is_space(piece->c)) {
		close_word(c);
	} else {
		open_word(c);
		put(c, piece->c);
	}
}

static void read_piece(struct context *c, const struct piece *piece,
		       const struct scan *s)
{
	const char *value;

	switch (piece->kind) {
	case PIECE_CHAR:
		read_char(c, piece, s);
		break;
	case PIECE_QUOTE:
		open_word(c);
		break;
	case PIECE_VAR:
		open_word(c);
		value = shell_lookup(piece->name, piece->len);
		while (value && *value)
			put(c, *value++);
		/* "$na" with nothing behind it is still being typed. */
		if (s->p == s->end && piece->name + piece->len == s->end) {
			c->var = piece->name;
			c->var_len = piece->len;
		}
		break;
	default:
		break;
	}
}

/* An unclosed "${na", or a "$" alone at the end. */
static void read_rest(struct context *c, const struct scan *s)
{
	size_t left = (size_t)(s->end - s->p);

	if (left >= 2 && s->p[0] == '$' && s->p[1] == '{') {
		c->brace = true;
		c->var = s->p + 2;
		c->var_len = left - 2;
		open_word(c);
	} else if (left) {
		c->full = true; /* after a backslash, say */
	}
}

static void read_context(struct context *c, const char *text, size_t len)
{
	struct piece piece = { .kind = PIECE_CHAR };
	const char *why;
	struct scan s;

	memset(c, 0, sizeof(*c));
	scan_start(&s, text, len);
	while (piece.kind != PIECE_END) {
		const char *at = s.p;

		if (scan_next(&s, &piece, &why)) {
			read_rest(c, &s);
			break;
		}
		read_piece(c, &piece, &s);
		if (piece.kind == PIECE_CHAR && s.p == s.end && s.p - at == 1 &&
		    *at == '$' && s.quote != QUOTE_SINGLE) {
			c->var = s.end;
			c->var_len = 0;
		}
	}
	c->quote = s.quote;
	open_word(c);
	put(c, '\0');
	c->argv[c->argc] = NULL;
}

static bool listed(const char *word)
{
	for (size_t i = 0; i < tab.listed; i++) {
		if (!strcmp(tab.list[i], word))
			return true;
	}
	return false;
}

void shell_offer(const char *word)
{
	size_t n = 0, len = strlen(word);

	if (strncmp(word, tab.prefix, strlen(tab.prefix)) ||
	    len >= sizeof(tab.common) || listed(word))
		return;
	if (!tab.count)
		memcpy(tab.common, word, len + 1);
	while (word[n] && word[n] == tab.common[n])
		n++;
	tab.common[n] = '\0';
	tab.count++;
	if (tab.listed < LIST_MAX) {
		char *copy = heap_strdup(word);

		if (copy)
			tab.list[tab.listed++] = copy;
	}
}

int shell_offer_name(void *arg, const char *name, const char *value)
{
	(void)arg;
	(void)value;
	shell_offer(name);
	return 0;
}

static int offer_arguments(void *arg)
{
	const struct context *c = arg;
	struct cmd_call call = { .argc = c->argc, .argv = tab.context.argv };
	const struct command *cmd = command_find(c->argv[0]);

	if (cmd && cmd->complete)
		cmd->complete(&call);
	return 0;
}

static void set_prefix(const char *text, size_t len)
{
	memcpy(tab.prefix, text, len);
	tab.prefix[len] = '\0';
}

static void collect(struct editor *ed, struct context *c)
{
	int ret;

	tab.count = tab.listed = 0;
	tab.common[0] = '\0';
	if (c->var) {
		set_prefix(c->var, c->var_len);
		(void)shell_local_walk(shell_offer_name, NULL);
		(void)env_walk(shell_offer_name, NULL);
		return;
	}
	set_prefix(c->argv[c->argc - 1], strlen(c->argv[c->argc - 1]));
	if (c->argc > 1) {
		/* A hook that trapped said so, in the middle of the line. */
		if (guard_call(c->argv[0], offer_arguments, c, &ret))
			edit_repaint(ed);
	} else {
		for_each_entry (command, const struct command, it)
			shell_offer((*it)->name);
	}
}

static void insert(struct editor *ed, const char *text)
{
	edit_replace(ed, ed->pos, ed->pos, text, strlen(text));
}

/* What the quoting in force gives a meaning of its own. */
static bool special(char c, enum quote quote)
{
	if (quote == QUOTE_SINGLE)
		return false;
	return strchr(quote == QUOTE_DOUBLE ? "$\"\\" : " \t;&|>$'\"\\#", c);
}

static void insert_rest(struct editor *ed, const struct context *c)
{
	char *out = tab.insert;
	size_t len = 0;

	for (const char *p = tab.common + strlen(tab.prefix); *p; p++) {
		if (special(*p, c->quote))
			out[len++] = '\\';
		out[len++] = *p;
	}
	out[len] = '\0';
	insert(ed, out);
}

/* The word is complete, unless a path or a device goes on. */
static void insert_end(struct editor *ed, const struct context *c)
{
	size_t len = strlen(tab.common);
	char last = len ? tab.common[len - 1] : '\0';

	if (c->var) {
		insert(ed, c->brace ? "}" : "");
		return;
	}
	if (last == '/' || last == ':' || last == '=')
		return;
	if (c->quote == QUOTE_SINGLE)
		insert(ed, "'");
	else if (c->quote == QUOTE_DOUBLE)
		insert(ed, "\"");
	insert(ed, " ");
}

static void sort_list(void)
{
	for (size_t i = 1; i < tab.listed; i++) {
		char *word = tab.list[i];
		size_t j = i;

		for (; j && strcmp(tab.list[j - 1], word) > 0; j--)
			tab.list[j] = tab.list[j - 1];
		tab.list[j] = word;
	}
}

static void print_list(struct editor *ed)
{
	size_t width = 1, column = 0;

	sort_list();
	for (size_t i = 0; i < tab.listed; i++) {
		size_t n = text_columns(tab.list[i], strlen(tab.list[i])) + 2;

		width = n > width ? n : width;
	}
	for (size_t i = 0; i < tab.listed; i++) {
		size_t n = text_columns(tab.list[i], strlen(tab.list[i]));

		if (!i || column + width > LIST_WIDTH) {
			con_putc('\n');
			column = 0;
		}
		text_show(tab.list[i], strlen(tab.list[i]));
		column += width;
		if (i + 1 < tab.listed && column + width <= LIST_WIDTH)
			con_printf("%*s", (int)(width - n), "");
	}
	con_putc('\n');
	if (tab.count > tab.listed)
		con_printf("... and %zu more\n", tab.count - tab.listed);
	edit_repaint(ed);
}

bool complete_tab(struct editor *ed, bool again)
{
	struct context *c = &tab.context;

	read_context(c, ed->buf, ed->pos);
	if (c->full) {
		edit_bell();
		return false;
	}
	collect(ed, c);
	if (tab.count && strlen(tab.common) > strlen(tab.prefix)) {
		insert_rest(ed, c);
		again = false;
	}
	if (tab.count == 1)
		insert_end(ed, c);
	else if (tab.count && again)
		print_list(ed);
	else
		edit_bell();
	while (tab.listed)
		heap_free(tab.list[--tab.listed]);
	return tab.count > 1;
}
