/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio: virtio disks as U-Boot's command shows them, and everything about
 * virtio devices of any type. This file finds the subcommand and the device,
 * and has what moves no data.
 */
#include "virtio.h"

#include <stdio.h>
#include <string.h>

#include <block/part.h>
#include <core/console.h>
#include <core/panic.h>
#include <lib/parse.h>
#include <shell/shell.h>

#include "complete.h"
#include "disk.h"
#include "part.h"

/* What "virtio device N" chose, for the subcommands that take no device. */
static struct {
	unsigned int disk;
} current;

static struct blkdev *disk_by_number(uint64_t n)
{
	return n <= UINT32_MAX ? blk_find("virtio", (unsigned int)n) : NULL;
}

struct blkdev *virtio_disk(const struct cmd_call *call, int arg)
{
	uint64_t n = current.disk;
	const char *rest, *why = NULL;
	struct blkdev *disk;
	int ret;

	if (arg < call->argc && !strncmp(call->argv[arg], "serial=", 7)) {
		if (!part_disk("virtio", call->argv[arg], &disk, &rest, &why))
			return disk;
		con_printf("%s: %s: %s\n", call->name, call->argv[arg], why);
		return NULL;
	}
	if (arg < call->argc && cmd_number(call, arg, &n))
		return NULL;
	disk = disk_by_number(n);
	if (!disk)
		con_printf("%s: device %ju: unknown device\n", call->name,
			   (uintmax_t)n);
	ret = disk ? blk_open(disk) : 0;
	if (!ret)
		return disk;
	con_printf("%s: device %ju: %s\n", call->name, (uintmax_t)n,
		   blk_error(disk, ret));
	return NULL;
}

struct virtio_device *virtio_find(const char *name)
{
	struct virtio_device *vd;
	struct virtio_info info;
	char disk[24] = "";
	uint64_t n;

	if (!parse_u64(name, 16, &n))
		snprintf(disk, sizeof(disk), "virtio%ju", (uintmax_t)n);
	for (unsigned int i = 0; (vd = virtio_device(i)); i++) {
		virtio_get_info(vd, &info);
		if (!strcmp(name, info.where) ||
		    (info.name[0] &&
		     (!strcmp(name, info.name) || !strcmp(disk, info.name))))
			return vd;
	}
	return NULL;
}

uint64_t virtio_disk_blocks(const struct blkdev *disk)
{
	return disk->nsectors / (disk->block_size / SECTOR_SIZE);
}

/* What follows "Device N: ": the disk as it is now, or why it cannot be used. */
static int show_disk(struct blkdev *disk)
{
	int ret = blk_open(disk);

	if (ret)
		con_printf("%s\n", blk_error(disk, ret));
	else
		disk_print(disk);
	return ret ? CMD_FAIL : CMD_OK;
}

static int cmd_info(const struct cmd_call *call)
{
	unsigned int n;
	struct blkdev *disk;
	int ret = CMD_OK;

	for (n = 0; (disk = blk_find("virtio", n)); n++) {
		con_printf("Device %u: ", n);
		ret |= show_disk(disk);
	}
	if (!n)
		con_printf("%s: no virtio disk\n", call->name);
	return ret;
}

static int cmd_device(const struct cmd_call *call)
{
	uint64_t n = current.disk;
	struct blkdev *disk;

	if (call->argc > 1 && cmd_number(call, 1, &n))
		return CMD_FAIL;
	con_printf("\nDevice %ju: ", (uintmax_t)n);
	disk = disk_by_number(n);
	if (!disk) {
		con_puts("unknown device\n");
		return CMD_FAIL;
	}
	if (show_disk(disk))
		return CMD_FAIL;
	if (call->argc > 1) {
		current.disk = (unsigned int)n;
		con_puts("... is now current device\n");
	}
	return CMD_OK;
}

/* The table of one disk, or of all, as "part list" prints it. */
static int part_list(const struct cmd_call *call, unsigned int n)
{
	char list[] = "list", type[] = "virtio", index[12];
	char *argv[] = { list, type, index, NULL };
	struct cmd_call part = { 3, argv, false, call->name };

	snprintf(index, sizeof(index), "%x", n);
	return part_cmd_list(&part);
}

static int cmd_part(const struct cmd_call *call)
{
	struct blkdev *disk;
	int ret = CMD_OK;
	unsigned int n;

	if (call->argc > 1) {
		disk = virtio_disk(call, 1);
		return disk ? part_list(call, disk->index) : CMD_FAIL;
	}
	for (n = 0; blk_find("virtio", n); n++)
		ret |= part_list(call, n);
	if (!n)
		con_printf("%s: no virtio disk\n", call->name);
	return n ? ret : CMD_FAIL;
}

static int cmd_scan(const struct cmd_call *call)
{
	(void)call;
	virtio_probe_all();
	return CMD_OK;
}

/* What the host put there may be any bytes: only text goes to the terminal. */
static int cmd_id(const struct cmd_call *call)
{
	struct blkdev *disk = virtio_disk(call, 1);
	char id[21] = "";
	int ret;

	if (!disk)
		return CMD_FAIL;
	ret = blk_get_id(disk, id);
	if (ret)
		return cmd_fail(call, "device", ret);
	con_printf("Device %u: id ", disk->index);
	con_put_safe(id[0] ? id : "(empty)", "");
	con_putc('\n');
	return CMD_OK;
}

static int cmd_flush(const struct cmd_call *call)
{
	struct blkdev *disk = virtio_disk(call, 1);
	int ret;

	if (!disk)
		return CMD_FAIL;
	ret = blk_flush(disk);
	if (ret)
		return cmd_fail(call, "device", ret);
	con_printf("Device %u: flushed\n", disk->index);
	return CMD_OK;
}

static const struct subcommand subs[] = {
	{ "device", cmd_device, 0, 1 },
	{ "dump", virtio_cmd_dump, 2, 3 },
	{ "flush", cmd_flush, 0, 1 },
	{ "id", cmd_id, 0, 1 },
	{ "info", cmd_info, 0, 0 },
	{ "list", virtio_cmd_list, 0, 1 },
	{ "part", cmd_part, 0, 1 },
	{ "read", virtio_cmd_read, 3, 3 },
	{ "scan", cmd_scan, 0, 0 },
	{ "status", virtio_cmd_status, 0, 1 },
	{ "write", virtio_cmd_write, 3, 3 },
};

#define SUBS_MAX 32

/* All subcommands, these and those that are files of their own. Return: how many */
static size_t all_subs(struct subcommand list[SUBS_MAX])
{
	size_t n = array_size(subs);

	memcpy(list, subs, sizeof(subs));
	for_each_entry (virtio_sub, const struct virtio_sub, it) {
		assert(n < SUBS_MAX);
		list[n++] = (*it)->sub;
	}
	return n;
}

static int cmd_virtio(const struct cmd_call *call)
{
	struct subcommand list[SUBS_MAX];
	size_t n = all_subs(list);

	return cmd_dispatch(call, list, n);
}

/* ---- Tab ---- */

void virtio_offer_devices(void)
{
	struct virtio_device *vd;
	struct virtio_info info;

	for (unsigned int i = 0; (vd = virtio_device(i)); i++) {
		virtio_get_info(vd, &info);
		if (info.name[0])
			shell_offer(info.name);
	}
}

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

static void complete(const struct cmd_call *call)
{
	struct subcommand list[SUBS_MAX];
	size_t n = all_subs(list);

	cmd_offer_subs(call, list, n);
	if (call->argc < 3)
		return;
	for_each_entry (virtio_sub, const struct virtio_sub, it)
		if ((*it)->complete && !strcmp((*it)->sub.name, call->argv[1]))
			(*it)->complete(call);
	if (call->argc != 3)
		return;
	if (!strcmp(call->argv[1], "status"))
		virtio_offer_devices();
	else if (takes_disk(call->argv[1]))
		complete_device("virtio", false);
}

COMMAND(virtio, cmd_virtio, 1, -1, true, "virtio devices and their disks",
	"info                  - show the virtio disks\n"
	"virtio device [dev]          - show or set the current disk\n"
	"virtio part [dev]            - partition table of one or all disks\n"
	"virtio read addr blk cnt     - read cnt blocks from block blk to "
	"addr\n"
	"virtio write addr blk cnt    - write them\n"
	"virtio dump dev blk [cnt]    - show blocks; Enter shows the next\n"
	"virtio flush [dev]           - make what was written permanent\n"
	"virtio id [dev]              - the disk's serial number\n"
	"virtio scan                  - bring all devices up, dead ones too\n"
	"virtio list [-a]             - all devices; -a: and empty slots\n"
	"virtio status [name]         - one or all devices in full detail\n"
	"virtio features name [+F|-F ...] - what was negotiated, or switch\n"
	"                               features on or off and start anew\n"
	"virtio regs [-c] name        - its registers; -c: in colour\n"
	"virtio config [-c] name      - its configuration, decoded and raw\n"
	"virtio ring [-c] name queue [all] - its rings and who owns what\n"
	"virtio trace on [name]       - record what goes on, of all or of one\n"
	"virtio trace [-c] show [name]; virtio trace off\n"
	"virtio step [-c] name read blk [cnt] - read blocks, told step by "
	"step\n"
	"    dev, addr, blk and cnt are hexadecimal; a block is the device's\n"
	"    own; dev may be serial=X, what id shows; name is what list "
	"shows:\n"
	"    virtio0, eth0, slot31, 00:02.0",
	.complete = complete);
