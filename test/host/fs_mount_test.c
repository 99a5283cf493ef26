/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mounts that are kept, IF DEV[:PART] to a file system, and volumes that
 * mkfs.fat and mtools made, compared with what was put on them.
 */
#include "fat_test.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static int setup(void **state)
{
	(void)state;
	fake_heap();
	return 0;
}

static void put_entry(struct fake_disk *d, int slot, uint8_t type,
		      uint32_t start, uint32_t count)
{
	uint8_t *p = d->data + 446 + 16 * slot;

	d->data[510] = 0x55;
	d->data[511] = 0xaa;
	p[4] = type;
	put_le32(p + 8, start);
	put_le32(p + 12, count);
}

/* A disk with partitions of 8192 sectors; those in @with (bits) hold a FAT with
 * a file that says which it is. */
static struct fake_disk *partitioned(unsigned int with)
{
	struct fake_disk *d = fake_disk_new(16 << 20, 512);

	for (unsigned int i = 0; i < 3; i++) {
		struct fake_fat f = { .bits = 12, .clusters = 1000 };
		char name[] = "PART0      ";
		uint32_t at = 9;

		put_entry(d, (int)i, 0x0c, 64 + 8192 * i, 8192);
		if (!(with >> i & 1))
			continue;
		fake_fat_make(&f);
		name[4] = (char)('1' + i);
		fake_fat_file(&f, 0, name, &at, "contents", 8);
		memcpy(d->data + (64 + 8192 * i) * 512, f.img, f.size);
		fake_fat_free(&f);
	}
	return d;
}

static void resolving(void **state)
{
	static const struct {
		unsigned int with;
		const char *spec;
		int ret;
		unsigned int part;
		const char *why;
	} cases[] = {
		{ 7, "0", 0, 1, NULL },
		{ 6, "0", 0, 2, NULL },
		{ 4, "0", 0, 3, NULL },
		{ 0, "0", -ENOENT, 0, "no partition has a known file system" },
		{ 6, "0:2", 0, 2, NULL },
		{ 6, "0:1", -ENOENT, 0, "no known file system" },
		{ 7, "0:0", -ENOENT, 0, "no known file system" },
		{ 7, "0:4", -ENOENT, 0, "no such partition" },
		{ 7, "9:1", -ENODEV, 0, "no such device" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct fake_disk *d = partitioned(cases[i].with);
		struct fs_where w;
		char spec[16];

		snprintf(spec, sizeof(spec), "%x%s",
			 cases[i].spec[0] == '9' ? 0x99 : d->dev.index,
			 cases[i].spec + 1);
		assert_int_equal(fs_resolve("virtio", spec, &w), cases[i].ret);
		if (cases[i].ret)
			assert_string_equal(w.why, cases[i].why);
		else
			assert_int_equal(w.dev->partition, cases[i].part);
	}
}

/* Without PART a corrupt or unreadable volume does not hide a sound one; with
 * none sound, it is what is reported. */
static void resolving_past_faults(void **state)
{
	struct fake_disk *d = partitioned(7);
	struct fs_where w;

	(void)state;
	d->data[64 * 512 + 13] = 3;
	assert_int_equal(fs_resolve("virtio", "0", &w), 0);
	assert_int_equal(w.dev->partition, 2);
	d->bad_lba = 64 + 8192;
	d->bad_nsectors = 1;
	fat_test_changed(d);
	assert_int_equal(fs_resolve("virtio", "0", &w), 0);
	assert_int_equal(w.dev->partition, 3);
	d->data[(64 + 2 * 8192) * 512 + 510] = 0;
	fat_test_changed(d);
	assert_int_equal(fs_resolve("virtio", "0", &w), -EBADMSG);
	d->error = -EINTR;
	fat_test_changed(d);
	assert_int_equal(fs_resolve("virtio", "0", &w), -EINTR);
}

static void superfloppy(void **state)
{
	struct fake_fat f = { .bits = 16, .clusters = 4085 };
	struct fake_disk *d;
	struct fs_where w;

	(void)state;
	fake_fat_make(&f);
	d = fat_test_disk(&f, 512);
	assert_int_equal(fs_resolve("virtio", "0", &w), 0);
	assert_ptr_equal(w.dev, &d->dev);
	assert_int_equal(fs_resolve("virtio", "0:0", &w), 0);
	assert_int_equal(fs_resolve("virtio", "0:1", &w), -ENOENT);
	assert_string_equal(w.why, "no partition table");
}

/* Cold: table, head with the root, data. Warm: data. A 4 KiB file of a FAT32
 * whose root is behind the head costs one more. */
static void requests(void **state)
{
	struct fake_disk *d = partitioned(2);
	struct fs_where w;
	struct fs_file file;
	char buf[8];

	(void)state;
	for (int i = 0; i < 2; i++) {
		fake_disk_forget(d);
		assert_int_equal(fs_resolve("virtio", "0:2", &w), 0);
		assert_int_equal(fs_open(&w.fs, "part2", &file), 0);
		assert_int_equal(fs_read(&w.fs, &file, 0, 8, buf), 0);
		assert_memory_equal(buf, "contents", 8);
		assert_int_equal(d->calls, i ? 1 : 3);
	}
}

/* Another volume takes the place; no memory is lost over many of them. */
static void remounting(void **state)
{
	struct fake_disk *a = partitioned(7), *b = partitioned(7);
	size_t used = 0;
	struct fs_where w;

	(void)state;
	for (int i = 0; i < 100; i++) {
		char spec[8];

		snprintf(spec, sizeof(spec), "%d:%d", i % 2, i % 3 + 1);
		assert_int_equal(fs_resolve("virtio", spec, &w), 0);
		if (i == 10)
			used = heap_used();
		if (i > 10)
			assert_int_equal(heap_used(), used);
	}
	fake_disk_forget(a);
	fake_disk_forget(b);
	assert_int_equal(fs_resolve("virtio", "1:1", &w), 0);
	assert_int_equal(a->calls + b->calls, 0);
}

/* A write to the disk is seen at once, whichever way it went. */
static void stale(void **state)
{
	struct fake_disk *d = partitioned(1);
	uint8_t sector[512];
	struct fs_where w;
	struct fs_file file;
	uint64_t root;

	(void)state;
	assert_int_equal(fs_resolve("virtio", "0:1", &w), 0);
	assert_int_equal(fs_open(&w.fs, "part1", &file), 0);
	root = 64 + 1 + 2 * 3;
	assert_int_equal(blk_read(&d->dev, root, 1, sector), 0);
	assert_memory_equal(sector, "PART1", 5);
	memcpy(sector, "OTHER", 5);
	assert_int_equal(blk_write(&d->dev, root, 1, sector), 0);
	assert_int_equal(fs_resolve("virtio", "0:1", &w), 0);
	assert_int_equal(fs_open(&w.fs, "part1", &file), -ENOENT);
	assert_int_equal(fs_open(&w.fs, "other", &file), 0);
}

/* ---- other people's tools ---- */

static char tree[] = "/tmp/vireo-fs-XXXXXX";

static void shell(const char *fmt, ...)
{
	char cmd[1024];
	size_t n;
	va_list ap;

	n = (size_t)snprintf(cmd, sizeof(cmd),
			     "export PATH=$PATH:/usr/sbin:/sbin "
			     "LC_ALL=C.UTF-8 MTOOLS_SKIP_CHECK=1; cd %s; ",
			     tree);
	va_start(ap, fmt);
	vsnprintf(cmd + n, sizeof(cmd) - n, fmt, ap);
	va_end(ap);
	if (system(cmd)) {
		print_error("failed: %s\n", cmd);
		fail();
	}
}

static const char *const names[] = {
	"Image",
	"UPPER.TXT",
	"lower.txt",
	"Mixed.Txt",
	"a name with spaces.dat",
	"name.with.many.dots.tar.gz",
	"\303\244\303\266\303\274 \320\277\321\200\320\270.txt",
	"\344\270\255\346\226\207.bin",
	"thirteenchars",
	"exactly twenty-six letters",
	"+,;=[].txt",
	"x",
};

static void write_files(void)
{
	char path[256];

	shell("mkdir -p src/dir/sub");
	for (size_t i = 0; i < array_size(names); i++) {
		uint32_t size = (uint32_t)(i * i * 331);
		uint8_t *data = fat_test_data(size, (uint32_t)i);
		FILE *out;

		snprintf(path, sizeof(path), "%s/src/%s%s", tree,
			 i % 3 ? "" : "dir/sub/", names[i]);
		out = fopen(path, "wb");
		assert_non_null(out);
		fwrite(data, 1, size, out);
		fclose(out);
		free(data);
	}
}

static int count(void *arg, const struct fs_dirent *e)
{
	(void)e;
	++*(unsigned int *)arg;
	return 0;
}

static void compare(struct fake_disk *d)
{
	unsigned int entries = 0;
	struct fs_file dir;
	struct fs fs;

	for (size_t i = 0; i < array_size(names); i++) {
		uint32_t size = (uint32_t)(i * i * 331);
		uint8_t *data = fat_test_data(size, (uint32_t)i);
		char path[256];

		snprintf(path, sizeof(path), "/%s%s", i % 3 ? "" : "DIR/sub/",
			 names[i]);
		assert_int_equal(fat_test_read(d, path, data, size), 0);
		free(data);
	}
	assert_int_equal(fat_test_open(d, "/dir/sub", &fs, &dir), 0);
	assert_int_equal(fs_readdir(&fs, &dir, count, &entries), 0);
	assert_int_equal(entries, (array_size(names) + 2) / 3 + 2);
}

static void mtools_images(void **state)
{
	static const struct {
		const char *size, *options;
		uint32_t sector;
	} cases[] = {
		{ "360K", "-F 12 -r 112", 512 },
		{ "1440K", "-F 12", 512 },
		{ "9M", "-F 16 -s 1", 512 },
		{ "40M", "-F 16 -f 1", 512 },
		{ "40M", "-F 16 -S 4096 -s 2", 4096 },
		{ "40M", "-F 32", 512 },
		{ "70M", "-F 32 -s 2 -R 64", 512 },
		{ "140M", "-F 32 -S 2048", 2048 },
		{ "300M", "-F 32 -S 4096", 4096 },
		{ "2G", "-F 32", 512 },
	};

	(void)state;
	assert_non_null(mkdtemp(tree));
	write_files();
	for (size_t i = 0; i < array_size(cases); i++) {
		char path[64];

		shell("rm -f i; truncate -s %s i; mkfs.fat --invariant %s i "
		      ">/dev/null; mcopy -s -Q -i i src/* ::",
		      cases[i].size, cases[i].options);
		snprintf(path, sizeof(path), "%s/i", tree);
		compare(fake_disk_load(path, cases[i].sector));
	}
	shell("rm -rf %s", tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(resolving, setup, NULL),
		fake_isolated(resolving_past_faults, setup, NULL),
		fake_isolated(superfloppy, setup, NULL),
		fake_isolated(requests, setup, NULL),
		fake_isolated(remounting, setup, NULL),
		fake_isolated(stale, setup, NULL),
		fake_isolated(mtools_images, setup, NULL),
	};

	return fat_run_tests(tests);
}
