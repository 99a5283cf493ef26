/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one place that knows quoting: parse finds the ends of words with it and
 * expand their value, so the two cannot disagree. Rules are POSIX sh's (XCU
 * 2.2, 2.6.2), of expansions only $name, ${name}, ${name:-text} and $?. Text of
 * a ${…:-…} is scanned in place with a depth counter: there is no recursion.
 */
#include "shell_priv.h"

#include <errno.h>
#include <string.h>

#include <lib/ctype.h>

void scan_start(struct scan *s, const char *text, size_t len)
{
	*s = (struct scan){ .p = text, .end = text + len };
}

static int give(struct scan *s, struct piece *piece, enum piece_kind kind,
		size_t used)
{
	s->p += used;
	piece->kind = kind;
	return 0;
}

static int give_char(struct scan *s, struct piece *piece, char c, bool quoted,
		     size_t used)
{
	piece->c = c;
	piece->quoted = quoted;
	return give(s, piece, PIECE_CHAR, used);
}

static bool name_char(char c)
{
	return is_alnum(c) || c == '_';
}

/* Names in braces may hold what names of the environment may hold. */
static bool brace_name_char(char c)
{
	return !is_space(c) && !strchr("}:$'\"\\;&|{", c);
}

static int scan_brace(struct scan *s, struct piece *piece, const char **why)
{
	const char *p = s->p + 2; /* past "${" */

	piece->name = p;
	while (p < s->end && brace_name_char(*p))
		p++;
	piece->len = (size_t)(p - piece->name);
	if (p == s->end || (*p == ':' && p + 1 == s->end)) {
		*why = "'${' is not closed";
		return -EAGAIN;
	}
	if (piece->len && *p == '}') {
		s->p = p;
		return give(s, piece, PIECE_VAR, 1);
	}
	if (!piece->len || *p != ':' || p[1] != '-') {
		*why = "bad substitution in '${'";
		return -EINVAL;
	}
	if (s->depth == SCAN_DEPTH) {
		*why = "'${' is nested too deep";
		return -EINVAL;
	}
	s->opened[s->depth++] = s->quote;
	s->p = p;
	return give(s, piece, PIECE_DEFAULT, 2);
}

static int scan_dollar(struct scan *s, struct piece *piece, const char **why)
{
	const char *p = s->p + 1;

	piece->quoted = s->quote != QUOTE_NONE;
	if (p < s->end && *p == '{')
		return scan_brace(s, piece, why);
	piece->name = p;
	if (p < s->end && *p == '?')
		p++;
	else
		while (p < s->end && name_char(*p))
			p++;
	piece->len = (size_t)(p - piece->name);
	if (!piece->len)
		return give_char(s, piece, '$', piece->quoted, 1);
	return give(s, piece, PIECE_VAR, 1 + piece->len);
}

/* In double quotes a backslash keeps its place before an ordinary character. */
static int scan_backslash(struct scan *s, struct piece *piece)
{
	char c = s->p[1];

	if (s->quote == QUOTE_DOUBLE && !strchr("$\"\\", c))
		return give_char(s, piece, '\\', true, 1);
	return give_char(s, piece, c, true, 2);
}

static int scan_end(struct scan *s, struct piece *piece, const char **why)
{
	if (s->quote != QUOTE_NONE) {
		*why = "quote is not closed";
		return -EAGAIN;
	}
	if (s->depth) {
		*why = "'${' is not closed";
		return -EAGAIN;
	}
	return give(s, piece, PIECE_END, 0);
}

static int scan_mark(struct scan *s, struct piece *piece, enum quote mark)
{
	s->quote = s->quote == mark ? QUOTE_NONE : mark;
	piece->quoted = true;
	return give(s, piece, PIECE_QUOTE, 1);
}

int scan_next(struct scan *s, struct piece *piece, const char **why)
{
	char c;

	/* A backslash and a newline are nothing at all. */
	while (s->quote != QUOTE_SINGLE && s->end - s->p >= 2 &&
	       s->p[0] == '\\' && s->p[1] == '\n')
		s->p += 2;
	if (s->p == s->end)
		return scan_end(s, piece, why);
	c = *s->p;
	if (c == '\'' && s->quote != QUOTE_DOUBLE)
		return scan_mark(s, piece, QUOTE_SINGLE);
	if (s->quote == QUOTE_SINGLE)
		return give_char(s, piece, c, true, 1);
	if (c == '"')
		return scan_mark(s, piece, QUOTE_DOUBLE);
	if (c == '$')
		return scan_dollar(s, piece, why);
	if (c == '}' && s->depth && s->opened[s->depth - 1] == s->quote) {
		s->depth--;
		return give(s, piece, PIECE_CLOSE, 1);
	}
	if (c != '\\')
		return give_char(s, piece, c, s->quote != QUOTE_NONE, 1);
	if (s->end - s->p < 2) {
		*why = "text ends after a backslash";
		return -EAGAIN;
	}
	return scan_backslash(s, piece);
}
