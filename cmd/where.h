/* SPDX-License-Identifier: BSD-2-Clause */
/* The arguments "IF DEV[:PART] [path]" of the file commands, and their errors. */
#ifndef VIREO_CMD_WHERE_H
#define VIREO_CMD_WHERE_H

#include <block/blkdev.h>
#include <fs/fs.h>
#include <shell/command.h>

/* where_disk - the whole disk that argv[@arg] and argv[@arg + 1] name.
 * Return: NULL: there is none, which was printed */
struct blkdev *where_disk(const struct cmd_call *call, int arg);

/*
 * where_fs - the disk, the partition and the file system there; prints U-Boot's
 * texts, then "NAME: IF DEV: reason". Return: 0; else it was printed
 */
must_check int where_fs(const struct cmd_call *call, int arg,
			struct fs_where *where);

/* where_open - and the file @path on it. */
must_check int where_open(const struct cmd_call *call, int arg,
			  const char *path, struct fs_where *where,
			  struct fs_file *file);

/* where_say - @text came from outside: see con_put_safe. */
void where_say(const char *before, const char *text, const char *after);

/* where_fail - prints "NAME: IF DEV[ path]: reason"; @path may be NULL.
 * Return: CMD_FAIL */
int where_fail(const struct cmd_call *call, int arg, const char *path,
	       const char *reason);

/* where_fail_at - the same with IF as argv[1], for what a file system's call gave, with the part of @path
 * that is not there or is no directory. */
int where_fail_at(const struct cmd_call *call, const char *path,
		  const struct fs *fs, int err);

/* where_set_or_print - a result: into the variable argv[@arg] when it is there, else
 * on a line. Return: CMD_OK; CMD_FAIL, printed */
int where_set_or_print(const struct cmd_call *call, int arg, const char *value);

#endif
