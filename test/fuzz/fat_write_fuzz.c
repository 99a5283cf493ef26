/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of damaged FAT volumes. The input chooses a volume made here, bytes of it that
 * are changed, and what is then written to it. No crash, no write outside the
 * volume, an end; and a file that could be read before, and that no change was about, has
 * the same bytes after each.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <core/heap.h>
#include <fs/fs.h>
#include <lib/byteorder.h>
#include <lib/compiler.h>

#include "fat_image.h"
#include "ram_disk.h"
#include "stream.h"

#define DISK_SIZE (4500u * 512)
#define BEHIND    (16u * 512) /* of the disk, behind the volume */
#define FILES_MAX 24
#define READ_MAX  8192u
#define CHANGES   12
#define REQUESTS  20000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
	char path[2 * FS_NAME_MAX];
	uint64_t id; /* its first cluster */
	uint32_t len;
	uint8_t data[READ_MAX];
};

static struct {
	struct fake_disk *disk, *blank;
	struct fake_fat fat[4];
	size_t heap_used; /* with nothing mounted */
	struct file file[FILES_MAX];
	unsigned int nfiles;
	const char *dir; /* being listed */
	bool whole;      /* the boot sector is as it was */
	uint8_t junk[READ_MAX];
} z;

static const char *const paths[] = {
	"/A.BIN",
	"/b.bin",
	"/Long name of a file.txt",
	"/D",
	"/D/IN.BIN",
	"/D/new file with a long name.bin",
	"/D/E",
	"/D/E/x",
	"/NEW",
	"/new long name.text",
	"/FULL/one more with a long name",
	"/FULL/F3",
	"/D/../FULL/F4",
	"/",
	"/a*b",
	"/NEW/sub",
};

/* ---- the volumes ---- */

static void add_dir(struct fake_fat *f, uint32_t parent, const char *name,
		    uint32_t at)
{
	fake_fat_link(f, at, fake_fat_end(f));
	fake_fat_entry(f, parent, name, 0x10, at, 0);
	fake_fat_entry(f, at, ".          ", 0x10, at, 0);
	fake_fat_entry(f, at, "..         ", 0x10, parent, 0);
}

static void fsinfo(struct fake_fat *f)
{
	uint8_t *s = f->img + 512;

	put_le32(s, 0x41615252);
	put_le32(s + 484, 0x61417272);
	put_le32(s + 488, f->clusters - 20);
	put_le32(s + 492, 2);
	put_le32(s + 508, 0xaa550000);
}

static void make(struct fake_fat *f, unsigned int bits, uint32_t clusters,
		 uint32_t spc)
{
	uint32_t a[] = { 5, 8, 6 }, b[] = { 7, 10 }, name = 9,
		 in[] = { 12, 15 };
	char filler[] = "F0         ";

	*f = (struct fake_fat){ .bits = bits,
				.clusters = clusters,
				.spc = spc,
				.root_entries = bits == 32 ? 0 : 32 };
	fake_fat_make(f);
	if (bits == 32)
		fsinfo(f);
	for (size_t i = 0; i < sizeof(z.junk); i++)
		z.junk[i] = (uint8_t)(i * 37 >> 3);
	fake_fat_file(f, 0, "A       BIN", a, z.junk, 1300);
	fake_fat_file(f, 0, "B       BIN", b, z.junk + 7, 600);
	fake_fat_long(f, 0, "Long name of a file.txt", "LONGNA~1TXT");
	fake_fat_file(f, 0, "LONGNA~1TXT", &name, z.junk + 9, 512);
	add_dir(f, 0, "D          ", 11);
	fake_fat_file(f, 11, "IN      BIN", in, z.junk + 11, 1000);
	add_dir(f, 11, "E          ", 13);
	add_dir(f, 0, "FULL       ", 14);
	for (uint32_t i = 2; i < f->cluster_size / 32 && i < 12; i++) {
		filler[1] = (char)('0' + i);
		fake_fat_entry(f, 14, filler, 0x20, 0, 0);
	}
}

static void begin(void)
{
	static uint8_t heap[8u << 20];

	heap_init(heap, sizeof(heap));
	make(&z.fat[0], 12, 40, 1);
	make(&z.fat[1], 12, 400, 2);
	make(&z.fat[2], 16, 4090, 1);
	make(&z.fat[3], 32, 200, 1);
	z.disk = fake_disk_new(DISK_SIZE, 512);
	z.blank = fake_disk_new(4096, 512);
	z.heap_used = heap_used();
}

/* A byte of one part of the volume or another. */
static void damage_byte(const struct fake_fat *f, uint8_t where)
{
	size_t at = next() + 256 * (size_t)(next() & 15);
	uint8_t value = next();

	switch (where) {
	case 0:
		z.whole = false;
		break;
	case 1:
		at = f->fat_at + at % (f->nfats * f->fat_sectors * f->sector);
		break;
	case 2:
		at += f->data_at + 9 * f->cluster_size; /* directories */
		break;
	case 3:
		at += f->data_at;
		break;
	default:
		at += f->root_at;
	}
	if (at < f->size)
		f->img[at] = value;
}

/* @f is the disk's: a link, a first cluster, or any byte is changed. */
static void damage(struct fake_fat *f)
{
	uint8_t where = next() % 12;
	uint32_t cluster = 2 + next() % 22, value = next() % 26;
	uint8_t *entry = f->img + f->root_at + cluster % 16 * 32;

	if (value > 23)
		value = value & 1 ? fake_fat_end(f) : fake_fat_end(f) - 8;
	if (where < 5)
		damage_byte(f, where);
	else if (where < 9)
		fake_fat_link(f, cluster, value);
	else if (where < 11)
		put_le16(entry + 26, (uint16_t)value);
	else
		put_le16(entry + 28, (uint16_t)(value * 300));
}

static void load(const struct fake_fat *made, uint8_t options)
{
	struct fake_fat f = *made;

	f.img = z.disk->data;
	memset(f.img, 0xb5, f.size + BEHIND);
	memcpy(f.img, made->img, f.size);
	z.whole = true;
	for (unsigned int n = options >> 2 & 7; n; n--)
		damage(&f);
	z.disk->dev.nsectors = (f.size + BEHIND) / 512;
	z.disk->dev.read_only = (options & 0xe0) == 0xe0;
	z.disk->dev.generation++;
	fake_disk_forget(z.disk);
}

/* ---- what can be read ---- */

static bool read_file(const struct fs *fs, const char *path, struct file *to)
{
	struct fs_file file;

	if (fs_open(fs, path, &file) || file.is_dir || file.size > READ_MAX ||
	    fs_read(fs, &file, 0, file.size, to->data))
		return false;
	to->len = (uint32_t)file.size;
	to->id = file.priv[0];
	return true;
}

static int take(void *arg, const struct fs_dirent *e)
{
	(void)arg;
	if (z.nfiles < FILES_MAX && !e->is_dir)
		snprintf(z.file[z.nfiles++].path, sizeof(z.file[0].path),
			 "%s/%s", z.dir, e->name);
	return 0;
}

/* Only the first of a name counts, which is the one that is opened. */
static bool is_twice(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (!strcasecmp(z.file[i].path, z.file[n].path))
			return true;
	return false;
}

static void remember(const struct fs *fs)
{
	static const char *const dirs[] = { "", "/D", "/FULL", "/D/E" };
	struct fs_file dir;
	unsigned int n = 0;

	z.nfiles = 0;
	for (size_t i = 0; i < array_size(dirs); i++) {
		z.dir = dirs[i];
		if (!fs_open(fs, i ? dirs[i] : "/", &dir) && dir.is_dir)
			(void)!fs_readdir(fs, &dir, take, NULL);
	}
	for (unsigned int i = 0; i < z.nfiles; i++) {
		if (is_twice(i) || !read_file(fs, z.file[i].path, &z.file[i]) ||
		    !z.file[i].len)
			continue;
		if (n != i)
			z.file[n] = z.file[i];
		n++;
	}
	z.nfiles = n;
}

/* What @path names, or is in it, is no longer looked at. */
static void forget(const struct fs *fs, const char *path)
{
	struct fs_file file;
	uint64_t id = 0;
	unsigned int n = 0;
	bool is_dir = false;

	if (!fs_open(fs, path, &file)) {
		id = file.priv[0];
		is_dir = file.is_dir;
	}
	for (unsigned int i = 0; i < z.nfiles; i++) {
		size_t len = strlen(path);

		if (!strcasecmp(z.file[i].path, path) || z.file[i].id == id ||
		    (is_dir && !strncasecmp(z.file[i].path, path, len)))
			continue;
		if (n != i)
			z.file[n] = z.file[i];
		n++;
	}
	z.nfiles = n;
}

static void check(const struct fs *fs)
{
	static struct file now;

	for (unsigned int i = 0; i < z.nfiles; i++) {
		require(read_file(fs, z.file[i].path, &now));
		require(now.len == z.file[i].len &&
			!memcmp(now.data, z.file[i].data, now.len));
	}
	if (!z.whole)
		return;
	for (uint32_t i = 0; i < BEHIND; i++)
		require(z.disk->data[z.disk->dev.nsectors * 512 - 1 - i] ==
			0xb5);
}

/* ---- changes ---- */

static int change(const struct fs *fs)
{
	uint8_t op = next();
	const char *path = paths[next() % array_size(paths)];
	const char *to = paths[next() % array_size(paths)];
	uint32_t len = (next() | (uint32_t)next() << 8) % READ_MAX;
	const char *about;
	uint64_t pos = op & 0x10 ? FS_APPEND : op & 0x20 ? next() * 8u : 0;

	forget(fs, path);
	switch (op & 7) {
	case 0:
		return fs_mkdir(fs, path);
	case 1:
		return fs_remove(fs, path);
	case 2:
		forget(fs, to);
		return fs_rename(fs, path, to, &about);
	case 3:
		return fs_touch(fs, path);
	default:
		return fs_write(fs, path, pos, len, z.junk);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = NULL;
	uint8_t options;
	struct fs fs;

	if (!z.disk)
		begin();
	stream_start(data, size);
	options = next();
	load(&z.fat[options & 3], options);
	if (!fs_mount(&z.disk->dev, &fs, &why)) {
		remember(&fs);
		for (int i = 0; i < CHANGES && stream_left(); i++) {
			int ret = change(&fs);

			require(!z.disk->dev.read_only || ret == -EROFS);
			require(fs_error(&fs, ret));
			if (fs_mount(&z.disk->dev, &fs, &why))
				break;
			check(&fs);
		}
	}
	require(z.disk->calls < REQUESTS);
	require(fs_mount(&z.blank->dev, &fs, &why) == -ENOENT);
	require(heap_used() == z.heap_used);
	return 0;
}
