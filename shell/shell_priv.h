/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From text to commands, in three steps that share one tokenizer:
 *
 *	scan	bytes to pieces: quoting, escapes and $variables in one place
 *	parse	pieces to words and operators, words to a tree of nodes
 *	expand	a command's words to argv, each time it runs
 *
 * exec walks the tree. Words stay slices of the tree's own copy of the text, so
 * a script may change the variable it came from.
 */
#ifndef SHELL_PRIV_H
#define SHELL_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include <env/vars.h>
#include <lib/compiler.h>

#define SHELL_TEXT_MAX   65536 /* bytes of one text, and of one expansion */
#define SHELL_LOCALS_MAX 65536 /* bytes of all shell-local variables */

/* ---- scan */

#define SCAN_DEPTH 8 /* ${a:-${b:-…}} */

enum piece_kind {
	PIECE_END,     /* of the text */
	PIECE_CHAR,    /* one byte */
	PIECE_QUOTE,   /* a quote mark: even an empty pair makes a word */
	PIECE_VAR,     /* $name or ${name} */
	PIECE_DEFAULT, /* ${name:- and its text follows, up to … */
	PIECE_CLOSE,   /* … the matching } */
};

struct piece {
	enum piece_kind kind;
	char c;           /* PIECE_CHAR */
	bool quoted;      /* inside quotes or after a backslash */
	const char *name; /* PIECE_VAR, PIECE_DEFAULT: not NUL-ended */
	size_t len;       /* of name */
};

enum quote { QUOTE_NONE, QUOTE_SINGLE, QUOTE_DOUBLE };

struct scan {
	const char *p, *end;
	enum quote quote;
	unsigned int depth; /* of open ${…:- */
	enum quote opened[SCAN_DEPTH];
};

void scan_start(struct scan *s, const char *text, size_t len);

/*
 * scan_next - the next piece.
 * @why: set on failure, static
 * Return: 0; -EAGAIN the text ends inside quotes, braces or after a backslash;
 *         -EINVAL not a valid ${…}
 */
must_check int scan_next(struct scan *s, struct piece *piece, const char **why);

/* ---- parse */

struct word {
	const char *text; /* as typed, quotes and all; not NUL-ended */
	size_t len;
	struct word *next;
};

enum node_kind { NODE_COMMAND };

/* How a node is joined to the one before it. */
enum join { JOIN_SEQ, JOIN_AND, JOIN_OR };

/* A list is nodes linked by next, run from left to right. */
struct node {
	enum node_kind kind;
	enum join join;
	struct word *words; /* NODE_COMMAND: at least one */
	struct node *next;
};

struct tree {
	struct node *first; /* NULL: nothing to run */
	struct chunk *mem;  /* everything hangs here */
};

/*
 * parse - text to tree.
 * @tree: filled; give back with tree_free, also after an error
 * @why: set on failure, static or in the tree
 * Return: 0; -EAGAIN more text is needed; -EINVAL syntax; -ENAMETOOLONG; -ENOMEM
 */
must_check int parse(const char *text, struct tree *tree, const char **why);
void tree_free(struct tree *tree);

/* word_is_assignment - length of the name in NAME=…, or 0. */
size_t word_is_assignment(const struct word *w);

/* ---- expand */

struct expansion {
	int argc;
	char **argv; /* ends with NULL; one allocation with the texts */
};

/*
 * expand_words - quotes removed, variables replaced, unquoted values split at
 * blanks. Give back with heap_free(argv).
 * Return: 0; -ENAMETOOLONG; -ENOMEM; -EINVAL
 */
must_check int expand_words(const struct word *words, struct expansion *out);

/* expand_value - one string, not split; heap_free(*out). Return: the same. */
must_check int expand_value(const char *text, size_t len, char **out);

/* ---- the shell itself */

/* shell_lookup - a variable as $name sees it: "?", a local, the environment.
 * NULL: not set. @name is not NUL-ended. */
const char *shell_lookup(const char *name, size_t len);

/* shell_turn - one turn of the prompt: read a command, run it. */
void shell_turn(void);

/* command_unknown - say so, and which ones a prefix of several may mean. */
void command_unknown(const char *name);

/* shell_interrupt - Ctrl-C was typed at a line that a command reads: it ends the
 * list, too. */
void shell_interrupt(void);

/* shell_execute - run a tree. @repeat: an empty line asked for it again.
 * Return: 0 or 1 */
int shell_execute(const struct tree *tree, bool repeat);

/* shell_repeatable - may an empty line repeat what shell_execute last ran? */
bool shell_repeatable(void);

/* shell_refused - print why a text was not run; $? is 1. */
void shell_refused(int err, const char *why);

#endif
