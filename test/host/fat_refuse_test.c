/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes of FAT volumes that are refused and leave the disk alone; and what is nobody's
 * data and has to stay, or to grow.
 */
#include "fat_change.h"

/* ---- what is refused, and writes nothing ---- */

static int middle_(const char *path, const char *to)
{
	(void)to;
	return save(path, 400, 3);
}

static const struct {
	int (*fn)(const char *path, const char *to);
	const char *path, *to;
	int ret;
	const char *why;
} refusals[] = {
	{ save_, "/a<b", NULL, -EINVAL,
	  "the name has a character that FAT forbids" },
	{ save_, "/a\x01", NULL, -EINVAL,
	  "the name has a character that FAT forbids" },
	{ save_, "/a.", NULL, -EINVAL, "the name ends with a dot or a blank" },
	{ mkdir_, "/a ", NULL, -EINVAL, "the name ends with a dot or a blank" },
	{ touch_, "/\xff", NULL, -EINVAL, "the name is not UTF-8" },
	{ mv_, "/file", "/a*", -EINVAL,
	  "the name has a character that FAT forbids" },
	{ save_, "/none/x", NULL, -ENOENT, "not found" },
	{ save_, "/file/x", NULL, -ENOTDIR, "not a directory" },
	{ save_, "/dir", NULL, -EISDIR, "is a directory" },
	{ save_, "/", NULL, -EISDIR, "is a directory" },
	{ save_, "/dir/..", NULL, -EISDIR, "is a directory" },
	{ save_, "/new/", NULL, -EINVAL,
	  "a slash ends the name of a directory" },
	{ save_, "", NULL, -EINVAL, "the name is empty" },
	{ mkdir_, "", NULL, -EINVAL, "the name is empty" },
	{ mv_, "/file", "", -EINVAL, "the name is empty" },
	{ save_, "/new", "large", -ENOSPC, "no space left" },
	{ middle_, "/file", NULL, -ERANGE, "past the end" },
	{ save_, "/ro", NULL, -EROFS, "the file is marked as read-only" },
	{ rm_, "/ro", NULL, -EROFS, "the file is marked as read-only" },
	{ mv_, "/file", "/ro", -EROFS, "the file is marked as read-only" },
	{ mkdir_, "/dir", NULL, -EEXIST, "already exists" },
	{ mkdir_, "/FILE", NULL, -EEXIST, "already exists" },
	{ mkdir_, "/", NULL, -EEXIST, "already exists" },
	{ rm_, "/dir", NULL, -ENOTEMPTY, "directory is not empty" },
	{ rm_, "/none", NULL, -ENOENT, "not found" },
	{ rm_, "/", NULL, -EBUSY, "the path ends in no name that could go" },
	{ rm_, "/dir/.", NULL, -EBUSY,
	  "the path ends in no name that could go" },
	{ rm_, "/file/", NULL, -ENOTDIR, "not a directory" },
	{ mv_, "/none", "/x", -ENOENT, "not found" },
	{ mv_, "/dir", "/dir/sub/x", -ELOOP,
	  "a directory cannot be moved into itself" },
	{ mv_, "/dir", "/dir/x", -ELOOP,
	  "a directory cannot be moved into itself" },
	{ mv_, "/file", "/dir", -EISDIR, "is a directory" },
	{ mv_, "/dir", "/file", -ENOTDIR, "not a directory" },
	{ mv_, "/dir/sub", "/dir", -ENOTEMPTY, "directory is not empty" },
	{ mv_, "/file", "/x/", -ENOTDIR, "not a directory" },
	{ save_, "/shared", NULL, -EBADMSG,
	  "its clusters belong to another file, too" },
	{ rm_, "/shared", NULL, -EBADMSG,
	  "its clusters belong to another file, too" },
	{ save_, "/short", NULL, -EBADMSG, "a chain ends too early" },
	{ rm_, "/astray", NULL, -EBADMSG, "a chain leads into free space" },
};

static void refused(void **state)
{
	uint8_t *before;

	(void)state;
	make(16, 5000, 512, 1);
	fake_fat_file(&f, 0, "FILE       ", (uint32_t[]){ 10 }, data, 300);
	fake_fat_entry(&f, 0, "RO         ", 0x21, 0, 0);
	fake_fat_entry(&f, 0, "DIR        ", 0x10, 20, 0);
	fake_fat_chain(&f, (uint32_t[]){ 20 }, 1);
	fake_fat_entry(&f, 20, ".          ", 0x10, 20, 0);
	fake_fat_entry(&f, 20, "..         ", 0x10, 0, 0);
	fake_fat_entry(&f, 20, "SUB        ", 0x10, 21, 0);
	fake_fat_chain(&f, (uint32_t[]){ 21 }, 1);
	fake_fat_entry(&f, 0, "SHARED     ", 0x20, 30, 600);
	fake_fat_entry(&f, 0, "SHARER     ", 0x20, 31, 512);
	fake_fat_chain(&f, (uint32_t[]){ 30, 31 }, 2);
	fake_fat_entry(&f, 0, "SHORT      ", 0x20, 40, 600);
	fake_fat_chain(&f, (uint32_t[]){ 40 }, 1);
	fake_fat_entry(&f, 0, "ASTRAY     ", 0x20, 50, 600);
	fake_fat_link(&f, 50, 51);
	start();
	before = malloc(d->size);
	memcpy(before, d->data, d->size);
	for (size_t i = 0; i < array_size(refusals); i++) {
		int ret = refusals[i].fn(refusals[i].path, refusals[i].to);

		if (ret != refusals[i].ret ||
		    strcmp(fs_error(&fs, ret), refusals[i].why) != 0)
			fail_msg("%s: %d, %s", refusals[i].path, ret,
				 fs_error(&fs, ret));
		assert_memory_equal(d->data, before, d->size);
	}
	free(before);
}

/* ---- what is not the file's ---- */

static uint32_t link_of(unsigned int copy, uint32_t cluster)
{
	return get_le32(d->data + f.fat_at +
			(size_t)copy * f.fat_sectors * f.sector + 4 * cluster);
}

/* FAT32's top nibbles, an FSInfo that is none, a mark of others, a FAT not in use. */
static void kept(void **state)
{
	(void)state;
	make(32, 66000, 512, 1);
	for (uint32_t c = 3; c < 300; c++) {
		size_t at = f.fat_at + 4 * c;

		put_le32(f.img + at, 0xa0000000);
		put_le32(f.img + at + (size_t)f.fat_sectors * 512, 0x50000000);
	}
	put_le16(f.img + 40, 0x81); /* the second FAT is used, alone */
	put_le32(f.img + 512, 0);
	f.img[65] = 1;
	start();
	assert_int_equal(save("/x", 0, 100000), 0);
	assert_int_equal(link_of(1, 3), 0x50000004);
	assert_int_equal(link_of(1, 198), 0x5fffffff);
	assert_int_equal(link_of(0, 3), 0xa0000000);
	assert_int_equal(save("/x", 0, 0), 0);
	assert_int_equal(link_of(1, 3), 0x50000000);
	assert_int_equal(get_le32(d->data + 512 + 488), 65999);
	assert_int_equal(d->data[65], 1);
	assert_int_equal(link_of(1, 1), 0x0fffffff);
}

/* A clean volume is dirty in between and clean afterwards, also after a failure. */
static void marked(void **state)
{
	(void)state;
	make(32, 66000, 512, 1);
	start();
	assert_int_equal(save("/x", 0, 2000), 0);
	fake_disk_forget(d);
	d->bad_lba = (uint32_t)(f.data_at / 512) + 10;
	d->bad_nsectors = 1;
	assert_int_equal(save("/x", 0, 8000), -EIO);
	assert_int_equal(d->data[65], 0);
	assert_int_equal(link_of(0, 1), 0x0fffffff);
	d->bad_nsectors = 0;
	assert_int_equal(fat_test_read(d, "/x", data, 2000), 0);
	judge();
}

static void growing(void **state)
{
	unsigned int n = 0;
	char path[64];

	(void)state;
	make(12, 900, 512, 1);
	f.img[17] =
		32; /* entries of the root, and what was behind is data now */
	f.img[18] = 0;
	start();
	assert_int_equal(fs_mkdir(mounted(), "/d"), 0);
	for (n = 0; n < 100; n++) {
		snprintf(path, sizeof(path), "/d/a directory that grows %u", n);
		assert_int_equal(save(path, 0, n), 0);
	}
	judge();
	for (n = 0; n < 100; n++) {
		snprintf(path, sizeof(path), "/d/a directory that grows %u", n);
		assert_int_equal(fat_test_read(d, path, data, n), 0);
		assert_int_equal(fs_remove(mounted(), path), 0);
	}
	assert_int_equal(fs_remove(mounted(), "/d"), 0);
	for (n = 0; n < 32; n++) {
		snprintf(path, sizeof(path), "/%u", n);
		assert_int_equal(fs_touch(mounted(), path), 0);
	}
	assert_int_equal(fs_touch(mounted(), "/no more"), -ENOSPC);
	assert_string_equal(fs_error(&fs, -ENOSPC),
			    "the root directory is full");
	judge();
}

/* A volume that is larger than its device: what is there is given away, and no more. */
static void cut_off(void **state)
{
	(void)state;
	make(16, 5000, 512, 1);
	start();
	d->dev.nsectors = f.data_at / 512 + 20;
	assert_int_equal(save("/x", 0, 21 * 512), -ENOSPC);
	assert_int_equal(save("/x", 0, 20 * 512), 0);
	assert_int_equal(fat_test_read(d, "/x", data, 20 * 512), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(refused, setup, teardown),
		fake_isolated(kept, setup, teardown),
		fake_isolated(marked, setup, teardown),
		fake_isolated(growing, setup, teardown),
		fake_isolated(cut_off, setup, teardown),
	};

	return fat_run_tests(tests);
}
