/* SPDX-License-Identifier: BSD-2-Clause */
/* printenv, setenv, editenv: the environment in RAM. */
#include "env.h"

#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <core/heap.h>
#include <env/env.h>
#include <env/flags.h>
#include <env/vars.h>
#include <lib/compiler.h>
#include <shell/shell.h>

int env_not_defined(const char *name)
{
	con_say("## Error: \"", name, "\" not defined\n");
	return CMD_FAIL;
}

void env_offer_names(void)
{
	(void)env_walk(shell_offer_name, NULL);
}

void env_complete(const struct cmd_call *call)
{
	(void)call;
	env_offer_names();
}

static void complete_first(const struct cmd_call *call)
{
	if (call->argc == 2 || !strcmp(call->argv[1], "-f"))
		env_offer_names();
}

int env_show(void *arg, const char *name, const char *value)
{
	(void)arg;
	con_put_safe(name, "");
	con_putc('=');
	con_put_safe(value, "\n\t");
	con_putc('\n');
	return con_ctrlc() ? -EINTR : 0;
}

/* Names that begin with a dot are shown only when asked for. */
static int show_undotted(void *arg, const char *name, const char *value)
{
	return *name == '.' ? 0 : env_show(arg, name, value);
}

int env_do_print(const struct cmd_call *call)
{
	bool all = call->argc > 1 && !strcmp(call->argv[1], "-a");
	int ret = CMD_OK;

	if (call->argc == 1 + all) {
		if (env_walk(all ? env_show : show_undotted, NULL))
			return CMD_FAIL;
		con_printf("\nEnvironment size: %zu/%d bytes\n", env_size(),
			   ENV_MAX_SIZE);
		return CMD_OK;
	}
	for (int i = 1 + all; i < call->argc; i++) {
		const char *value = env_get(call->argv[i]);

		if (value)
			(void)env_show(NULL, call->argv[i], value);
		else
			ret = env_not_defined(call->argv[i]);
	}
	return ret;
}

static int bad_name(const char *name)
{
	con_say("## Error: illegal character in variable name \"", name,
		"\"\n");
	return CMD_FAIL;
}

static int bad_type(const char *name, const char *value, char type)
{
	con_say("## Error: flags type check failure for \"", name, "\" <= \"");
	con_say("", value, "\"");
	con_printf(" (type: %c): not a%s %s\n", type, type == 'i' ? "n" : "",
		   env_flag_type(type)->name);
	return CMD_FAIL;
}

int env_change(const struct cmd_call *call, const char *name, const char *value,
	       bool force)
{
	struct env_flags f = env_flags_of(name);
	const char *why = NULL;
	int err;

	if (value && *value && !env_type_ok(f.type, value))
		return bad_type(name, value, f.type);
	if (!force)
		why = env_access_refused(f.access, name, value);
	if (why) {
		con_say("## Error: Can't overwrite \"", name, "\": ");
		con_printf("%s\n", why);
		return CMD_FAIL;
	}
	err = env_set(name, value);
	if (err == -EINVAL)
		return bad_name(name);
	return err ? cmd_fail(call, name, err) : CMD_OK;
}

/* argv[first ...] joined by blanks; NULL: no memory. */
static char *join(const struct cmd_call *call, int first)
{
	size_t len = 1, at = 0;
	char *text;

	for (int i = first; i < call->argc; i++)
		len += strlen(call->argv[i]) + 1;
	text = heap_alloc(len);
	for (int i = first; text && i < call->argc; i++) {
		size_t n = strlen(call->argv[i]);

		if (i > first)
			text[at++] = ' ';
		memcpy(text + at, call->argv[i], n);
		at += n;
	}
	return text;
}

int env_do_set(const struct cmd_call *call)
{
	bool force = !strcmp(call->argv[1], "-f");
	int name = force ? 2 : 1, ret;
	char *value;

	if (name >= call->argc || (!force && *call->argv[1] == '-'))
		return CMD_USAGE;
	value = join(call, name + 1);
	if (!value)
		return cmd_fail(call, call->argv[name], -ENOMEM);
	ret = env_change(call, call->argv[name], value, force);
	heap_free(value);
	return ret;
}

int env_do_edit(const struct cmd_call *call)
{
	static char line[SHELL_LINE_MAX];
	const char *name = call->argv[1], *old = env_get(name);
	int err;

	line[0] = '\0';
	if (!vars_name_ok(name))
		return bad_name(name);
	if (old && strlen(old) >= sizeof(line))
		return cmd_fail(call, name, -EFBIG);
	if (old)
		memcpy(line, old, strlen(old) + 1);
	err = line_read("edit: ", line, sizeof(line), false);
	if (err == -EINTR)
		return CMD_FAIL;
	if (err)
		return cmd_fail(call, name, err);
	return env_change(call, name, line, false);
}

COMMAND(printenv, env_do_print, 0, -1, true, "print environment variables",
	"[-a]\n    - print values of all environment variables;\n"
	"      without -a not of those whose name begins with a dot\n"
	"printenv name ...\n"
	"    - print value of environment variable 'name'",
	.complete = env_complete);
COMMAND(setenv, env_do_set, 1, -1, false, "set environment variables",
	"[-f] name value ...\n"
	"    - [forcibly] set environment variable 'name' to 'value ...'\n"
	"setenv [-f] name\n"
	"    - [forcibly] delete environment variable 'name'",
	.complete = complete_first);
COMMAND(editenv, env_do_edit, 1, 1, false, "edit environment variable",
	"name\n    - edit environment variable 'name'",
	.complete = env_complete);
