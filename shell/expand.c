/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words to argv: quotes go, variables become their values, and what an unquoted
 * variable brings is split at blanks as sh does (XCU 2.6.5). Two passes over the
 * same walk, the first only counting: the result is one exact allocation,
 * and a text that would grow past SHELL_TEXT_MAX is refused, never cut.
 */
#include "shell_priv.h"

#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <lib/ctype.h>

struct sink {
	char **argv; /* NULL while counting */
	char *out;
	size_t len; /* bytes put so far, with NULs */
	int argc;
	bool open;  /* a word has begun */
	bool split; /* at blanks of unquoted values */
};

static void begin_word(struct sink *k)
{
	if (k->open)
		return;
	k->open = true;
	if (k->argv)
		k->argv[k->argc] = k->out + k->len;
	k->argc++;
}

static void put(struct sink *k, char c)
{
	if (k->out)
		k->out[k->len] = c;
	k->len++;
}

static void end_word(struct sink *k)
{
	if (k->open)
		put(k, '\0');
	k->open = false;
}

static void put_value_char(struct sink *k, char c, bool quoted)
{
	if (k->split && !quoted && is_space(c)) {
		end_word(k);
		return;
	}
	begin_word(k);
	put(k, c);
}

static int put_value(struct sink *k, const char *value, bool quoted)
{
	if (quoted)
		begin_word(k);
	for (; value && *value; value++) {
		if (k->len > SHELL_TEXT_MAX)
			return -ENAMETOOLONG;
		put_value_char(k, *value, quoted);
	}
	return 0;
}

/* Pass over the default text of a variable that has a value. */
static int skip_default(struct scan *s, const char **why)
{
	unsigned int outside = s->depth - 1;
	struct piece piece;

	while (s->depth > outside) {
		int err = scan_next(s, &piece, why);

		if (err)
			return err;
	}
	return 0;
}

static int put_piece(struct sink *k, struct scan *s, const struct piece *piece,
		     const char **why)
{
	const char *value;
	int err;

	switch (piece->kind) {
	case PIECE_CHAR:
		/* In ${x:-a b} an unquoted blank separates, too. */
		put_value_char(k, piece->c, piece->quoted);
		return k->len > SHELL_TEXT_MAX ? -ENAMETOOLONG : 0;
	case PIECE_QUOTE:
		begin_word(k);
		return 0;
	case PIECE_VAR:
		return put_value(k, shell_lookup(piece->name, piece->len),
				 piece->quoted);
	case PIECE_DEFAULT:
		value = shell_lookup(piece->name, piece->len);
		if (!value || !*value)
			return 0;
		err = put_value(k, value, piece->quoted);
		return err ? err : skip_default(s, why);
	case PIECE_CLOSE:
	case PIECE_END:
		break;
	}
	return 0;
}

static int put_word(struct sink *k, const char *text, size_t len)
{
	struct piece piece;
	struct scan s;
	const char *why;
	int err;

	scan_start(&s, text, len);
	do {
		err = scan_next(&s, &piece, &why);
		if (!err)
			err = put_piece(k, &s, &piece, &why);
		if (err)
			return err;
	} while (piece.kind != PIECE_END);
	end_word(k);
	return 0;
}

static int put_words(struct sink *k, const struct word *words)
{
	for (; words; words = words->next) {
		int err = put_word(k, words->text, words->len);

		if (err)
			return err;
	}
	return 0;
}

int expand_words(const struct word *words, struct expansion *out)
{
	struct sink k = { .split = true };
	size_t head;
	int err = put_words(&k, words);

	if (err)
		return err;
	head = ((size_t)k.argc + 1) * sizeof(char *);
	out->argc = k.argc;
	out->argv = heap_alloc(head + k.len);
	if (!out->argv)
		return -ENOMEM;
	k = (struct sink){ .split = true,
			   .argv = out->argv,
			   .out = (char *)out->argv + head };
	err = put_words(&k, words);
	if (err)
		heap_free(out->argv);
	return err;
}

int expand_value(const char *text, size_t len, char **out)
{
	struct sink k = { .open = true };
	int err = put_word(&k, text, len);

	if (err)
		return err;
	*out = heap_alloc(k.len);
	if (!*out)
		return -ENOMEM;
	k = (struct sink){ .open = true, .out = *out };
	err = put_word(&k, text, len);
	if (err)
		heap_free(*out);
	return err;
}
