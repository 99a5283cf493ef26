/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Store FAT: two files, under U-Boot's names, in the root of the first file system that
 * can be written. It is looked for on the first disks in their order, on each partition,
 * or on the disk when it has no table. One on a read-only disk counts when it has such
 * a file. The mount is the one that a boot uses next.
 */
#include <env/store.h>

#include <errno.h>
#include <stdio.h>

#include <block/part.h>
#include <fs/fs.h>
#include <lib/errstr.h>

#define DISKS_MAX 4 /* that are looked at: each costs time at start */

static const char *const files[2] = { "/uboot.env", "/uboot-redund.env" };

static struct {
	struct blkdev *dev;
	struct fs fs;
	char where[24];
} at;

static bool is_there(unsigned int n)
{
	struct fs_file file;

	return !fs_open(&at.fs, files[n], &file) && !file.is_dir;
}

static bool read_only(const struct blkdev *dev)
{
	return (dev->parent ? dev->parent : dev)->read_only;
}

/* Return: 0 it is this one; -ENOENT it is not; device's */
static int try_volume(struct blkdev *dev, const char **why)
{
	int ret = fs_mount(dev, &at.fs, why);

	if (ret)
		return ret == -EBADMSG ? -ENOENT : ret;
	if (!at.fs.type->write ||
	    (read_only(dev) && !is_there(0) && !is_there(1)))
		return -ENOENT;
	at.dev = dev;
	return 0;
}

/* The table is asked for each time: a device that was reset has made it stale. */
static int try_partitions(struct blkdev *disk, const char **why)
{
	const struct part_list *list;
	struct blkdev *dev;
	int ret;

	for (unsigned int i = 0;; i++) {
		ret = part_table(disk, &list);
		if (ret)
			return ret;
		if (i >= list->count)
			return -ENOENT;
		if (part_is_extended(list->parts[i].sys_ind))
			continue;
		ret = part_open(disk, list->parts[i].number, &dev);
		if (!ret)
			ret = try_volume(dev, why);
		if (ret != -ENOENT)
			return ret;
	}
}

static int try_disk(struct blkdev *disk, const char **why)
{
	const struct part_list *list;
	int ret = blk_open(disk);

	if (!ret)
		ret = part_table(disk, &list);
	if (!ret)
		return try_partitions(disk, why);
	if (ret == -ENOENT)
		return try_volume(disk, why);
	*why = blk_error(disk, ret);
	return ret == -EBADMSG ? -ENOENT : ret;
}

static const char *name_place(const struct blkdev *dev)
{
	const struct blkdev *disk = dev->parent ? dev->parent : dev;
	int n = snprintf(at.where, sizeof(at.where), "%s %x", disk->type,
			 disk->index);

	if (dev->partition)
		snprintf(at.where + n, sizeof(at.where) - (size_t)n, ":%x",
			 dev->partition);
	return at.where;
}

/* A disk that does not answer ends the search: the next one may not either. */
static int fat_open(bool write, const char **where, const char **why)
{
	struct blkdev *disk = NULL;
	const char *first = NULL;
	int ret = -ENOENT, err;

	for (unsigned int i = 0; i < DISKS_MAX; i++) {
		disk = blk_next(disk);
		if (!disk)
			break;
		*why = NULL;
		err = try_disk(disk, why);
		if (!err) {
			*where = name_place(at.dev);
			*why = NULL;
			return write && read_only(at.dev) ? -EROFS : 0;
		}
		if (err == -EINTR || err == -ETIMEDOUT || err == -EOWNERDEAD) {
			*where = name_place(disk);
			return err;
		}
		if (ret == -ENOENT && err != -ENOENT) {
			ret = err;
			*where = name_place(disk);
			first = *why;
		}
	}
	*why = ret == -ENOENT ? "none of the first four disks has a FAT file "
				"system that can be written"
			      : first;
	return write && ret == -ENOENT ? -ENODEV : ret;
}

/* What has been written since made the mount stale. */
static int fat_file(unsigned int n, struct fs_file *file)
{
	const char *why;
	int ret = fs_mount(at.dev, &at.fs, &why);

	if (!ret)
		ret = fs_open(&at.fs, files[n], file);
	return !ret && file->is_dir ? -EISDIR : ret;
}

static int fat_size(unsigned int n, size_t *size)
{
	struct fs_file file;
	int ret = fat_file(n, &file);

	*size = ret ? 0 : (size_t)file.size;
	return ret;
}

static int fat_read(unsigned int n, size_t len, void *buf)
{
	struct fs_file file;
	int ret = fat_file(n, &file);

	return ret ? ret : fs_read(&at.fs, &file, 0, len, buf);
}

static int fat_write(unsigned int n, size_t len, const void *buf)
{
	const char *why;
	int ret = fs_mount(at.dev, &at.fs, &why);

	return ret ? ret : fs_write(&at.fs, files[n], 0, len, buf);
}

static int fat_erase(unsigned int n)
{
	struct fs_file file;
	int ret = fat_file(n, &file);

	if (!ret)
		ret = fs_remove(&at.fs, files[n]);
	return ret == -ENOENT ? 0 : ret;
}

static const char *fat_error(int err)
{
	return at.dev ? fs_error(&at.fs, err) : NULL;
}

static const struct env_store fat_store = {
	.name = "FAT",
	.order = 2,
	.atomic = true,
	.copy = { "uboot.env", "uboot-redund.env" },
	.open = fat_open,
	.size = fat_size,
	.read = fat_read,
	.write = fat_write,
	.erase = fat_erase,
	.error = fat_error,
};

TABLE_ENTRY(env_store, &fat_store);
