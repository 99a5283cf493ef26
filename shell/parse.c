/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text to a tree: commands of words, joined by ';', newline, '&&' and '||'.
 * '&', '|' and '>' on their own are refused, for there are no jobs, pipes or
 * redirections; a '>' that closes a '<' before it in the same command is a
 * character like any other. An empty command between two ';' is nothing. Nothing here
 * recurses; what a text can cost is bounded by its length.
 */
#include "shell_priv.h"

#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <lib/compiler.h>
#include <lib/ctype.h>

#define CHUNK_SIZE 1024

/* Memory that goes in one piece when the tree goes. */
struct chunk {
	struct chunk *next;
	size_t used;
	_Alignas(8) char data[];
};

enum token {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_SEQ, /* ';' or newline */
	TOKEN_AND,
	TOKEN_OR,
};

struct parser {
	struct tree *tree;
	struct scan scan;
	const char *why;
	const char *word; /* TOKEN_WORD */
	size_t len;
	bool newline; /* TOKEN_SEQ was one */
	size_t open;  /* '<' of this command that no '>' has closed */
};

static void *tree_alloc(struct tree *tree, size_t size)
{
	struct chunk *c = tree->mem;
	void *p;

	size = (size_t)align_up(size, 8);
	if (!c || size > CHUNK_SIZE - c->used) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		c = heap_alloc(sizeof(*c) + room);
		if (!c)
			return NULL;
		c->next = tree->mem;
		tree->mem = c;
	}
	p = c->data + c->used;
	/* A chunk of its own for something large is full at once. */
	c->used = size > CHUNK_SIZE ? CHUNK_SIZE : c->used + size;
	return p;
}

void tree_free(struct tree *tree)
{
	while (tree->mem) {
		struct chunk *c = tree->mem;

		tree->mem = c->next;
		heap_free(c);
	}
	tree->first = NULL;
}

static int refuse(struct parser *ps, const char *why)
{
	ps->why = why;
	return -EINVAL;
}

static int refuse_operator(struct parser *ps, char c)
{
	if (c == '&')
		return refuse(ps, "'&': there are no background jobs");
	if (c == '|')
		return refuse(ps, "'|': there are no pipes");
	return refuse(ps, "'>': there are no files to redirect to");
}

static bool ends_word(struct parser *ps, const struct piece *piece)
{
	if (piece->kind != PIECE_CHAR || piece->quoted || ps->scan.depth)
		return piece->kind == PIECE_END;
	if (piece->c == '<')
		ps->open++;
	if (piece->c == '>' && ps->open) {
		ps->open--;
		return false;
	}
	return is_space(piece->c) || strchr(";&|>", piece->c);
}

static int take_word(struct parser *ps, enum token *token)
{
	struct piece piece;
	struct scan before;
	int err;

	ps->word = ps->scan.p;
	do {
		before = ps->scan;
		err = scan_next(&ps->scan, &piece, &ps->why);
		if (err)
			return err;
	} while (!ends_word(ps, &piece));
	ps->scan = before;
	ps->len = (size_t)(before.p - ps->word);
	*token = TOKEN_WORD;
	return 0;
}

/* Blanks, comments and continued lines between words. */
static void skip_blanks(struct scan *s)
{
	for (;;) {
		size_t left = (size_t)(s->end - s->p);

		if (left && *s->p != '\n' && is_space(*s->p)) {
			s->p++;
		} else if (left >= 2 && s->p[0] == '\\' && s->p[1] == '\n') {
			s->p += 2;
		} else if (left && *s->p == '#') {
			while (s->p < s->end && *s->p != '\n')
				s->p++;
		} else {
			return;
		}
	}
}

static int next_token(struct parser *ps, enum token *token)
{
	struct scan *s = &ps->scan;
	char c;

	skip_blanks(s);
	if (s->p == s->end) {
		*token = TOKEN_END;
		return 0;
	}
	c = *s->p;
	if (c == ';' || c == '\n') {
		s->p++;
		ps->open = 0;
		ps->newline = c == '\n';
		*token = TOKEN_SEQ;
		return 0;
	}
	if ((c == '&' || c == '|') && s->end - s->p >= 2 && s->p[1] == c) {
		s->p += 2;
		ps->open = 0;
		*token = c == '&' ? TOKEN_AND : TOKEN_OR;
		return 0;
	}
	if (c == '&' || c == '|' || (c == '>' && !ps->open))
		return refuse_operator(ps, c);
	return take_word(ps, token);
}

static int add_word(struct parser *ps, struct word ***tail)
{
	struct word *w = tree_alloc(ps->tree, sizeof(*w));

	if (!w)
		return -ENOMEM;
	*w = (struct word){ .text = ps->word, .len = ps->len };
	**tail = w;
	*tail = &w->next;
	return 0;
}

static int add_node(struct parser *ps, enum join join, struct node ***tail)
{
	struct node *n = tree_alloc(ps->tree, sizeof(*n));

	if (!n)
		return -ENOMEM;
	*n = (struct node){ .kind = NODE_COMMAND, .join = join };
	**tail = n;
	*tail = &n->next;
	return 0;
}

/* One command: the words from the current token on; *token is what ended it. */
static int parse_command(struct parser *ps, enum join join, struct node ***tail,
			 enum token *token)
{
	struct node **place = *tail;
	struct word **words;
	int err = add_node(ps, join, tail);

	if (err)
		return err;
	words = &(*place)->words;
	while (*token == TOKEN_WORD) {
		err = add_word(ps, &words);
		if (!err)
			err = next_token(ps, token);
		if (err)
			return err;
	}
	return 0;
}

/* After '&&' or '||': newlines do not matter, but a command must come. */
static int expect_command(struct parser *ps, enum join join, enum token *token)
{
	int err;

	do {
		err = next_token(ps, token);
		if (err)
			return err;
	} while (*token == TOKEN_SEQ && ps->newline);
	if (*token == TOKEN_WORD)
		return 0;
	ps->why = join == JOIN_AND ? "no command after '&&'"
				   : "no command after '||'";
	return *token == TOKEN_END ? -EAGAIN : -EINVAL;
}

static int parse_list(struct parser *ps)
{
	struct node **tail = &ps->tree->first;
	enum join join = JOIN_SEQ;
	enum token token;
	int err = next_token(ps, &token);

	while (!err && token != TOKEN_END) {
		if (token == TOKEN_WORD) {
			err = parse_command(ps, join, &tail, &token);
			join = JOIN_SEQ;
			if (err || token == TOKEN_END)
				break;
		} else if (token != TOKEN_SEQ) {
			return refuse(ps, token == TOKEN_AND
						  ? "no command before '&&'"
						  : "no command before '||'");
		}
		if (token == TOKEN_SEQ) {
			err = next_token(ps, &token);
			continue;
		}
		join = token == TOKEN_AND ? JOIN_AND : JOIN_OR;
		err = expect_command(ps, join, &token);
	}
	return err;
}

int parse(const char *text, struct tree *tree, const char **why)
{
	struct parser ps = { .tree = tree };
	size_t len = strnlen(text, SHELL_TEXT_MAX + 1);
	char *copy;
	int err;

	*tree = (struct tree){ 0 };
	*why = NULL;
	if (len > SHELL_TEXT_MAX)
		return -ENAMETOOLONG;
	copy = tree_alloc(tree, len + 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, len + 1);
	scan_start(&ps.scan, copy, len);
	err = parse_list(&ps);
	*why = ps.why;
	return err;
}

size_t word_is_assignment(const struct word *w)
{
	size_t i = 0;

	while (i < w->len && (is_alnum(w->text[i]) || w->text[i] == '_'))
		i++;
	if (!i || is_digit(w->text[0]) || i == w->len || w->text[i] != '=')
		return 0;
	return i;
}
