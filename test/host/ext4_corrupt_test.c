/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Volumes with one thing wrong, and none with a checksum that would tell first: each is
 * refused in words, and what has nothing to do with it is read.
 */
#include "ext4_test.h"

#define BLOCK 1024u
#define EH    0xf30au

static struct fake_disk *disk;
static uint8_t *was;

static int setup(void **state)
{
	(void)state;
	fake_heap();
	assert_non_null(mkdtemp(ext4_tree));
	ext4_shell("mkdir -p src/d; echo hello >src/good; head -c 300000 "
		   "/dev/zero | tr '\\0' x >src/big; ln -s good src/link;"
		   "ln -s %0200d src/long; for i in 1 2 3 4 5 6 7 8; do"
		   " echo $i >src/d/$i; done;"
		   "for i in 0 1 2 3 4 5 6 7 8 9; do dd if=src/big of=src/holes"
		   " bs=1024 count=1 seek=$((i * 8)) conv=notrunc 2>/dev/null;"
		   "done",
		   0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ext4_shell("rm -rf %s", ext4_tree);
	return 0;
}

static void make(const char *options)
{
	ext4_shell("mke2fs -q -b 1024 -O ^resize_inode %s -d src i 8M "
		   ">/dev/null 2>&1",
		   options);
	disk = ext4_test_disk(512);
	was = malloc(disk->size);
	assert_non_null(was);
	memcpy(was, disk->data, disk->size);
}

static void restore(void)
{
	memcpy(disk->data, was, disk->size);
	ext4_test_changed(disk);
}

/* Where an inode is in the image. */
static uint8_t *inode_of(const char *path)
{
	struct ext4_volume *v;
	struct fs_file file;
	struct fs fs;
	uint64_t table;
	uint32_t ino;

	ext4_test_changed(disk);
	assert_int_equal(ext4_test_open(disk, path, &fs, &file), 0);
	v = ext4_volume(fs.vol);
	ino = (uint32_t)file.priv[0] - 1;
	assert_int_equal(
		ext4_inode_table(v, ino / v->s.inodes_per_group, &table), 0);
	return disk->data + table * BLOCK +
	       ino % v->s.inodes_per_group * v->s.inode_size;
}

/* Opened, listed or read, @path gives @err with @text; another file is as it was. */
static void refused(const char *path, int err, const char *text)
{
	static uint8_t buf[300000];
	struct fs_file file;
	struct fs fs;
	int ret;

	ext4_test_changed(disk);
	ret = ext4_test_open(disk, path, &fs, &file);
	if (!ret && file.is_dir) {
		ret = fs_open(&fs, "/d/none", &file);
	} else if (!ret) {
		uint64_t len = file.size < sizeof(buf) ? file.size
						       : sizeof(buf);

		ret = fs_read(&fs, &file, 0, len, buf);
	}
	if (ret != err || (err && !strstr(fs_error(&fs, ret), text)))
		print_error("%s: %d %s\n", text, ret, fs_error(&fs, ret));
	assert_int_equal(ret, err);
	if (err)
		assert_non_null(strstr(fs_error(&fs, ret), text));
	assert_int_equal(fs_open(&fs, "/good", &file), 0);
	assert_int_equal(fs_read(&fs, &file, 0, 6, buf), 0);
	assert_memory_equal(buf, "hello\n", 6);
	restore();
}

static void superblocks(void **state)
{
	static const struct {
		unsigned int at, value;
		const char *why;
	} cases[] = {
		{ 0x18, 7, "bad ext4: block size" },
		{ 0x20, 0, "bad ext4: blocks per group" },
		{ 0x20, 8193, "bad ext4: blocks per group" },
		{ 0x28, 1, "bad ext4: inodes per group" },
		{ 0x28, 8193, "bad ext4: inodes per group" },
		{ 0x58, 64, "bad ext4: inode size" },
		{ 0x58, 384, "bad ext4: inode size" },
		{ 0x58, 2048, "bad ext4: inode size" },
		{ 0xfc, 0x00210001, "bad ext4: size of group descriptors" },
		{ 0xfc, 0x08000001, "bad ext4: size of group descriptors" },
		{ 0x04, 1, "bad ext4: number of blocks" },
		{ 0x14, 2, "bad ext4: number of blocks" },
		{ 0x150, 0x10001, "bad ext4: number of blocks" },
		{ 0x00, 0xffffffff, "bad ext4: number of inodes" },
		{ 0x00, 1, "bad ext4: number of inodes" },
		{ 0x60, 0x1, "feature 0x1 (compression)" },
		{ 0x60, 0x8, "feature 0x8 (journal_dev)" },
		{ 0x60, 0x1002, "feature 0x1000 (dirdata)" },
		{ 0x60, 0x80000000, "feature 0x80000000 (of no name" },
	};

	(void)state;
	make("-t ext4 -O ^metadata_csum,^has_journal");
	for (size_t i = 0; i < array_size(cases); i++) {
		const char *why = NULL;
		struct fs fs;

		put_le32(disk->data + 1024 + cases[i].at, cases[i].value);
		assert_int_equal(fs_mount(&disk->dev, &fs, &why), -EBADMSG);
		if (!strstr(why, cases[i].why))
			print_error("%s, not %s\n", why, cases[i].why);
		assert_non_null(strstr(why, cases[i].why));
		restore();
	}
	/* a superblock's end on the disk is not there */
	disk->dev.nsectors = 3;
	ext4_test_changed(disk);
	{
		const char *why = NULL;
		struct fs fs;

		assert_int_equal(fs_mount(&disk->dev, &fs, &why), -ENOENT);
	}
	/* nor is most of the volume */
	disk->dev.nsectors = 12;
	{
		struct fs_file file;
		struct fs fs;
		int ret;

		ext4_test_changed(disk);
		ret = ext4_test_open(disk, "/good", &fs, &file);
		assert_int_equal(ret, -EBADMSG);
		assert_string_equal(fs_error(&fs, ret), EXT4_PAST_END);
	}
}

static void inodes(void **state)
{
	(void)state;
	make("-t ext4 -O ^metadata_csum,^has_journal");
	put_le16(inode_of("big") + 0x1a, 0);
	refused("/big", -EBADMSG, "not in use");
	put_le16(inode_of("big"), 0);
	refused("/big", -EBADMSG, "not in use");
	put_le32(inode_of("big") + 0x6c, 0x400);
	refused("/big", -EBADMSG, "the size is more than a file can have");
	put_le16(inode_of("big"), 0x1180);
	refused("/big", -ENOSYS, "a device");
	put_le32(inode_of("big") + 0x20, 0x80004);
	refused("/big", -ENOSYS, "compressed");
	put_le32(inode_of("big") + 0x20, 0x280000);
	refused("/big", -EBADMSG, "an attribute");
	put_le32(inode_of("big") + 0x20, 0x10000000);
	refused("/big", -EBADMSG, "shorter than its size");
	put_le32(inode_of("d") + 0x20, 0x80800);
	refused("/d/1", -ENOSYS, "encrypted");
	put_le32(inode_of("d") + 4, 1000);
	refused("/d/1", -EBADMSG, "the size of a directory is wrong");
	put_le32(inode_of("d") + 4, 1u << 30);
	refused("/d/1", -EBADMSG, "the size of a directory is wrong");
	put_le32(inode_of("d") + 4, 4096);
	refused("/d/none", -EBADMSG, "a directory has a hole");
}

/* The tree's root is in the inode: header, then entries. */
static void extents(void **state)
{
	static const struct {
		unsigned int at;
		uint32_t value;
		const char *why;
	} cases[] = {
		{ 0, EH ^ 1, "a node of an extent tree is not one" },
		{ 0, EH | 5u << 16,
		  "the number of entries in an extent tree is wrong" },
		{ 4, 5, "the number of entries in an extent tree is wrong" },
		{ 4, 4 | 6u << 16, "the depth of an extent tree is wrong" },
		{ 4, 4 | 1u << 16, "a block is outside" },
		{ 16, 0, "the order of an extent tree is wrong" },
		{ 16, 1, NULL },
		{ 16, 1 | 1u << 16, "blocks outside" },
		{ 16, 32768 + 1, NULL },
		{ 20, 0, "blocks outside" },
		{ 20, 1, "blocks outside" },
		{ 20, 8191, "blocks outside" },
		{ 12, 0xffffff00, "the order of an extent tree is wrong" },
	};

	(void)state;
	make("-t ext4 -O ^metadata_csum,^has_journal");
	for (size_t i = 0; i < array_size(cases); i++) {
		put_le32(inode_of("big") + 0x28 + cases[i].at, cases[i].value);
		refused("/big", cases[i].why ? -EBADMSG : 0, cases[i].why);
	}
}

/* A tree whose nodes lead back to themselves, or to each other's places. */
static void extent_loops(void **state)
{
	uint8_t *root, *node;
	uint32_t block;

	(void)state;
	make("-t ext4 -O ^metadata_csum,^has_journal");
	root = inode_of("big") + 0x28;
	block = get_le32(root + 20);
	node = disk->data + block * BLOCK;
	put_le32(root + 4, 4 | 1u << 16);
	put_le32(root + 16, block);
	put_le32(root + 20, 0);
	memcpy(node, root, 60);
	refused("/big", -EBADMSG, "the depth of an extent tree is wrong");

	root = inode_of("holes") + 0x28;
	assert_int_equal(get_le16(root + 6), 1);
	block = get_le32(root + 16);
	node = disk->data + block * BLOCK;
	/* the second extent where the first is */
	put_le32(node + 24, get_le32(node + 12));
	refused("/holes", -EBADMSG, "the order of an extent tree is wrong");
	node = disk->data + block * BLOCK;
	put_le16(node + 4, 85);
	refused("/holes", -EBADMSG,
		"the number of entries in an extent tree is wrong");
}

static void block_maps(void **state)
{
	uint8_t *map;

	(void)state;
	make("-t ext2");
	map = inode_of("big") + 0x28;
	put_le32(map + 8, 8192);
	refused("/big", -EBADMSG, "blocks outside");
	put_le32(inode_of("big") + 0x28 + 48, 8192);
	refused("/big", -EBADMSG, "a block is outside");
	/* two levels: the second leads nowhere */
	map = inode_of("big") + 0x28;
	put_le32(disk->data + get_le32(map + 52) * BLOCK, 0xffffffff);
	refused("/big", -EBADMSG, "a block is outside");
	/* lists that list themselves are data, no more: an end is all they have */
	map = inode_of("big") + 0x28;
	put_le32(disk->data + get_le32(map + 52) * BLOCK, get_le32(map + 52));
	refused("/big", 0, NULL);
	/* what three levels cannot reach */
	put_le32(inode_of("big") + 0x6c, 4);
	{
		struct fs_file file;
		struct fs fs;
		char c;

		ext4_test_changed(disk);
		assert_int_equal(ext4_test_open(disk, "/big", &fs, &file), 0);
		assert_int_equal(fs_read(&fs, &file, file.size - 1, 1, &c), 0);
	}
	put_le32(inode_of("big") + 0x6c, 5);
	{
		struct fs_file file;
		struct fs fs;
		char c;

		ext4_test_changed(disk);
		assert_int_equal(ext4_test_open(disk, "/big", &fs, &file), 0);
		assert_int_equal(fs_read(&fs, &file, file.size - 1, 1, &c),
				 -EBADMSG);
	}
}

/* The directory's block: ".", "..", "1" … */
static void entries(void **state)
{
	static const struct {
		unsigned int at, bytes;
		uint32_t value;
		const char *why;
	} cases[] = {
		{ 24, 4, 0xffffffff,
		  "the inode of a directory entry is wrong" },
		{ 24, 4, 8, "the inode of a directory entry is wrong" },
		{ 28, 2, 0, "the length of a directory entry is wrong" },
		{ 28, 2, 8, "the length of a directory entry is wrong" },
		{ 28, 2, 13, "the length of a directory entry is wrong" },
		{ 28, 2, 1004, "the length of a directory entry is wrong" },
		{ 28, 2, 996, "the end of a directory's block is wrong" },
		{ 30, 1, 200, "the length of a directory entry is wrong" },
		{ 30, 1, 0, "the name of a directory entry is wrong" },
		{ 32, 1, '/', "the name of a directory entry is wrong" },
		{ 32, 1, 0, "the name of a directory entry is wrong" },
	};

	(void)state;
	make("-t ext4 -O ^metadata_csum,^has_journal");
	for (size_t i = 0; i < array_size(cases); i++) {
		uint32_t block = get_le32(inode_of("d") + 0x28 + 20);
		uint8_t *p = disk->data + block * BLOCK + cases[i].at;

		for (unsigned int k = 0; k < cases[i].bytes; k++)
			p[k] = (uint8_t)(cases[i].value >> 8 * k);
		refused("/d/none", -EBADMSG, cases[i].why);
	}
}

static void links(void **state)
{
	uint8_t *p;

	(void)state;
	make("-t ext4 -O ^metadata_csum,^has_journal");
	/* a file's inode turned into a link */
	p = inode_of("big");
	put_le16(p, 0xa1ff);
	refused("/big", -EBADMSG, "the size of a symbolic link is wrong");
	p = inode_of("big");
	put_le16(p, 0xa1ff);
	put_le32(p + 4, 0);
	refused("/big", -EBADMSG, "the size of a symbolic link is wrong");
	p = inode_of("big");
	put_le16(p, 0xa1ff);
	put_le32(p + 4, 4);
	memcpy(p + 0x28, "go\0d", 4);
	refused("/big", -EBADMSG, "the text of a symbolic link is wrong");
	p = inode_of("big");
	put_le16(p, 0xa1ff);
	put_le32(p + 4, 4);
	put_le32(p + 0x20, 0x800);
	refused("/big", -ENOSYS, "a symbolic link is encrypted");
	p = inode_of("big");
	put_le16(p, 0xa1ff);
	put_le32(p + 4, 7);
	memcpy(p + 0x28, "./d/../big", 10);
	put_le32(p + 4, 10);
	refused("/big", -ELOOP, "without an end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(superblocks, setup, teardown),
		fake_isolated(inodes, setup, teardown),
		fake_isolated(extents, setup, teardown),
		fake_isolated(extent_loops, setup, teardown),
		fake_isolated(block_maps, setup, teardown),
		fake_isolated(entries, setup, teardown),
		fake_isolated(links, setup, teardown),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
}
