/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directories that are kept in memory: a path gone before costs nothing, and nothing
 * that was written since is missed.
 */
#include "fat_test.h"

#define DIRS 40u

static struct fake_fat f;
static struct fake_disk *d;

/* "/D00" to "/D39", each a cluster with the file "F" in it. */
static int setup(void **state)
{
	(void)state;
	fake_heap();
	f = (struct fake_fat){ .bits = 16, .clusters = 5000 };
	fake_fat_make(&f);
	for (uint32_t i = 0; i < DIRS; i++) {
		uint32_t dir = 100 + i, file = 200 + i;
		char name[12];

		snprintf(name, sizeof(name), "D%02u        ", i);
		fake_fat_chain(&f, &dir, 1);
		fake_fat_entry(&f, 0, name, 0x10, dir, 0);
		fake_fat_entry(&f, dir, ".          ", 0x10, dir, 0);
		fake_fat_entry(&f, dir, "..         ", 0x10, 0, 0);
		fake_fat_file(&f, dir, "F          ", &file, name, 3);
	}
	d = fat_test_disk(&f, 512);
	return 0;
}

static int look(uint32_t dir, const char *name)
{
	struct fs_file file;
	struct fs fs;
	char path[64];

	snprintf(path, sizeof(path), "/d%02u/%s", dir, name);
	return fat_test_open(d, path, &fs, &file);
}

/* The first @n directories, once more: how many requests? */
static unsigned int again(unsigned int n)
{
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(look(i, "f"), 0);
	fake_disk_forget(d);
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(look(i, "f"), 0);
	return d->calls;
}

static void costs(void **state)
{
	(void)state;
	assert_int_equal(again(1), 0);
	/* the root is one more */
	assert_int_equal(again(FAT_NKEPT - 2), 0);
	assert_true(again(DIRS) <= 2 * DIRS);
	fat_test_changed(d);
	assert_int_equal(look(0, "f"), 0);
	assert_true(d->calls > DIRS); /* and looked for cross-links anew */
}

/* Files come and are seen, in any order; what is not there stays so. */
static void nothing_is_missed(void **state)
{
	static bool has[DIRS][40];
	uint32_t x = 1;

	(void)state;
	for (unsigned int n = 0; n < 1500; n++) {
		const char *why;
		char path[64];
		uint32_t dir, k;
		struct fs fs;

		x = x * 1664525 + 1013904223;
		dir = (x >> 8) % DIRS;
		k = (x >> 20) % 40;
		snprintf(path, sizeof(path), "d%02u/a long name %u", dir, k);
		if (n % 3 == 0) {
			assert_int_equal(fs_mount(&d->dev, &fs, &why), 0);
			assert_int_equal(fs_write(&fs, path, 0, 3, "abc"), 0);
			has[dir][k] = true;
			continue;
		}
		assert_int_equal(look(dir, path + 4),
				 has[dir][k] ? 0 : -ENOENT);
		assert_int_equal(look(dir, "f"), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(costs, setup, NULL),
		fake_isolated(nothing_is_missed, setup, NULL),
	};

	return fat_run_tests(tests);
}
