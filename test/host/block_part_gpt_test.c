/* SPDX-License-Identifier: BSD-2-Clause */
/* GPT: sound ones of every geometry, damaged ones byte by byte, and the backup. */
#include "part_test.h"

static void gpt_sound(void **state)
{
	static const struct {
		uint32_t block, count, size;
	} cases[] = {
		{ 512, 128, 128 },  { 512, 4, 128 },   { 512, 8, 512 },
		{ 4096, 128, 128 }, { 1024, 64, 256 }, { 4096, 4, 4096 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct gpt g = gpt_make(cases[i].block, cases[i].count,
					cases[i].size);
		const struct part_list *l;
		uint32_t unit = g.block / 512;

		l = table(g.d, 0);
		assert_string_equal(l->scheme->name, "EFI");
		assert_int_equal(l->count, 2);
		assert_int_equal(l->parts[0].number, 1);
		assert_int_equal(l->parts[0].lba, 50 * unit);
		assert_int_equal(l->parts[0].nsectors, 50 * unit);
		assert_string_equal(l->parts[0].name, "boot");
		assert_int_equal(l->parts[1].number, 4);
		assert_int_equal(l->parts[1].nsectors, unit);
		assert_false(l->from_backup);
		assert_string_equal(l->note, "");
		if (cases[i].size == 128)
			assert_int_equal(g.d->calls, 1);
	}
}

/* Any byte of the primary header or an entry damaged: the backup is used. */
static void gpt_backup(void **state)
{
	struct gpt g = gpt_make(512, 128, 128);
	uint8_t *h = gpt_block(&g, 1), *e = gpt_block(&g, 2);
	const struct part_list *l;

	(void)state;
	for (uint32_t i = 0; i < 92 + 256; i++) {
		uint8_t *p = i < 92 ? h + i : e + i - 92;

		*p ^= 0x10;
		l = table(g.d, 0);
		assert_true(l->from_backup);
		assert_int_equal(l->count, 2);
		assert_string_equal(l->note,
				    "the primary GPT is bad; using the backup");
		*p ^= 0x10;
	}
	h[0] = 0;
	gpt_block(&g, NBLOCKS - 1)[16] ^= 1;
	l = table(g.d, -EBADMSG);
	assert_string_equal(l->note, "primary and backup GPT are both bad");
	assert_int_equal(l->count, 0);
}

/* Primary blocks that cannot be read. */
static void gpt_io_error(void **state)
{
	struct gpt g = gpt_make(512, 128, 128);

	(void)state;
	for (uint64_t lba = 1; lba < 34; lba += 8) {
		g.d->bad_lba = lba;
		g.d->bad_nsectors = 1;
		assert_true(table(g.d, 0)->from_backup);
	}
	g.d->bad_lba = 0;
	table(g.d, -EIO);
	g.d->bad_lba = 1;
	g.d->bad_nsectors = NBLOCKS;
	table(g.d, -EIO);
	g.d->error = -ETIMEDOUT;
	table(g.d, -ETIMEDOUT);
	g.d->bad_nsectors = 0;
	table(g.d, 0);
}

/* Numbers in a header whose CRC is right. */
static void gpt_hostile(void **state)
{
	static const struct {
		uint32_t at, width;
		uint64_t value;
	} cases[] = {
		{ 12, 4, 0xffffffff },
		{ 12, 4, 91 },
		{ 12, 4, 513 },
		{ 12, 4, 0 },
		{ 24, 8, 2 },
		{ 24, 8, UINT64_MAX },
		{ 72, 8, 0xffff },
		{ 72, 8, UINT64_MAX },
		{ 72, 8, NBLOCKS - 31 },
		{ 80, 4, 0xffffffff },
		{ 80, 4, 0 },
		{ 80, 4, 0x10000 },
		{ 84, 4, 0 },
		{ 84, 4, 64 },
		{ 84, 4, 129 },
		{ 84, 4, 192 },
		{ 84, 4, 0x80000000 },
		{ 84, 4, 0xffffffff },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct gpt g = gpt_make(512, 128, 128);
		uint8_t *h = gpt_block(&g, 1);
		uint32_t size;

		if (cases[i].width == 8)
			put_le64(h + cases[i].at, cases[i].value);
		else
			put_le32(h + cases[i].at, (uint32_t)cases[i].value);
		size = get_le32(h + 12);
		put_le32(h + 16, 0);
		put_le32(h + 16, crc32(0, h, size <= 4096 ? size : 92));
		assert_true(table(g.d, 0)->from_backup);
	}
}

static void gpt_entries(void **state)
{
	struct gpt g = gpt_make(512, 512, 128);
	const struct part_list *l;

	(void)state;
	gpt_entry(&g, 2, 5, 300, 299, "backwards");
	gpt_entry(&g, 2, 6, 0, UINT64_MAX, "everything");
	gpt_entry(&g, 2, 7, NBLOCKS, NBLOCKS + 5, "outside");
	gpt_entry(&g, 2, 8, NBLOCKS - 10, NBLOCKS + 5, "cut");
	gpt_entry(&g, 2, 9, 60, 70,
		  "\x1b[31m\x9b"
		  "1mred");
	gpt_entry(&g, 2, 255, 70, 80, "last");
	gpt_entry(&g, 2, 256, 70, 80, "too high a number");
	gpt_seal(&g, 1);
	l = table(g.d, 0);
	assert_int_equal(l->count, 5);
	assert_int_equal(l->parts[2].number, 9);
	assert_int_equal(l->parts[2].nsectors, 10);
	assert_string_equal(l->parts[3].name, "?[31m??1mred");
	assert_int_equal(l->parts[4].number, 256);
	assert_string_equal(l->note, "partition 6 ends before it begins");
}

/* The disk grew, so the backup is not at its end; or it was cut. */
static void gpt_resized(void **state)
{
	struct gpt g = gpt_make(512, 128, 128);

	(void)state;
	g.d->dev.nsectors = 150;
	assert_string_equal(table(g.d, 0)->note,
			    "partition 4 begins past the end of the disk");
	g.d->dev.nsectors = 80;
	assert_int_equal(table(g.d, 0)->parts[0].nsectors, 30);
	/* Where the header says, not at the end, when only entries are bad. */
	g = gpt_make(512, 128, 128);
	memmove(gpt_block(&g, NBLOCKS - 5), gpt_block(&g, NBLOCKS - 1), 512);
	memset(gpt_block(&g, NBLOCKS - 1), 0, 512);
	put_le64(gpt_block(&g, NBLOCKS - 5) + 24, NBLOCKS - 5);
	gpt_seal(&g, NBLOCKS - 5);
	put_le64(gpt_block(&g, 1) + 32, NBLOCKS - 5);
	gpt_seal(&g, 1);
	gpt_block(&g, 2)[0] ^= 1;
	assert_true(table(g.d, 0)->from_backup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(gpt_sound, setup, NULL),
		fake_isolated(gpt_backup, setup, NULL),
		fake_isolated(gpt_io_error, setup, NULL),
		fake_isolated(gpt_hostile, setup, NULL),
		fake_isolated(gpt_entries, setup, NULL),
		fake_isolated(gpt_resized, setup, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
