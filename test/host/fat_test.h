/* SPDX-License-Identifier: BSD-2-Clause */
/* What the FAT tests share: a volume as a disk, files with telling contents. */
#ifndef FAT_TEST_H
#define FAT_TEST_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/fat_image.h"
#include "fake/isolated.h"
#include "fake/ram_disk.h"

#include <core/heap.h>
#include <fs/fs.h>
#include <lib/byteorder.h>

#include "fat_priv.h"

/* Contents by which a misplaced byte is noticed. */
static inline uint8_t *fat_test_data(uint32_t size, uint32_t seed)
{
	uint8_t *p = malloc(size + 1);

	for (uint32_t i = 0; i < size; i++) {
		seed = seed * 1664525 + 1013904223;
		p[i] = (uint8_t)(seed >> 24);
	}
	return p;
}

/* The image as a disk of its own. */
static inline struct fake_disk *fat_test_disk(const struct fake_fat *f,
					      uint32_t block_size)
{
	struct fake_disk *d = fake_disk_new((f->size + block_size - 1) /
						    block_size * block_size,
					    block_size);

	memcpy(d->data, f->img, f->size);
	return d;
}

/* A caller's change of the medium. */
static inline void fat_test_changed(struct fake_disk *d)
{
	d->dev.generation++;
	fake_disk_forget(d);
}

static inline int fat_test_open(struct fake_disk *d, const char *path,
				struct fs *fs, struct fs_file *file)
{
	const char *why = NULL;
	int ret = fs_mount(&d->dev, fs, &why);

	return ret ? ret : fs_open(fs, path, file);
}

/* Read all of @path; 0 when it holds @want. */
static inline int fat_test_read(struct fake_disk *d, const char *path,
				const uint8_t *want, uint32_t size)
{
	struct fs_file file;
	struct fs fs;
	uint8_t *buf;
	int ret = fat_test_open(d, path, &fs, &file);

	if (ret)
		return ret;
	assert_int_equal(file.size, size);
	buf = malloc(size + 1);
	ret = fs_read(&fs, &file, 0, size, buf);
	if (!ret)
		assert_memory_equal(buf, want, size);
	free(buf);
	return ret;
}

#define fat_run_tests(tests) \
	cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL)

#endif
