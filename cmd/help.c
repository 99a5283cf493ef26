/* SPDX-License-Identifier: BSD-2-Clause */
/* help and its alias "?": the command table, sorted, or usage texts. */
#include <core/console.h>
#include <shell/command.h>
#include <shell/shell.h>

static int help_all(void)
{
	const struct command *cmd = NULL;

	while ((cmd = command_next(cmd)))
		con_printf("%-10s- %s\n", cmd->name, cmd->brief);
	return CMD_OK;
}

static int do_help(const struct cmd_call *call)
{
	int ret = CMD_OK;

	if (call->argc == 1)
		return help_all();
	for (int i = 1; i < call->argc; i++) {
		const struct command *cmd = command_find(call->argv[i]);

		if (cmd) {
			cmd_usage(cmd);
			continue;
		}
		con_say("Unknown command '", call->argv[i],
			"' - try 'help' without arguments for list of all "
			"known commands\n\n");
		ret = CMD_FAIL;
	}
	return ret;
}

static void complete(const struct cmd_call *call)
{
	(void)call;
	for_each_entry (command, const struct command, it)
		shell_offer((*it)->name);
}

COMMAND(help, do_help, 0, -1, true, "print command description/usage",
	"\n    - print brief description of all commands\n"
	"help command ...\n    - print detailed usage of 'command'",
	.complete = complete);
COMMAND_NAMED(question, "?", do_help, 0, -1, true, "alias for 'help'", "",
	      .complete = complete);
