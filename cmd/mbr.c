/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mbr: MBR partition tables from a description, and a table compared with one, in
 * U-Boot's words; the line after its "error!" says why.
 */
#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <env/env.h>
#include <shell/command.h>

#include "complete.h"
#include "part_desc.h"
#include "where.h"

/* The description typed, or the variable mbr_parts. */
static int parse(const struct cmd_call *call, const struct blkdev *disk,
		 struct part_desc *d, struct part_why *why)
{
	const char *text = call->argc > 3 ? call->argv[3]
					  : env_get("mbr_parts");

	d->mbr = true;
	if (!text)
		return part_refuse(why, "mbr_parts is not set");
	return part_desc_parse(disk, text, d, why);
}

static int finish(const struct cmd_call *call, const struct blkdev *disk,
		  int ret, const struct part_why *why)
{
	if (!ret) {
		con_puts("success!\n");
		return CMD_OK;
	}
	con_puts("error!\n");
	return where_fail(call, 1, NULL,
			  why->text[0] ? why->text : blk_error(disk, ret));
}

static int cmd_write(const struct cmd_call *call)
{
	struct blkdev *disk = where_disk(call, 1);
	struct part_why why = { "" };
	struct part_desc d = { 0 };
	int ret;

	if (!disk)
		return CMD_FAIL;
	con_puts("MBR: write ");
	ret = disk->read_only ? -EROFS : parse(call, disk, &d, &why);
	if (!ret)
		ret = mbr_write(disk, d.signature, d.parts, d.count, &why);
	part_desc_free(&d);
	return finish(call, disk, ret, &why);
}

static const struct part *find(const struct part_list *list,
			       unsigned int number)
{
	for (unsigned int i = 0; i < list->count; i++)
		if (list->parts[i].number == number)
			return &list->parts[i];
	return NULL;
}

static int check_part(const struct blkdev *disk, const struct part_list *list,
		      const struct part_new *p, struct part_why *why)
{
	uint64_t unit = disk->block_size / SECTOR_SIZE;
	const struct part *q = find(list, p->number);
	const char *what = NULL;

	if (!q)
		return part_refuse(why, "there is no partition %u", p->number);
	if (p->nblocks && p->nblocks != q->nsectors / unit)
		what = "size";
	else if (p->lba && p->lba != q->lba / unit)
		what = "start";
	else if (p->sys_ind != q->sys_ind)
		what = "type";
	else if (p->bootable && !q->bootable)
		what = "bootable flag";
	return what ? part_refuse(why, "the %s of partition %u differs", what,
				  p->number)
		    : 0;
}

static int verify(struct blkdev *disk, const struct part_desc *d,
		  struct part_why *why)
{
	const struct part_list *list;
	int ret = part_table(disk, &list);

	if (!ret && strcmp(list->scheme->name, "DOS") != 0)
		ret = -ENOENT;
	if (ret == -ENOENT || ret == -EBADMSG)
		part_refuse(why, "there is no MBR partition table");
	if (ret)
		return ret;
	for (unsigned int i = 0; !ret && i < d->count; i++)
		ret = check_part(disk, list, &d->parts[i], why);
	return ret;
}

static int cmd_verify(const struct cmd_call *call)
{
	struct blkdev *disk = where_disk(call, 1);
	struct part_desc d = { .verify = true };
	struct part_why why = { "" };
	int ret;

	if (!disk)
		return CMD_FAIL;
	con_puts("MBR: verify ");
	ret = parse(call, disk, &d, &why);
	if (!ret)
		ret = verify(disk, &d, &why);
	part_desc_free(&d);
	return finish(call, disk, ret, &why);
}

static const struct subcommand subs[] = {
	{ "verify", cmd_verify, 2, 3 },
	{ "write", cmd_write, 2, 3 },
};

static int cmd_mbr(const struct cmd_call *call)
{
	return cmd_dispatch(call, subs, array_size(subs));
}

static void complete(const struct cmd_call *call)
{
	cmd_offer_subs(call, subs, array_size(subs));
	if (call->argc == 3)
		complete_file_args(call, 2);
	else if (call->argc == 4)
		complete_device(call->argv[2], call->argv[3], false);
}

COMMAND(mbr, cmd_mbr, 1, -1, false, "MBR partition tables",
	"write IF DEV [LIST]   - make a new table\n"
	"mbr verify IF DEV [LIST]  - is the table as LIST says?\n"
	"    LIST, or else the variable mbr_parts: "
	"'uuid_disk=0x1234;name=N,start=BYTES,\n"
	"    size=BYTES,id=0x83,bootable;name=...' of which size and id must "
	"be "
	"there;\n"
	"    BYTES like 0x100000 or 64MiB, size=- for the rest; what follows "
	"the first\n"
	"    four lies in the extended one (id=0x05) among them",
	.complete = complete);
