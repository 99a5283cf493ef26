/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of single changes share: a volume, and calls of one shape. */
#ifndef FAT_CHANGE_H
#define FAT_CHANGE_H

#include <unistd.h>

#include "fat_test.h"

static struct fake_fat f;
static struct fake_disk *d;
static uint8_t *data;
static struct fs fs; /* as mounted last */

static inline int setup(void **state)
{
	(void)state;
	fake_heap();
	data = fat_test_data(200000, 1);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	free(data);
	return 0;
}

/* The volume of @f, with what mkfs.fat also writes, as the disk. */
static inline void make(unsigned int bits, uint32_t clusters, uint32_t sector,
			uint32_t spc)
{
	f = (struct fake_fat){
		.bits = bits, .clusters = clusters, .sector = sector, .spc = spc
	};
	fake_fat_make(&f);
	memcpy(f.img + (bits == 32 ? 71 : 43), "NO NAME    ", 11);
	if (bits == 32) {
		put_le32(f.img + f.sector, 0x41615252);
		put_le32(f.img + f.sector + 484, 0x61417272);
		put_le32(f.img + f.sector + 488, clusters - 1);
		put_le32(f.img + f.sector + 492, 2);
		put_le32(f.img + f.sector + 508, 0xaa550000);
		put_le16(f.img + 50, 6);
		memcpy(f.img + (size_t)6 * f.sector, f.img,
		       (size_t)2 * f.sector);
	}
}

static inline void start(void)
{
	d = fat_test_disk(&f, f.sector);
	fake_fat_free(&f);
}

static inline struct fs *mounted(void)
{
	const char *why = "";

	assert_int_equal(fs_mount(&d->dev, &fs, &why), 0);
	return &fs;
}

static inline int save(const char *path, uint64_t pos, uint64_t len)
{
	return fs_write(mounted(), path, pos, len, data + pos % 1000);
}

/* fsck.fat finds nothing to say. */
static inline void judge(void)
{
	char name[] = "/tmp/fat_write_XXXXXX", line[200];
	int fd = mkstemp(name), ret;

	assert_int_equal(write(fd, d->data, d->size), d->size);
	close(fd);
	snprintf(line, sizeof(line),
		 "t=$(/usr/sbin/fsck.fat -n %s 2>&1) || { echo \"$t\" >&2; "
		 "false; }",
		 name);
	ret = system(line);
	unlink(name);
	assert_int_equal(ret, 0);
}

/* ---- calls of one shape; @to counts where it is needed ---- */

static inline int mkdir_(const char *path, const char *to)
{
	(void)to;
	return fs_mkdir(mounted(), path);
}

static inline int rm_(const char *path, const char *to)
{
	(void)to;
	return fs_remove(mounted(), path);
}

static inline int mv_(const char *path, const char *to)
{
	const char *about;

	return fs_rename(mounted(), path, to, &about);
}

static inline int touch_(const char *path, const char *to)
{
	(void)to;
	return fs_touch(mounted(), path);
}

static inline int save_(const char *path, const char *to)
{
	return save(path, 0, to ? 4000000000u : 9);
}

#endif
