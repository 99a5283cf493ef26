/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tab for disks, partitions and files. Serial numbers and labels, for which every
 * disk is asked, are only offered to who begins to type one. What cannot be read offers nothing: Tab
 * is no place for error messages.
 */
#include "complete.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <block/blkdev.h>
#include <block/part.h>
#include <core/heap.h>
#include <fs/fs.h>
#include <shell/shell.h>

static void offer_interfaces(void)
{
	/* Twice the same is offered once. */
	for (struct blkdev *d = blk_next(NULL); d; d = blk_next(d))
		shell_offer(d->type);
}

/* The partitions of @disk: @text, which has room for more, and their number. */
static void offer_partitions(struct blkdev *disk, char *text, size_t size)
{
	const struct part_list *list;
	size_t n = strlen(text);

	if (part_table(disk, &list))
		return;
	for (unsigned int i = 0; i < list->count; i++) {
		snprintf(text + n, size - n, ":%x", list->parts[i].number);
		shell_offer(text);
	}
}

static bool begins(const char *typed, const char *what)
{
	size_t n = min_u64(strlen(typed), strlen(what));

	return n && !strncmp(typed, what, n);
}

static void offer_serial(struct blkdev *disk)
{
	char text[32], id[21];

	if (blk_get_id(disk, id) || !id[0])
		return;
	snprintf(text, sizeof(text), "serial=%s", id);
	shell_offer(text);
}

static void offer_label(struct blkdev *dev)
{
	char text[80] = "label=";
	size_t n = strlen(text);
	const char *why;
	struct fs fs;

	if (fs_mount(dev, &fs, &why) || !fs.type->label ||
	    fs.type->label(fs.vol, text + n, sizeof(text) - n) || !text[n])
		return;
	shell_offer(text);
}

static void offer_labels(struct blkdev *disk)
{
	const struct part_list *list;
	struct blkdev *dev;

	if (part_table(disk, &list) == -ENOENT)
		offer_label(disk);
	for (unsigned int i = 0; !part_table(disk, &list) && i < list->count;
	     i++)
		if (!part_open(disk, list->parts[i].number, &dev))
			offer_label(dev);
}

void complete_device(const char *type, const char *typed, bool parts)
{
	char text[24];

	for (struct blkdev *d = blk_next(NULL); d; d = blk_next(d)) {
		if (!blk_is(d, type))
			continue;
		if (begins(typed, "serial="))
			offer_serial(d);
		if (parts && begins(typed, "label="))
			offer_labels(d);
		if (strcmp(d->type, type) != 0)
			continue;
		snprintf(text, sizeof(text), "%x", d->index);
		shell_offer(text);
		if (parts)
			offer_partitions(d, text, sizeof(text));
	}
}

void complete_name(const char *typed)
{
	char text[BLK_NAME_MAX];

	for (struct blkdev *d = blk_next(NULL); d; d = blk_next(d)) {
		if (begins(typed, "serial="))
			offer_serial(d);
		if (begins(typed, "label="))
			offer_labels(d);
		shell_offer(blk_name(d, text));
		offer_partitions(d, text, sizeof(text));
	}
}

struct names {
	char *path; /* the directory as typed, with room for a name */
	size_t dir_len;
};

static int offer_name(void *arg, const struct fs_dirent *ent)
{
	struct names *n = arg;

	if (strcmp(ent->name, ".") != 0 && strcmp(ent->name, "..") != 0) {
		snprintf(n->path + n->dir_len, FS_NAME_MAX + 1, "%s%s",
			 ent->name, ent->is_dir ? "/" : "");
		shell_offer(n->path);
	}
	return 0;
}

static void offer_files(const char *type, const char *spec, const char *word)
{
	const char *slash = strrchr(word, '/');
	struct names n = { .dir_len = slash ? (size_t)(slash - word) + 1 : 0 };
	struct fs_where where;
	struct fs_file dir;

	n.path = heap_alloc(n.dir_len + FS_NAME_MAX + 1);
	if (!n.path)
		return;
	memcpy(n.path, word, n.dir_len);
	if (!fs_resolve(type, spec, &where) &&
	    !fs_open(&where.fs, n.dir_len ? n.path : "/", &dir) && dir.is_dir)
		/* Half a directory is better than none. */
		(void)!fs_readdir(&where.fs, &dir, offer_name, &n);
	heap_free(n.path);
}

void complete_file_args(const struct cmd_call *call, int first)
{
	char **a = call->argv + first;

	switch (call->argc - 1 - first) {
	case 0:
		offer_interfaces();
		break;
	case 1:
		complete_device(a[0], a[1], true);
		break;
	case 2:
		offer_files(a[0], a[1], a[2]);
		break;
	default:
		break;
	}
}

void complete_file(const struct cmd_call *call)
{
	complete_file_args(call, 1);
}

void complete_addr_file(const struct cmd_call *call)
{
	if (call->argc <= 3)
		complete_file_args(call, 1);
	else if (call->argc == 5)
		offer_files(call->argv[1], call->argv[2], call->argv[4]);
}
