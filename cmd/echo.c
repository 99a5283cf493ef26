/* SPDX-License-Identifier: BSD-2-Clause */
/* echo, true, false: what scripts are made of. */
#include <string.h>

#include <core/console.h>
#include <shell/command.h>

static int do_echo(const struct cmd_call *call)
{
	bool newline = call->argc < 2 || strcmp(call->argv[1], "-n") != 0;
	int first = newline ? 1 : 2;

	for (int i = first; i < call->argc; i++) {
		if (i > first)
			con_putc(' ');
		con_puts(call->argv[i]);
	}
	if (newline)
		con_putc('\n');
	return CMD_OK;
}

static int do_true(const struct cmd_call *call)
{
	(void)call;
	return CMD_OK;
}

static int do_false(const struct cmd_call *call)
{
	(void)call;
	return CMD_FAIL;
}

COMMAND(echo, do_echo, 0, -1, true, "echo args to console",
	"[-n] [args..]\n    - echo args to console; -n suppresses newline");
COMMAND(true, do_true, 0, -1, true, "do nothing, successfully", "");
COMMAND(false, do_false, 0, -1, true, "do nothing, unsuccessfully", "");
