/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The subcommands about disks that move no data, for the command of any interface: its
 * name is the interface's. Lines are U-Boot's.
 */
#include "disk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <block/part.h>
#include <core/console.h>
#include <lib/parse.h>

#include "complete.h"
#include "part.h"

#define INTERFACES 4
#define TYPE_MAX   12

/* What "virtio device N" chose, for the subcommands that take no device. */
static struct current {
	char type[TYPE_MAX];
	unsigned int disk;
} current[INTERFACES];

/* The interface: the first word of "virtio read". */
static const char *type_of(const struct cmd_call *call, char type[TYPE_MAX])
{
	const char *end = strchr(call->name, ' ');

	snprintf(type, TYPE_MAX, "%.*s", (int)(end - call->name), call->name);
	return type;
}

static struct current *current_of(const char *type)
{
	struct current *c = current;

	while (c->type[0] && strcmp(c->type, type) != 0 &&
	       c < current + INTERFACES - 1)
		c++;
	if (!c->type[0])
		snprintf(c->type, sizeof(c->type), "%s", type);
	return c;
}

static struct blkdev *disk_by_number(const char *type, uint64_t n)
{
	return n <= UINT32_MAX ? blk_find(type, (unsigned int)n) : NULL;
}

/* "device 0: no medium", if there was an error. Return: CMD_OK; CMD_FAIL */
static int failed(const struct cmd_call *call, const struct blkdev *disk,
		  int err)
{
	if (!err)
		return CMD_OK;
	con_printf("%s: device %u: %s\n", call->name, disk->index,
		   blk_error(disk, err));
	return CMD_FAIL;
}

static bool is_serial(const struct cmd_call *call, int arg)
{
	return arg < call->argc && !strncmp(call->argv[arg], "serial=", 7);
}

struct blkdev *disk_chosen(const struct cmd_call *call, int arg)
{
	char type[TYPE_MAX];
	uint64_t n = current_of(type_of(call, type))->disk;
	const char *why = NULL;
	struct blkdev *disk;

	if (is_serial(call, arg)) {
		if (!part_disk(type, call->argv[arg], &disk, NULL, &why))
			return disk;
		con_printf("%s: %s: %s\n", call->name, call->argv[arg], why);
		return NULL;
	}
	if (arg < call->argc && cmd_number(call, arg, &n))
		return NULL;
	disk = disk_by_number(type, n);
	if (!disk)
		con_printf("%s: device %ju: unknown device\n", call->name,
			   (uintmax_t)n);
	return disk && !failed(call, disk, blk_open(disk)) ? disk : NULL;
}

uint64_t disk_blocks(const struct blkdev *disk)
{
	return disk->nsectors / (disk->block_size / SECTOR_SIZE);
}

static void none(const struct cmd_call *call, const char *type)
{
	con_printf("%s: no %s disk\n", call->name, type);
}

/* What follows "Device N: ": the disk as it is now, and why it cannot be used. A drive
 * without a medium can be shown, and chosen. */
static int show_disk(struct blkdev *disk)
{
	int ret = blk_open(disk);

	if (!ret || disk->product[0])
		disk_print(disk);
	if (ret)
		con_printf("%s%s\n", disk->product[0] ? "            " : "",
			   blk_error(disk, ret));
	return ret && ret != -ENOMEDIUM ? CMD_FAIL : CMD_OK;
}

int disk_print_all(const char *type, const char *indent, unsigned int *count)
{
	struct blkdev *disk;
	int ret = CMD_OK;
	unsigned int n;

	for (n = 0; (disk = blk_find(type, n)); n++) {
		con_printf("%sDevice %u: ", indent, n);
		ret |= show_disk(disk);
	}
	*count = n;
	return ret;
}

int disk_cmd_info(const struct cmd_call *call)
{
	char type[TYPE_MAX];
	unsigned int n;
	int ret = disk_print_all(type_of(call, type), "", &n);

	if (!n)
		none(call, type);
	return ret;
}

int disk_cmd_device(const struct cmd_call *call)
{
	char type[TYPE_MAX];
	struct current *c = current_of(type_of(call, type));
	uint64_t n = c->disk;
	struct blkdev *disk;

	if (is_serial(call, 1)) {
		disk = disk_chosen(call, 1);
		if (!disk)
			return CMD_FAIL;
		n = disk->index;
	} else if (call->argc > 1 && cmd_number(call, 1, &n)) {
		return CMD_FAIL;
	}
	con_printf("\nDevice %ju: ", (uintmax_t)n);
	disk = disk_by_number(type, n);
	if (!disk) {
		con_puts("unknown device\n");
		return CMD_FAIL;
	}
	if (show_disk(disk))
		return CMD_FAIL;
	if (call->argc > 1) {
		c->disk = (unsigned int)n;
		con_puts("... is now current device\n");
	}
	return CMD_OK;
}

/* The table of one disk, as "part list" prints it. */
static int part_list(const struct cmd_call *call, char *type, unsigned int n)
{
	char list[] = "list", index[12];
	char *argv[] = { list, type, index, NULL };
	struct cmd_call part = { 3, argv, false, call->name };

	snprintf(index, sizeof(index), "%x", n);
	return part_cmd_list(&part);
}

int disk_cmd_part(const struct cmd_call *call)
{
	char type[TYPE_MAX];
	struct blkdev *disk;
	int ret = CMD_OK;
	unsigned int n;

	type_of(call, type);
	if (call->argc > 1) {
		disk = disk_chosen(call, 1);
		return disk ? part_list(call, type, disk->index) : CMD_FAIL;
	}
	for (n = 0; blk_find(type, n); n++)
		ret |= part_list(call, type, n);
	if (!n)
		none(call, type);
	return n ? ret : CMD_FAIL;
}

/* What the host put there may be any bytes: only text goes to the terminal. */
int disk_cmd_id(const struct cmd_call *call)
{
	struct blkdev *disk = disk_chosen(call, 1);
	char id[21] = "";
	int ret;

	if (!disk)
		return CMD_FAIL;
	ret = failed(call, disk, blk_get_id(disk, id));
	if (ret)
		return ret;
	con_printf("Device %u: id ", disk->index);
	con_put_safe(id[0] ? id : "(empty)", "");
	con_putc('\n');
	return CMD_OK;
}

int disk_cmd_flush(const struct cmd_call *call)
{
	struct blkdev *disk = disk_chosen(call, 1);
	int ret;

	if (!disk)
		return CMD_FAIL;
	ret = failed(call, disk, blk_flush(disk));
	if (ret)
		return ret;
	con_printf("Device %u: flushed\n", disk->index);
	return CMD_OK;
}

int disk_dispatch(const struct cmd_call *call, const char *type,
		  const struct subcommand *subs, size_t count)
{
	struct cmd_call full = *call;

	full.name = type;
	return cmd_dispatch(&full, subs, count);
}

/* ---- Tab ---- */

/* Does the subcommand that @typed begins take a disk? */
static bool takes_disk(const char *typed)
{
	static const char *const names[] = { "device", "dump", "flush", "id",
					     "part" };

	for (size_t i = 0; i < array_size(names); i++)
		if (!strncmp(names[i], typed, strlen(typed)))
			return true;
	return false;
}

void disk_complete(const struct cmd_call *call, const char *type)
{
	if (call->argc == 3 && takes_disk(call->argv[1]))
		complete_device(type, call->argv[2], false);
}
