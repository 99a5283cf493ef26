/* SPDX-License-Identifier: BSD-2-Clause */
/* What the subcommands of blk share: devices by one name, and stretches of them. */
#ifndef CMD_BLK_H
#define CMD_BLK_H

#include <block/bulk.h>
#include <shell/command.h>

/* blk_cmd_dev - the device that argv[@i] names, open; NULL: none, printed. */
struct blkdev *blk_cmd_dev(const struct cmd_call *call, int i);

/*
 * blk_cmd_span - argv[@i] names a device and, when argv[@count_i] is there, it and the
 * one behind it first block and count; else it is all of it.
 * Return: 0; else it was printed
 */
must_check int blk_cmd_span(const struct cmd_call *call, int i, int count_i,
			    struct blk_span *s);

int blk_cmd_compare(const struct cmd_call *call);
int blk_cmd_copy(const struct cmd_call *call);
int blk_cmd_discard(const struct cmd_call *call);
int blk_cmd_hash(const struct cmd_call *call);
int blk_cmd_list(const struct cmd_call *call);
int blk_cmd_read(const struct cmd_call *call);
int blk_cmd_write(const struct cmd_call *call);
int blk_cmd_zero(const struct cmd_call *call);

#endif
