/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clusters that two chains claim: both are refused, whichever is met first; all
 * else on the volume is read, whatever else is wrong there.
 */
#include "fat_test.h"

#define SHARED "its clusters belong to another file, too"

static struct fake_fat f;
static struct fake_disk *d;
static uint8_t *data;
static struct fs fs;

static void make(unsigned int bits, uint32_t clusters)
{
	fake_fat_free(&f);
	f = (struct fake_fat){ .bits = bits, .clusters = clusters };
	fake_fat_make(&f);
}

static int setup(void **state)
{
	(void)state;
	fake_heap();
	make(32, 2000);
	data = fat_test_data(100000, 5);
	return 0;
}

/* Two healthy files and one in a healthy directory, around what a test adds. */
static void healthy(void)
{
	uint32_t a[] = { 50, 51, 60, 61 }, b[] = { 71 }, c[] = { 81, 80, 82 };

	fake_fat_file(&f, 0, "GOOD1      ", a, data, 4 * 512);
	fake_fat_entry(&f, 0, "GOODDIR    ", 0x10, 90, 0);
	fake_fat_chain(&f, (uint32_t[]){ 90 }, 1);
	fake_fat_file(&f, 90, "GOOD2      ", b, data + 7, 100);
	fake_fat_file(&f, 90, "GOOD3      ", c, data + 9, 3 * 512);
}

static void still_healthy(void)
{
	assert_int_equal(fat_test_read(d, "good1", data, 4 * 512), 0);
	assert_int_equal(fat_test_read(d, "gooddir/good2", data + 7, 100), 0);
	assert_int_equal(fat_test_read(d, "gooddir/good3", data + 9, 3 * 512),
			 0);
}

/* Opens, and reading is refused for that reason. */
static void refused(const char *path)
{
	struct fs_file file;
	uint8_t buf[1];
	int ret;

	assert_int_equal(fat_test_open(d, path, &fs, &file), 0);
	ret = fs_read(&fs, &file, 0, 1, buf);
	assert_int_equal(ret, -EBADMSG);
	assert_string_equal(fs_error(&fs, ret), SHARED);
}

static int ignore(void *arg, const struct fs_dirent *e)
{
	(void)arg;
	(void)e;
	return 0;
}

static void dir_refused(const char *path, int want)
{
	struct fs_file dir;
	int ret;

	assert_int_equal(fat_test_open(d, path, &fs, &dir), 0);
	ret = fs_readdir(&fs, &dir, ignore, NULL);
	assert_int_equal(ret, want);
	if (want == -EBADMSG)
		assert_string_equal(fs_error(&fs, ret), SHARED);
}

static const struct {
	unsigned int bits;
	uint32_t clusters;
} widths[] = { { 12, 2000 }, { 16, 5000 }, { 32, 2000 }, { 32, 300000 } };

/* A chain that goes on in each cluster of another one, at the right length. */
static void merges(void **state)
{
	uint32_t a[] = { 10, 11, 12, 20, 21 };

	(void)state;
	for (size_t i = 0; i < array_size(widths); i++) {
		for (int at = 0; at < 5; at++) {
			make(widths[i].bits, widths[i].clusters);
			fake_fat_file(&f, 0, "A          ", a, data, 5 * 512);
			fake_fat_link(&f, 30, a[at]);
			fake_fat_entry(&f, 0, "B          ", 0x20, 30,
				       (uint32_t)(6 - at) * 512);
			healthy();
			d = fat_test_disk(&f, 512);
			refused("a");
			refused("b");
			refused("a"); /* now that it was walked to its end */
			still_healthy();
		}
	}
}

/* A run that goes through all of another one. */
static void runs(void **state)
{
	uint32_t a[500];

	(void)state;
	for (uint32_t i = 0; i < 500; i++)
		a[i] = 200 + i;
	fake_fat_file(&f, 0, "A          ", a, data, 190 * 512);
	fake_fat_chain(&f, a, 500);
	fake_fat_entry(&f, 0, "B          ", 0x20, 263, 512);
	fake_fat_entry(&f, 0, "C          ", 0x20, 600, 512);
	fake_fat_entry(&f, 0, "D          ", 0x20, 198, 512);
	fake_fat_chain(&f, (uint32_t[]){ 198, 199, 200 }, 3);
	fake_fat_link(&f, 200, 201);
	healthy();
	d = fat_test_disk(&f, 512);
	refused("a");
	refused("b");
	refused("c"); /* shares what is behind A's size */
	/* A shared cluster behind its own size does no harm. */
	memcpy(fake_fat_cluster(&f, 198), data, 512);
	d = fat_test_disk(&f, 512);
	assert_int_equal(fat_test_read(d, "d", data, 512), 0);
	still_healthy();
}

/* Two entries with one chain, files and directories. */
static void same_first(void **state)
{
	uint32_t a[] = { 10, 12 };

	(void)state;
	for (size_t i = 0; i < array_size(widths); i++) {
		make(widths[i].bits, widths[i].clusters);
		healthy();
		fake_fat_file(&f, 0, "A          ", a, data, 1024);
		fake_fat_entry(&f, 90, "B          ", 0x20, 10, 20);
		fake_fat_entry(&f, 0, "D          ", 0x10, 30, 0);
		fake_fat_entry(&f, 0, "E          ", 0x20, 30, 512);
		fake_fat_chain(&f, (uint32_t[]){ 30 }, 1);
		/* A cluster that both say is theirs, and the FAT says is free. */
		fake_fat_entry(&f, 0, "FREE1      ", 0x20, 40, 512);
		fake_fat_entry(&f, 0, "FREE2      ", 0x20, 40, 511);
		d = fat_test_disk(&f, 512);
		refused("a");
		refused("gooddir/b");
		dir_refused("d", -EBADMSG);
		refused("e");
		refused("free2");
		still_healthy();
	}
}

static void twin_is(const char *path, const char *path2, uint32_t size)
{
	assert_int_equal(fat_test_read(d, path, data, size), 0);
	assert_int_equal(fat_test_read(d, path2, data, size), 0);
}

static const struct fs *mounted(void)
{
	const char *why;

	assert_int_equal(fs_mount(&d->dev, &fs, &why), 0);
	return &fs;
}

/* Entries that agree in everything are read, and what one has is the other's, too. */
static void twins(void **state)
{
	uint32_t a[] = { 10, 12 };

	(void)state;
	for (size_t i = 0; i < array_size(widths); i++) {
		make(widths[i].bits, widths[i].clusters);
		healthy();
		fake_fat_file(&f, 0, "A          ", a, data, 1024);
		fake_fat_entry(&f, 90, "B          ", 0x20, 10, 1024);
		fake_fat_entry(&f, 0, "D          ", 0x10, 30, 0);
		fake_fat_chain(&f, (uint32_t[]){ 30 }, 1);
		fake_fat_file(&f, 30, "X          ", (uint32_t[]){ 33 }, data,
			      7);
		fake_fat_entry(&f, 90, "E          ", 0x10, 30, 0);
		d = fat_test_disk(&f, 512);
		twin_is("a", "gooddir/b", 1024);
		twin_is("d/x", "gooddir/e/x", 7);
		/* One is longer then, one as it was; and one goes. */
		assert_int_equal(fs_write(mounted(), "a", FS_APPEND, 9, data),
				 0);
		assert_int_equal(fat_test_read(d, "gooddir/b", data, 1024), 0);
		assert_int_equal(fs_remove(mounted(), "d"), 0);
		assert_int_equal(fat_test_read(d, "gooddir/e/x", data, 7), 0);
		assert_int_equal(fs_remove(mounted(), "gooddir/e"), -ENOTEMPTY);
		still_healthy();
	}
}

/* A directory that is a file's data as well: what is in it is not believed. */
static void directory_and_file(void **state)
{
	uint32_t a[] = { 10, 11 };
	struct fs_file file;

	(void)state;
	fake_fat_entry(&f, 0, "D          ", 0x10, 11, 0);
	fake_fat_file(&f, 0, "A          ", a, data, 1024);
	healthy();
	/* Bytes that look like an entry with a healthy file's clusters */
	memset(fake_fat_cluster(&f, 11), 0, 512);
	fake_fat_entry(&f, 11, "X          ", 0x20, 50, 512);
	d = fat_test_disk(&f, 512);
	refused("a");
	dir_refused("d", -EBADMSG);
	assert_int_equal(fat_test_open(d, "d/x", &fs, &file), -EBADMSG);
	still_healthy();
}

/* The root is believed, and what claims it is not. */
static void root(void **state)
{
	static const char *const names[] = { "r", "r/", "r/good1", "s" };
	uint32_t a[] = { 10, 11 };
	struct fs_file file;

	(void)state;
	fake_fat_file(&f, 0, "A          ", a, data, 1024);
	fake_fat_link(&f, 10, 2);
	fake_fat_entry(&f, 0, "R          ", 0x10, 2, 0);
	fake_fat_entry(&f, 0, "S          ", 0x20, 2, 512);
	fake_fat_entry(&f, 0, "EMPTY      ", 0x20, 2, 0);
	healthy();
	d = fat_test_disk(&f, 512);
	refused("a");
	for (size_t i = 0; i < array_size(names); i++) {
		assert_int_equal(fat_test_open(d, names[i], &fs, &file),
				 -EBADMSG);
		assert_string_equal(fs_error(&fs, -EBADMSG), SHARED);
	}
	assert_int_equal(fat_test_read(d, "empty", data, 0), 0);
	assert_int_equal(fat_test_open(d, "/", &fs, &file), 0);
	assert_int_equal(fs_readdir(&fs, &file, ignore, NULL), 0);
	still_healthy();
}

/* Loops of chains and of directories, links astray, bad clusters, blocks that
 * cannot be read: damage of those that have it. */
static void other_damage(void **state)
{
	uint32_t a[] = { 10, 11, 12 };
	uint8_t buf[1536];
	struct fs_file file;

	(void)state;
	fake_fat_file(&f, 0, "A          ", a, data, 1536);
	fake_fat_link(&f, 12, 11);
	fake_fat_entry(&f, 0, "D          ", 0x10, 30, 0);
	fake_fat_chain(&f, (uint32_t[]){ 30, 31 }, 2);
	fake_fat_link(&f, 31, 30);
	fake_fat_entry(&f, 0, "S          ", 0x10, 35, 0);
	fake_fat_chain(&f, (uint32_t[]){ 35 }, 1);
	fake_fat_entry(&f, 35, ".          ", 0x10, 35, 0);
	fake_fat_entry(&f, 35, "..         ", 0x10, 0, 0);
	fake_fat_entry(&f, 35, "SELF       ", 0x10, 35, 0);
	fake_fat_entry(&f, 0, "BAD        ", 0x20, 40, 1024);
	fake_fat_link(&f, 40, 0x0ffffff7);
	fake_fat_entry(&f, 0, "ASTRAY     ", 0x20, 41, 1024);
	fake_fat_link(&f, 41, 2002);
	fake_fat_entry(&f, 0, "NONE       ", 0x20, 5000, 1024);
	fake_fat_entry(&f, 0, "EIO        ", 0x10, 45, 0);
	fake_fat_chain(&f, (uint32_t[]){ 45 }, 1);
	healthy();
	d = fat_test_disk(&f, 512);
	d->bad_lba = f.data_at / 512 + 43;
	d->bad_nsectors = 1;
	still_healthy();
	assert_int_equal(fat_test_open(d, "a", &fs, &file), 0);
	assert_int_equal(fs_read(&fs, &file, 0, 1536, buf), -ELOOP);
	dir_refused("d", -ELOOP);
	dir_refused("s", -EBADMSG);
	dir_refused("eio", -EIO);
	still_healthy();
}

/* What owns nothing: deleted entries, labels, empty files, chains without an
 * entry, entries behind the end, the clusters behind a mark of the end. */
static void no_owners(void **state)
{
	static const uint32_t ends[] = { 0x0ffffff8, 0x0fffffff, 0xfffffff8 };
	uint8_t *e;

	(void)state;
	for (size_t i = 0; i < array_size(widths); i++) {
		make(widths[i].bits, widths[i].clusters);
		fake_fat_entry(&f, 0,
			       "\xe5"
			       "ELETED    ",
			       0x20, 50, 512);
		fake_fat_entry(&f, 0, "LABEL      ", 0x08, 60, 0);
		fake_fat_entry(&f, 0, "EMPTY      ", 0x20, 61, 0);
		fake_fat_long(&f, 0, "good1", "GOOD1      ");
		healthy();
		fake_fat_link(&f, 100, 50);
		fake_fat_link(&f, 101, 51);
		e = fake_fat_entry(&f, 90, "           ", 0x20, 71, 512);
		e[0] = 0;
		for (size_t k = 0; k < array_size(ends); k++) {
			uint32_t end = ends[k] & fake_fat_end(&f);

			fake_fat_link(&f, 61, end);
			fake_fat_link(&f, 71, end);
			d = fat_test_disk(&f, 512);
			still_healthy();
		}
	}
}

/* The last cluster, and FAT32's top nibble, which is not part of a link. */
static void edges(void **state)
{
	uint32_t a[] = { 2001, 10 }, last = 2001;

	(void)state;
	fake_fat_file(&f, 0, "A          ", a, data, 1024);
	f.img[f.fat_at + 2001 * 4 + 3] |= 0xf0;
	d = fat_test_disk(&f, 512);
	assert_int_equal(fat_test_read(d, "a", data, 1024), 0);
	fake_fat_entry(&f, 0, "B          ", 0x20, 0xf0000000 + last, 512);
	d = fat_test_disk(&f, 512);
	refused("a");
	refused("b");
}

/* A clean volume: one look; the FAT comes with the root; none for fatinfo. */
static void cost(void **state)
{
	uint32_t n = 100, *list = malloc(n * sizeof(*list));
	const char *why;
	char text[64];

	(void)state;
	make(32, 100000); /* four windows, the last at the file's end */
	for (uint32_t i = 0; i < n; i++)
		list[i] = 5 + i * 999;
	fake_fat_file(&f, 0, "A          ", list, data, n * 512);
	fake_fat_file(&f, 0, "B          ", (uint32_t[]){ 3 }, data, 512);
	d = fat_test_disk(&f, 512);
	assert_int_equal(fs_mount(&d->dev, &fs, &why), 0);
	fs.type->describe(fs.vol, text, sizeof(text));
	assert_int_equal(d->calls, 2); /* head, root */
	assert_int_equal(fat_test_read(d, "b", data, 512), 0);
	assert_in_range(d->calls, 3, 7); /* windows one by one */
	fat_test_changed(d);
	assert_int_equal(fat_test_read(d, "b", data, 512), 0);
	assert_int_equal(d->calls, 3); /* head, root and FAT, data */
	assert_int_equal(fat_test_read(d, "a", data, n * 512), 0);
	assert_int_equal(d->calls, 4);
	/* Another medium in its place is looked at anew. */
	memcpy(d->data + f.fat_at + 6000 * 4, "\3\0\0", 4);
	fake_fat_entry(&f, 0, "C          ", 0x20, 6000, 1024);
	memcpy(d->data + f.data_at, f.img + f.data_at, 512);
	fat_test_changed(d);
	refused("b");
	refused("c");
	assert_int_equal(fat_test_read(d, "a", data, n * 512), 0);
	free(list);
}

/* FAT12/16's root and FAT come together, too; a bad block in the FAT is read
 * around, and Ctrl-C ends the look, which then begins again. */
static void requests(void **state)
{
	(void)state;
	make(16, 60000);
	healthy();
	fake_fat_entry(&f, 90, "TWICE      ", 0x20, 50, 512);
	d = fat_test_disk(&f, 512);
	refused("good1");
	/* head, root and FAT, GOODDIR; the root is kept */
	assert_int_equal(d->calls, 3);
	fat_test_changed(d);
	d->bad_lba = f.fat_at / 512 + 200;
	d->bad_nsectors = 1;
	refused("good1");
	d->bad_nsectors = 0;
	for (unsigned int n = 1; n <= 3; n++) {
		struct fs_file file;

		fat_test_changed(d);
		d->fail_call = n;
		d->error = -EINTR;
		assert_int_equal(fat_test_open(d, "good1", &fs, &file), -EINTR);
		d->fail_call = 0;
		refused("good1");
	}
}

/* Whose clusters are they? Nobody can tell: nothing is freed and nothing loses data. */
static void unknown_owners(void)
{
	static const char why_not[] = "the volume is too large to tell whether "
				      "its clusters are another file's, too";
	const char *about;
	int ret[4];

	assert_int_equal(fs_mount(&d->dev, &fs, &about), 0);
	ret[0] = fs_remove(&fs, "good1");
	assert_string_equal(fs_error(&fs, ret[0]), why_not);
	ret[1] = fs_write(&fs, "good1", 0, 9, data);
	ret[2] = fs_write(&fs, "good1", FS_APPEND, 9, data);
	ret[3] = fs_rename(&fs, "good1", "gooddir/good1", &about);
	for (size_t i = 0; i < array_size(ret); i++)
		assert_int_equal(ret[i], -ENOSYS);
	assert_int_equal(fat_test_read(d, "good1", data, 4 * 512), 0);
	/* The rest goes on. */
	assert_int_equal(fs_write(&fs, "new", 0, 5000, data), 0);
	assert_int_equal(fat_test_read(d, "new", data, 5000), 0);
	assert_int_equal(fs_mount(&d->dev, &fs, &about), 0);
	assert_int_equal(fs_rename(&fs, "good1", "good9", &about), 0);
	assert_int_equal(fat_test_read(d, "good9", data, 4 * 512), 0);
}

/* Beyond the bounds nothing is looked at, and files are read as before. */
static void bounds(void **state)
{
	uint32_t dirs = 17000, first = 1000, at;

	(void)state;
	fake_fat_free(&f);
	f = (struct fake_fat){ .bits = 32, .clusters = 40000, .spc = 8 };
	fake_fat_make(&f);
	healthy();
	fake_fat_entry(&f, 0, "TWIN       ", 0x20, 71, 99);
	/* A list of directories of 128 entries, each with the next 127. */
	for (uint32_t i = 0; i < dirs; i++) {
		at = first + i;
		fake_fat_chain(&f, &at, 1);
		fake_fat_entry(&f, i ? first + (i - 1) / 100 : 0, "D          ",
			       0x10, at, 0);
	}
	fake_fat_entry(&f, first + 16900 / 100, "LATE       ", 0x20, 50, 512);
	d = fat_test_disk(&f, 512);
	refused("twin"); /* found in time */
	assert_int_equal(fat_test_read(d, "good1", data, 4 * 512), 0);
	assert_true(d->calls < 17000);
	unknown_owners();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(merges, setup, NULL),
		fake_isolated(runs, setup, NULL),
		fake_isolated(same_first, setup, NULL),
		fake_isolated(twins, setup, NULL),
		fake_isolated(directory_and_file, setup, NULL),
		fake_isolated(root, setup, NULL),
		fake_isolated(other_damage, setup, NULL),
		fake_isolated(no_owners, setup, NULL),
		fake_isolated(edges, setup, NULL),
		fake_isolated(cost, setup, NULL),
		fake_isolated(requests, setup, NULL),
		fake_isolated(bounds, setup, NULL),
	};

	return fat_run_tests(tests);
}
