/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * part: partition tables, as U-Boot shows them. Sectors are the device's own
 * blocks, in which tables count too. A fault of the table that can be lived with
 * is told after the list, in one line.
 */
#include "part.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <block/part.h>
#include <core/console.h>
#include <env/env.h>
#include <lib/ctype.h>
#include <lib/errstr.h>
#include <lib/parse.h>

#include "complete.h"
#include "where.h"

/* What one partition is asked for. */
struct found {
	const struct blkdev *disk;
	const struct part *part;
};

static uint64_t blocks(const struct blkdev *disk, uint64_t nsectors)
{
	return nsectors / (disk->block_size / SECTOR_SIZE);
}

static int table_failed(const struct cmd_call *call, int err,
			const struct part_list *list)
{
	if (err == -ENOENT)
		return where_fail(call, 1, NULL, "no partition table");
	return where_fail(call, 1, NULL,
			  list && list->note[0] ? list->note : err_str(err));
}

/* ---- list ---- */

static void print_dos(const struct blkdev *disk, const struct part_list *list)
{
	con_puts("Part\tStart Sector\tNum Sectors\tUUID\t\tType\n");
	for (unsigned int i = 0; i < list->count; i++) {
		const struct part *p = &list->parts[i];

		con_printf("%3u\t%-10llu\t%-10llu\t%s\t%02x%s%s\n", p->number,
			   (unsigned long long)blocks(disk, p->lba),
			   (unsigned long long)blocks(disk, p->nsectors),
			   p->uuid, p->sys_ind,
			   part_is_extended(p->sys_ind) ? " Extd" : "",
			   p->bootable ? " Boot" : "");
	}
}

static void print_efi(const struct blkdev *disk, const struct part_list *list)
{
	char type[37];

	con_puts("Part\tStart LBA\tEnd LBA\t\tName\n\tAttributes\n"
		 "\tType GUID\n\tPartition GUID\n");
	for (unsigned int i = 0; i < list->count; i++) {
		const struct part *p = &list->parts[i];

		format_uuid(p->type_guid, type);
		con_printf(
			"%3u\t0x%08llx\t0x%08llx\t\"", p->number,
			(unsigned long long)blocks(disk, p->lba),
			(unsigned long long)blocks(disk, p->lba + p->nsectors) -
				1);
		con_put_safe(p->name, "");
		con_printf(
			"\"\n\tattrs:\t0x%016llx\n\ttype:\t%s\n\tguid:\t%s\n",
			(unsigned long long)p->attrs, type, p->uuid);
	}
}

/* The numbers of the partitions, in hexadecimal, into a variable. */
static int list_to_variable(const struct cmd_call *call,
			    const struct part_list *list, bool bootable,
			    const char *name)
{
	char text[4 * PART_MAX] = "";
	size_t at = 0;
	int ret;

	for (unsigned int i = 0; i < list->count; i++) {
		if (bootable && !list->parts[i].bootable)
			continue;
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%x",
				       at ? " " : "", list->parts[i].number);
	}
	ret = env_set(name, text);
	return ret ? cmd_fail(call, name, ret) : CMD_OK;
}

static void print_map(const struct cmd_call *call, const struct blkdev *disk,
		      const struct part_list *list)
{
	con_printf("\nPartition Map for %s device %u  --   Partition Type: "
		   "%s\n\n",
		   !strcmp(disk->type, "virtio") ? "VirtIO" : disk->type,
		   disk->index, list->scheme->name);
	if (!strcmp(list->scheme->name, "DOS"))
		print_dos(disk, list);
	else
		print_efi(disk, list);
	if (list->note[0])
		where_fail(call, 1, NULL, list->note);
}

int part_cmd_list(const struct cmd_call *call)
{
	bool bootable = call->argc > 3 && !strcmp(call->argv[3], "-bootable");
	const char *variable = bootable         ? call->argv[4]
			       : call->argc > 3 ? call->argv[3]
						: NULL;
	const struct part_list *list;
	struct blkdev *disk;
	int ret;

	if (variable && variable[0] == '-') {
		con_printf("Unknown option %s\n", variable);
		return CMD_USAGE;
	}
	if ((bootable && !variable) || (variable && call->argc > 4 + bootable))
		return CMD_USAGE;
	disk = where_disk(call, 1);
	if (!disk)
		return CMD_FAIL;
	ret = part_table(disk, &list);
	if (ret)
		return table_failed(call, ret, list);
	if (variable)
		return list_to_variable(call, list, bootable, variable);
	print_map(call, disk, list);
	return CMD_OK;
}

/* ---- one partition ---- */

static const struct part *by_name(const struct part_list *list,
				  const char *text)
{
	for (unsigned int i = 0; *text && i < list->count; i++)
		if (!strcmp(list->parts[i].name, text))
			return &list->parts[i];
	return NULL;
}

/* A UUID in either case, as a GPT has it. */
static const struct part *by_uuid(const struct part_list *list,
				  const char *text)
{
	uint8_t guid[16];

	if (parse_uuid(text, guid))
		return NULL;
	for (unsigned int i = 0; i < list->count; i++)
		if (!memcmp(list->parts[i].guid, guid, sizeof(guid)))
			return &list->parts[i];
	return NULL;
}

static const struct part *with_number(const struct part_list *list, uint64_t n)
{
	for (unsigned int i = 0; i < list->count; i++)
		if (list->parts[i].number == n)
			return &list->parts[i];
	return NULL;
}

/* PART alone: a decimal number, as in U-Boot, a UUID or a name. */
static const struct part *by_text(const struct part_list *list,
				  const char *text)
{
	const struct part *p = NULL;
	uint64_t n;

	if (!parse_u64(text, 10, &n))
		p = with_number(list, n);
	if (!p)
		p = by_uuid(list, text);
	return p ? p : by_name(list, text);
}

/* "IF DEV PART". Return: 0; else it was printed */
static int find(const struct cmd_call *call, struct found *f)
{
	struct blkdev *disk = where_disk(call, 1);
	const struct part_list *list;
	int ret;

	if (!disk)
		return -ENODEV;
	ret = part_table(disk, &list);
	if (ret) {
		table_failed(call, ret, list);
		return ret;
	}
	f->disk = disk;
	f->part = by_text(list, call->argv[3]);
	if (f->part)
		return 0;
	con_printf("** Invalid partition %s **\n", call->argv[3]);
	where_fail(call, 1, NULL, "no such partition");
	return -ENOENT;
}

/* "IF DEV:PART", the address form of the file commands. */
static int find_resolved(const struct cmd_call *call, struct found *f)
{
	const char *spec = call->argv[2], *why = "no such partition";
	const char *part = spec + part_disk_len(spec);
	const struct part_list *list;
	struct blkdev *disk, *dev;
	int ret = part_resolve(call->argv[1], spec, &disk, &dev, &why);

	if (!ret)
		ret = part_table(disk, &list);
	f->disk = disk;
	f->part = ret ? NULL : with_number(list, dev->partition);
	if (f->part)
		return 0;
	if (!disk)
		con_printf("** Bad device specification %s %s **\n",
			   call->argv[1], spec);
	else
		con_printf("** Invalid partition %s **\n",
			   *part ? part + 1 : spec);
	where_fail(call, 1, NULL, why);
	return -ENOENT;
}

static int answer(const struct cmd_call *call, bool resolved,
		  void (*fn)(const struct found *f, char *text, size_t size))
{
	char text[sizeof(((struct part *)0)->name)];
	struct found f;

	if (resolved && !part_is_chosen(call->argv[2]))
		return CMD_USAGE;
	if (resolved ? find_resolved(call, &f) : find(call, &f))
		return CMD_FAIL;
	fn(&f, text, sizeof(text));
	return where_set_or_print(call, resolved ? 3 : 4, text);
}

static void get_start(const struct found *f, char *text, size_t size)
{
	snprintf(text, size, "%llx",
		 (unsigned long long)blocks(f->disk, f->part->lba));
}

static void get_size(const struct found *f, char *text, size_t size)
{
	snprintf(text, size, "%llx",
		 (unsigned long long)blocks(f->disk, f->part->nsectors));
}

static void get_number(const struct found *f, char *text, size_t size)
{
	snprintf(text, size, "0x%x", f->part->number);
}

static void get_name(const struct found *f, char *text, size_t size)
{
	snprintf(text, size, "%s", f->part->name);
}

static void get_uuid(const struct found *f, char *text, size_t size)
{
	snprintf(text, size, "%s", f->part->uuid);
}

/* A GUID, or the type byte of an MBR's partition. */
static void get_type(const struct found *f, char *text, size_t size)
{
	char guid[37];

	format_uuid(f->part->type_guid, guid);
	if (f->part->sys_ind)
		snprintf(text, size, "%02x", f->part->sys_ind);
	else
		snprintf(text, size, "%s", guid);
}

static int cmd_start(const struct cmd_call *call)
{
	return answer(call, false, get_start);
}

static int cmd_size_of(const struct cmd_call *call)
{
	return answer(call, false, get_size);
}

static int cmd_number_of(const struct cmd_call *call)
{
	return answer(call, false, get_number);
}

static int cmd_name(const struct cmd_call *call)
{
	return answer(call, false, get_name);
}

static int cmd_uuid(const struct cmd_call *call)
{
	return answer(call, true, get_uuid);
}

static int cmd_type(const struct cmd_call *call)
{
	return answer(call, true, get_type);
}

/* ---- kinds of tables ---- */

static int cmd_types(const struct cmd_call *call)
{
	const char *before = "Supported partition tables: ";

	(void)call;
	for_each_entry (part, const struct part_scheme, it) {
		con_printf("%s%s", before, (*it)->name);
		before = ", ";
	}
	con_putc('\n');
	return CMD_OK;
}

/* In any case, as U-Boot takes it. */
static bool is_name(const char *scheme, const char *typed)
{
	while (*scheme && to_lower(*scheme) == to_lower(*typed)) {
		scheme++;
		typed++;
	}
	return !*scheme && !*typed;
}

static bool is_known(const char *typed)
{
	for_each_entry (part, const struct part_scheme, it)
		if (is_name((*it)->name, typed))
			return true;
	return false;
}

/* Tables are recognised, not chosen: this only says whether the guess is right. */
static int cmd_set(const struct cmd_call *call)
{
	struct blkdev *disk = where_disk(call, 1);
	const struct part_list *list;
	int ret;

	if (!disk)
		return CMD_FAIL;
	if (!is_known(call->argv[3])) {
		con_printf("Unknown partition type '%s'\n", call->argv[3]);
		return where_fail(call, 1, NULL, "no such kind of table");
	}
	ret = part_table(disk, &list);
	if (ret)
		return table_failed(call, ret, list);
	if (is_name(list->scheme->name, call->argv[3])) {
		print_map(call, disk, list);
		return CMD_OK;
	}
	con_printf("%s: %s %s: its partition table is %s\n", call->name,
		   call->argv[1], call->argv[2], list->scheme->name);
	return CMD_FAIL;
}

static const struct subcommand subs[] = {
	{ "list", part_cmd_list, 2, 4 },   { "name", cmd_name, 3, 4 },
	{ "number", cmd_number_of, 3, 4 }, { "set", cmd_set, 3, 3 },
	{ "size", cmd_size_of, 3, 4 },     { "start", cmd_start, 3, 4 },
	{ "type", cmd_type, 2, 3 },        { "types", cmd_types, 0, 0 },
	{ "uuid", cmd_uuid, 2, 3 },
};

static int cmd_part(const struct cmd_call *call)
{
	return cmd_dispatch(call, subs, array_size(subs));
}

static void complete(const struct cmd_call *call)
{
	cmd_offer_subs(call, subs, array_size(subs));
	if (call->argc == 3 || call->argc == 4)
		complete_file_args(call, 2);
}

COMMAND(part, cmd_part, 1, -1, true, "partition tables",
	"list IF DEV [-bootable] [variable]    - the table, or the numbers in "
	"it\n"
	"part start IF DEV PART [variable]     - first block of a partition\n"
	"part size IF DEV PART [variable]      - how many blocks it has\n"
	"part number IF DEV PART [variable]    - its number, by name\n"
	"part name IF DEV PART [variable]      - its name, by number\n"
	"part uuid IF DEV:PART [variable]      - its unique id\n"
	"part type IF DEV:PART [variable]      - its type\n"
	"part types                            - kinds of tables known\n"
	"part set IF DEV TYPE                  - is the table of this kind?\n"
	"    IF is virtio, scsi or any; DEV is hexadecimal or serial=X, a "
	"disk's serial "
	"number; PART\n"
	"    is a decimal number, a UUID or a name, but hexadecimal behind a "
	"':'",
	.complete = complete);
