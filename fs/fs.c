/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding a file system and keeping it mounted. One mount is kept: a boot
 * opens several files on one volume, and each but the first finds its
 * metadata in memory. A write to the disk by any way raises its generation, and
 * the mount is made anew.
 */
#include <fs/fs.h>

#include <errno.h>
#include <string.h>

#include <block/part.h>
#include <core/heap.h>
#include <lib/checked.h>
#include <lib/compiler.h>
#include <lib/errstr.h>

static struct fs_volume *mounted;

static void drop(void)
{
	if (mounted)
		mounted->type->unmount(mounted);
	mounted = NULL;
}

static bool is_current(const struct blkdev *dev)
{
	return mounted && mounted->dev == dev &&
	       mounted->generation == blk_generation(dev);
}

/* Ask each type; one that says "mine, but corrupt" is believed only when no
 * other takes it. */
static int try_types(struct blkdev *dev, const struct fs_head *head,
		     const char **why)
{
	const char *text = NULL;
	int result = -ENOENT, ret;

	for_each_entry (fs, const struct fs_type, it) {
		struct fs_volume *vol = NULL;

		ret = (*it)->mount(dev, head, &vol, &text);
		if (!ret) {
			vol->type = *it;
			vol->dev = dev;
			vol->generation = blk_generation(dev);
			mounted = vol;
			return 0;
		}
		if (ret == -EBADMSG) {
			*why = text;
			result = ret;
		} else if (ret != -ENOENT) {
			*why = blk_error(dev, ret);
			return ret;
		}
	}
	return result;
}

/* A bad block behind the first is no reason to stop. */
static int read_head(struct blkdev *dev, uint8_t *data, uint32_t *len)
{
	int ret = blk_read(dev, 0, *len / SECTOR_SIZE, data);

	if (ret == -EIO && *len > dev->block_size) {
		*len = dev->block_size;
		ret = blk_read(dev, 0, *len / SECTOR_SIZE, data);
	}
	return ret;
}

static int mount(struct blkdev *dev, const char **why)
{
	uint32_t len = (uint32_t)min_u64(FS_HEAD_BYTES / SECTOR_SIZE,
					 dev->nsectors) *
		       SECTOR_SIZE;
	uint8_t *data;
	int ret;

	if (!len)
		return -ENOENT;
	data = heap_alloc(len);
	ret = data ? read_head(dev, data, &len) : -ENOMEM;
	if (ret)
		*why = blk_error(dev, ret);
	else
		ret = try_types(dev, &(struct fs_head){ data, len }, why);
	heap_free(data);
	return ret;
}

int fs_mount(struct blkdev *dev, struct fs *fs, const char **why)
{
	int ret;

	if (!is_current(dev)) {
		drop();
		*why = "no known file system";
		ret = mount(dev, why);
		if (ret)
			return ret;
	}
	mounted->fault = NULL;
	*fs = (struct fs){ mounted->type, mounted };
	return 0;
}

/*
 * The first partition with a file system. The table is asked for again each
 * time: a mount that failed may have reset the device.
 */
static int mount_first(struct fs_where *w)
{
	const struct part_list *list;
	const char *why = "no partition has a known file system";
	int result = -ENOENT, ret;

	for (unsigned int i = 0;; i++) {
		ret = part_table(w->disk, &list);
		if (ret || i >= list->count)
			break;
		if (part_is_extended(list->parts[i].sys_ind))
			continue;
		w->why = NULL;
		ret = part_open(w->disk, list->parts[i].number, &w->dev);
		if (!ret)
			ret = fs_mount(w->dev, &w->fs, &w->why);
		if (!ret || ret == -EINTR)
			return ret;
		/* The first trouble is told; none that would explain it is. */
		if (result == -ENOENT && ret != -ENOENT) {
			result = ret;
			why = w->why;
		}
	}
	w->why = ret ? NULL : why;
	return ret ? ret : result;
}

int fs_resolve(const char *type, const char *spec, struct fs_where *where)
{
	int ret;

	*where = (struct fs_where){ 0 };
	ret = part_resolve(type, spec, &where->disk, &where->dev, &where->why);
	if (ret)
		return ret;
	if (where->dev == where->disk || part_is_chosen(spec))
		return fs_mount(where->dev, &where->fs, &where->why);
	return mount_first(where);
}

int fs_open(const struct fs *fs, const char *path, struct fs_file *file)
{
	if (strnlen(path, FS_PATH_MAX) == FS_PATH_MAX)
		return -ENAMETOOLONG;
	*file = (struct fs_file){ .vol = fs->vol };
	return fs->type->open(fs->vol, path, file);
}

int fs_read(const struct fs *fs, struct fs_file *file, uint64_t pos,
	    uint64_t len, void *buf)
{
	if (file->is_dir)
		return -EISDIR;
	if (!inside(pos, len, file->size))
		return -ERANGE;
	return len ? fs->type->read(file, pos, len, buf) : 0;
}

int fs_readdir(const struct fs *fs, struct fs_file *dir,
	       int (*fn)(void *arg, const struct fs_dirent *ent), void *arg)
{
	return dir->is_dir ? fs->type->readdir(dir, fn, arg) : -ENOTDIR;
}

/* ---- changes ---- */

static int check_path(const struct fs *fs, const char *path)
{
	if (!*path) {
		fs->vol->fault = "the name is empty";
		return -EINVAL;
	}
	return strnlen(path, FS_PATH_MAX) == FS_PATH_MAX ? -ENAMETOOLONG : 0;
}

/* A disk that is read only says so before anything is read. */
static int may_change(const struct fs *fs, bool can, const char *path)
{
	const struct blkdev *dev = fs->vol->dev;

	if (!can)
		fs->vol->fault = "this kind of file system can only be read";
	if (!can || (dev->parent ? dev->parent : dev)->read_only)
		return -EROFS;
	return check_path(fs, path);
}

int fs_write(const struct fs *fs, const char *path, uint64_t pos, uint64_t len,
	     const void *buf)
{
	int ret = may_change(fs, fs->type->write, path);

	return ret ? ret : fs->type->write(fs->vol, path, pos, len, buf);
}

int fs_mkdir(const struct fs *fs, const char *path)
{
	int ret = may_change(fs, fs->type->mkdir, path);

	return ret ? ret : fs->type->mkdir(fs->vol, path);
}

int fs_remove(const struct fs *fs, const char *path)
{
	int ret = may_change(fs, fs->type->remove, path);

	return ret ? ret : fs->type->remove(fs->vol, path);
}

int fs_rename(const struct fs *fs, const char *from, const char *to,
	      const char **about)
{
	int ret = may_change(fs, fs->type->rename, from);

	*about = from;
	if (ret)
		return ret;
	*about = to;
	ret = check_path(fs, to);
	return ret ? ret : fs->type->rename(fs->vol, from, to, about);
}

int fs_touch(const struct fs *fs, const char *path)
{
	int ret = may_change(fs, fs->type->touch, path);

	return ret ? ret : fs->type->touch(fs->vol, path);
}

const char *fs_error(const struct fs *fs, int err)
{
	bool told = err == -EBADMSG || err == -ELOOP || err == -EINVAL ||
		    err == -ENOSYS || err == -ENOSPC || err == -EROFS ||
		    err == -EBUSY || err == -EUCLEAN;

	if (fs->vol && fs->vol->fault && told)
		return fs->vol->fault;
	return fs->vol ? blk_error(fs->vol->dev, err) : err_str(err);
}
