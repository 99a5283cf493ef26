/* SPDX-License-Identifier: BSD-2-Clause */
/* "IF DEV" without a partition: the first one with a file system, or why not. */
#include "fat_test.h"

#define FIRST  64u /* sectors */
#define SECOND 8192u

static struct fake_fat f;
static struct fake_disk *d;

static void add_partition(unsigned int slot, uint32_t lba, uint32_t nsectors)
{
	uint8_t *e = d->data + 446 + 16 * slot;

	e[4] = 0x0c;
	put_le32(e + 8, lba);
	put_le32(e + 12, nsectors);
	put_le16(d->data + 510, 0xaa55);
}

/* Two partitions with nothing in them. */
static int setup(void **state)
{
	(void)state;
	fake_heap();
	f = (struct fake_fat){ .bits = 16, .clusters = 5000 };
	fake_fat_make(&f);
	d = fake_disk_new(8 << 20, 512);
	add_partition(0, FIRST, SECOND - FIRST);
	add_partition(1, SECOND, SECOND);
	return 0;
}

static void put_fat(uint32_t lba)
{
	memcpy(d->data + (size_t)lba * 512, f.img, f.size);
}

static void second_has_one(void **state)
{
	struct fs_where w;

	(void)state;
	put_fat(SECOND);
	assert_int_equal(fs_resolve("virtio", "0", &w), 0);
	assert_int_equal(w.dev->partition, 2);
}

static void none_has_one(void **state)
{
	struct fs_where w;

	(void)state;
	assert_int_equal(fs_resolve("virtio", "0", &w), -ENOENT);
	assert_string_equal(w.why, "no partition has a known file system");
}

/* The second is empty: that says nothing about the first. */
static void first_is_corrupt(void **state)
{
	struct fs_where w;

	(void)state;
	put_fat(FIRST);
	d->data[FIRST * 512 + 13] = 3; /* BPB_SecPerClus */
	assert_int_equal(fs_resolve("virtio", "0", &w), -EBADMSG);
	assert_string_equal(w.why, "bad FAT: sectors per cluster");
}

static void unreadable(void **state)
{
	struct fs_where w;

	(void)state;
	d->bad_nsectors = 1;
	for (int err = 0; err < 2; err++) {
		d->error = err ? -EINTR : -EIO;
		d->dev.generation++; /* the table is read again */
		d->bad_lba = 0;
		assert_int_equal(fs_resolve("virtio", "0", &w), d->error);
		d->bad_lba = FIRST;
		assert_int_equal(fs_resolve("virtio", "0", &w), d->error);
		assert_non_null(w.dev);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(second_has_one, setup, NULL),
		fake_isolated(none_has_one, setup, NULL),
		fake_isolated(first_is_corrupt, setup, NULL),
		fake_isolated(unreadable, setup, NULL),
	};

	return cmocka_run_group_tests_name("fs_resolve", tests, NULL, NULL);
}
