/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gpt: GUID partition tables, made, checked, repaired and changed, in U-Boot's
 * words; the line after its "error!" says why. Text followed: UEFI 2.10, 5.3.
 */
#include <errno.h>
#include <string.h>

#include <core/console.h>

#include "complete.h"
#include "gpt.h"
#include "part_desc.h"
#include "where.h"

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

/* The table as all commands but repair want it: one that readers see. */
static int load(struct blkdev *disk, struct gpt_table *g, struct part_why *why)
{
	int ret = gpt_load(disk, g, why);

	if (!ret && g->faults & GPT_NO_MBR) {
		part_refuse(why, "there is a GPT, but the MBR does not say so: "
				 "see gpt repair");
		ret = -ENOENT;
	}
	return ret;
}

int gpt_cmd_run(const struct cmd_call *call,
		int (*fn)(const struct cmd_call *call, struct gpt_table *g,
			  struct part_why *why))
{
	struct part_why why = { "" };
	struct blkdev *disk = where_disk(call, 1);
	struct gpt_table g;
	int ret;

	if (!disk)
		return CMD_FAIL;
	ret = load(disk, &g, &why);
	if (!ret)
		ret = fn(call, &g, &why);
	gpt_free(&g);
	return finish(call, disk, ret, &why);
}

/* ---- write, verify, repair ---- */

static int parse(const struct blkdev *disk, const char *text,
		 struct part_desc *d, struct part_why *why)
{
	int ret = part_desc_parse(disk, text, d, why);

	if (ret == -ENOENT)
		con_puts("Partition list incomplete\n");
	return ret;
}

static int write_table(struct blkdev *disk, const char *text,
		       struct part_why *why)
{
	struct part_desc d = { 0 };
	struct gpt_table g = { 0 };
	int ret = disk->read_only ? -EROFS : parse(disk, text, &d, why);

	if (!ret)
		ret = gpt_format(disk, d.disk_guid, &g, why);
	if (!ret)
		ret = gpt_fill(&g, d.parts, d.count, why);
	if (!ret)
		ret = gpt_store(&g, why);
	gpt_free(&g);
	part_desc_free(&d);
	return ret;
}

static int cmd_write(const struct cmd_call *call)
{
	struct part_why why = { "" };
	struct blkdev *disk = where_disk(call, 1);
	int ret;

	if (!disk)
		return CMD_FAIL;
	con_puts("Writing GPT: ");
	ret = write_table(disk, call->argv[3], &why);
	return finish(call, disk, ret, &why);
}

static int check_copies(const struct gpt_table *g, struct part_why *why)
{
	if (g->faults & GPT_PRIMARY_BAD)
		return part_refuse(why, "the primary GPT is bad");
	if (g->faults & GPT_BACKUP_BAD)
		return part_refuse(why, "the backup GPT is bad");
	if (g->faults & GPT_BACKUP_MOVED)
		return part_refuse(why, "the backup GPT is not at the end of "
					"the disk");
	if (g->faults & GPT_COPIES_DIFFER)
		return part_refuse(why, "primary and backup GPT differ");
	return gpt_check(g, why);
}

/* All that the description @p says must be so. */
static int check_part(const struct gpt_table *g, const struct part_new *p,
		      struct part_why *why)
{
	static const uint8_t not_said[16];
	const char *what = NULL;
	struct part_new q;

	if (!gpt_get(g, p->number, &q))
		return part_refuse(why, "there is no partition %u", p->number);
	if (memcmp(p->name, q.name, sizeof(q.name)) != 0)
		what = "name";
	else if (p->nblocks && p->nblocks != q.nblocks)
		what = "size";
	else if (p->lba && p->lba != q.lba)
		what = "start";
	else if (memcmp(p->type_guid, not_said, 16) != 0 &&
		 memcmp(p->type_guid, q.type_guid, 16) != 0)
		what = "type";
	else if (memcmp(p->guid, not_said, 16) != 0 &&
		 memcmp(p->guid, q.guid, 16) != 0)
		what = "uuid";
	else if (p->attrs & ~q.attrs)
		what = "attributes";
	return what ? part_refuse(why, "the %s of partition %u differs", what,
				  p->number)
		    : 0;
}

static int check_desc(const struct gpt_table *g, const char *text,
		      struct part_why *why)
{
	static const uint8_t not_said[16];
	struct part_desc d = { .verify = true };
	uint8_t guid[16];
	int ret = parse(g->disk, text, &d, why);

	gpt_guid(g, guid);
	if (!ret && memcmp(d.disk_guid, not_said, 16) != 0 &&
	    memcmp(d.disk_guid, guid, 16) != 0)
		ret = part_refuse(why, "the uuid of the disk differs");
	for (unsigned int i = 0; !ret && i < d.count; i++)
		ret = check_part(g, &d.parts[i], why);
	part_desc_free(&d);
	return ret;
}

static int cmd_verify(const struct cmd_call *call)
{
	struct part_why why = { "" };
	struct blkdev *disk = where_disk(call, 1);
	struct gpt_table g;
	int ret;

	if (!disk)
		return CMD_FAIL;
	if (call->argc < 4)
		con_puts("No partition list provided - only basic check\n");
	ret = load(disk, &g, &why);
	if (!ret)
		ret = check_copies(&g, &why);
	if (!ret && call->argc > 3)
		ret = check_desc(&g, call->argv[3], &why);
	gpt_free(&g);
	con_puts("Verify GPT: ");
	return finish(call, disk, ret, &why);
}

static void tell_repaired(const struct cmd_call *call, unsigned int faults)
{
	static const struct {
		unsigned int fault;
		const char *text;
	} done[] = {
		{ GPT_PRIMARY_BAD, "the primary GPT was bad: made again" },
		{ GPT_BACKUP_BAD, "the backup GPT was bad: made again" },
		{ GPT_COPIES_DIFFER,
		  "the backup GPT was another: made again from the primary" },
		{ GPT_BACKUP_MOVED,
		  "the backup GPT is at the end of the disk now" },
		{ GPT_NO_MBR, "the protective MBR was missing: made again" },
	};

	for (size_t i = 0; i < array_size(done); i++)
		if (faults & done[i].fault)
			where_fail(call, 1, NULL, done[i].text);
	if (!faults)
		where_fail(call, 1, NULL, "there was nothing to repair");
}

static int cmd_repair(const struct cmd_call *call)
{
	struct part_why why = { "" };
	struct blkdev *disk = where_disk(call, 1);
	struct gpt_table g;
	int ret;

	if (!disk)
		return CMD_FAIL;
	con_puts("Repairing GPT: ");
	ret = gpt_load(disk, &g, &why);
	/* What is wrong in both copies alike is beyond mending. */
	if (!ret)
		ret = g.faults ? gpt_store(&g, &why) : gpt_check(&g, &why);
	gpt_free(&g);
	ret = finish(call, disk, ret, &why);
	if (ret == CMD_OK)
		tell_repaired(call, g.faults);
	return ret;
}

/* ---- the command ---- */

static const struct subcommand subs[] = {
	{ "enumerate", gpt_cmd_enumerate, 2, 2 },
	{ "guid", gpt_cmd_guid, 2, 3 },
	{ "read", gpt_cmd_read, 2, 3 },
	{ "rename", gpt_cmd_rename, 4, 4 },
	{ "repair", cmd_repair, 2, 2 },
	{ "set-bootable", gpt_cmd_set_bootable, 3, 3 },
	{ "setenv", gpt_cmd_setenv, 3, 3 },
	{ "swap", gpt_cmd_swap, 4, 4 },
	{ "transpose", gpt_cmd_transpose, 4, 4 },
	{ "verify", cmd_verify, 2, 3 },
	{ "write", cmd_write, 3, 3 },
};

static int cmd_gpt(const struct cmd_call *call)
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

COMMAND(gpt, cmd_gpt, 1, -1, false, "GUID partition tables",
	"write IF DEV LIST                - make a new table\n"
	"gpt verify IF DEV [LIST]             - is the table sound, and as "
	"LIST "
	"says?\n"
	"gpt repair IF DEV                    - make what is bad from what is "
	"good\n"
	"gpt read IF DEV [variable]           - show it, or set variable to "
	"its "
	"LIST\n"
	"gpt guid IF DEV [variable]           - the GUID of the disk\n"
	"gpt setenv IF DEV NAME               - gpt_partition_addr, _size, "
	"_name,\n"
	"                                       _entry and _bootable of a "
	"partition\n"
	"gpt enumerate IF DEV                 - names into gpt_partition_list\n"
	"gpt rename IF DEV PART NAME          - name a partition\n"
	"gpt swap IF DEV NAME1 NAME2          - swap two names\n"
	"gpt transpose IF DEV PART1 PART2     - swap two entries\n"
	"gpt set-bootable IF DEV NAME[,NAME]  - these are, all others are not\n"
	"    LIST: 'uuid_disk=UUID;name=N,start=BYTES,size=BYTES,type=T,"
	"uuid=UUID,\n"
	"    bootable,attrs=BITS,number=N;name=...' of which name and size "
	"must "
	"be\n"
	"    there; BYTES like 0x100000 or 64MiB, size=- for the rest; T a "
	"GUID "
	"or\n"
	"    data, linux, system, swap, lvm, raid, ...; PART is decimal here",
	.complete = complete);
