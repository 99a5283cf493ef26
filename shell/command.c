/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What commands share: lookup by name or unique prefix, size suffixes, the
 * number of arguments, numbers, and the texts of errors and usage. Texts are
 * those U-Boot's users and scripts know.
 */
#include <shell/command.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <lib/errstr.h>
#include <lib/parse.h>
#include <shell/shell.h>

#include "shell_priv.h"

/* Length of a ".b", ".w", ".l" or ".q" at the end of @name, 0 or 2. */
static size_t suffix_len(const char *name)
{
	size_t len = strlen(name);

	if (len < 3 || name[len - 2] != '.' || !strchr("bwlq", name[len - 1]))
		return 0;
	return 2;
}

const struct command *command_find(const char *name)
{
	size_t len = strlen(name), bare = len - suffix_len(name);
	const struct command *found = NULL;
	unsigned int matches = 0;

	if (!len)
		return NULL;
	for_each_entry (command, const struct command, it) {
		const struct command *cmd = *it;
		size_t n = cmd->sized ? bare : len;

		if (strncmp(cmd->name, name, n))
			continue;
		if (!cmd->name[n])
			return cmd;
		found = cmd;
		matches++;
	}
	return matches == 1 ? found : NULL;
}

/* The table is not sorted, and sorting it would need memory: for a hundred names
 * a walk for each is cheap enough. */
const struct command *command_next(const struct command *prev)
{
	const struct command *best = NULL;

	for_each_entry (command, const struct command, it) {
		const struct command *cmd = *it;

		if (prev && strcmp(cmd->name, prev->name) <= 0)
			continue;
		if (!best || strcmp(cmd->name, best->name) < 0)
			best = cmd;
	}
	return best;
}

void command_unknown(const char *name)
{
	const struct command *cmd = NULL;
	const char *before = "It may be";
	size_t len = strlen(name);

	con_say("Unknown command '", name, "' - try 'help'\n");
	while (len && (cmd = command_next(cmd))) {
		if (strncmp(cmd->name, name, len) != 0)
			continue;
		con_printf("%s %s", before, cmd->name);
		before = ",";
	}
	con_fresh_line();
}

unsigned int cmd_size(const char *argv0)
{
	if (!suffix_len(argv0))
		return 4;
	switch (argv0[strlen(argv0) - 1]) {
	case 'b':
		return 1;
	case 'w':
		return 2;
	case 'q':
		return 8;
	default:
		return 4;
	}
}

static int number(const struct cmd_call *call, int i, unsigned int base,
		  uint64_t *out)
{
	const char *text = i < call->argc ? call->argv[i] : "";
	int err = parse_u64(text, base, out);

	if (!err)
		return 0;
	con_puts(call->name);
	con_say(": '", text,
		err == -ERANGE ? "' is too large a number\n"
			       : "' is not a number\n");
	return err;
}

int cmd_number(const struct cmd_call *call, int i, uint64_t *out)
{
	return number(call, i, 16, out);
}

/* parse_u64 takes "0x" for base 10, too; then it means hexadecimal. */
int cmd_decimal(const struct cmd_call *call, int i, uint64_t *out)
{
	return number(call, i, 10, out);
}

int cmd_fail(const struct cmd_call *call, const char *what, int err)
{
	con_puts(call->name);
	con_say(": ", what, ": ");
	con_printf("%s\n", err_str(err));
	return CMD_FAIL;
}

void cmd_usage(const struct command *cmd)
{
	con_printf("%s - %s\n\nUsage:\n%s %s\n", cmd->name, cmd->brief,
		   cmd->name, cmd->usage);
}

static const struct subcommand *sub_find(const struct subcommand *subs,
					 size_t count, const char *name)
{
	const struct subcommand *found = NULL;
	unsigned int matches = 0;
	size_t len = strlen(name);

	for (size_t i = 0; len && i < count; i++) {
		if (strncmp(subs[i].name, name, len))
			continue;
		if (!subs[i].name[len])
			return &subs[i];
		found = &subs[i];
		matches++;
	}
	return matches == 1 ? found : NULL;
}

int cmd_dispatch(const struct cmd_call *call, const struct subcommand *subs,
		 size_t count)
{
	struct cmd_call inner = { .argc = call->argc - 1,
				  .argv = call->argv + 1,
				  .repeat = call->repeat };
	const struct subcommand *sub;
	char name[48];

	if (call->argc < 2)
		return CMD_USAGE;
	sub = sub_find(subs, count, call->argv[1]);
	if (!sub) {
		con_puts(call->name);
		con_say(": unknown subcommand '", call->argv[1], "'\n");
		return CMD_USAGE;
	}
	if (inner.argc - 1 < sub->min_args ||
	    (sub->max_args >= 0 && inner.argc - 1 > sub->max_args))
		return CMD_USAGE;
	snprintf(name, sizeof(name), "%s %s", call->name, sub->name);
	inner.name = name;
	return sub->fn(&inner);
}

void cmd_offer_subs(const struct cmd_call *call, const struct subcommand *subs,
		    size_t count)
{
	for (size_t i = 0; call->argc == 2 && i < count; i++)
		shell_offer(subs[i].name);
}
