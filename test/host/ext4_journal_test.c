/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A log written by hand, block by block, near the end of a journal that has a directory
 * right behind it: both are in one window of the cache. What was committed is seen,
 * what was not is not, whatever of it has reached the disk.
 */
#include "ext4_test.h"

#include <lib/hash.h>

#define BLOCK   1024u
#define WINDOW  32u /* blocks */
#define MAGIC   0xc03b3998u
#define CSUM_V3 0x10u

enum { DESCRIPTOR = 1, COMMIT, REVOKE = 5 };

static struct fake_disk *disk;
static struct {
	uint8_t *super;
	uint32_t first,
		last; /* blocks of the disk; next to each other from first on */
	uint32_t start; /* the number in the journal of the first */
	uint32_t dir;   /* the block of the directory */
	uint32_t seed, at;
	bool csum;
} j;

static int setup(void **state)
{
	(void)state;
	fake_heap();
	assert_non_null(mkdtemp(ext4_tree));
	ext4_shell("mkdir -p src/d; echo hello | tee src/good >src/d/name-0");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ext4_shell("rm -rf %s", ext4_tree);
	return 0;
}

static uint32_t block_of(struct ext4_volume *v, uint32_t ino, uint32_t index)
{
	struct ext4_inode in;
	struct ext4_run run;

	assert_int_equal(ext4_inode_get(v, ino, &in), 0);
	assert_int_equal(ext4_map(v, &in, index, 1, &run), 0);
	return (uint32_t)run.block;
}

/* The log's first two blocks are the last ones of a window; the rest is in the one
 * that has the directory. */
static void find(void)
{
	struct ext4_volume *v;
	struct fs_file dir;
	struct fs fs;
	uint32_t n = 1023;

	assert_int_equal(ext4_test_open(disk, "/d", &fs, &dir), 0);
	v = ext4_volume(fs.vol);
	j.super = disk->data + block_of(v, 8, 0) * BLOCK;
	j.dir = block_of(v, (uint32_t)dir.priv[0], 0);
	j.last = block_of(v, 8, n);
	assert_int_equal(get_be32(j.super + 0x10), n + 1);
	assert_in_range(j.dir, j.last + 1, j.last / WINDOW * WINDOW + 31);
	j.first = j.last / WINDOW * WINDOW - 2;
	j.start = n - (j.last - j.first);
	assert_in_range(j.last - j.first, 10, WINDOW);
	assert_int_equal(block_of(v, 8, j.start), j.first);
}

/* A checksum over a block, its four bytes at @at being zero. */
static void sign(uint32_t seed, uint8_t *p, uint32_t at)
{
	put_be32(p + at, 0);
	put_be32(p + at, crc32c(seed, p, BLOCK));
}

/* A volume with an empty log, to be recovered. */
static void make(bool csum)
{
	uint8_t *super;

	ext4_shell("mke2fs -q -b 1024 -O ^resize_inode,^metadata_csum -t ext4 "
		   "-d src i %s >/dev/null 2>&1",
		   "8M");
	disk = ext4_test_disk(512);
	find();
	super = disk->data + 1024;
	put_le32(super + 0x60, get_le32(super + 0x60) | INCOMPAT_RECOVER);
	put_be32(j.super + 0x18, 7);
	put_be32(j.super + 0x1c, j.start);
	j.csum = csum;
	j.at = j.first;
	j.seed = crc32c(~0u, j.super + 0x30, 16);
	if (!csum)
		return;
	put_be32(j.super + 0x28, get_be32(j.super + 0x28) | CSUM_V3);
	j.super[0x50] = 4;
	sign(~0u, j.super, 0xfc);
}

/* The next block of the log. */
static uint8_t *put(uint32_t type, uint32_t sequence)
{
	uint8_t *p = disk->data + j.at++ * BLOCK;

	assert_true(j.at <= j.last + 1);
	memset(p, 0, BLOCK);
	put_be32(p, MAGIC);
	put_be32(p + 4, type);
	put_be32(p + 8, sequence);
	return p;
}

/* A descriptor and a copy of the directory's block, in which its name ends with @digit;
 * 0: the copy has not reached the disk. */
static uint8_t *put_copy(uint32_t sequence, char digit)
{
	uint8_t *p = put(DESCRIPTOR, sequence), *copy, *name, number[4];
	uint32_t c;

	copy = disk->data + j.at++ * BLOCK;
	memcpy(copy, disk->data + j.dir * BLOCK, BLOCK);
	name = memmem(copy, BLOCK, "name-", 5);
	assert_non_null(name);
	name[5] = (uint8_t)digit;
	put_be32(number, sequence);
	c = crc32c(crc32c(j.seed, number, 4), copy, BLOCK);
	if (!digit)
		memset(copy, 0, BLOCK);
	put_be32(p + 12, j.dir);
	if (j.csum) {
		put_be32(p + 16, 8);
		put_be32(p + 24, c);
		sign(j.seed, p, BLOCK - 4);
	} else {
		put_be16(p + 18, 8);
	}
	return p;
}

static uint8_t *put_commit(uint32_t sequence, uint64_t when)
{
	uint8_t *p = put(COMMIT, sequence);

	put_be64(p + 0x30, when);
	if (j.csum)
		sign(j.seed, p, 0x10);
	return p;
}

/* The one name in the directory ends with @digit, and mounting told @note. */
static void seen(char digit, const char *note)
{
	char path[] = "/d/name-?", data[6];
	struct fs_file file;
	struct fs fs;

	ext4_test_changed(disk);
	for (char c = '0'; c <= '3'; c++) {
		path[8] = c;
		assert_int_equal(ext4_test_open(disk, path, &fs, &file),
				 c == digit ? 0 : -ENOENT);
	}
	path[8] = digit;
	assert_int_equal(ext4_test_open(disk, path, &fs, &file), 0);
	assert_int_equal(fs_read(&fs, &file, 0, 6, data), 0);
	assert_memory_equal(data, "hello\n", 6);
	assert_int_equal(!fs.vol->note, !note);
	if (note)
		assert_non_null(strstr(fs.vol->note, note));
}

#define EMPTIED "as they will be when it is"

static void not_committed(void **state)
{
	(void)state;
	make(false);
	put_copy(7, '1');
	seen('0', NULL);
	/* the copies were to come after this block */
	make(true);
	put_copy(7, 0);
	seen('0', NULL);
	make(true);
	put_copy(7, '1');
	put_commit(6, 1);
	seen('0', NULL);
}

static void committed(void **state)
{
	(void)state;
	for (int csum = 0; csum < 2; csum++) {
		make(csum);
		put_copy(7, '1');
		put_commit(7, 1);
		seen('1', EMPTIED);
		make(csum);
		put_copy(7, '1');
		put_commit(7, 1);
		put_copy(8, csum ? 0 : '2');
		seen('1', EMPTIED);
		make(csum);
		put_copy(7, '1');
		put_commit(7, 1);
		put_copy(8, '2');
		put_commit(8, 1);
		put_copy(9, '3');
		seen('2', EMPTIED);
	}
}

/* Wrong checksums where the power did not fail: what stands before them is read. */
static void damaged(void **state)
{
	uint8_t *block;

	(void)state;
	for (int what = 0; what < 3; what++) {
		make(true);
		put_copy(7, '1');
		put_commit(7, 5);
		block = put_copy(8, '2');
		if (what == 0)
			block[BLOCK - 1] ^= 1;
		block = put_commit(8, what == 2 ? 4 : 5);
		if (what)
			block[0x10] ^= 1;
		put_copy(9, '3');
		put_commit(9, 6);
		/* an older one is of a journal that was here before */
		seen('1', what == 2 ? EMPTIED : "is damaged");
	}
	make(true);
	block = put(REVOKE, 7);
	put_be32(block + 12, 16);
	put_commit(7, 5);
	seen('0', "is damaged");
	/* and without checksums: one that is longer than its block */
	make(false);
	block = put(REVOKE, 7);
	put_be32(block + 12, BLOCK + 1);
	put_commit(7, 5);
	seen('0', "is damaged");
}

/* A copy that is not what was written says nothing of its neighbours. */
static void bad_copy(void **state)
{
	uint8_t *p;

	(void)state;
	make(true);
	p = put_copy(7, 0);
	put_be32(p + 12, j.last / WINDOW * WINDOW + 31);
	sign(j.seed, p, BLOCK - 4);
	put_commit(7, 1);
	seen('0', EMPTIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(not_committed, setup, teardown),
		fake_isolated(committed, setup, teardown),
		fake_isolated(damaged, setup, teardown),
		fake_isolated(bad_copy, setup, teardown),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
}
