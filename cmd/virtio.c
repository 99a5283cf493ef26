/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio: virtio disks as U-Boot's command shows them (disk_cmd.c), and everything
 * about virtio devices of any type. This file finds the subcommand and the device.
 */
#include "virtio.h"

#include <stdio.h>
#include <string.h>

#include <block/part.h>
#include <core/console.h>
#include <core/panic.h>
#include <drivers/virtio_test.h>
#include <lib/parse.h>
#include <shell/shell.h>

#include "disk.h"

/* "serial=X": the device of that disk. */
static struct virtio_device *find_serial(const char *spec)
{
	struct virtio_device *vd = NULL;
	const char *why;
	struct blkdev *disk;

	if (part_disk("virtio", spec, &disk, NULL, &why))
		return NULL;
	for (unsigned int i = 0; (vd = virtio_device(i)); i++)
		if (virtio_disk_of(vd) == disk)
			break;
	return vd;
}

struct virtio_device *virtio_find(const char *name)
{
	struct virtio_device *vd;
	struct virtio_info info;
	char disk[24] = "";
	uint64_t n;

	if (!strncmp(name, "serial=", 7))
		return find_serial(name);
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

static int cmd_scan(const struct cmd_call *call)
{
	(void)call;
	virtio_probe_all();
	return CMD_OK;
}

static const struct subcommand subs[] = {
	DISK_SUBCOMMANDS,
	{ "list", virtio_cmd_list, 0, 1 },
	{ "scan", cmd_scan, 0, 0 },
	{ "status", virtio_cmd_status, 0, 1 },
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

	return disk_dispatch(call, "virtio", list, n);
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
	if (call->argc == 3 && !strcmp(call->argv[1], "status"))
		virtio_offer_devices();
	else
		disk_complete(call, "virtio");
}

COMMAND(virtio, cmd_virtio, 1, -1, true, "virtio devices and their disks",
	"scan                  - bring all devices up, dead ones too\n"
	"virtio list [-a]             - all devices; -a: and empty slots\n"
	"virtio status [name]         - one or all devices in full detail\n"
	"virtio features name [+F|-F ...] - what was negotiated, or switch\n"
	"                               features on or off and start anew\n"
	"virtio regs [-c] name        - its registers; -c: in colour\n"
	"virtio config [-c] name      - its configuration, decoded and raw\n"
	"virtio ring [-c] name queue [all] - its rings and who owns what\n"
	"virtio trace on [name]       - record what goes on, of all or of one\n"
	"virtio trace [-c] show [name]; virtio trace off [name] - the one\n"
	"                               trace that there is\n"
	"virtio test [name [w blk cnt]] - self-test of one or all; w: blocks\n"
	"                               that may be written, and are put back\n"
	"virtio bench [name [size [depth]] [r|w blk cnt]] - speed of a disk;\n"
	"                               w: write what is there to these "
	"blocks\n"
	"virtio step [-c] name read blk [cnt] - read blocks, told step by "
	"step\n"
	"    name is what list shows: virtio0, eth0, slot31, "
	"00:02.0; or serial=X\n" DISK_USAGE("virtio"),
	.complete = complete);
