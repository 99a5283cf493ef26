/* SPDX-License-Identifier: BSD-2-Clause */
/* The shell's own commands: run, exit, showvar, history. */
#include <core/console.h>
#include <env/env.h>
#include <shell/command.h>
#include <shell/shell.h>

#include "env.h"

static int do_run(const struct cmd_call *call)
{
	for (int i = 1; i < call->argc; i++) {
		const char *text = env_get(call->argv[i]);

		if (!text)
			return env_not_defined(call->argv[i]);
		/* shell_run copies: the text may delete its own variable. */
		if (shell_run(text))
			return CMD_FAIL;
	}
	return CMD_OK;
}

static int do_exit(const struct cmd_call *call)
{
	uint64_t status = 0;

	if (call->argc > 1 && cmd_decimal(call, 1, &status))
		return CMD_FAIL;
	if (!shell_exit(status ? CMD_FAIL : CMD_OK))
		return CMD_OK;
	con_puts("exit not allowed from main input shell.\n");
	return CMD_FAIL;
}

static int do_showvar(const struct cmd_call *call)
{
	int ret = CMD_OK;

	if (call->argc == 1)
		return shell_local_walk(env_show, NULL) ? CMD_FAIL : CMD_OK;
	for (int i = 1; i < call->argc; i++) {
		const char *value = shell_local_get(call->argv[i]);

		if (value)
			(void)env_show(NULL, call->argv[i], value);
		else
			ret = env_not_defined(call->argv[i]);
	}
	return ret;
}

static void complete_local(const struct cmd_call *call)
{
	(void)call;
	(void)shell_local_walk(shell_offer_name, NULL);
}

static int do_history(const struct cmd_call *call)
{
	unsigned int n = 0;

	(void)call;
	while (shell_history(n + 1))
		n++;
	for (unsigned int i = 1; n; i++, n--)
		con_printf("%3u  %s\n", i, shell_history(n));
	return CMD_OK;
}

COMMAND(run, do_run, 1, -1, true, "run commands in an environment variable",
	"var [...]\n    - run the commands in the environment variable(s) "
	"'var'",
	.complete = env_complete);
COMMAND(exit, do_exit, 0, 1, false, "exit script",
	"[n]\n    - end the text that 'run' or 'source' runs, with result n");
COMMAND(showvar, do_showvar, 0, -1, true, "print local shell variables",
	"\n    - print values of all local variables\n"
	"showvar name ...\n    - print value of local variable 'name'",
	.complete = complete_local);
COMMAND(history, do_history, 0, 0, true, "print command history", "");
