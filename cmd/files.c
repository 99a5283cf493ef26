/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mkdir, rm, mv, touch: entries of a file system made, removed and renamed. U-Boot's
 * lines first, where it has one, then the reason.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <core/heap.h>

#include "complete.h"
#include "where.h"

static int cmd_mkdir(const struct cmd_call *call)
{
	const char *path = call->argv[3];
	struct fs_where w;
	int ret;

	if (where_fs(call, 1, &w))
		return CMD_FAIL;
	ret = fs_mkdir(&w.fs, path);
	if (!ret)
		return CMD_OK;
	if (ret == -EEXIST)
		where_say("", path, ": already exists\n");
	if (ret != -EUCLEAN)
		where_say("** Unable to create a directory \"", path,
			  "\" **\n");
	return ret == -EEXIST ? CMD_FAIL
			      : where_fail_at(call, path, &w.fs, ret);
}

static int cmd_rm(const struct cmd_call *call)
{
	const char *path = call->argv[3];
	struct fs_where w;
	int ret;

	if (where_fs(call, 1, &w))
		return CMD_FAIL;
	ret = fs_remove(&w.fs, path);
	if (!ret)
		return CMD_OK;
	if (ret != -ENOENT)
		return where_fail_at(call, path, &w.fs, ret);
	where_say("", path, ": doesn't exist\n");
	return CMD_FAIL;
}

static int cmd_touch(const struct cmd_call *call)
{
	struct fs_where w;
	int ret;

	if (where_fs(call, 1, &w))
		return CMD_FAIL;
	ret = fs_touch(&w.fs, call->argv[3]);
	return ret ? where_fail_at(call, call->argv[3], &w.fs, ret) : CMD_OK;
}

/* ---- mv ---- */

/* Is @to a directory, and not the one that is moved? */
static bool is_into(const struct fs *fs, const char *from, const char *to)
{
	struct fs_file a, b;

	if (!*to || fs_open(fs, to, &b) || !b.is_dir)
		return false;
	return fs_open(fs, from, &a) || !a.is_dir ||
	       memcmp(a.priv, b.priv, sizeof(a.priv)) != 0;
}

/* "dir/name", with the last name of @from. */
static char *path_into(const char *from, const char *dir)
{
	size_t end = strlen(from), at, size;
	char *path;

	while (end && from[end - 1] == '/')
		end--;
	for (at = end; at && from[at - 1] != '/'; at--)
		;
	size = strlen(dir) + 1 + (end - at) + 1;
	path = heap_alloc(size);
	if (path)
		snprintf(path, size, "%s/%.*s", dir, (int)(end - at),
			 from + at);
	return path;
}

static int cmd_mv(const struct cmd_call *call)
{
	const char *from = call->argv[3], *to = call->argv[4], *about;
	struct fs_where w;
	char *into = NULL;
	int ret = 0;

	if (where_fs(call, 1, &w))
		return CMD_FAIL;
	if (is_into(&w.fs, from, to)) {
		into = path_into(from, to);
		ret = into ? 0 : -ENOMEM;
	}
	about = from;
	if (!ret)
		ret = fs_rename(&w.fs, from, into ? into : to, &about);
	if (ret)
		where_fail_at(call, about, &w.fs, ret);
	heap_free(into);
	return ret ? CMD_FAIL : CMD_OK;
}

static void complete_mv(const struct cmd_call *call)
{
	if (call->argc <= 4)
		complete_file(call);
	else
		complete_addr_file(call);
}

#define MKDIR_USAGE "IF DEV[:PART] directory\n    - create directory"
#define RM_USAGE    "IF DEV[:PART] path\n    - remove a file or an empty directory"

COMMAND(mkdir, cmd_mkdir, 3, 3, false, "create a directory", MKDIR_USAGE,
	.complete = complete_file);
COMMAND(fatmkdir, cmd_mkdir, 3, 3, false, "create a directory", MKDIR_USAGE,
	.complete = complete_file);
COMMAND(rm, cmd_rm, 3, 3, false, "remove a file or an empty directory",
	RM_USAGE, .complete = complete_file);
COMMAND(fatrm, cmd_rm, 3, 3, false, "remove a file or an empty directory",
	RM_USAGE, .complete = complete_file);
COMMAND(mv, cmd_mv, 4, 4, false, "rename or move a file or directory",
	"IF DEV[:PART] from to\n"
	"    - rename from to to, in place of a file of that name; into to, "
	"when it\n"
	"      is a directory",
	.complete = complete_mv);
COMMAND(touch, cmd_touch, 3, 3, false, "set a file's time to now",
	"IF DEV[:PART] path\n    - and create path, empty, if it is not there",
	.complete = complete_file);
