/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blk: block devices of every interface, by one name each: "virtio:0:1",
 * "label=ROOT". What they hold is listed here; blk_bulk.c moves it.
 */
#include "blk.h"

#include <errno.h>
#include <string.h>

#include <block/part.h>
#include <core/console.h>
#include <fs/fs.h>
#include <lib/checked.h>
#include <lib/errstr.h>

#include "complete.h"
#include "rate.h"

struct blkdev *blk_cmd_dev(const struct cmd_call *call, int i)
{
	const char *why = NULL;
	struct blkdev *dev;

	if (!part_named(call->argv[i], &dev, &why))
		return dev;
	con_printf("%s: %s: %s\n", call->name, call->argv[i], why);
	return NULL;
}

/* ---- list ---- */

#define HEAD_FORMAT "%-14s%-11s%-7s%-6s%-22s"

/* Text from outside in a column of @width. */
static void put_column(const char *text, int width)
{
	con_put_safe(text, "");
	con_printf("%*s", width - (int)strlen(text), "");
}

static void row_begin(const struct blkdev *dev)
{
	char name[BLK_NAME_MAX], size[SIZE_TEXT];

	con_printf("%-14s%-11s", blk_name(dev, name),
		   size_text(min_u64(dev->nsectors, UINT64_MAX / SECTOR_SIZE) *
				     SECTOR_SIZE,
			     size));
}

/* The file system on @dev, and its label. Return: 0; -ENOENT there is none; an error,
 * which was printed */
static int put_contents(struct blkdev *dev)
{
	const char *why = NULL;
	char label[64] = "";
	struct fs fs;
	int ret = fs_mount(dev, &fs, &why);

	if (ret == -ENOENT) {
		con_puts("-");
		return ret;
	}
	if (!ret && fs.type->label)
		ret = fs.type->label(fs.vol, label, sizeof(label));
	if (ret) {
		con_puts(why && ret == -EBADMSG ? why : blk_error(dev, ret));
		return ret;
	}
	con_puts(fs.type->name);
	if (label[0]) {
		con_puts(" \"");
		con_put_safe(label, "");
		con_puts("\"");
	}
	return 0;
}

static int list_part(struct blkdev *disk, const struct part *part)
{
	bool extended = part_is_extended(part->sys_ind);
	struct blkdev *dev;
	int ret = part_open(disk, part->number, &dev);

	if (ret)
		return ret;
	row_begin(dev);
	con_printf("%35s", "");
	if (extended)
		con_puts("extended");
	else
		ret = put_contents(dev);
	con_putc('\n');
	return ret;
}

/* The table is asked for again each time: a mount that failed may have reset the
 * device. One that did not answer once is not waited for again. */
static void list_parts(struct blkdev *disk)
{
	const struct part_list *list;
	struct part part;
	int ret = 0;

	for (unsigned int i = 0; ret != -ETIMEDOUT && !con_ctrlc() &&
				 !part_table(disk, &list) && i < list->count;
	     i++) {
		part = list->parts[i];
		ret = list_part(disk, &part);
	}
}

static void list_disk(struct blkdev *disk)
{
	const struct part_list *list;
	char name[BLK_NAME_MAX], id[21] = "";
	int ret = blk_open(disk);

	if (ret) {
		con_printf("%-14s%s\n", blk_name(disk, name),
			   blk_error(disk, ret));
		return;
	}
	row_begin(disk);
	con_printf("%-7u%-6s", disk->block_size, disk->read_only ? "ro" : "rw");
	ret = blk_get_id(disk, id);
	put_column(ret && ret != -ENOSYS ? blk_error(disk, ret)
		   : id[0]               ? id
					 : "-",
		   22);
	ret = part_table(disk, &list);
	if (!ret)
		con_puts(list->scheme->name);
	else if (ret == -ENOENT)
		(void)put_contents(disk);
	else
		con_puts(list && list->note[0] ? list->note
					       : blk_error(disk, ret));
	con_putc('\n');
	list_parts(disk);
}

int blk_cmd_list(const struct cmd_call *call)
{
	struct blkdev *disk = blk_next(NULL);

	if (!disk) {
		con_printf("%s: there is no disk\n", call->name);
		return CMD_FAIL;
	}
	con_printf(HEAD_FORMAT "%s\n", "Name", "Size", "Block", "Mode",
		   "Serial", "Contents");
	for (; disk && !con_ctrlc(); disk = blk_next(disk))
		list_disk(disk);
	if (!con_ctrlc())
		return CMD_OK;
	con_printf("%s: interrupted\n", call->name);
	return CMD_FAIL;
}

/* U-Boot's list: the disks by interface. */
static int cmd_lsblk(const struct cmd_call *call)
{
	const char *type = "";

	(void)call;
	con_puts("Block Driver          Devices\n"
		 "-----------------------------");
	for (struct blkdev *d = blk_next(NULL); d; d = blk_next(d)) {
		if (strcmp(d->type, type) != 0)
			con_printf("\n%-20s: %s %u", d->type, d->type,
				   d->index);
		else
			con_printf(", %s %u", d->type, d->index);
		type = d->type;
	}
	con_putc('\n');
	return CMD_OK;
}

static const struct subcommand subs[] = {
	{ "compare", blk_cmd_compare, 2, 3 }, { "copy", blk_cmd_copy, 2, 4 },
	{ "discard", blk_cmd_discard, 1, 4 }, { "hash", blk_cmd_hash, 2, 5 },
	{ "list", blk_cmd_list, 0, 0 },       { "read", blk_cmd_read, 2, 4 },
	{ "write", blk_cmd_write, 2, 5 },     { "zero", blk_cmd_zero, 1, 4 },
};

static int cmd_blk(const struct cmd_call *call)
{
	return cmd_dispatch(call, subs, array_size(subs));
}

static void complete(const struct cmd_call *call)
{
	cmd_offer_subs(call, subs, array_size(subs));
	if (call->argc > 2)
		complete_name(call->argv[call->argc - 1]);
}

COMMAND(blk, cmd_blk, 1, -1, false, "block devices of every interface",
	"list                             - disks, partitions, what they hold\n"
	"blk read DEV addr [blk cnt]          - blocks of DEV to memory\n"
	"blk write [-f] DEV addr [blk cnt]    - and back\n"
	"blk copy [-f] SRC DST [cnt]          - all of SRC, or cnt blocks, to "
	"DST\n"
	"blk compare A B [cnt]                - where do they differ first?\n"
	"blk zero [-f] DEV [blk cnt]          - fill with zeroes\n"
	"blk discard [-f] DEV [blk cnt]       - the contents are of no use\n"
	"blk hash ALG DEV [blk cnt] [var]     - sum of the contents\n"
	"    A device is virtio:0, virtio:0:1, virtio:serial=X:1, label=X, "
	"uuid=X,\n"
	"    partuuid=X or partlabel=X; blk and cnt are hexadecimal, blocks of "
	"the\n"
	"    (first) device. A disk that has a partition table is only "
	"overwritten\n"
	"    with -f. Up to 16 MiB of free RAM below the firmware are used",
	.complete = complete);
COMMAND(lsblk, cmd_lsblk, 0, 0, true, "list block drivers and devices", "");
