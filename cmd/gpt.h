/* SPDX-License-Identifier: BSD-2-Clause */
/* The subcommands of gpt that look at a table or change what is in it. */
#ifndef VIREO_CMD_GPT_H
#define VIREO_CMD_GPT_H

#include <block/part_write.h>
#include <shell/command.h>

/*
 * gpt_cmd_run - do something with the table of the disk that argv[1] and argv[2]
 * name; prints "success!", or "error!" and why. Return: CMD_OK; CMD_FAIL
 */
int gpt_cmd_run(const struct cmd_call *call,
		int (*fn)(const struct cmd_call *call, struct gpt_table *g,
			  struct part_why *why));

/* argv: the subcommand, IF, DEV, and what it takes besides. */
int gpt_cmd_enumerate(const struct cmd_call *call);
int gpt_cmd_guid(const struct cmd_call *call);
int gpt_cmd_read(const struct cmd_call *call);
int gpt_cmd_rename(const struct cmd_call *call);
int gpt_cmd_set_bootable(const struct cmd_call *call);
int gpt_cmd_setenv(const struct cmd_call *call);
int gpt_cmd_swap(const struct cmd_call *call);
int gpt_cmd_transpose(const struct cmd_call *call);

#endif
