/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Disks of one interface: a command that bears its name ("virtio", "scsi") and these
 * subcommands. disk_cmd.c has what moves no data, disk_rw.c moves blocks.
 */
#ifndef VIREO_CMD_DISK_H
#define VIREO_CMD_DISK_H

#include <block/blkdev.h>
#include <shell/command.h>

#define DISK_SUBCOMMANDS \
	{ "device", disk_cmd_device, 0, 1 }, { "dump", disk_cmd_dump, 2, 3 }, \
		{ "flush", disk_cmd_flush, 0, 1 }, \
		{ "id", disk_cmd_id, 0, 1 }, { "info", disk_cmd_info, 0, 0 }, \
		{ "part", disk_cmd_part, 0, 1 }, \
		{ "read", disk_cmd_read, 3, 3 }, \
	{ \
		"write", disk_cmd_write, 3, 3 \
	}

/* Their lines of the usage text, to stand last; @name is the command's. */
#define DISK_USAGE(name) \
	name " info                  - show the " name " disks\n" name \
	     " device [dev]          - show or set the current disk\n" name \
	     " part [dev]            - partition table of one or all " \
	     "disks\n" name " read addr blk cnt     - read cnt blocks from " \
	     "block blk to addr\n" name \
	     " write addr blk cnt    - write them\n" name \
	     " dump dev blk [cnt]    - show blocks; Enter shows the " \
	     "next\n" name \
	     " flush [dev]           - make what was written permanent\n" name \
	     " id [dev]              - the disk's serial number\n" \
	     "    dev, addr, blk and cnt are hexadecimal; a block is the " \
	     "disk's own;\n    dev may be serial=X, what id shows"

int disk_cmd_device(const struct cmd_call *call);
int disk_cmd_dump(const struct cmd_call *call);
int disk_cmd_flush(const struct cmd_call *call);
int disk_cmd_id(const struct cmd_call *call);
int disk_cmd_info(const struct cmd_call *call);
int disk_cmd_part(const struct cmd_call *call);
int disk_cmd_read(const struct cmd_call *call);
int disk_cmd_write(const struct cmd_call *call);

/* disk_dispatch - cmd_dispatch under the interface's whole name, whatever was typed. */
int disk_dispatch(const struct cmd_call *call, const char *type,
		  const struct subcommand *subs, size_t count);

/* disk_complete - for command->complete: the disks, where a subcommand takes one. */
void disk_complete(const struct cmd_call *call, const char *type);

/* disk_print - vendor and product, type, capacity, controller if it has one: lines, the
 * first of which the caller has begun. */
void disk_print(const struct blkdev *disk);

/* disk_print_all - as info does, each after @indent. @count: how many there are
 * Return: CMD_OK; CMD_FAIL one of them cannot be used */
int disk_print_all(const char *type, const char *indent, unsigned int *count);

/* disk_chosen - the disk that argument @arg names, the current one when there is
 * no such argument; prints why not. Return: NULL: none */
struct blkdev *disk_chosen(const struct cmd_call *call, int arg);

/* Blocks of the device's own size. */
uint64_t disk_blocks(const struct blkdev *disk);

#endif
