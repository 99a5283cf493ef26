/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FAT12, FAT16 and FAT32 as a file system of <fs/fs.h>, for reading. Paths are
 * followed with the directories gone through kept in a list, so ".." never
 * depends on what a directory says its parent is.
 *
 * Refused: volumes whose sectors are smaller than the device's blocks, since
 * their clusters could not be read one by one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/heap.h>
#include <lib/checked.h>
#include <lib/ctype.h>
#include <lib/utf.h>

#include "fat_priv.h"

#define DEPTH_MAX 128 /* directories in a path */

static struct fat_volume *volume(struct fs_volume *vol)
{
	return container_of(vol, struct fat_volume, fs);
}

/* ---- mounting ---- */

static void fat_unmount(struct fs_volume *vol)
{
	struct fat_volume *v = volume(vol);

	for (unsigned int i = 0; i < FAT_NWINDOWS; i++)
		heap_free(v->window[i].data);
	heap_free(v->head);
	heap_free(v->dir.data);
	heap_free(v->owner.shared);
	heap_free(v);
}

static int check(struct fat_volume *v, const char **why)
{
	int ret = fat_bpb_parse(v->head, &v->g, why);

	if (!ret && v->g.sector_size < v->dev->block_size) {
		*why = "FAT sectors are smaller than the device's blocks";
		ret = -EBADMSG;
	}
	return ret;
}

/* Everything a mount needs, or -ENOMEM. */
static int allocate(struct fat_volume *v)
{
	v->head = heap_alloc(v->head_len);
	v->dir.data = heap_alloc(FAT_DIR_BYTES);
	return v->head && v->dir.data ? 0 : -ENOMEM;
}

static int fat_mount(struct blkdev *dev, const struct fs_head *head,
		     struct fs_volume **vol, const char **why)
{
	struct fat_volume *v = heap_alloc(sizeof(*v));
	int ret;

	if (!v)
		return -ENOMEM;
	v->dev = dev;
	v->head_len = head->len;
	ret = allocate(v);
	if (!ret) {
		memcpy(v->head, head->data, v->head_len);
		ret = check(v, why);
	}
	if (ret) {
		fat_unmount(&v->fs);
		return ret;
	}
	*vol = &v->fs;
	return 0;
}

/* ---- opening ---- */

/* The next name of *@path into @name. Return: 0; -ENOENT the path is at its end */
static int next_name(const char **path, char name[FS_NAME_MAX])
{
	const char *p = *path, *end;

	while (*p == '/')
		p++;
	for (end = p; *end && *end != '/'; end++)
		;
	*path = end;
	if (end == p)
		return -ENOENT;
	if (end - p >= FS_NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, p, (size_t)(end - p));
	name[end - p] = '\0';
	return 0;
}

/* A file's size has to fit its chain, and the chain the volume. */
static int check_entry(struct fat_volume *v, const struct fat_entry *e)
{
	uint64_t most = (uint64_t)(v->g.end_cluster - FAT_FIRST_CLUSTER) *
			v->g.cluster_size;

	if ((e->is_dir || e->size) && !fat_is_cluster(v, e->cluster))
		return fat_corrupt(v, -EBADMSG, "its first cluster is none");
	/* The root has no entry. */
	if ((e->is_dir || e->size) && e->cluster == v->g.root_cluster)
		return fat_corrupt(v, -EBADMSG, FAT_SHARED);
	if (e->size > most)
		return fat_corrupt(v, -EBADMSG, "it is larger than its volume");
	return 0;
}

/* The directories a path has gone through. */
struct trail {
	uint32_t first[DEPTH_MAX];
	unsigned int depth; /* 0: at the root */
};

static int step(struct fat_volume *v, struct trail *t, const char *name,
		struct fs_file *file)
{
	uint32_t here = t->depth ? t->first[t->depth - 1] : v->g.root_cluster;
	struct fat_entry e;
	int ret;

	if (!file->is_dir)
		return -ENOTDIR;
	if (!strcmp(name, "."))
		return 0;
	if (!strcmp(name, "..")) {
		t->depth -= t->depth > 0;
		return 0;
	}
	ret = fat_lookup(v, here, name, &e);
	if (!ret)
		ret = check_entry(v, &e);
	if (ret)
		return ret;
	file->is_dir = e.is_dir;
	file->size = e.size;
	file->priv[0] = e.cluster;
	if (!e.is_dir)
		return 0;
	if (t->depth == DEPTH_MAX)
		return -ENAMETOOLONG;
	t->first[t->depth++] = e.cluster;
	return 0;
}

static int fat_open(struct fs_volume *vol, const char *path,
		    struct fs_file *file)
{
	struct fat_volume *v = volume(vol);
	struct trail t = { .depth = 0 };
	char name[FS_NAME_MAX];
	bool wants_dir = path[0] && path[strlen(path) - 1] == '/';
	int ret;

	ret = fat_owner_look(v);
	if (ret)
		return ret;
	file->is_dir = true;
	while (!(ret = next_name(&path, name))) {
		ret = step(v, &t, name, file);
		if (ret)
			return ret;
	}
	if (ret != -ENOENT)
		return ret;
	if (file->is_dir)
		file->priv[0] = t.depth ? t.first[t.depth - 1]
					: v->g.root_cluster;
	return wants_dir && !file->is_dir ? -ENOTDIR : 0;
}

/* ---- reading ---- */

static int fat_read(struct fs_file *file, uint64_t pos, uint64_t len, void *buf)
{
	struct fat_volume *v = volume(file->vol);
	uint32_t first = (uint32_t)file->priv[0];
	int ret;

	ret = fat_owner_refuse(v, first, file->size);
	if (!ret)
		ret = fat_chain_read(v, first, pos, len, buf);
	/* Data of a chain that never ends, or of a cluster that the FAT says is
	 * free, would be the wrong data. */
	if (!ret)
		ret = fat_chain_prove(v, first);
	return ret;
}

static int fat_readdir(struct fs_file *dir,
		       int (*fn)(void *arg, const struct fs_dirent *ent),
		       void *arg)
{
	struct fat_walk w;
	struct fat_entry e;
	struct fs_dirent ent;
	int ret;

	ret = fat_walk_start(&w, volume(dir->vol), (uint32_t)dir->priv[0]);
	while (!ret) {
		ret = fat_walk_next(&w, &e);
		if (ret || e.is_label)
			continue;
		utf16le_to_utf8((const uint8_t *)e.name.unit, e.name.len,
				ent.name, sizeof(ent.name));
		ent.size = e.size;
		ent.is_dir = e.is_dir;
		ret = fn(arg, &ent);
		if (ret)
			return ret;
	}
	return ret == -ENOENT ? 0 : ret;
}

/* ---- describing ---- */

/* The label in the root counts; what the boot sector says may be old.
 * Return: 0; device's, and the boot sector's label */
static int find_label(struct fat_volume *v, char label[12])
{
	struct fat_walk w;
	struct fat_entry e;
	int ret;

	memcpy(label, v->g.label, sizeof(v->g.label));
	ret = fat_walk_start(&w, v, v->g.root_cluster);
	while (!ret) {
		ret = fat_walk_next(&w, &e);
		if (!ret && e.is_label) {
			memcpy(label, e.raw_name, sizeof(e.raw_name));
			break;
		}
	}
	for (char *c = label; *c; c++)
		if (!is_print((unsigned char)*c))
			*c = '?';
	return ret == -ENOENT ? 0 : ret;
}

static void fat_describe(struct fs_volume *vol, char *buf, size_t size)
{
	struct fat_volume *v = volume(vol);
	char label[12];

	/* What the boot sector says is better than nothing. */
	(void)!find_label(v, label);
	snprintf(buf, size, "FAT%u \"%s\"", v->g.bits, label);
}

static int fat_label(struct fs_volume *vol, char *buf, size_t size)
{
	char label[12];
	size_t len = sizeof(label) - 1;
	int ret = find_label(volume(vol), label);

	if (!strcmp(label, "NO NAME    "))
		len = 0;
	while (len && label[len - 1] == ' ')
		len--;
	snprintf(buf, size, "%.*s", (int)len, label);
	return ret;
}

static void fat_uuid(struct fs_volume *vol, char *buf, size_t size)
{
	uint32_t serial = volume(vol)->g.serial;

	snprintf(buf, size, "%04X-%04X", serial >> 16, serial & 0xffff);
}

static const struct fs_type fat_fs = {
	.name = "fat",
	.mount = fat_mount,
	.unmount = fat_unmount,
	.open = fat_open,
	.read = fat_read,
	.readdir = fat_readdir,
	.describe = fat_describe,
	.uuid = fat_uuid,
	.label = fat_label,
};
TABLE_ENTRY(fs, &fat_fs);
