/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the saved environment share: disks whose power can be cut, and on
 * those that begin with "MEM" a file system that writes over a file in place, byte by
 * byte.
 */
#ifndef ENV_STORE_H
#define ENV_STORE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <block/blkdev.h>
#include <core/dma.h>
#include <drivers/cfi.h>
#include <env/env.h>
#include <env/env_block.h>
#include <env/store.h>
#include <fs/fs.h>
#include <lib/compiler.h>

#include "flash.h"
#include "isolated.h"
#include "terminal.h"

#define DISK_SECTORS 2048
#define NDISKS       6

static struct disk {
	struct blkdev dev;
	uint8_t data[DISK_SECTORS * SECTOR_SIZE];
	int error; /* of all transfers */
	unsigned int calls;
} disks[NDISKS];

/* Bytes or sectors until the power goes; nothing is written afterwards. */
static unsigned int left = UINT32_MAX;
static bool torn;

static int disk_transfer(struct blkdev *dev, bool write,
			 const struct blk_piece *pieces, size_t count)
{
	struct disk *d = dev->ctx;

	d->calls++;
	if (d->error)
		return d->error;
	for (size_t i = 0; i < count; i++)
		for (uint64_t n = 0; n < pieces[i].nsectors; n++) {
			uint8_t *at = d->data +
				      (pieces[i].lba + n) * SECTOR_SIZE;
			uint8_t *buf = (uint8_t *)pieces[i].buf +
				       n * SECTOR_SIZE;

			if (!write)
				memcpy(buf, at, SECTOR_SIZE);
			else if (left)
				memcpy(at, buf,
				       --left || !torn ? SECTOR_SIZE : 100);
		}
	return 0;
}

static const struct blk_ops disk_ops = { .transfer = disk_transfer };

static void add_disk(unsigned int n, const char *begin, bool read_only)
{
	struct disk *d = &disks[n];

	memset(d->data, 0, sizeof(d->data));
	memcpy(d->data, begin, strlen(begin));
	d->dev = (struct blkdev){ .ops = &disk_ops,
				  .ctx = d,
				  .type = "virtio",
				  .nsectors = DISK_SECTORS,
				  .block_size = SECTOR_SIZE,
				  .read_only = read_only };
	blk_register(&d->dev);
}

struct mem_file {
	bool there;
	uint64_t size;
	int error; /* of reads that go past @good */
	uint64_t good;
	uint8_t data[ENV_BLOCK_MAX + 1];
};

static struct mem_volume {
	struct fs_volume vol;
	struct mem_file file[2];
	int error; /* of writes */
	bool full; /* for the second copy */
} volumes[NDISKS];

static struct mem_volume *volume(struct blkdev *dev)
{
	return &volumes[(struct disk *)dev->ctx - disks];
}

static int mem_mount(struct blkdev *dev, const struct fs_head *head,
		     struct fs_volume **vol, const char **why)
{
	(void)why;
	if (head->len < 3 || memcmp(head->data, "MEM", 3) != 0)
		return -ENOENT;
	*vol = &volume(dev)->vol;
	return 0;
}

static void mem_unmount(struct fs_volume *vol)
{
	(void)vol;
}

static struct mem_file *file_of(struct fs_volume *vol, const char *path)
{
	struct mem_volume *v = (struct mem_volume *)vol;

	if (!strcmp(path, "/uboot.env"))
		return &v->file[0];
	assert_string_equal(path, "/uboot-redund.env");
	return &v->file[1];
}

static int mem_open(struct fs_volume *vol, const char *path,
		    struct fs_file *file)
{
	struct mem_file *f = file_of(vol, path);

	if (!f->there)
		return -ENOENT;
	file->size = f->size;
	file->priv[0] = (uint64_t)(uintptr_t)f;
	return 0;
}

static int mem_read(struct fs_file *file, uint64_t pos, uint64_t len, void *buf)
{
	const struct mem_file *f = (void *)(uintptr_t)file->priv[0];

	if (f->error && pos + len > f->good)
		return f->error;
	memcpy(buf, f->data + pos, len);
	return 0;
}

static int mem_write(struct fs_volume *vol, const char *path, uint64_t pos,
		     uint64_t len, const void *buf)
{
	struct mem_file *f = file_of(vol, path);

	assert_int_equal(pos, 0);
	if (((struct mem_volume *)vol)->error)
		return ((struct mem_volume *)vol)->error;
	if (((struct mem_volume *)vol)->full &&
	    f == &((struct mem_volume *)vol)->file[1])
		return -ENOSPC;
	for (uint64_t i = 0; i < len && left; i++, left--) {
		f->there = true;
		f->size = f->size > i ? f->size : i + 1;
		f->data[i] = ((const uint8_t *)buf)[i];
	}
	if (left)
		f->size = len;
	return 0;
}

static int mem_remove(struct fs_volume *vol, const char *path)
{
	file_of(vol, path)->there = false;
	return 0;
}

static const struct fs_type mem_fs = {
	.name = "mem",
	.mount = mem_mount,
	.unmount = mem_unmount,
	.open = mem_open,
	.read = mem_read,
	.write = mem_write,
	.remove = mem_remove,
};

TABLE_ENTRY(fs, &mem_fs);

/* ---- */

static struct fake_flash *chips;
static struct env_result r;

static int late(char *text, size_t size)
{
	snprintf(text, size, "52:54:00:12:34:56");
	return 0;
}

static int setup(void **state)
{
	static _Alignas(64) uint8_t dma[1 << 21];

	(void)state;
	fake_terminal_start();
	dma_init(dma, sizeof(dma));
	left = UINT32_MAX;
	assert_int_equal(env_set("bootcmd", "bootlinux"), 0);
	assert_int_equal(env_set("fdtcontroladdr", "5f200000"), 0);
	env_set_later("ethaddr", late);
	return env_default_keep();
}

static inline int setup_fat(void **state)
{
	add_disk(0, "MEM", false);
	return setup(state);
}

static inline int setup_flash(void **state)
{
	chips = fake_flash();
	cfi_add(FAKE_FLASH_BASE, FAKE_FLASH_SIZE);
	return setup(state) || env_store_select("FLASH");
}

static inline int setup_raw(void **state)
{
	add_disk(0, "", false);
	return setup(state) || env_store_select("raw");
}

static void raw_place(void)
{
	assert_int_equal(env_set("env_raw_dev", "virtio 0"), 0);
	assert_int_equal(env_set("env_raw_offset", "10000"), 0);
}

static void save(const char *value)
{
	assert_int_equal(env_set("v", value), 0);
	assert_int_equal(env_save(&r), 0);
}

/* Is one of the two copies bad, and the reason for what came of it? */
static inline const char *bad_copy(unsigned int n)
{
	return env_copy_bad(&r.copy[n]) ? r.copy[n].why : NULL;
}

/* As after a restart. Return: what v is then */
static const char *load(void)
{
	const char *dev = env_get("env_raw_dev");
	char kept[32];

	snprintf(kept, sizeof(kept), "%s", dev ? dev : "");
	assert_int_equal(env_default(), 0);
	if (*kept)
		raw_place();
	if (env_load_first(&r))
		return NULL;
	assert_int_equal(r.nbad, 0);
	return env_get("v") ? env_get("v") : "";
}

/* As tools make it that know one copy only. */
static inline void single(struct mem_file *f, const char *value, size_t size)
{
	const struct env_block b = { .single = true };

	assert_int_equal(env_set("v", value), 0);
	f->there = true;
	f->size = size;
	assert_int_equal(env_block_make(f->data, size, &b), 0);
}

#endif
