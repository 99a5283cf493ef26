/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "IF DEV[:PART]" as every command about files takes it. What cannot be found
 * is reported in U-Boot's words, which scripts match, and a line with the reason.
 */
#include "where.h"

#include <errno.h>
#include <string.h>

#include <block/part.h>
#include <core/console.h>
#include <env/env.h>
#include <lib/errstr.h>

int where_fail(const struct cmd_call *call, int arg, const char *path,
	       const char *reason)
{
	con_printf("%s: %s %s%s%s: %s\n", call->name, call->argv[arg],
		   call->argv[arg + 1], path ? " " : "", path ? path : "",
		   reason);
	return CMD_FAIL;
}

/* U-Boot's lines about a device or partition that is not there. */
static void complain(const char *type, const char *spec,
		     const struct fs_where *w, int err)
{
	int len = (int)part_disk_len(spec);
	const char *part = spec + len;
	const struct part_list *list;

	if (!w->disk)
		con_printf("** Bad device specification %s %.*s **\n", type,
			   len, spec);
	else if (err == -EINVAL)
		con_printf("** Bad partition specification %s %s **\n", type,
			   spec);
	else if (err != -ENOENT)
		return;
	else if (part_table(w->disk, &list) == -ENOENT)
		con_printf("** No partition table - %s %.*s **\n", type, len,
			   spec);
	else
		con_printf("** Invalid partition %s **\n",
			   *part ? part + 1 : part);
	con_printf("Couldn't find partition %s %s\n", type, spec);
}

struct blkdev *where_disk(const struct cmd_call *call, int arg)
{
	const char *type = call->argv[arg], *spec = call->argv[arg + 1];
	const char *why = NULL;
	struct blkdev *disk;

	if (!part_disk(type, spec, &disk, NULL, &why))
		return disk;
	if (!disk)
		con_printf("** Bad device specification %s %s **\n", type,
			   spec);
	where_fail(call, arg, NULL, why);
	return NULL;
}

/* What is to be known of a mount, with the first command that uses it. */
static void tell_note(const char *type, const char *spec, struct fs_volume *vol)
{
	if (vol->note)
		con_printf("%s %s: %s\n", type, spec, vol->note);
	vol->note = NULL;
}

int where_fs(const struct cmd_call *call, int arg, struct fs_where *where)
{
	const char *type = call->argv[arg], *spec;
	int ret;

	if (arg + 1 >= call->argc) {
		con_puts("** No device specified **\n");
		return -EINVAL;
	}
	spec = call->argv[arg + 1];
	ret = fs_resolve(type, spec, where);
	if (!ret) {
		tell_note(type, spec, where->fs.vol);
		return 0;
	}
	if (!where->dev)
		complain(type, spec, where, ret);
	where_fail(call, arg, NULL, where->why ? where->why : err_str(ret));
	return ret;
}

int where_open(const struct cmd_call *call, int arg, const char *path,
	       struct fs_where *where, struct fs_file *file)
{
	int ret = where_fs(call, arg, where);

	if (ret)
		return ret;
	ret = fs_open(&where->fs, path, file);
	if (ret)
		where_fail(call, arg, path, fs_error(&where->fs, ret));
	return ret;
}

int where_set_or_print(const struct cmd_call *call, int arg, const char *value)
{
	int ret;

	if (arg >= call->argc) {
		con_put_safe(value, "");
		con_putc('\n');
		return CMD_OK;
	}
	ret = env_set(call->argv[arg], value);
	return ret ? cmd_fail(call, call->argv[arg], ret) : CMD_OK;
}
