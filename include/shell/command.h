/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands: one file per command or close family in cmd/, each ending in
 *
 *	COMMAND(sleep, cmd_sleep, 1, 1, false, "delay execution for some time",
 *		"N\n    - delay execution for N seconds (N is _decimal_)");
 *
 * The shell finds a command by name or unique prefix, checks the number of
 * arguments, prints usage when it is wrong, and runs it guarded: a fault ends it.
 */
#ifndef VIREO_SHELL_COMMAND_H
#define VIREO_SHELL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>
#include <lib/table.h>

#define CMD_OK    0
#define CMD_FAIL  1
#define CMD_USAGE (-1) /* the shell prints the usage text, $? is 1 */

struct cmd_call {
	int argc;         /* with argv[0], the name as typed */
	char **argv;      /* argv[argc] is NULL */
	bool repeat;      /* an empty line repeats it: md goes on */
	const char *name; /* as errors name it, "virtio read"; set by cmd_run */
};

struct command {
	const char *name;
	int (*fn)(const struct cmd_call *call);
	int min_args, max_args; /* without the name; max -1: any number */
	bool repeatable;
	const char *brief; /* one line, no full stop */
	const char *usage; /* after the name in "Usage:", several lines or "" */
	/* Commands with a size take .b .w .l .q glued to the name. */
	bool sized;
	/*
	 * complete - offer what may stand as the last word of @call: call
	 * shell_offer(word) for each; the shell filters by what is typed. NULL: none.
	 */
	void (*complete)(const struct cmd_call *call);
};

TABLE_DECLARE(command, const struct command);

#define COMMAND(id, ...) COMMAND_NAMED(id, #id, __VA_ARGS__)
#define COMMAND_NAMED(id, name_, fn_, min_, max_, repeat_, brief_, usage_, \
		      ...) \
	static const struct command command_##id = { .name = name_, \
						     .fn = fn_, \
						     .min_args = min_, \
						     .max_args = max_, \
						     .repeatable = repeat_, \
						     .brief = brief_, \
						     .usage = usage_, \
						     __VA_ARGS__ }; \
	TABLE_ENTRY(command, &command_##id)

/*
 * cmd_run - look @call->argv[0] up, check the count of arguments and run it,
 * guarded. Prints "Unknown command", the usage or the fault.
 * Return: 0 or 1
 */
int cmd_run(const struct cmd_call *call);

/* cmd_usage - print "NAME - brief", "Usage:" and the text. */
void cmd_usage(const struct command *cmd);

/* command_find - by name or unique prefix, a sized one also with its suffix;
 * NULL: none, or more than one begins so. */
const struct command *command_find(const char *name);

/* command_next - the next by name, NULL starts and ends. */
const struct command *command_next(const struct command *prev);

/* cmd_size - 1, 2, 4 or 8 from the suffix of @argv0, 4 without one. */
unsigned int cmd_size(const char *argv0);

/*
 * cmd_number, cmd_decimal - an argument as a number, hexadecimal or decimal;
 * prints "NAME: 'zz' is not a number" when it is not.
 * Return: 0; -EINVAL; -ERANGE
 */
must_check int cmd_number(const struct cmd_call *call, int i, uint64_t *out);
must_check int cmd_decimal(const struct cmd_call *call, int i, uint64_t *out);

/* cmd_fail - prints "NAME: what: reason" for an error code. Return: CMD_FAIL */
int cmd_fail(const struct cmd_call *call, const char *what, int err);

/* A command with subcommands: find by name or unique prefix in @subs and run. */
struct subcommand {
	const char *name;
	int (*fn)(const struct cmd_call *call); /* argv[0] is the subcommand */
	int min_args, max_args;
};
int cmd_dispatch(const struct cmd_call *call, const struct subcommand *subs,
		 size_t count);

/* cmd_offer_subs - for command->complete: the names in @subs when the
 * subcommand is being typed. */
void cmd_offer_subs(const struct cmd_call *call, const struct subcommand *subs,
		    size_t count);

#endif
