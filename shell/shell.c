/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The prompt: reads one command, asking for more lines while a quote is open,
 * and runs it. An empty line runs the last one again if all of it may be
 * repeated.
 */
#include <shell/shell.h>

#include <errno.h>
#include <string.h>

#include <core/console.h>

#include "shell_priv.h"

static struct {
	char line[SHELL_LINE_MAX];
	char text[SHELL_TEXT_MAX + 1]; /* lines joined; stays for repetition */
	size_t len;                    /* of text */
	bool repeat;                   /* an empty line runs text again */
} prompt;

static int read_line(const char *ps)
{
	con_fresh_line();
	prompt.line[0] = '\0';
	return line_read(ps, prompt.line, sizeof(prompt.line), true);
}

static int append_line(void)
{
	size_t n = strlen(prompt.line);

	if (n > SHELL_TEXT_MAX - prompt.len)
		return -ENAMETOOLONG;
	memcpy(prompt.text + prompt.len, prompt.line, n + 1);
	prompt.len += n;
	return 0;
}

/* More of a text that parse found incomplete. */
static int read_more(void)
{
	int err = read_line("> ");

	if (err)
		return err;
	if (prompt.len == SHELL_TEXT_MAX)
		return -ENAMETOOLONG;
	prompt.text[prompt.len++] = '\n';
	return append_line();
}

static void parse_and_run(bool repeat)
{
	struct tree tree;
	const char *why = NULL;
	int err;

	for (;;) {
		err = parse(prompt.text, &tree, &why);
		if (err != -EAGAIN)
			break;
		tree_free(&tree);
		err = read_more();
		if (err)
			break;
	}
	if (err) {
		shell_refused(err, why);
	} else {
		(void)shell_execute(&tree, repeat);
		prompt.repeat = shell_repeatable();
	}
	tree_free(&tree);
}

void shell_turn(void)
{
	bool repeat = prompt.repeat;
	int err;

	con_ctrlc_clear();
	err = read_line("=> ");
	if (err) {
		shell_refused(err, NULL);
		return;
	}
	if (prompt.line[0]) {
		prompt.len = 0;
		repeat = false;
		/* A line is shorter than a text: it always fits. */
		if (append_line())
			return;
	} else if (!repeat) {
		return;
	}
	prompt.repeat = false;
	parse_and_run(repeat);
}

void shell_loop(void)
{
	for (;;)
		shell_turn();
}
