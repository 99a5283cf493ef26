/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ext2, ext3 and ext4 as mke2fs makes them, with many features: every file, directory
 * and link is what was put there.
 */
#include "ext4_test.h"

static int setup(void **state)
{
	(void)state;
	fake_heap();
	assert_non_null(mkdtemp(ext4_tree));
	ext4_shell("mkdir -p src");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ext4_shell("rm -rf %s", ext4_tree);
	return 0;
}

static void write_file(const char *name, size_t size)
{
	uint32_t seed = (uint32_t)size + 1;
	uint8_t *data = malloc(size + 1);
	char path[1024];
	FILE *out;

	for (size_t i = 0; i < size; i++) {
		seed = seed * 1664525 + 1013904223;
		data[i] = (uint8_t)(seed >> 24);
	}
	ext4_test_path(path, ext4_tree, name);
	out = fopen(path, "wb");
	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, size, out), size);
	fclose(out);
	free(data);
}

/* Pieces of 4 KiB, @step apart, and holes. (mke2fs forgets one at the end.) */
static void write_sparse(const char *name, unsigned int count,
			 unsigned int step)
{
	char path[1024], data[4096];
	int fd;

	ext4_test_path(path, ext4_tree, name);
	fd = open(path, O_CREAT | O_WRONLY, 0644);
	assert_true(fd >= 0);
	for (unsigned int i = 0; i < count; i++) {
		memset(data, (int)i | 1, sizeof(data));
		assert_int_equal(
			pwrite(fd, data, sizeof(data), (off_t)i * step),
			sizeof(data));
	}
	assert_int_equal(ftruncate(fd, (off_t)(count - 1) * step + 4000), 0);
	close(fd);
}

/* Sizes at which data moves out of the inode, and maps get another level. */
static void write_tree(void)
{
	static const size_t sizes[] = { 0,     1,     59,    60,     61,
					120,   150,   156,   400,    1024,
					1025,  4096,  4097,  12287,  49152,
					49153, 65536, 70000, 300000, 2000000 };
	char name[64];

	ext4_shell("mkdir -p src/dir/sub/deeper src/small src/boot src/empty");
	for (size_t i = 0; i < array_size(sizes); i++) {
		snprintf(name, sizeof(name), "src/%s/f%zu",
			 i % 3 ? "dir" : "dir/sub", sizes[i]);
		write_file(name, sizes[i]);
	}
	write_sparse("src/dir/sparse", 500, 8192);
	write_sparse("src/dir/far", 3, 1 << 23);
	ext4_shell(
		"cd src; echo a >small/a; echo b >small/b; echo k >boot/k; "
		"ln -s boot/k one; ln -s one two; ln -s ../../one dir/sub/up;"
		"ln -s dir/sub sub; ln -s . here; ln -s nowhere dangling; "
		"ln -s loop loop; ln -s sub/../f1 dir/dots; "
		"ln -s ./././././././././././././././././../dir/f4096 "
		"dir/fits-no-more-in-60-bytes-of-an-inode; "
		"ln -s %0150d/../boot/k dir/long; mkdir dir/%0150d; "
		"cd small; for i in 1 2 3 4 5 6 7 8 9; do echo $i >n$i; done",
		0, 0);
}

static const struct {
	const char *options;
	uint32_t sector;
	const char *name;
} kinds[] = {
	{ "-t ext4", 512, "ext4" },
	{ "-t ext4 -b 1024", 512, "ext4" },
	{ "-t ext4 -b 1024", 4096, "ext4" },
	{ "-t ext4 -b 2048 -O ^64bit", 512, "ext4" },
	{ "-t ext4 -b 4096", 4096, "ext4" },
	{ "-t ext4 -b 65536 -F", 512, "ext4" },
	{ "-t ext4 -b 32768 -F -O ^metadata_csum", 512, "ext4" },
	{ "-t ext4 -O ^metadata_csum", 512, "ext4" },
	{ "-t ext4 -O ^metadata_csum,uninit_bg", 512, "ext4" },
	{ "-t ext4 -b 1024 -O ^metadata_csum,uninit_bg,^64bit", 512, "ext4" },
	{ "-t ext4 -O inline_data -I 256", 512, "ext4" },
	{ "-t ext4 -O inline_data -I 1024", 512, "ext4" },
	{ "-t ext4 -O inline_data,^metadata_csum -I 512 -b 1024", 512, "ext4" },
	{ "-t ext4 -I 128", 512, "ext4" },
	{ "-t ext4 -O bigalloc -C 65536", 512, "ext4" },
	{ "-t ext4 -O bigalloc -b 1024 -C 4096", 512, "ext4" },
	{ "-t ext4 -O meta_bg,^resize_inode -b 1024", 512, "ext4" },
	{ "-t ext4 -O meta_bg,^resize_inode -b 1024 -g 512", 512, "ext4" },
	{ "-t ext4 -O meta_bg,^resize_inode,bigalloc -b 1024 -C 2048", 512,
	  "ext4" },
	{ "-t ext4 -O sparse_super2,^resize_inode -E num_backup_sb=1", 512,
	  "ext4" },
	{ "-t ext4 -O ^flex_bg,^sparse_super,^resize_inode -b 1024 -g 4096",
	  512, "ext4" },
	{ "-t ext4 -O metadata_csum_seed,mmp,orphan_file", 512, "ext4" },
	{ "-t ext4 -O large_dir,ea_inode,casefold,encrypt,verity", 512,
	  "ext4" },
	{ "-t ext4 -O ^filetype,^dir_index,^extents,^64bit", 512, "ext4" },
	{ "-t ext4 -O ^has_journal,stable_inodes", 512, "ext4" },
	{ "-t ext3", 512, "ext3" },
	{ "-t ext3 -b 1024", 512, "ext3" },
	{ "-t ext2 -b 1024", 512, "ext2" },
	{ "-t ext2 -b 4096 -I 128", 512, "ext2" },
	{ "-t ext2 -b 1024 -r 0", 512, "ext2" },
};

static void features(void **state)
{
	char host[1024], text[64];

	(void)state;
	write_tree();
	ext4_test_path(host, ext4_tree, "src");
	for (size_t i = 0; i < array_size(kinds); i++) {
		struct fake_disk *d;
		struct fs_file root;
		struct fs fs;

		print_message("%s\n", kinds[i].options);
		ext4_shell("rm -f i; mke2fs -q %s -L 'a label' -U "
			   "01234567-89ab-cdef-0123-456789abcdef -d src i 40M "
			   ">/dev/null 2>&1",
			   kinds[i].options);
		d = ext4_test_disk(kinds[i].sector);
		ext4_test_compare(d, "", host);
		assert_int_equal(ext4_test_open(d, "/", &fs, &root), 0);
		snprintf(host, sizeof(host), "%s \"a label\"", kinds[i].name);
		fs.type->describe(fs.vol, text, sizeof(text));
		assert_string_equal(text, host);
		fs.type->uuid(fs.vol, text, sizeof(text));
		assert_string_equal(text,
				    "01234567-89ab-cdef-0123-456789abcdef");
		ext4_test_path(host, ext4_tree, "src");
	}
}

/* ---- large directories ---- */

#define NAMES 3000u

static void name_of(unsigned int i, char name[256])
{
	/* bytes above 0x7f, for hashes that take characters as signed */
	snprintf(name, 256, "%0*u-\303\244\303\266%u", 150 + (int)(i % 60), i,
		 i * 7);
}

static int count_names(void *arg, const struct fs_dirent *e)
{
	(void)e;
	++*(unsigned int *)arg;
	return 0;
}

static void find_all(struct fake_disk *d)
{
	unsigned int count = 0, most = 0;
	char path[300] = "/d/";
	struct fs_file file;
	struct fs fs;

	assert_int_equal(ext4_test_open(d, "/d", &fs, &file), 0);
	assert_int_equal(fs_readdir(&fs, &file, count_names, &count), 0);
	assert_int_equal(count, NAMES + 2);
	for (unsigned int i = 0; i < NAMES; i++) {
		name_of(i, path + 3);
		assert_int_equal(fs_open(&fs, path, &file), 0);
		path[strlen(path) - 1] = 'x';
		assert_int_equal(fs_open(&fs, path, &file), -ENOENT);
	}
	/* by the index, not one by one: a few blocks with nothing cached */
	for (unsigned int i = 0; i < 20; i++) {
		ext4_test_changed(d);
		name_of(i * 149, path + 3);
		assert_int_equal(ext4_test_open(d, path, &fs, &file), 0);
		most = d->calls > most ? d->calls : most;
	}
	assert_in_range(most, 3, 8);
}

/* Each hash, each way to take characters, one and two levels; e2fsck makes the index. */
static void large_directories(void **state)
{
	static const char *const hashes[] = { "half_md4", "tea", "legacy" };
	char path[1024], name[256];

	(void)state;
	ext4_shell("mkdir -p src/d; echo x >src/x");
	for (unsigned int i = 0; i < NAMES; i++) {
		name_of(i, name);
		snprintf(path, sizeof(path), "%s/src/d/%s", ext4_tree, name);
		snprintf(name, sizeof(name), "%s/src/x", ext4_tree);
		assert_int_equal(link(name, path), 0);
	}
	ext4_shell("mke2fs -q -t ext4 -b 1024 -d src j 40M >/dev/null 2>&1");
	for (size_t i = 0; i < 2 * array_size(hashes); i++) {
		/* 1: signed, 2: unsigned */
		ext4_shell("cp --sparse=always j i;"
			   "tune2fs -E hash_alg=%s i >/dev/null;"
			   "debugfs -w -R 'ssv flags %zu' i >/dev/null 2>&1;"
			   "e2fsck -fyD i >/dev/null; [ $? -le 1 ] &&"
			   "debugfs -R 'htree d' i 2>/dev/null |"
			   "grep -q 'Indirect levels: 1'",
			   hashes[i / 2], i % 2 + 1);
		find_all(ext4_test_disk(512));
	}
}

/* What is allocated and not written, and what a size promises, is zeros, whatever is on
 * the disk there. */
static void not_written(void **state)
{
	static uint8_t buf[200000], zero[200000];
	struct fake_disk *d;
	struct fs_file file;
	struct fs fs;

	(void)state;
	ext4_shell("echo contents >src/some; cp src/some src/hole;"
		   "mke2fs -q -t ext4 -b 1024 -d src i 16M >/dev/null 2>&1;"
		   "(echo fallocate some 1 150; echo sif some size 150000;"
		   " echo sif hole size 199999) >s;"
		   "debugfs -w -f s i >log 2>&1;"
		   "debugfs -R 'ex some' i 2>/dev/null | grep -q Uninit");
	d = ext4_test_disk(512);
	for (uint8_t *p = d->data; p < d->data + d->size; p += 1024)
		if (!memcmp(p, zero, 1024))
			memset(p, 0xff, 1024);
	assert_int_equal(ext4_test_open(d, "some", &fs, &file), 0);
	assert_int_equal(file.size, 150000);
	memset(buf, 0xa5, sizeof(buf));
	assert_int_equal(fs_read(&fs, &file, 0, file.size, buf), 0);
	assert_memory_equal(buf, "contents\n", 9);
	assert_memory_equal(buf + 9, zero, 150000 - 9);
	assert_int_equal(buf[150000], 0xa5);
	assert_int_equal(ext4_test_open(d, "hole", &fs, &file), 0);
	assert_int_equal(fs_read(&fs, &file, 7, 199992, buf), 0);
	assert_memory_equal(buf, "s\n", 2);
	assert_memory_equal(buf + 2, zero, 199990);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(features, setup, teardown),
		fake_isolated(large_directories, setup, teardown),
		fake_isolated(not_written, setup, teardown),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
}
