/* SPDX-License-Identifier: BSD-2-Clause */
/* grepenv and askenv: looking for variables, and asking a person for one. */
#include "env.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <env/env.h>
#include <lib/checked.h>
#include <lib/parse.h>
#include <shell/shell.h>

struct grep {
	char *const *strings;
	int count;
	bool names, values;
	bool found;
};

static bool contains(const char *text, const char *part)
{
	size_t len = strlen(part);

	for (; strlen(text) >= len; text++)
		if (!strncmp(text, part, len))
			return true;
	return false;
}

static int grep_one(void *arg, const char *name, const char *value)
{
	struct grep *g = arg;

	for (int i = 0; i < g->count; i++) {
		if (!(g->names && contains(name, g->strings[i])) &&
		    !(g->values && contains(value, g->strings[i])))
			continue;
		g->found = true;
		return env_show(NULL, name, value);
	}
	return 0;
}

int env_do_grep(const struct cmd_call *call)
{
	struct grep g = { .names = true, .values = true };
	char seen[8];
	int first = env_options(call, "nvb", seen);

	if (!first || first == call->argc)
		return CMD_USAGE;
	g.strings = call->argv + first;
	g.count = call->argc - first;
	/* The last one holds. */
	for (const char *p = seen; *p; p++) {
		g.names = *p != 'v';
		g.values = *p != 'n';
	}
	if (env_walk(grep_one, &g))
		return CMD_FAIL;
	return g.found ? CMD_OK : CMD_FAIL;
}

/* argv[2 .. end) with blanks between, and one behind. */
static void message(const struct cmd_call *call, int end, char *text,
		    size_t size)
{
	size_t at = 0;

	if (end <= 2)
		snprintf(text, size, "Please enter '%s': ", call->argv[1]);
	for (int i = 2; i < end && at < size; i++)
		at += (size_t)snprintf(text + at, size - at, "%s ",
				       call->argv[i]);
}

int env_do_ask(const struct cmd_call *call)
{
	static char text[SHELL_LINE_MAX], line[SHELL_LINE_MAX];
	uint64_t size = sizeof(line) - 1;
	int end = call->argc, err;

	if (end > 2 && !parse_u64(call->argv[end - 1], 10, &size))
		end--;
	if (!size)
		return CMD_FAIL;
	message(call, end, text, sizeof(text));
	line[0] = '\0';
	err = line_read(text, line, sizeof(line), false);
	if (err == -EINTR)
		return CMD_FAIL;
	if (err)
		return cmd_fail(call, call->argv[1], err);
	line[min_u64(size, sizeof(line) - 1)] = '\0';
	return env_change(call, call->argv[1], line, false);
}

COMMAND(grepenv, env_do_grep, 1, -1, false, "search environment variables",
	"[-n | -v | -b] string ...\n"
	"    - list environment name=value pairs matching 'string'\n"
	"      -n: search names; -v: search values; -b: both (default)",
	.complete = env_complete);
COMMAND(askenv, env_do_ask, 1, -1, false,
	"get environment variables from stdin",
	"name [message] [size]\n"
	"    - get variable 'name' from stdin, at most 'size' (_decimal_) "
	"chars",
	.complete = env_complete);
