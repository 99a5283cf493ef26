/* SPDX-License-Identifier: BSD-2-Clause */
/* Which store the saved environment is in, on which disk, and where it may not be. */
#include "env_store.h"

/* ---- which store, which disk ---- */

static void order(void **state)
{
	(void)state;
	/* Nobody has chosen: a first save goes to FAT, and flash is asked first. */
	assert_string_equal(env_store_chosen()->name, "FAT");
	save("fat");
	assert_int_equal(env_store_select("flash"), 0);
	save("flash");
	assert_int_equal(env_set("env_store", "fAT"), 0);
	assert_string_equal(load(), "fat");
	assert_int_equal(env_set("env_store", "FLASH"), 0);
	assert_string_equal(load(), "flash");
	assert_int_equal(env_set("env_store", "none"), 0);
	assert_null(load());
	assert_int_equal(env_set("env_store", "nosuch"), -ENODEV);
}

static int setup_order(void **state)
{
	chips = fake_flash();
	cfi_add(FAKE_FLASH_BASE, FAKE_FLASH_SIZE);
	return setup_fat(state);
}

static void flash_is_asked_first(void **state)
{
	const struct env_block b = { .flags = 1 };

	(void)state;
	assert_int_equal(env_set("v", "flash"), 0);
	assert_int_equal(env_block_make(chips->data, ENV_BLOCK_SIZE, &b), 0);
	disks[0].calls = 0;
	assert_string_equal(load(), "flash");
	assert_string_equal(r.store->name, "FLASH");
	assert_int_equal(disks[0].calls, 0);
	/* what was loaded from is saved to */
	save("more");
	assert_string_equal(r.store->name, "FLASH");
}

static int setup_disks(void **state)
{
	add_disk(0, "", false);
	add_disk(1, "MEM", true);
	add_disk(2, "MEM", false);
	add_disk(3, "MEM", false);
	return setup(state);
}

static void first_writable(void **state)
{
	(void)state;
	assert_null(load());
	save("here");
	assert_string_equal(r.where, "virtio 2");
	assert_true(volumes[2].file[0].there && volumes[2].file[1].there);
	/* one on a read-only disk that comes first counts, but for saving */
	single(&volumes[1].file[0], "read-only", 512);
	assert_string_equal(load(), "read-only");
	assert_int_equal(env_save(&r), -EROFS);
	assert_string_equal(r.where, "virtio 1");
	assert_int_equal(env_erase(&r), -EROFS);
	assert_true(volumes[1].file[0].there);
}

static void disk_trouble(void **state)
{
	(void)state;
	/* a broken one does not hide the next */
	disks[0].error = -EIO;
	save("here");
	assert_string_equal(load(), "here");
	/* one that does not answer ends the search */
	disks[0].error = -ETIMEDOUT;
	disks[1].calls = disks[2].calls = 0;
	assert_int_equal(env_load(&r), -ETIMEDOUT);
	assert_string_equal(r.where, "virtio 0");
	assert_non_null(r.why);
	assert_int_equal(env_save(&r), -ETIMEDOUT);
	assert_int_equal(disks[1].calls + disks[2].calls, 0);
	disks[0].error = -EINTR;
	assert_int_equal(env_load_first(&r), -EINTR);
	disks[0].error = 0;
	volumes[2].error = -ENOSPC;
	assert_int_equal(env_save(&r), -ENOSPC);
	assert_string_equal(bad_copy(1), "no space left");
	assert_string_equal(load(), "here");
}

static int setup_many(void **state)
{
	for (unsigned int i = 0; i < NDISKS; i++)
		add_disk(i, i == 4 ? "MEM" : "", false);
	return setup(state);
}

static void few_disks_are_looked_at(void **state)
{
	(void)state;
	assert_null(load());
	assert_int_equal(env_save(&r), -ENODEV);
	assert_string_equal(r.why,
			    "none of the first four disks has a FAT file "
			    "system that can be written");
	assert_int_equal(disks[4].calls, 0);
	/* which one was in trouble is said */
	disks[1].error = -EIO;
	assert_int_equal(env_load(&r), -EIO);
	assert_string_equal(r.where, "virtio 1");
	assert_string_equal(r.why, "input/output error");
}

/* ---- raw ---- */

static void raw_refusals(void **state)
{
	static const struct {
		const char *dev, *offset, *why;
		int err;
	} cases[] = {
		{ "", "0", "env_raw_dev is not set", -EINVAL },
		{ "virtio", "0", "env_raw_dev is no disk (\"virtio 0\")",
		  -EINVAL },
		{ "virtio 7", "0", "no such device", -ENODEV },
		{ "virtio 0:1", "0", "no partition table", -ENOENT },
		{ "virtio 0", "", "env_raw_offset is not a number", -EINVAL },
		{ "virtio 0", "zz", "env_raw_offset is not a number", -EINVAL },
		{ "virtio 0", "1",
		  "env_raw_offset is not a multiple of the disk's block",
		  -EINVAL },
		{ "virtio 0", "e0200",
		  "env_raw_offset is past the end of the disk", -ERANGE },
		{ "virtio 0", "fffffffffffffe00",
		  "env_raw_offset is past the end of the disk", -ERANGE },
		{ "virtio 0", "e0000", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		assert_int_equal(env_set("env_raw_dev", cases[i].dev), 0);
		assert_int_equal(env_set("env_raw_offset", cases[i].offset), 0);
		assert_int_equal(env_save(&r), cases[i].err);
		if (cases[i].why)
			assert_string_equal(r.why, cases[i].why);
	}
	memcpy(disks[0].data, "MEM", 3);
	disks[0].dev.generation++;
	assert_int_equal(env_save(&r), -EBUSY);
	assert_string_equal(r.why, "there is a file system");
	memset(disks[0].data, 0, 3);
	disks[0].dev.generation++;
	disks[0].dev.read_only = true;
	assert_int_equal(env_save(&r), -EROFS);
}

/* A partition from sector 600 to 1200. */
static void raw_beside_partitions(void **state)
{
	static const uint8_t entry[16] = { 0,    0, 0, 0, 0x83, 0, 0, 0,
					   0x58, 2, 0, 0, 0x58, 2, 0, 0 };
	static const struct {
		uint64_t lba;
		const char *why;
	} cases[] = {
		{ 0, "env_raw_offset is in the partition table" },
		{ 33, "env_raw_offset is in the partition table" },
		{ 34, NULL },
		{ 344, NULL },
		{ 345, "env_raw_offset is in a partition" },
		{ 700, "env_raw_offset is in a partition" },
		{ 1199, "env_raw_offset is in a partition" },
		{ 1200, NULL },
		{ 1758, NULL },
		{ 1759, "env_raw_offset is in the partition table" },
	};

	(void)state;
	memcpy(disks[0].data + 446, entry, sizeof(entry));
	memcpy(disks[0].data + 510, "\x55\xaa", 2);
	assert_int_equal(env_set("env_raw_dev", "virtio 0"), 0);
	for (size_t i = 0; i < array_size(cases); i++) {
		assert_int_equal(env_set_hex("env_raw_offset",
					     cases[i].lba * SECTOR_SIZE),
				 0);
		assert_int_equal(env_save(&r), cases[i].why ? -EBUSY : 0);
		if (cases[i].why)
			assert_string_equal(r.why, cases[i].why);
	}
	/* in it, when that is what was asked for */
	assert_int_equal(env_set("env_raw_dev", "virtio 0:1"), 0);
	assert_int_equal(env_set("env_raw_offset", "1000"), 0);
	assert_int_equal(env_save(&r), 0);
	assert_string_equal(r.where, "virtio 0:1 at 0x1000");
	assert_false(env_block_blank(disks[0].data + 608 * SECTOR_SIZE));
}

/* What begins with no name, and is not blank, somebody else keeps there. */
static void raw_foreign(void **state)
{
	static const struct {
		size_t at;
		char bytes[9];
	} cases[] = {
		{ 0, "XFSB\0\0\20" },
		{ 3, "NTFS    " },
		{ 0x438, "\x53\xef" },
		{ ENV_BLOCK_SIZE + 0x40, "_BHRfS_M" },
	};
	uint8_t *place = disks[0].data + 0x10000;

	(void)state;
	raw_place();
	for (size_t i = 0; i < array_size(cases); i++) {
		memset(disks[0].data, 0, sizeof(disks[0].data));
		memcpy(place + cases[i].at, cases[i].bytes, 8);
		assert_int_equal(env_save(&r), -EBUSY);
		assert_string_equal(r.why, "something else is there; \"env "
					   "erase\" first");
		assert_memory_equal(place + cases[i].at, cases[i].bytes, 8);
		assert_false(env_can_save());
	}
	assert_int_equal(env_erase(&r), 0);
	save("old");
	save("new");
	/* a damaged environment is one */
	place[0] ^= 1;
	place[ENV_BLOCK_SIZE] ^= 1;
	assert_null(load());
	save("newer");
	assert_string_equal(load(), "newer");
	assert_int_equal(env_set("env_raw_dev", "virtio 7"), 0);
	assert_int_equal(env_save(&r), -ENODEV);
	assert_string_equal(r.where, "env_raw_dev virtio 7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(order, setup_order, NULL),
		fake_isolated(flash_is_asked_first, setup_order, NULL),
		fake_isolated(first_writable, setup_disks, NULL),
		fake_isolated(disk_trouble, setup_disks, NULL),
		fake_isolated(few_disks_are_looked_at, setup_many, NULL),
		fake_isolated(raw_refusals, setup_raw, NULL),
		fake_isolated(raw_beside_partitions, setup_raw, NULL),
		fake_isolated(raw_foreign, setup_raw, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
