/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FAT12, FAT16 and FAT32 as a file system of <fs/fs.h>: mounting, reading, and the
 * table of all it can do.
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

#include "fat_change_priv.h"

/* ---- mounting ---- */

static void fat_unmount(struct fs_volume *vol)
{
	struct fat_volume *v = fat_volume_of(vol);

	for (unsigned int i = 0; i < FAT_NWINDOWS; i++)
		heap_free(v->window[i].data);
	heap_free(v->head);
	heap_free(v->dir.data);
	fat_kept_end(v);
	heap_free(v->owner.seen);
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

static int fat_open(struct fs_volume *vol, const char *path,
		    struct fs_file *file)
{
	struct fat_path p;
	int ret = fat_path_find(fat_volume_of(vol), path, &p);

	if (ret)
		return ret;
	if (!p.name[0]) {
		file->is_dir = true;
		file->priv[0] = p.dir;
		return 0;
	}
	if (!p.found)
		return -ENOENT;
	if (p.wants_dir && !p.e.is_dir)
		return -ENOTDIR;
	file->is_dir = p.e.is_dir;
	file->size = p.e.size;
	file->priv[0] = p.e.cluster;
	return 0;
}

/* ---- reading ---- */

static int fat_read(struct fs_file *file, uint64_t pos, uint64_t len, void *buf)
{
	struct fat_volume *v = fat_volume_of(file->vol);
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

	ret = fat_walk_start(&w, fat_volume_of(dir->vol),
			     (uint32_t)dir->priv[0]);
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
			memcpy(label, e.raw, 11);
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
	struct fat_volume *v = fat_volume_of(vol);
	char label[12];

	/* What the boot sector says is better than nothing. */
	(void)!find_label(v, label);
	snprintf(buf, size, "FAT%u \"%s\"", v->g.bits, label);
}

static int fat_label(struct fs_volume *vol, char *buf, size_t size)
{
	char label[12];
	size_t len = sizeof(label) - 1;
	int ret = find_label(fat_volume_of(vol), label);

	if (!strcmp(label, "NO NAME    "))
		len = 0;
	while (len && label[len - 1] == ' ')
		len--;
	snprintf(buf, size, "%.*s", (int)len, label);
	return ret;
}

static void fat_uuid(struct fs_volume *vol, char *buf, size_t size)
{
	uint32_t serial = fat_volume_of(vol)->g.serial;

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
	.write = fat_write,
	.mkdir = fat_mkdir,
	.remove = fat_remove,
	.rename = fat_rename,
	.touch = fat_touch,
};
TABLE_ENTRY(fs, &fat_fs);
