/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of FAT volumes one by one: contents, names, and what each costs. Stops in the
 * middle, failing disks and long sequences have tests of their own.
 */
#include "fat_change.h"

static const struct {
	unsigned int bits;
	uint32_t clusters, sector, spc;
} volumes[] = {
	{ 12, 2000, 512, 1 },  { 12, 700, 512, 4 },   { 16, 5000, 512, 1 },
	{ 16, 4100, 4096, 1 }, { 32, 66000, 512, 1 }, { 32, 66000, 1024, 2 },
};

/* ---- contents ---- */

static void sizes(void **state)
{
	static const uint32_t size[] = {
		0, 1, 511, 512, 513, 4096, 5000, 70001
	};
	const size_t n = array_size(size);
	char name[40];

	(void)state;
	for (size_t i = 0; i < array_size(volumes); i++) {
		make(volumes[i].bits, volumes[i].clusters, volumes[i].sector,
		     volumes[i].spc);
		start();
		for (size_t s = 0; s < n; s++) {
			snprintf(name, sizeof(name), "/A long name %zu.bin", s);
			assert_int_equal(save(name, 0, size[s]), 0);
			assert_int_equal(fat_test_read(d, name, data, size[s]),
					 0);
		}
		for (size_t s = 0; s < n; s++) {
			uint32_t was = size[n - 1 - s];

			snprintf(name, sizeof(name), "/a LONG name %zu.BIN", s);
			assert_int_equal(save(name, 0, was), 0);
			assert_int_equal(fs_write(mounted(), name, FS_APPEND,
						  700, data + was),
					 0);
			assert_int_equal(
				fat_test_read(d, name, data, was + 700), 0);
			/* Into the middle, which ends it. */
			assert_int_equal(fs_write(mounted(), name, was / 2, 9,
						  data + was / 2),
					 0);
			assert_int_equal(
				fat_test_read(d, name, data, was / 2 + 9), 0);
		}
		judge();
	}
}

/* 150 clusters are free, no two side by side; a file takes them all, and not one more. */
static void fragments(void **state)
{
	(void)state;
	make(16, 5000, 512, 1);
	for (uint32_t c = 2; c < 5002; c++)
		if (c % 2 == 0 || c >= 302)
			fake_fat_link(&f, c, 0xfff7);
	start();
	assert_int_equal(save("/x", 0, 150 * 512 + 1), -ENOSPC);
	assert_int_equal(d->flushes, 0);
	assert_int_equal(save("/x", 0, 150 * 512), 0);
	assert_int_equal(fat_test_read(d, "/x", data, 150 * 512), 0);
	assert_int_equal(save("/y", 0, 1), -ENOSPC);
	/* There must be room for both the old and the new. */
	assert_int_equal(save("/x", 0, 1), -ENOSPC);
	assert_int_equal(fs_remove(mounted(), "/x"), 0);
	assert_int_equal(save("/y", 0, 150 * 512), 0);
	judge();
}

/* ---- names ---- */

/* The short entry that is the last of the root. */
static const uint8_t *last_entry(unsigned int *parts)
{
	const uint8_t *e = d->data + f.root_at, *last = NULL;

	for (*parts = 0; e[0]; e += 32) {
		if (e[11] == 0x0f && e[0] != 0xe5)
			++*parts;
		else if (e[0] != 0xe5 && last != e)
			last = e;
	}
	return last;
}

static void names(void **state)
{
	static const struct {
		const char *name, *stored;
		uint8_t ntres;
		unsigned int parts;
	} cases[] = {
		{ "UPPER.TXT", "UPPER   TXT", 0, 0 },
		{ "lower.txt", "LOWER   TXT", 0x18, 0 },
		{ "BASE.ext", "BASE    EXT", 0x10, 0 },
		{ "base.EXT", "BASE    EXT", 0x08, 0 },
		{ "noext", "NOEXT      ", 0x08, 0 },
		{ "a-_~$%1.x", "A-_~$%1 X  ", 0x18, 0 },
		{ "Mixed.txt", "MIXED   TXT", 0, 1 },
		{ "eightandmore.txt", "EIGHTA~1TXT", 0, 2 },
		{ "a.text", "A~1     TEX", 0, 1 },
		{ "two.dots.txt", "TWODOT~1TXT", 0, 1 },
		{ ".hidden", "HIDDEN~1   ", 0, 1 },
		{ "with blank", "WITHBL~1   ", 0, 1 },
		{ "a+b=c,d;e[f]", "A_B_C_~1   ", 0, 1 },
		{ "gr\xc3\xbc\xc3\x9f", "GR__~1     ", 0, 1 },
		{ "\xf0\x9f\x98\x80", "__~1       ", 0, 1 },
		{ "thirteen.char", "THIRTE~1CHA", 0, 1 },
		{ "fourteen.chars", "FOURTE~1CHA", 0, 2 },
	};
	char path[64];

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		const uint8_t *e;
		unsigned int parts;

		make(12, 700, 512, 1);
		start();
		snprintf(path, sizeof(path), "/%s", cases[i].name);
		assert_int_equal(save(path, 0, 5), 0);
		e = last_entry(&parts);
		assert_memory_equal(e, cases[i].stored, 11);
		assert_int_equal(e[12], cases[i].ntres);
		assert_int_equal(e[11], 0x20);
		assert_int_equal(parts, cases[i].parts);
		assert_int_equal(fat_test_read(d, path, data, 5), 0);
		judge();
	}
}

/* The tail is the lowest that nobody has, and a digit longer when it must be. */
static void tails(void **state)
{
	static const char *const want[] = { "LONGNA~1TXT", "LONGNA~2TXT",
					    "LONGN~10TXT", "LONGN~11TXT" };
	char path[64];
	unsigned int parts;

	(void)state;
	make(16, 5000, 512, 1);
	start();
	for (int i = 1; i <= 11; i++) {
		snprintf(path, sizeof(path), "/long name number %d.txt", i);
		assert_int_equal(save(path, 0, 0), 0);
		if (i < 3 || i > 9)
			assert_memory_equal(last_entry(&parts),
					    want[i < 3 ? i - 1 : i - 8], 11);
	}
	assert_int_equal(fs_remove(mounted(), "/long name number 4.txt"), 0);
	assert_int_equal(save("/long name, again.txt", 0, 0), 0);
	assert_int_equal(fs_remove(mounted(), "/LONGNA~4.TXT"), 0);
	assert_int_equal(save("/long name, again.txt", 1, 0), -ERANGE);
	judge();
}

/* ---- cost ---- */

static int append_(const char *path, const char *to)
{
	(void)to;
	return fs_write(mounted(), path, FS_APPEND, 3000, data);
}

/* Warm: nothing is read but by a copy. */
static void cost(void **state)
{
	static const struct {
		int (*fn)(const char *path, const char *to);
		const char *path, *to;
		unsigned int calls, flushes;
	} cases[] = {
		{ save_, "/first", NULL, 0, 0 },
		{ save_, "/new", NULL, 6, 3 },
		{ save_, "/new", NULL, 6, 4 },
		{ append_, "/new", NULL, 5, 3 },
		{ mkdir_, "/dir", NULL, 6, 3 },
		{ touch_, "/new", NULL, 1, 1 },
		{ mv_, "/new", "/old", 3, 4 },
		{ rm_, "/old", NULL, 5, 4 },
	};

	(void)state;
	make(32, 66000, 512, 8);
	start();
	for (size_t i = 0; i < array_size(cases); i++) {
		fake_disk_forget(d);
		d->flushes = 0;
		assert_int_equal(cases[i].fn(cases[i].path, cases[i].to), 0);
		if (i && (d->calls != cases[i].calls ||
			  d->flushes != cases[i].flushes))
			fail_msg("%s: %u requests, %u flushes", cases[i].path,
				 d->calls, d->flushes);
	}
	judge();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(sizes, setup, teardown),
		fake_isolated(fragments, setup, teardown),
		fake_isolated(names, setup, teardown),
		fake_isolated(tails, setup, teardown),
		fake_isolated(cost, setup, teardown),
	};

	return fat_run_tests(tests);
}
