/* SPDX-License-Identifier: BSD-2-Clause */
/* env: the subcommands about variables, and those that are elsewhere. */
#include "env.h"

#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <env/env.h>
#include <env/flags.h>
#include <env/store.h>
#include <lib/compiler.h>
#include <shell/shell.h>

int env_options(const struct cmd_call *call, const char *known, char seen[8])
{
	size_t n = 0;
	int i;

	for (i = 1;
	     i < call->argc && call->argv[i][0] == '-' && call->argv[i][1]; i++)
		for (const char *p = call->argv[i] + 1; *p; p++) {
			if (!strchr(known, *p) || n == 7)
				return 0;
			seen[n++] = *p;
		}
	seen[n] = '\0';
	return i;
}

static int env_delete(const struct cmd_call *call)
{
	char seen[8];
	int ret = CMD_OK, first = env_options(call, "f", seen);

	if (!first)
		return CMD_USAGE;
	for (int i = first; i < call->argc; i++)
		if (env_change(call, call->argv[i], NULL, seen[0]))
			ret = CMD_FAIL;
	return ret;
}

static int env_exists(const struct cmd_call *call)
{
	return env_get(call->argv[1]) ? CMD_OK : CMD_FAIL;
}

static int default_all(const struct cmd_call *call, bool keep)
{
	int err;

	con_puts("## Resetting to default environment\n");
	err = keep ? env_default_over() : env_default();
	if (err)
		return cmd_fail(call, "defaults", err);
	env_uses_default_set(true);
	return CMD_OK;
}

/* One that has no default goes, unless @keep. */
static int default_one(const struct cmd_call *call, const char *name, bool keep)
{
	int err = env_default_one(name);

	if (err == -ENOENT && !env_get(name)) {
		con_say("WARNING: '", name,
			"' neither in running nor in imported env!\n");
		return CMD_OK;
	}
	if (err == -ENOENT && keep)
		return CMD_OK;
	if (err == -ENOENT) {
		con_say("WARNING: '", name,
			"' not in imported env, deleting it!\n");
		err = env_set(name, NULL);
	}
	return err ? cmd_fail(call, name, err) : CMD_OK;
}

static int env_reset(const struct cmd_call *call)
{
	char seen[8];
	int ret = CMD_OK, first = env_options(call, "afk", seen);
	bool all = first && strchr(seen, 'a');
	bool keep = first && strchr(seen, 'k');

	if (!first || all != (first == call->argc))
		return CMD_USAGE;
	if (all)
		return default_all(call, keep);
	for (int i = first; i < call->argc; i++)
		if (default_one(call, call->argv[i], keep))
			ret = CMD_FAIL;
	return ret;
}

static int env_indirect(const struct cmd_call *call)
{
	const char *value = env_get(call->argv[2]);

	if (!value && call->argc > 3)
		value = call->argv[3];
	if (value)
		return env_change(call, call->argv[1], value, false);
	con_say("## env indirect: Environment variable for <from> (",
		call->argv[2], ") does not exist.\n");
	return CMD_FAIL;
}

/* ---- flags ---- */

static void show_letters(const char *what, const struct env_flag_name *names,
			 size_t count)
{
	con_puts(what);
	for (size_t i = 0; i < count; i++)
		con_printf("\t%c   -\t%s\n", names[i].letter, names[i].name);
	con_putc('\n');
}

static void show_flags(const char *what, const char *list)
{
	struct env_flags f;
	char name[64];

	con_printf("%s:\n\t%-20s %-20s %-20s\n\t%-20s %-20s %-20s\n", what,
		   "Variable Name", "Variable Type", "Variable Access",
		   "-------------", "-------------", "---------------");
	while (list && env_flags_next(&list, name, sizeof(name), &f)) {
		con_putc('\t');
		con_put_safe(name, "");
		con_printf("%*s %-20s %-20s\n", (int)strlen(name) - 20, "",
			   env_flag_type(f.type)->name,
			   env_flag_access(f.access)->name);
	}
}

static int env_show_flags(const struct cmd_call *call)
{
	(void)call;
	show_letters("Available variable type flags (position 0):\n"
		     "\tFlag\tVariable Type Name\n"
		     "\t----\t------------------\n",
		     env_flag_types, array_size(env_flag_types));
	show_letters("Available variable access flags (position 1):\n"
		     "\tFlag\tVariable Access Name\n"
		     "\t----\t--------------------\n",
		     env_flag_accesses, array_size(env_flag_accesses));
	show_flags("Static flags", env_flags_built_in);
	con_putc('\n');
	show_flags("Active flags", env_get(".flags"));
	return CMD_OK;
}

static const struct subcommand subs[] = {
	{ "ask", env_do_ask, 1, -1 },       { "default", env_reset, 1, -1 },
	{ "delete", env_delete, 1, -1 },    { "edit", env_do_edit, 1, 1 },
	{ "erase", env_do_erase, 0, 0 },    { "exists", env_exists, 1, 1 },
	{ "export", env_do_export, 1, -1 }, { "flags", env_show_flags, 0, 0 },
	{ "grep", env_do_grep, 1, -1 },     { "import", env_do_import, 1, -1 },
	{ "indirect", env_indirect, 2, 3 }, { "info", env_do_info, 0, 3 },
	{ "load", env_do_load, 0, 0 },      { "print", env_do_print, 0, -1 },
	{ "save", env_do_save, 0, 0 },      { "select", env_do_select, 0, 1 },
	{ "set", env_do_set, 1, -1 },
};

static int do_env(const struct cmd_call *call)
{
	return cmd_dispatch(call, subs, array_size(subs));
}

static void offer_stores(void)
{
	for_each_entry (env_store, const struct env_store, it)
		shell_offer((*it)->name);
}

static void complete(const struct cmd_call *call)
{
	cmd_offer_subs(call, subs, array_size(subs));
	if (call->argc > 2 && !strcmp(call->argv[1], "select"))
		offer_stores();
	else if (call->argc > 2)
		env_offer_names();
}

COMMAND(env, do_env, 1, -1, false, "environment handling commands",
	"ask name [message] [size] - ask for a variable\n"
	"env default [-k] [-f] -a - reset the environment to its defaults\n"
	"env default [-k] [-f] var [...] - reset variable(s) to their\n"
	"    defaults; -k keeps those that have none\n"
	"env delete [-f] var [...] - delete variable(s)\n"
	"env edit name - edit a variable\n"
	"env erase - erase the saved environment\n"
	"env exists name - tests for existence of variable\n"
	"env export [-t | -b | -c] [-s size] addr [var ...] - variables to\n"
	"    memory: text, strings, strings with a checksum; sets filesize\n"
	"env flags - print which variables may be set to what\n"
	"env grep [-n | -v | -b] string [...] - search variables\n"
	"env import [-d] [-t [-r] | -b | -c] addr [size] [var ...] - "
	"variables\n"
	"    from memory; -d deletes the old ones first, -r takes the "
	"carriage\n"
	"    return off a line's end\n"
	"env indirect to from [default] - set to what the variable from has\n"
	"env info [-d] [-p] [-q] - is it the default one, can it be saved\n"
	"env load - load the saved environment\n"
	"env print [-a | name ...] - print variables\n"
	"env save - save the environment\n"
	"env select [store] - where it is saved; without one, list them\n"
	"env set [-f] name [arg ...] - set or delete a variable",
	.complete = complete);
