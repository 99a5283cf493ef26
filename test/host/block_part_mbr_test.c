/* SPDX-License-Identifier: BSD-2-Clause */
/* MBR tables: sound ones, logical partitions, damage, and what only looks like one. */
#include "part_test.h"

static void mbr_primary(void **state)
{
	static const uint32_t sizes[] = { 512, 1024, 4096 };

	(void)state;
	for (size_t i = 0; i < array_size(sizes); i++) {
		struct fake_disk *d = fake_disk_new(8 << 20, sizes[i]);
		const struct part_list *l;

		put_le32(d->data + 440, 0x8de5b9e4);
		mbr_entry(d, 0, 0, 0x80, 0x0c, 16, 100);
		mbr_entry(d, 0, 2, 0, 0x83, 200, 50);
		l = table(d, 0);
		assert_string_equal(l->scheme->name, "DOS");
		assert_int_equal(l->count, 2);
		assert_int_equal(l->parts[0].number, 1);
		assert_int_equal(l->parts[0].lba, 16 * sizes[i] / 512);
		assert_int_equal(l->parts[0].nsectors, 100 * sizes[i] / 512);
		assert_true(l->parts[0].bootable);
		assert_string_equal(l->parts[0].uuid, "8de5b9e4-01");
		assert_int_equal(l->parts[1].number, 3);
		assert_int_equal(l->parts[1].sys_ind, 0x83);
		assert_string_equal(l->parts[1].uuid, "8de5b9e4-03");
		assert_string_equal(l->note, "");
	}
}

/* Three logical partitions, one of them empty, which takes no number. */
static struct fake_disk *extended(void)
{
	struct fake_disk *d = fake_disk_new(1 << 20, 512);

	mbr_entry(d, 0, 0, 0, 0x83, 10, 10);
	mbr_entry(d, 0, 1, 0, 0x0f, 100, 1000);
	mbr_entry(d, 100, 0, 0, 0x83, 1, 20);
	mbr_entry(d, 100, 1, 0, 0x05, 50, 30);
	mbr_entry(d, 150, 0, 0, 0x83, 1, 0);
	mbr_entry(d, 150, 1, 0, 0x05, 80, 30);
	mbr_entry(d, 180, 0, 0x80, 0x0c, 2, 20);
	return d;
}

static void mbr_logical(void **state)
{
	const struct part_list *l = table(extended(), 0);

	(void)state;
	assert_int_equal(l->count, 4);
	assert_int_equal(l->parts[1].number, 2);
	assert_int_equal(l->parts[2].number, 5);
	assert_int_equal(l->parts[2].lba, 101);
	assert_int_equal(l->parts[3].number, 6);
	assert_int_equal(l->parts[3].lba, 182);
	assert_string_equal(l->parts[3].uuid, "00000000-06");
	assert_string_equal(l->note, "");
}

/* A chain that comes back: what it held once is there, and the note says why no more. */
static void mbr_loops(void **state)
{
	static const uint32_t back_to[] = { 0, 50, 80 };

	(void)state;
	for (size_t i = 0; i < array_size(back_to); i++) {
		struct fake_disk *d = extended();
		const struct part_list *l;

		mbr_entry(d, 180, 1, 0, 0x05, back_to[i], 30);
		l = table(d, 0);
		assert_int_equal(l->count, 4);
		assert_string_equal(l->note, "extended partitions form a loop");
		assert_true(d->calls < 10);
	}
}

/* A logical partition before, or behind, or over the end of the one it is in. */
static void mbr_not_inside(void **state)
{
	static const struct {
		uint32_t link, start, count;
		bool inside;
	} cases[] = {
		{ 80, 919, 1, true },        { 80, 919, 2, false },
		{ 80, 920, 1, false },       { 999, 1, 1, false },
		{ 0xfffffff0, 1, 1, false },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct fake_disk *d = extended();
		const struct part_list *l;
		uint32_t at = 100 + cases[i].link;

		mbr_entry(d, 150, 1, 0, 0x05, cases[i].link, 30);
		if (at < 2000)
			mbr_entry(d, at, 0, 0, 0x83, cases[i].start,
				  cases[i].count);
		l = table(d, 0);
		if (cases[i].link < 2000)
			assert_string_equal(l->note,
					    cases[i].inside
						    ? ""
						    : "partition 6 is not "
						      "inside the extended "
						      "one");
		else
			assert_string_equal(l->note,
					    "extended partition past the end "
					    "of the disk");
	}
}

static void mbr_long_chain(void **state)
{
	struct fake_disk *d = fake_disk_new(4 << 20, 512);
	const struct part_list *l;

	(void)state;
	mbr_entry(d, 0, 0, 0, 0x05, 100, 8000);
	for (uint32_t i = 0; i < 1000; i++) {
		mbr_entry(d, 100 + 2 * i, 0, 0, 0x83, 1, 1);
		mbr_entry(d, 100 + 2 * i, 1, 0, 0x05, 2 * (i + 1), 2);
	}
	l = table(d, 0);
	assert_int_equal(l->count, 253);
	assert_int_equal(l->parts[252].number, 256);
	assert_string_equal(l->note, "partitions above 256 are not shown");
}

static void mbr_past_end(void **state)
{
	struct fake_disk *d = fake_disk_new(1000 * 512, 512);
	const struct part_list *l;

	(void)state;
	mbr_entry(d, 0, 0, 0, 0x83, 900, 200);
	mbr_entry(d, 0, 1, 0, 0x83, 1000, 1);
	mbr_entry(d, 0, 2, 0, 0x83, 0xffffffff, 0xffffffff);
	mbr_entry(d, 0, 3, 0, 0x05, 0xfffffff0, 0xffffffff);
	l = table(d, 0);
	assert_int_equal(l->count, 1);
	assert_int_equal(l->parts[0].nsectors, 100);
	assert_string_equal(l->note,
			    "partition 1 is cut at the end of the disk");
}

/* Sectors with a signature that hold no table, or another's. */
static void mbr_no(void **state)
{
	struct fake_disk *d = fake_disk_new(1 << 20, 512);

	(void)state;
	table(d, -ENOENT);
	mbr_entry(d, 0, 0, 0, 0x83, 10, 10);
	d->data[511] = 0;
	table(d, -ENOENT);
	d->data[511] = 0xaa;
	table(d, 0);
	d->data[446] = 0x7f; /* boot code */
	table(d, -ENOENT);
	d->data[446] = 0;
	d->data[446 + 16 + 4] = 0xee;
	table(d, -EBADMSG);
}

/* A FAT that fills the disk: its boot sector is no table, unless a real one is in it. */
static void superfloppy(void **state)
{
	struct fake_disk *d = fake_disk_new(1 << 20, 512);

	(void)state;
	memcpy(d->data + 54, "FAT16   ", 8);
	d->data[510] = 0x55;
	d->data[511] = 0xaa;
	table(d, -ENOENT);
	/* mkfs.fat --mbr: an entry that holds itself */
	mbr_entry(d, 0, 0, 0x80, 0x06, 0, 2048);
	table(d, -ENOENT);
	mbr_entry(d, 0, 0, 0x80, 0x06, 8, 2040);
	table(d, 0);
	mbr_entry(d, 0, 1, 0, 0x06, 0x20202020, 0x20202020);
	table(d, -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(mbr_primary, setup, NULL),
		fake_isolated(mbr_logical, setup, NULL),
		fake_isolated(mbr_loops, setup, NULL),
		fake_isolated(mbr_not_inside, setup, NULL),
		fake_isolated(mbr_long_chain, setup, NULL),
		fake_isolated(mbr_past_end, setup, NULL),
		fake_isolated(mbr_no, setup, NULL),
		fake_isolated(superfloppy, setup, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
