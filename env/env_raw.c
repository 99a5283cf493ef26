/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Store RAW: sectors of a disk, which two variables name:
 *
 *	env_raw_dev     "virtio 0" or "virtio 0:2", as commands take it
 *	env_raw_offset  hexadecimal bytes from its start
 *
 * The second copy follows the first. On a whole disk the place may not touch a partition
 * or the table, and nowhere may it be in a file system that can be mounted, or, the first
 * time, hold anything.
 */
#include <env/store.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <block/part.h>
#include <core/heap.h>
#include <env/env.h>
#include <env/env_block.h>
#include <fs/fs.h>
#include <lib/checked.h>
#include <lib/parse.h>

#define COPY_SECTORS (ENV_BLOCK_SIZE / SECTOR_SIZE)
#define BOTH_SECTORS (2 * COPY_SECTORS)
/* Of a GPT: a protective MBR, a header and 16 KiB of entries, at either end. */
#define TABLE_BYTES 16384

static struct {
	struct blkdev *dev;
	uint64_t lba;
	char where[48];
} raw;

static int refuse(int err, const char **why, const char *text)
{
	*why = text;
	return err;
}

static int find_dev(struct blkdev **disk, const char **why)
{
	const char *text = env_get("env_raw_dev"), *blank;
	char type[16];
	int ret;

	if (!text)
		return refuse(-EINVAL, why, "env_raw_dev is not set");
	blank = strchr(text, ' ');
	if (!blank || (size_t)(blank - text) >= sizeof(type))
		return refuse(-EINVAL, why,
			      "env_raw_dev is no disk (\"virtio 0\")");
	memcpy(type, text, (size_t)(blank - text));
	type[blank - text] = '\0';
	while (*blank == ' ')
		blank++;
	ret = part_resolve(type, blank, disk, &raw.dev, why);
	/* Without a partition it is the disk, whatever is on it. */
	if (*disk && !part_is_chosen(blank)) {
		raw.dev = *disk;
		ret = 0;
	}
	return ret;
}

static int find_place(struct blkdev *disk, const char **why)
{
	const char *text = env_get("env_raw_offset");
	uint64_t offset;

	if (!text || parse_u64(text, 16, &offset))
		return refuse(-EINVAL, why, "env_raw_offset is not a number");
	if (offset % disk->block_size || offset % SECTOR_SIZE ||
	    ENV_BLOCK_SIZE % disk->block_size)
		return refuse(-EINVAL, why,
			      "env_raw_offset is not a multiple of the disk's "
			      "block");
	raw.lba = offset / SECTOR_SIZE;
	if (!inside(raw.lba, BOTH_SECTORS, raw.dev->nsectors))
		return refuse(-ERANGE, why,
			      "env_raw_offset is past the end of the disk");
	return 0;
}

/* On a whole disk: beside its table and its partitions. */
static int check_table(struct blkdev *disk, const char **why)
{
	uint64_t block = disk->block_size / SECTOR_SIZE;
	uint64_t table = TABLE_BYTES / SECTOR_SIZE + 2 * block;
	const struct part_list *list;
	int ret = part_table(disk, &list);

	if (ret == -ENOENT)
		return 0;
	if (ret)
		return refuse(ret, why, "the partition table cannot be read");
	if (overlaps(raw.lba, BOTH_SECTORS, 0, table) ||
	    raw.lba + BOTH_SECTORS + table > disk->nsectors)
		return refuse(-EBUSY, why,
			      "env_raw_offset is in the partition table");
	for (unsigned int i = 0; i < list->count; i++)
		if (overlaps(raw.lba, BOTH_SECTORS, list->parts[i].lba,
			     list->parts[i].nsectors))
			return refuse(-EBUSY, why,
				      "env_raw_offset is in a partition");
	return 0;
}

static int check_free(struct blkdev *disk, const char **why)
{
	const char *unused;
	struct fs fs;
	int ret = raw.dev == disk ? check_table(disk, why) : 0;

	if (ret)
		return ret;
	ret = fs_mount(raw.dev, &fs, &unused);
	if (!ret)
		return refuse(-EBUSY, why, "there is a file system");
	return ret == -ENOENT || ret == -EBADMSG ? 0 : ret;
}

static int raw_open(bool write, const char **where, const char **why)
{
	struct blkdev *disk = NULL;
	const char *dev = env_get("env_raw_dev");
	int ret;

	raw.dev = NULL;
	ret = find_dev(&disk, why);
	if (ret && dev) {
		snprintf(raw.where, sizeof(raw.where), "env_raw_dev %s", dev);
		*where = raw.where;
	}
	if (!ret)
		ret = find_place(disk, why);
	if (!ret)
		ret = check_free(disk, why);
	if (ret)
		return ret;
	snprintf(raw.where, sizeof(raw.where), "%s at 0x%llx", dev,
		 (unsigned long long)raw.lba * SECTOR_SIZE);
	*where = raw.where;
	return write && disk->read_only ? -EROFS : 0;
}

static int raw_size(unsigned int n, size_t *size)
{
	(void)n;
	*size = ENV_BLOCK_SIZE;
	return 0;
}

static uint64_t copy_lba(unsigned int n)
{
	return raw.lba + (uint64_t)n * COPY_SECTORS;
}

static int raw_read(unsigned int n, size_t len, void *buf)
{
	return blk_read_bytes(raw.dev, copy_lba(n) * SECTOR_SIZE, len, buf);
}

static int raw_write(unsigned int n, size_t len, const void *buf)
{
	int ret = blk_write(raw.dev, copy_lba(n), len / SECTOR_SIZE, buf);

	if (ret)
		return ret;
	ret = blk_flush(raw.dev);
	return ret == -ENOSYS ? 0 : ret;
}

static int raw_erase(unsigned int n)
{
	void *zeroes = heap_alloc(ENV_BLOCK_SIZE);
	int ret = -ENOMEM;

	if (zeroes)
		ret = raw_write(n, ENV_BLOCK_SIZE, zeroes);
	heap_free(zeroes);
	return ret;
}

/* File systems begin with zeroes, too: all of it is looked at. */
static bool raw_is_foreign(void)
{
	uint8_t *buf = heap_alloc(ENV_BLOCK_SIZE);
	bool any = false, named = false;

	for (unsigned int n = 0; buf && n < 2; n++) {
		if (raw_read(n, ENV_BLOCK_SIZE, buf))
			continue;
		named = named || env_block_named(buf);
		any = any || !env_block_blank(buf) ||
		      memcmp(buf, buf + 1, ENV_BLOCK_SIZE - 1) != 0;
	}
	heap_free(buf);
	return !buf || (any && !named);
}

static const char *raw_error(int err)
{
	return raw.dev ? blk_error(raw.dev, err) : NULL;
}

static const struct env_store raw_store = {
	.name = "RAW",
	.note = "found at start with env_store=RAW, env_raw_dev and "
		"env_raw_offset preset",
	.copy = { "copy 1", "copy 2" },
	.open = raw_open,
	.size = raw_size,
	.read = raw_read,
	.write = raw_write,
	.erase = raw_erase,
	.error = raw_error,
	.is_foreign = raw_is_foreign,
};

TABLE_ENTRY(env_store, &raw_store);
