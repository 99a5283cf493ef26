/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Damaged FAT volumes: every one ends in an error within a bound, or in the
 * right data; never in a crash, a hang or wrong data called right.
 */
#include "fat_test.h"

static struct fake_fat f;
static struct fake_disk *d;
static uint8_t *data;
static const unsigned int widths[] = { 12, 16, 32 };

static int setup(void **state)
{
	(void)state;
	fake_heap();
	f = (struct fake_fat){ .bits = 32, .clusters = 2000 };
	fake_fat_make(&f);
	data = fat_test_data(100000, 5);
	return 0;
}

/* ---- chains ---- */

/* An empty volume of a width, in place of the one there was. */
static void make(unsigned int bits)
{
	fake_fat_free(&f);
	f = (struct fake_fat){ .bits = bits,
			       .clusters = bits == 16 ? 5000 : 2000 };
	fake_fat_make(&f);
}

/* A file of five clusters whose third link is @value. */
static int with_link(unsigned int bits, uint32_t value)
{
	uint32_t list[] = { 10, 11, 12, 20, 21 };

	make(bits);
	fake_fat_file(&f, 0, "F          ", list, data, 5 * 512);
	fake_fat_link(&f, 12, value);
	d = fat_test_disk(&f, 512);
	return fat_test_read(d, "f", data, 5 * 512);
}

static void links(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		unsigned int bits = widths[i];
		uint32_t top = bits == 32 ? 0x0fffffff : (1u << bits) - 1;
		uint32_t end = bits == 16 ? 5002 : 2002;

		assert_int_equal(with_link(bits, 20), 0);
		assert_int_equal(with_link(bits, 0), -EBADMSG);
		assert_int_equal(with_link(bits, 1), -EBADMSG);
		assert_int_equal(with_link(bits, end), -EBADMSG);
		assert_int_equal(with_link(bits, end + 1), -EBADMSG);
		/* reserved, bad, the end: all too early */
		for (uint32_t v = top - 15; v <= top && v; v++)
			assert_int_equal(with_link(bits, v), -EBADMSG);
	}
}

/* The link of a file's last cluster, in files of one cluster and of several. */
static void last_link(void **state)
{
	static const uint32_t bad[] = { 0, 1, 0x0ffffff7, 60000, 0x0ffffff0 };
	uint32_t list[] = { 10, 11, 12 };
	int ret;

	(void)state;
	for (size_t i = 0; i < array_size(widths) * 3; i++) {
		uint32_t n = (uint32_t)i % 3 + 1, top;

		make(widths[i / 3]);
		fake_fat_file(&f, 0, "F          ", list, data, n * 512 - 9);
		top = fake_fat_end(&f);
		for (size_t k = 0; k < array_size(bad); k++) {
			fake_fat_link(&f, list[n - 1], bad[k] & top);
			d = fat_test_disk(&f, 512);
			ret = fat_test_read(d, "f", data, n * 512 - 9);
			assert_int_equal(ret, -EBADMSG);
		}
		fake_fat_link(&f, list[n - 1], list[n - 1]);
		d = fat_test_disk(&f, 512);
		ret = fat_test_read(d, "f", data, n * 512 - 9);
		assert_int_equal(ret, -ELOOP);
	}
}

/* Loops back to each cluster before, to itself, and from the last cluster on. */
static void loops(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		uint32_t list[] = { 10, 11, 12, 20, 21 };
		uint32_t back[] = { 10, 11, 12 };

		for (int k = 0; k < 3; k++) {
			int ret;

			make(widths[i]);
			fake_fat_file(&f, 0, "F          ", list, data, 2560);
			fake_fat_link(&f, 12, back[k]);
			d = fat_test_disk(&f, 512);
			{
				uint8_t buf[2560];
				struct fs_file file;
				struct fs fs;

				assert_int_equal(
					fat_test_open(d, "f", &fs, &file), 0);
				ret = fs_read(&fs, &file, 0, 2560, buf);
				assert_int_equal(ret, -ELOOP);
				assert_string_equal(fs_error(&fs, ret),
						    "a chain is a loop");
				/* A part before the loop is still part of one. */
				assert_int_equal(
					fs_read(&fs, &file, 0, 512, buf),
					-ELOOP);
			}
			fake_fat_chain(&f, list, 5);
			fake_fat_link(&f, 21, back[k]);
			d = fat_test_disk(&f, 512);
			assert_int_equal(fat_test_read(d, "f", data, 2560),
					 -ELOOP);
		}
	}
}

/* Clusters behind what the size needs, as fallocate leaves them. */
static void longer_chain(void **state)
{
	uint32_t list[] = { 10, 11, 12, 20, 21 };

	(void)state;
	fake_fat_file(&f, 0, "F          ", list, data, 1000);
	fake_fat_chain(&f, list, 5);
	d = fat_test_disk(&f, 512);
	assert_int_equal(fat_test_read(d, "f", data, 1000), 0);
}

/* A chain of all clusters of a large volume, ending or not. */
static void whole_volume(void **state)
{
	uint32_t n = 100000, *list = malloc(n * sizeof(*list));
	struct fs_file file;
	struct fs fs;
	uint8_t buf[16];

	(void)state;
	fake_fat_free(&f);
	f = (struct fake_fat){ .bits = 32, .clusters = n + 1 };
	fake_fat_make(&f);
	for (uint32_t i = 0; i < n; i++)
		list[i] = i % 2 ? n + 2 - i / 2 : 3 + i / 2;
	fake_fat_chain(&f, list, n);
	fake_fat_entry(&f, 0, "F          ", 0x20, 3, n * 512);
	d = fat_test_disk(&f, 512);
	assert_int_equal(fat_test_open(d, "f", &fs, &file), 0);
	assert_int_equal(fs_read(&fs, &file, n * 512 - 16, 16, buf), 0);
	fake_fat_link(&f, list[n - 1], list[n / 2]);
	d = fat_test_disk(&f, 512);
	assert_int_equal(fat_test_open(d, "f", &fs, &file), 0);
	assert_int_equal(fs_read(&fs, &file, 0, 16, buf), -ELOOP);
	assert_true(d->calls < 20);
	free(list);
}

/* ---- directory entries ---- */

static void first_clusters(void **state)
{
	static const struct {
		uint32_t first, size;
		uint8_t attr;
		int ret;
	} cases[] = {
		{ 0, 0, 0x20, 0 },
		{ 0, 1, 0x20, -EBADMSG },
		{ 1, 1, 0x20, -EBADMSG },
		{ 2001, 1, 0x20, 0 },
		{ 2002, 1, 0x20, -EBADMSG },
		{ 0x0fffffff, 1, 0x20, -EBADMSG },
		{ 0xf0000000 + 2001, 1, 0x20, 0 },
		{ 5000, 0, 0x20, 0 }, /* nothing of it is ever read */
		{ 0, 0, 0x10, -EBADMSG },
		{ 1, 0, 0x10, -EBADMSG },
		{ 2002, 0, 0x10, -EBADMSG },
		{ 10, 2000 * 512, 0x20, 0 },
		{ 10, 2000 * 512 + 1, 0x20, -EBADMSG },
		{ 10, 0xffffffff, 0x20, -EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct fs_file file;
		struct fs fs;

		memset(fake_fat_cluster(&f, 2), 0, 512);
		fake_fat_entry(&f, 0, "X          ", cases[i].attr,
			       cases[i].first, cases[i].size);
		d = fat_test_disk(&f, 512);
		assert_int_equal(fat_test_open(d, "x", &fs, &file),
				 cases[i].ret);
	}
}

static int ignore(void *arg, const struct fs_dirent *e)
{
	(void)e;
	++*(unsigned int *)arg;
	return 0;
}

/* Directories whose chains loop, end in nothing or are far too long. */
static void directory_chains(void **state)
{
	static const struct {
		uint32_t link;
		int ret;
	} cases[] = {
		{ 30, -ELOOP },     { 31, -ELOOP },           { 0, -EBADMSG },
		{ 2500, -EBADMSG }, { 0x0ffffff7, -EBADMSG }, { 0x0fffffff, 0 },
	};

	(void)state;
	fake_fat_entry(&f, 0, "D          ", 0x10, 30, 0);
	for (int i = 0; i < 16; i++)
		fake_fat_entry(&f, 30, "FULL       ", 0x20, 0, 0);
	for (int i = 0; i < 16; i++)
		fake_fat_entry(&f, 31, "FULL       ", 0x20, 0, 0);
	fake_fat_link(&f, 30, 31);
	for (size_t i = 0; i < array_size(cases); i++) {
		unsigned int count = 0;
		struct fs_file dir;
		struct fs fs;

		fake_fat_link(&f, 31, cases[i].link);
		d = fat_test_disk(&f, 512);
		assert_int_equal(fat_test_open(d, "d", &fs, &dir), 0);
		assert_int_equal(fs_readdir(&fs, &dir, ignore, &count),
				 cases[i].ret);
		assert_int_equal(count, cases[i].ret ? 0 : 32);
		assert_int_equal(fat_test_open(d, "d/x", &fs, &dir),
				 cases[i].ret ? cases[i].ret : -ENOENT);
	}
	fake_fat_link(&f, 2, 2);
	d = fat_test_disk(&f, 512);
	{
		struct fs_file dir;
		struct fs fs;

		assert_int_equal(fat_test_open(d, "/d", &fs, &dir), -ELOOP);
	}
}

/* ---- the boot sector ---- */

static const struct {
	unsigned int bits, at, width;
	uint32_t value;
	int ret; /* of mounting */
} fields[] = {
	{ 32, 510, 2, 0, -ENOENT },
	{ 32, 510, 2, 0xaaaa, -ENOENT },
	/* BPB_BytsPerSec */
	{ 32, 11, 2, 0, -EBADMSG },
	{ 32, 11, 2, 256, -EBADMSG },
	{ 32, 11, 2, 513, -EBADMSG },
	{ 32, 11, 2, 8192, -EBADMSG },
	{ 32, 11, 2, 0xffff, -EBADMSG },
	/* BPB_SecPerClus: U-Boot takes three for good */
	{ 32, 13, 1, 0, -EBADMSG },
	{ 32, 13, 1, 3, -EBADMSG },
	{ 32, 13, 1, 255, -EBADMSG },
	{ 32, 14, 2, 0, -EBADMSG }, /* BPB_RsvdSecCnt */
	{ 32, 14, 2, 0xffff, -EBADMSG },
	{ 32, 16, 1, 0, -EBADMSG }, /* BPB_NumFATs */
	{ 32, 16, 1, 255, -EBADMSG },
	{ 16, 17, 2, 0, -EBADMSG }, /* BPB_RootEntCnt */
	{ 16, 17, 2, 1, -EBADMSG },
	{ 16, 17, 2, 65535, -EBADMSG },
	{ 16, 17, 2, 65520, 0 },
	{ 16, 19, 2, 1, -EBADMSG }, /* BPB_TotSec16 */
	{ 16, 19, 2, 0xffff, 0 },
	{ 32, 21, 1, 0, -EBADMSG }, /* BPB_Media */
	{ 16, 22, 2, 0, -EBADMSG }, /* BPB_FATSz16 */
	{ 16, 22, 2, 0xffff, -EBADMSG },
	{ 16, 22, 2, 1, 0 },
	{ 32, 32, 4, 0, -EBADMSG }, /* BPB_TotSec32 */
	{ 32, 32, 4, 1, -EBADMSG },
	{ 32, 32, 4, 0xffffffff, -EBADMSG },
	{ 32, 32, 4, 0x0fffffff, 0 },
	{ 32, 36, 4, 0, -EBADMSG }, /* BPB_FATSz32 */
	{ 32, 36, 4, 0xffffffff, -EBADMSG },
	{ 32, 36, 4, 1, 0 },
	{ 32, 42, 2, 1, -EBADMSG }, /* BPB_FSVer */
	{ 32, 44, 4, 0, -EBADMSG }, /* BPB_RootClus */
	{ 32, 44, 4, 1, -EBADMSG },
	{ 32, 44, 4, 2002, -EBADMSG },
	{ 32, 44, 4, 0xffffffff, -EBADMSG },
	{ 32, 48, 2, 0xffff, 0 }, /* BPB_FSInfo: not used */
};

static void bpb_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(fields); i++) {
		struct fake_fat g = { .bits = fields[i].bits,
				      .clusters = fields[i].bits == 16 ? 5000
								       : 2000 };
		const char *why = NULL;
		struct fs fs;
		int ret;

		fake_fat_make(&g);
		if (fields[i].width == 1)
			g.img[fields[i].at] = (uint8_t)fields[i].value;
		else if (fields[i].width == 2)
			put_le16(g.img + fields[i].at,
				 (uint16_t)fields[i].value);
		else
			put_le32(g.img + fields[i].at, fields[i].value);
		d = fat_test_disk(&g, 512);
		ret = fs_mount(&d->dev, &fs, &why);
		if (ret != fields[i].ret)
			print_error("case %zu: %d, not %d\n", i, ret,
				    fields[i].ret);
		assert_int_equal(ret, fields[i].ret);
		if (ret)
			assert_non_null(why);
		fake_fat_free(&g);
	}
}

/* A disk cut anywhere: what lies before the cut is read, nothing else. */
static void truncated(void **state)
{
	uint32_t list[] = { 10, 11, 12, 13, 1900 };
	uint32_t at = 5;
	uint8_t *buf = malloc(2560);
	uint64_t whole = f.size / 512;

	(void)state;
	fake_fat_file(&f, 0, "F          ", list, data, 2560);
	fake_fat_file(&f, 0, "SMALL      ", &at, data, 100);
	for (uint64_t n = 0; n <= whole; n += n < 80 ? 1 : 97) {
		struct fs_file file;
		struct fs fs;
		int ret;

		d = fat_test_disk(&f, 512);
		d->dev.nsectors = n;
		ret = fat_test_open(d, "f", &fs, &file);
		if (!ret)
			ret = fs_read(&fs, &file, 0, 2560, buf);
		if (n * 512 >= f.data_at + 1899 * 512)
			assert_int_equal(ret, 0);
		else
			assert_int_equal(ret, n ? -EBADMSG : -ENOENT);
		if (n * 512 >= f.data_at + 4 * 512)
			assert_int_equal(fat_test_read(d, "small", data, 100),
					 0);
	}
	free(buf);
}

/* Any sector of the volume unreadable, with each kind of failure. */
static void io_errors(void **state)
{
	static const int errors[] = { -EIO, -ETIMEDOUT, -EINTR };
	uint32_t list[] = { 10, 11, 12, 13, 1900 };

	(void)state;
	fake_fat_file(&f, 0, "F          ", list, data, 2560);
	for (uint64_t n = 0; n < f.size / 512; n += n < 60 ? 1 : 61) {
		for (int i = 0; i < 3; i++) {
			int ret;

			d = fat_test_disk(&f, 512);
			d->bad_lba = n;
			d->bad_nsectors = 1;
			d->error = errors[i];
			ret = fat_test_read(d, "f", data, 2560);
			if (ret)
				assert_int_equal(ret, errors[i]);
			/* It comes back to life. */
			d->bad_nsectors = 0;
			assert_int_equal(fat_test_read(d, "f", data, 2560), 0);
		}
	}
}

/* The FAT cannot be read: its mirror is, if there is one. */
static void mirror(void **state)
{
	uint32_t list[] = { 1910, 1912, 1914 };

	(void)state;
	for (uint32_t nfats = 1; nfats <= 2; nfats++) {
		fake_fat_free(&f);
		f = (struct fake_fat){ .bits = 32,
				       .clusters = 40000,
				       .reserved = 200,
				       .nfats = nfats };
		fake_fat_make(&f);
		fake_fat_file(&f, 0, "F          ", list, data, 1536);
		d = fat_test_disk(&f, 512);
		d->bad_lba = 200;
		d->bad_nsectors = f.fat_sectors;
		assert_int_equal(fat_test_read(d, "f", data, 1536),
				 nfats > 1 ? 0 : -EIO);
		if (nfats == 1)
			continue;
		/* FAT32 that says it does not mirror */
		d->data[40] = 0x80;
		fat_test_changed(d);
		assert_int_equal(fat_test_read(d, "f", data, 1536), -EIO);
	}
}

/* The n-th request fails, whichever it is. */
static void failing_requests(void **state)
{
	uint32_t list[] = { 10, 12, 14, 16, 1900 };

	(void)state;
	fake_fat_file(&f, 0, "F          ", list, data, 2560);
	for (unsigned int n = 1; n < 8; n++) {
		d = fat_test_disk(&f, 512);
		d->fail_call = n;
		d->error = -ETIMEDOUT;
		assert_int_equal(fat_test_read(d, "f", data, 2560),
				 n > 3 ? 0 : -ETIMEDOUT);
	}
}

static void small_sectors(void **state)
{
	const char *why;
	struct fs fs;

	(void)state;
	d = fat_test_disk(&f, 4096);
	assert_int_equal(fs_mount(&d->dev, &fs, &why), -EBADMSG);
	assert_string_equal(why,
			    "FAT sectors are smaller than the device's blocks");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(links, setup, NULL),
		fake_isolated(last_link, setup, NULL),
		fake_isolated(loops, setup, NULL),
		fake_isolated(longer_chain, setup, NULL),
		fake_isolated(whole_volume, setup, NULL),
		fake_isolated(first_clusters, setup, NULL),
		fake_isolated(directory_chains, setup, NULL),
		fake_isolated(bpb_fields, setup, NULL),
		fake_isolated(truncated, setup, NULL),
		fake_isolated(io_errors, setup, NULL),
		fake_isolated(mirror, setup, NULL),
		fake_isolated(failing_requests, setup, NULL),
		fake_isolated(small_sectors, setup, NULL),
	};

	return fat_run_tests(tests);
}
