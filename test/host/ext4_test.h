/* SPDX-License-Identifier: BSD-2-Clause */
/* What the ext4 tests share: a folder of files, images that mke2fs made of it, and the
 * two compared. */
#ifndef EXT4_TEST_H
#define EXT4_TEST_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake/isolated.h"
#include "fake/ram_disk.h"

#include <core/heap.h>
#include <fs/fs.h>
#include <lib/byteorder.h>

#include "ext4_priv.h"

static char ext4_tree[] =
	"/tmp/vireo-ext4-XXXXXX"; /* src/ and image i are in it */

__attribute__((unused, format(printf, 1, 2))) static void
ext4_shell(const char *fmt, ...)
{
	char cmd[2048];
	size_t n;
	va_list ap;

	n = (size_t)snprintf(cmd, sizeof(cmd),
			     "export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C.UTF-8 "
			     "MKE2FS_SKIP_PROGRESS=1 MKE2FS_SYNC=0; cd %s; ",
			     ext4_tree);
	va_start(ap, fmt);
	vsnprintf(cmd + n, sizeof(cmd) - n, fmt, ap);
	va_end(ap);
	if (system(cmd)) {
		print_error("failed: %s\n", cmd);
		fail();
	}
}

static inline void ext4_test_path(char path[1024], const char *dir,
				  const char *name)
{
	snprintf(path, 1024, "%s/%s", dir, name);
}

/* The image as a disk of its own. */
static inline struct fake_disk *ext4_test_disk(uint32_t block_size)
{
	char path[1024];

	ext4_test_path(path, ext4_tree, "i");
	return fake_disk_load(path, block_size);
}

/* A caller's change of the medium. */
static inline void ext4_test_changed(struct fake_disk *d)
{
	d->dev.generation++;
	fake_disk_forget(d);
}

static inline int ext4_test_open(struct fake_disk *d, const char *path,
				 struct fs *fs, struct fs_file *file)
{
	const char *why = NULL;
	int ret = fs_mount(&d->dev, fs, &why);

	if (ret && ret != -ENOENT)
		print_message("mount: %s\n", why);
	return ret ? ret : fs_open(fs, path, file);
}

/* @path of the image is the file @host. */
static inline void ext4_test_file(struct fake_disk *d, const char *path,
				  const char *host)
{
	uint8_t *want, *got;
	struct fs_file file;
	struct stat st;
	struct fs fs;
	int fd = open(host, O_RDONLY), ret;

	assert_true(fd >= 0 && !fstat(fd, &st));
	want = malloc((size_t)st.st_size + 1);
	got = malloc((size_t)st.st_size + 1);
	assert_int_equal(read(fd, want, (size_t)st.st_size), st.st_size);
	close(fd);
	ret = ext4_test_open(d, path, &fs, &file);
	if (!ret) {
		assert_int_equal(file.size, st.st_size);
		ret = fs_read(&fs, &file, 0, file.size, got);
	}
	if (ret || memcmp(want, got, (size_t)st.st_size)) {
		print_error("%s: %s\n", path,
			    ret ? fs_error(&fs, ret) : "data");
		fail();
	}
	/* and from the middle on */
	if (file.size > 2) {
		uint64_t at = file.size / 2 - 1;

		memset(got, 0, file.size);
		assert_int_equal(fs_read(&fs, &file, at, file.size - at, got),
				 0);
		assert_memory_equal(got, want + at, file.size - at);
	}
	free(want);
	free(got);
}

struct ext4_names {
	const char *host;
	unsigned int count;
	bool is_root;
};

static inline int ext4_test_name(void *arg, const struct fs_dirent *e)
{
	struct ext4_names *n = arg;
	char path[FS_NAME_MAX + 256];
	struct stat st;

	if (n->is_root && !strcmp(e->name, "lost+found"))
		return 0;
	n->count++;
	snprintf(path, sizeof(path), "%s/%s", n->host, e->name);
	if (lstat(path, &st)) {
		print_error("%s is only in the image\n", path);
		fail();
	}
	assert_int_equal(e->is_dir, S_ISDIR(st.st_mode));
	assert_int_equal(e->is_link, S_ISLNK(st.st_mode));
	assert_int_equal(e->size, S_ISREG(st.st_mode) ? st.st_size : 0);
	return 0;
}

/* A directory and all in it; links by the host's idea of where they lead. */
static inline void ext4_test_compare(struct fake_disk *d, const char *path,
				     const char *host)
{
	struct ext4_names n = { host, 0, !*path };
	unsigned int count = 0;
	char name[1024], from[1024];
	struct fs_file dir;
	struct fs fs;
	struct stat st;
	DIR *list = opendir(host);

	assert_non_null(list);
	assert_int_equal(ext4_test_open(d, *path ? path : "/", &fs, &dir), 0);
	assert_int_equal(fs_readdir(&fs, &dir, ext4_test_name, &n), 0);
	for (struct dirent *e; (e = readdir(list));) {
		bool dots = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");

		count += !dots || *path;
		if (dots)
			continue;
		ext4_test_path(name, path, e->d_name);
		ext4_test_path(from, host, e->d_name);
		if (stat(from, &st))
			assert_int_not_equal(ext4_test_open(d, name, &fs, &dir),
					     0);
		else if (S_ISREG(st.st_mode))
			ext4_test_file(d, name, from);
		else if (!lstat(from, &st) && S_ISDIR(st.st_mode))
			ext4_test_compare(d, name, from);
	}
	closedir(list);
	assert_int_equal(n.count, count);
}

#endif
