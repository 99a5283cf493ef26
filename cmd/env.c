/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * env: the subcommands about variables. Export and import are the text form;
 * memory is checked before it is touched.
 */
#include "env.h"

#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <env/env.h>
#include <lib/compiler.h>
#include <shell/shell.h>

#include "mem_priv.h"

static int env_delete(const struct cmd_call *call)
{
	bool force = !strcmp(call->argv[1], "-f");
	int ret = CMD_OK;

	for (int i = force ? 2 : 1; i < call->argc; i++) {
		if (env_change(call, call->argv[i], NULL, force))
			ret = CMD_FAIL;
	}
	return ret;
}

static int env_exists(const struct cmd_call *call)
{
	return env_get(call->argv[1]) ? CMD_OK : CMD_FAIL;
}

static int env_reset(const struct cmd_call *call)
{
	bool all = false;
	int err;

	for (int i = 1; i < call->argc; i++) {
		if (!strcmp(call->argv[i], "-a"))
			all = true;
		else if (strcmp(call->argv[i], "-f") != 0)
			return CMD_USAGE;
	}
	if (!all)
		return CMD_USAGE;
	con_puts("## Resetting to default environment\n");
	err = env_default();
	return err ? cmd_fail(call, "defaults", err) : CMD_OK;
}

/* Flags in front: -t must be among them, -d may be. *next: the argument after. */
static bool text_flags(const struct cmd_call *call, int *next, bool *wipe)
{
	bool text = false;
	int i = 1;

	*wipe = false;
	for (; i < call->argc && call->argv[i][0] == '-'; i++) {
		if (!strcmp(call->argv[i], "-t"))
			text = true;
		else if (!strcmp(call->argv[i], "-d"))
			*wipe = true;
		else
			break;
	}
	*next = i;
	return text && i < call->argc;
}

static int env_export(const struct cmd_call *call)
{
	size_t len = env_export_text(NULL, 0);
	uint64_t addr;
	bool wipe;
	int i, err;

	if (!text_flags(call, &i, &wipe) || wipe || i + 1 != call->argc)
		return CMD_USAGE;
	if (cmd_number(call, i, &addr) || mem_writable(call, addr, len + 1))
		return CMD_FAIL;
	(void)env_export_text((char *)(uintptr_t)addr, len + 1);
	err = env_set_hex("filesize", len);
	return err ? cmd_fail(call, "filesize", err) : CMD_OK;
}

/* The length typed, or that of the text up to its NUL. Return: 0; an error,
 * already printed */
static int import_len(const struct cmd_call *call, int i, uint64_t addr,
		      uint64_t *len)
{
	int err;

	*len = ENV_MAX_SIZE;
	if (i < call->argc && strcmp(call->argv[i], "-") != 0) {
		err = cmd_number(call, i, len);
		if (err)
			return err;
	}
	return mem_readable(call, addr, *len);
}

static int env_import(const struct cmd_call *call)
{
	uint64_t addr, len;
	struct env_bad bad;
	bool wipe;
	int i;

	if (!text_flags(call, &i, &wipe) || i + 2 < call->argc)
		return CMD_USAGE;
	if (cmd_number(call, i, &addr) || import_len(call, i + 1, addr, &len))
		return CMD_FAIL;
	len = strnlen((const char *)(uintptr_t)addr, len);
	if (len > ENV_MAX_SIZE)
		return cmd_fail(call, call->argv[i], -EFBIG);
	if (wipe)
		env_clear();
	if (!env_import_text((const char *)(uintptr_t)addr, len, &bad))
		return CMD_OK;
	con_printf("%s: %s: line %u: %s\n", call->name, call->argv[i], bad.line,
		   bad.why);
	return CMD_FAIL;
}

static const struct subcommand subs[] = {
	{ "default", env_reset, 1, 2 }, { "delete", env_delete, 1, -1 },
	{ "exists", env_exists, 1, 1 }, { "export", env_export, 2, -1 },
	{ "import", env_import, 2, 5 }, { "print", env_do_print, 0, -1 },
	{ "set", env_do_set, 1, -1 },
};

static int do_env(const struct cmd_call *call)
{
	return cmd_dispatch(call, subs, array_size(subs));
}

static void complete(const struct cmd_call *call)
{
	cmd_offer_subs(call, subs, array_size(subs));
	if (call->argc > 2)
		env_offer_names();
}

COMMAND(env, do_env, 1, -1, false, "environment handling commands",
	"default [-f] -a - reset the environment to its defaults\n"
	"env delete [-f] var [...] - delete variable(s)\n"
	"env exists name - tests for existence of variable\n"
	"env export -t addr - variables as text to memory; sets filesize\n"
	"env import [-d] -t addr [size] - variables from text in memory;\n"
	"    -d deletes the old ones first\n"
	"env print [name ...] - print variables\n"
	"env set [-f] name [arg ...] - set or delete a variable",
	.complete = complete);
