/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ext2, ext3 and ext4 as a file system of <fs/fs.h>, for reading. A journal that was not
 * emptied is read and taken into account, so the volume looks as the kernel would find
 * it; nothing is written.
 *
 * Refused, each where it is met: encrypted directories, links and files, compressed files,
 * devices and the like, and volumes with features that are not known.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/utf.h>

#include "ext4_priv.h"

/* Metadata: what is read at once, and how much is kept. */
#define WINDOW_BYTES (32u * 1024)
#define CACHE_BYTES  (2u * 1024 * 1024)

/* ---- mounting ---- */

static void ext4_unmount(struct fs_volume *vol)
{
	struct ext4_volume *v = ext4_volume(vol);

	blk_cache_end(&v->cache);
	heap_free(v->map.node);
	heap_free(v->dir.data);
	heap_free(v->log.list);
	heap_free(v);
}

/* The superblock as the journal has it. */
static int parse_again(struct ext4_volume *v)
{
	uint8_t raw[EXT4_SUPER_SIZE];
	uint32_t size = v->s.block_size;
	int ret;

	ret = ext4_cache_read(v, EXT4_SUPER_OFFSET, sizeof(raw), raw);
	if (!ret && (ext4_super_parse(raw, &v->s, &v->fs.fault) ||
		     v->s.block_size != size))
		ret = ext4_corrupt(v, "the superblock in its journal is wrong");
	return ret;
}

/* What the journal says, then everything anew. */
static int recover(struct ext4_volume *v)
{
	int ret = ext4_journal_load(v);

	if (ret || !v->log.count)
		return ret;
	blk_cache_end(&v->cache);
	v->group.known = false;
	v->map.ino = 0;
	return parse_again(v);
}

static int begin(struct ext4_volume *v, const struct fs_head *head)
{
	uint64_t window = max_u64(WINDOW_BYTES, v->s.block_size);

	window = max_u64(window, v->dev->block_size);
	v->cache = (struct blk_cache){
		.dev = v->dev,
		.window = (uint32_t)window,
		.max = CACHE_BYTES / (uint32_t)window,
		.read = ext4_cache_read,
		.ctx = v,
	};
	v->map.node = heap_alloc(v->s.block_size);
	v->dir.data = heap_alloc(v->s.block_size);
	if (!v->map.node || !v->dir.data)
		return -ENOMEM;
	blk_cache_put(&v->cache, head->data, head->len);
	return v->s.incompat & INCOMPAT_RECOVER ? recover(v) : 0;
}

static int parse_super(struct blkdev *dev, const struct fs_head *head,
		       struct ext4_super *s, const char **why)
{
	uint8_t raw[EXT4_SUPER_SIZE];
	int ret = 0;

	if (head->len >= EXT4_SUPER_OFFSET + EXT4_SUPER_SIZE)
		memcpy(raw, head->data + EXT4_SUPER_OFFSET, sizeof(raw));
	else if (dev->nsectors * SECTOR_SIZE <
		 EXT4_SUPER_OFFSET + EXT4_SUPER_SIZE)
		return -ENOENT;
	else
		ret = blk_read_bytes(dev, EXT4_SUPER_OFFSET, sizeof(raw), raw);
	return ret ? ret : ext4_super_parse(raw, s, why);
}

static int ext4_mount(struct blkdev *dev, const struct fs_head *head,
		      struct fs_volume **vol, const char **why)
{
	struct ext4_super s;
	struct ext4_volume *v;
	int ret = parse_super(dev, head, &s, why);

	if (ret)
		return ret;
	v = heap_alloc(sizeof(*v));
	if (!v)
		return -ENOMEM;
	v->s = s;
	v->dev = dev;
	ret = begin(v, head);
	if (ret) {
		*why = v->fs.fault;
		ext4_unmount(&v->fs);
		return ret == -ENOSYS ? -EBADMSG : ret;
	}
	*vol = &v->fs;
	return 0;
}

/* ---- opening and reading ---- */

static int ext4_open(struct fs_volume *vol, const char *path,
		     struct fs_file *file)
{
	struct ext4_inode in;
	int ret = ext4_path(ext4_volume(vol), path, &in);

	if (ret)
		return ret;
	file->is_dir = ext4_is(&in, EXT4_S_IFDIR);
	file->size = file->is_dir ? 0 : in.size;
	file->priv[0] = in.ino;
	return file->is_dir || ext4_is(&in, EXT4_S_IFREG)
		       ? 0
		       : ext4_refuse(ext4_volume(vol),
				     "it is a device, a pipe or a socket");
}

static int ext4_read(struct fs_file *file, uint64_t pos, uint64_t len,
		     void *buf)
{
	struct ext4_volume *v = ext4_volume(file->vol);
	struct ext4_inode in;
	int ret = ext4_inode_get(v, (uint32_t)file->priv[0], &in);

	if (ret)
		return ret;
	if (in.flags & EXT4_ENCRYPT_FL)
		return ext4_refuse(v, "it is encrypted");
	if (in.flags & EXT4_COMPR_FL)
		return ext4_refuse(v, "it is compressed by the file system");
	if (in.flags & EXT4_EA_INODE_FL)
		return ext4_corrupt(v, "it is an attribute, no file");
	return in.flags & EXT4_INLINE_DATA_FL
		       ? ext4_inline_read(v, &in, pos, len, buf)
		       : ext4_read_data(v, &in, pos, len, buf);
}

/* ---- directories ---- */

/* A name as UTF-8 without control characters; whatever is neither is replaced. */
static void show_name(const struct ext4_entry *e, char out[FS_NAME_MAX])
{
	char name[EXT4_NAME_MAX + 1];
	const char *p = name, *from = p;
	size_t n = 0;

	memcpy(name, e->name, e->name_len);
	name[e->name_len] = '\0';
	for (uint32_t c; (c = utf8_next(&p)); from = p) {
		const char *text = from;
		size_t len = (size_t)(p - from);

		/* U+FFFD itself is as long as what stands for it. */
		if (c == 0xfffd) {
			text = "\xef\xbf\xbd";
			len = 3;
		} else if (c < ' ' || (c >= 0x7f && c < 0xa0)) {
			text = "?";
			len = 1;
		}
		memcpy(out + n, text, len);
		n += len;
	}
	out[n] = '\0';
}

struct listing {
	struct ext4_volume *v;
	int (*fn)(void *arg, const struct fs_dirent *ent);
	void *arg;
	struct fs_dirent ent;
	const char *fault; /* of the first inode that could not be used */
};

/* @ino 0: no more than the name is known. */
static int tell(struct listing *l, uint32_t ino)
{
	struct ext4_inode in = { 0 };
	int ret = ino ? ext4_inode_get(l->v, ino, &in) : 0;

	if (ret == -EBADMSG && !l->fault)
		l->fault = l->v->fs.fault;
	if (ret && ret != -EBADMSG)
		return ret;
	l->ent.is_dir = !ino || (!ret && ext4_is(&in, EXT4_S_IFDIR));
	l->ent.is_link = !ret && ext4_is(&in, EXT4_S_IFLNK);
	l->ent.size = !ret && ext4_is(&in, EXT4_S_IFREG) ? in.size : 0;
	return l->fn(l->arg, &l->ent);
}

/* Not taken from the disk: an inline directory has none there. */
static int tell_dots(struct listing *l)
{
	int ret;

	memcpy(l->ent.name, ".", sizeof("."));
	ret = tell(l, 0);
	memcpy(l->ent.name, "..", sizeof(".."));
	return ret ? ret : tell(l, 0);
}

static int list(struct listing *l, struct ext4_inode *dir)
{
	struct ext4_walk w = { .v = l->v, .dir = dir };
	struct ext4_entry e;
	int ret = 0;

	if (dir->ino != EXT4_ROOT_INO)
		ret = tell_dots(l);
	while (!ret) {
		ret = ext4_walk_next(&w, &e);
		if (ret)
			break;
		show_name(&e, l->ent.name);
		ret = tell(l, e.ino);
	}
	return ret == -ENOENT ? 0 : ret;
}

/* A damaged inode does not hide the others' names; it is reported behind them. */
static int ext4_readdir(struct fs_file *file,
			int (*fn)(void *arg, const struct fs_dirent *ent),
			void *arg)
{
	struct ext4_volume *v = ext4_volume(file->vol);
	struct listing l = { .v = v, .fn = fn, .arg = arg };
	struct ext4_inode dir;
	int ret = ext4_inode_get(v, (uint32_t)file->priv[0], &dir);

	if (!ret)
		ret = ext4_dir_check(v, &dir);
	if (!ret)
		ret = list(&l, &dir);
	return ret || !l.fault ? ret : ext4_corrupt(v, l.fault);
}

/* ---- describing ---- */

static void ext4_describe(struct fs_volume *vol, char *buf, size_t size)
{
	const struct ext4_super *s = &ext4_volume(vol)->s;

	snprintf(buf, size, "%s \"%s\"", s->name, s->label);
}

static int ext4_label(struct fs_volume *vol, char *buf, size_t size)
{
	snprintf(buf, size, "%s", ext4_volume(vol)->s.label);
	return 0;
}

static void ext4_uuid(struct fs_volume *vol, char *buf, size_t size)
{
	const uint8_t *u = ext4_volume(vol)->s.uuid;

	snprintf(buf, size, "%08x-%04x-%04x-%04x-%04x%08x", get_be32(u),
		 get_be16(u + 4), get_be16(u + 6), get_be16(u + 8),
		 get_be16(u + 10), get_be32(u + 12));
}

static const struct fs_type ext4_fs = {
	.name = "ext4",
	.mount = ext4_mount,
	.unmount = ext4_unmount,
	.open = ext4_open,
	.read = ext4_read,
	.readdir = ext4_readdir,
	.describe = ext4_describe,
	.uuid = ext4_uuid,
	.label = ext4_label,
};
TABLE_ENTRY(fs, &ext4_fs);
