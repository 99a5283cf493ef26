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

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(features, setup, teardown),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
}
