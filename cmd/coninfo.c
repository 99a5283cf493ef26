/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * coninfo, and the variables that choose consoles: setenv stdout serial,virtio-console.
 * The lines are U-Boot's.
 */
#include <core/console.h>
#include <env/env.h>
#include <lib/compiler.h>
#include <shell/command.h>

static const struct {
	unsigned int use;
	const char *name;
} uses[] = {
	{ CONSOLE_IN, "stdin" },
	{ CONSOLE_OUT, "stdout" },
	{ CONSOLE_ERR, "stderr" },
};

static int cmd_coninfo(const struct cmd_call *call)
{
	(void)call;
	con_puts("List of available devices\n");
	for (struct console *c = console_next(NULL); c; c = console_next(c)) {
		if (!c->ops)
			continue;
		con_printf("|-- %s (IO)\n", c->name);
		for (size_t i = 0; i < array_size(uses); i++)
			if (c->use & uses[i].use)
				con_printf("|   |-- %s\n", uses[i].name);
	}
	return CMD_OK;
}

COMMAND(coninfo, cmd_coninfo, 0, 0, false,
	"print console devices and information",
	"\n    - list the consoles and what they are used for; choose with\n"
	"      setenv stdin, stdout, stderr: \"serial\", "
	"\"serial,virtio-console\"");

static int set_stdin(const char *value)
{
	return console_choose(CONSOLE_IN, value);
}

static int set_stdout(const char *value)
{
	return console_choose(CONSOLE_OUT, value);
}

static int set_stderr(const char *value)
{
	return console_choose(CONSOLE_ERR, value);
}

static const struct env_hook in = { "stdin", set_stdin },
			     out = { "stdout", set_stdout },
			     err = { "stderr", set_stderr };
TABLE_ENTRY(env_hook, &in);
TABLE_ENTRY(env_hook, &out);
TABLE_ENTRY(env_hook, &err);
