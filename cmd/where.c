/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "IF DEV[:PART]" as every command about files takes it. What cannot be found
 * is reported in U-Boot's words, which scripts match, and a line with the reason.
 */
#include "where.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <block/part.h>
#include <core/console.h>
#include <core/heap.h>
#include <env/env.h>
#include <lib/errstr.h>

void where_say(const char *before, const char *text, const char *after)
{
	con_puts(before);
	con_put_safe(text, "");
	con_puts(after);
}

int where_fail(const struct cmd_call *call, int arg, const char *path,
	       const char *reason)
{
	con_puts(call->name);
	where_say(": ", call->argv[arg], "");
	where_say(" ", call->argv[arg + 1], "");
	if (path)
		where_say(" ", path, "");
	where_say(": ", reason, "\n");
	return CMD_FAIL;
}

/* Cut @path behind the first name that is no directory and has another behind it. */
static void cut(const struct fs *fs, char *path)
{
	struct fs_file file;

	for (char *p = path; *p; p++) {
		if (p == path || *p != '/' || p[-1] == '/')
			continue;
		*p = '\0';
		if (p[1] && (fs_open(fs, path, &file) || !file.is_dir))
			return;
		*p = '/';
	}
}

int where_fail_at(const struct cmd_call *call, const char *path,
		  const struct fs *fs, int err)
{
	const char *reason = fs_error(fs, err);
	size_t size = strlen(path) + 1;
	char *copy = NULL;

	if (err == -ENOENT || err == -ENOTDIR)
		copy = heap_alloc(size);
	if (copy) {
		memcpy(copy, path, size);
		cut(fs, copy);
	}
	where_fail(call, 1, copy ? copy : path, reason);
	heap_free(copy);
	return CMD_FAIL;
}

/* U-Boot's lines about a device or partition that is not there. */
static void complain(const char *type, const char *spec,
		     const struct fs_where *w, int err)
{
	const char *part = spec + part_disk_len(spec);
	const struct part_list *list;
	const char *what = NULL;
	char disk[256];

	snprintf(disk, sizeof(disk), "%.*s", (int)(part - spec), spec);
	if (!w->disk)
		what = "** Bad device specification ";
	else if (err == -EINVAL)
		what = "** Bad partition specification ";
	else if (err != -ENOENT)
		return;
	else if (part_table(w->disk, &list) == -ENOENT)
		what = "** No partition table - ";
	if (what) {
		where_say(what, type, " ");
		con_put_safe(err == -EINVAL && w->disk ? spec : disk, "");
		con_puts(" **\n");
	} else {
		where_say("** Invalid partition ", *part ? part + 1 : part,
			  " **\n");
	}
	where_say("Couldn't find partition ", type, " ");
	where_say("", spec, "\n");
}

struct blkdev *where_disk(const struct cmd_call *call, int arg)
{
	const char *type = call->argv[arg], *spec = call->argv[arg + 1];
	const char *why = NULL;
	struct blkdev *disk;

	if (!part_disk(type, spec, &disk, NULL, &why))
		return disk;
	if (!disk) {
		where_say("** Bad device specification ", type, " ");
		where_say("", spec, " **\n");
	}
	where_fail(call, arg, NULL, why);
	return NULL;
}

/* What is to be known of a mount, with the first command that uses it. */
static void tell_note(const char *type, const char *spec, struct fs_volume *vol)
{
	if (vol->note) {
		where_say("", type, " ");
		where_say("", spec, ": ");
		where_say("", vol->note, "\n");
	}
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
		where_fail_at(call, path, &where->fs, ret);
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
