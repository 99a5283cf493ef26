/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Disks whose contents are the input, mounted, listed to a depth and read. What
 * is read in one go and what is read in pieces must be the same; a buffer's
 * neighbours are never touched; a walk ends; unmounting gives all memory back.
 * The first byte says how large the disk and its blocks are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <core/heap.h>
#include <fs/fs.h>
#include <lib/compiler.h>

#include "ram_disk.h"

#define DISK_SIZE (256u * 1024)
#define READ_MAX  20000u
#define GUARD     64u
#define DIRS_MAX  8
#define FILES_MAX 16
#define REQUESTS  3000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct fake_disk *disk, *blank;
	size_t heap_used; /* with nothing mounted */
	char path[DIRS_MAX + FILES_MAX][FS_NAME_MAX + 256];
	unsigned int npaths, nentries;
	char dir[FS_NAME_MAX + 256];
} z;

static void must(bool ok)
{
	if (!ok)
		abort();
}

static int take_path(void *arg, const struct fs_dirent *e)
{
	const char *dir = arg;

	for (const char *c = e->name; *c; c++)
		must((unsigned char)*c >= ' ' && *c != 0x7f && *c != '/');
	must(e->name[0]);
	if (z.npaths == array_size(z.path) || ++z.nentries > 200000)
		return z.nentries > 200000 ? -EINTR : 0;
	if (strlen(dir) + strlen(e->name) + 2 > sizeof(z.path[0]))
		return 0;
	strcpy(z.path[z.npaths], dir);
	strcat(z.path[z.npaths], "/");
	strcat(z.path[z.npaths++], e->name);
	return 0;
}

static void read_file(const struct fs *fs, struct fs_file *file)
{
	static uint8_t whole[GUARD + READ_MAX + GUARD], part[READ_MAX];
	size_t len = (size_t)min_u64(file->size, READ_MAX), at = 0;
	uint64_t from = file->size - len;
	int ret;

	memset(whole, 0xa5, sizeof(whole));
	ret = fs_read(fs, file, from, len, whole + GUARD);
	for (size_t i = 0; i < GUARD; i++)
		must(whole[i] == 0xa5 && whole[GUARD + len + i] == 0xa5);
	if (ret)
		return;
	for (size_t n = 1; at < len; at += n, n = n * 3 + 1) {
		n = (size_t)min_u64(n, len - at);
		must(!fs_read(fs, file, from + at, n, part + at));
	}
	must(!memcmp(part, whole + GUARD, len));
	must(fs_read(fs, file, file->size, 1, part) == -ERANGE);
}

static void explore(const struct fs *fs)
{
	struct fs_file file;
	char text[64];

	z.npaths = 0;
	z.nentries = 0;
	must(!fs_open(fs, "/", &file) && file.is_dir);
	(void)!fs_readdir(fs, &file, take_path, (char *)(uintptr_t) "");
	for (unsigned int i = 0; i < z.npaths; i++) {
		if (fs_open(fs, z.path[i], &file))
			continue;
		if (!file.is_dir) {
			read_file(fs, &file);
		} else if (i < DIRS_MAX) {
			strcpy(z.dir, z.path[i]);
			(void)!fs_readdir(fs, &file, take_path, z.dir);
		}
	}
	fs->type->describe(fs->vol, text, sizeof(text));
	fs->type->uuid(fs->vol, text, sizeof(text));
}

static void begin(void)
{
	static uint8_t heap[8u << 20];

	heap_init(heap, sizeof(heap));
	z.disk = fake_disk_new(DISK_SIZE, 512);
	z.blank = fake_disk_new(4096, 512);
	z.heap_used = heap_used();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t blocks[] = { 512, 1024, 2048, 4096 };
	const char *why = NULL;
	struct fs fs;

	if (!z.disk)
		begin();
	if (size < 2 || size > DISK_SIZE)
		return 0;
	memset(z.disk->data, 0, DISK_SIZE);
	memcpy(z.disk->data, data + 1, size - 1);
	z.disk->dev.block_size = blocks[data[0] & 3];
	/* A disk may end anywhere, but not within a block. */
	z.disk->dev.nsectors = DISK_SIZE / 512;
	if (data[0] & 0x80)
		z.disk->dev.nsectors = (data[0] >> 2 & 31) * 8;
	z.disk->dev.generation++;
	fake_disk_forget(z.disk);
	if (!fs_mount(&z.disk->dev, &fs, &why))
		explore(&fs);
	else
		must(why);
	must(z.disk->calls < REQUESTS);
	must(fs_mount(&z.blank->dev, &fs, &why) == -ENOENT);
	must(heap_used() == z.heap_used);
	return 0;
}
