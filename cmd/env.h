/* SPDX-License-Identifier: BSD-2-Clause */
/* What the commands about variables share. */
#ifndef CMD_ENV_H
#define CMD_ENV_H

#include <stdbool.h>
#include <stddef.h>

#include <shell/command.h>

/* env_not_defined - prints '## Error: "name" not defined'. Return: CMD_FAIL */
int env_not_defined(const char *name);

/* env_show - "name=value" on a line, the value's own lines and tabs as they are.
 * For env_walk and shell_local_walk. Return: 0; -EINTR Ctrl-C */
int env_show(void *arg, const char *name, const char *value);

/* env_complete - for command->complete: variable names. */
void env_complete(const struct cmd_call *call);
void env_offer_names(void);

/* The bodies of commands that "env" has as subcommands, too; the arguments follow
 * argv[0]. */
int env_do_print(const struct cmd_call *call);
int env_do_set(const struct cmd_call *call);
int env_do_edit(const struct cmd_call *call);
int env_do_grep(const struct cmd_call *call);
int env_do_ask(const struct cmd_call *call);
int env_do_save(const struct cmd_call *call);
int env_do_load(const struct cmd_call *call);
int env_do_erase(const struct cmd_call *call);
int env_do_select(const struct cmd_call *call);
int env_do_info(const struct cmd_call *call);
int env_do_export(const struct cmd_call *call);
int env_do_import(const struct cmd_call *call);

/*
 * env_options - the options in front: each argument that begins with "-" has letters of
 * @known.
 * @seen: those that were there
 * Return: the first argument behind them; 0 an unknown letter
 */
int env_options(const struct cmd_call *call, const char *known, char seen[8]);

/* env_change - set or delete with the flags checked, errors printed.
 * Return: CMD_OK; CMD_FAIL */
int env_change(const struct cmd_call *call, const char *name, const char *value,
	       bool force);

#endif
