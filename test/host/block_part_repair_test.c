/* SPDX-License-Identifier: BSD-2-Clause */
/* A GPT made whole again, what of it is never touched, and what is not believed. */
#include "part_write_test.h"

static unsigned int repair(struct fake_disk *d)
{
	struct part_why why = { "" };
	unsigned int faults;
	struct gpt_table g;

	assert_int_equal(gpt_load(&d->dev, &g, &why), 0);
	faults = g.faults;
	assert_int_equal(gpt_store(&g, &why), 0);
	gpt_free(&g);
	return faults;
}

/* Each byte of the table's blocks damaged in turn: repair brings all of them back. */
static void repair_all(void **state)
{
	struct fake_disk *d = recorded(DISK, 512);
	uint64_t last = DISK - 512, arrays[2] = { 1024, last - 16384 };
	uint8_t *whole = malloc(DISK);

	(void)state;
	make_gpt(d, "whole", 5);
	memcpy(whole, d->data, DISK);
	for (unsigned int i = 0; i < 92 + 300; i++) {
		for (int backup = 0; backup < 2; backup++) {
			uint64_t at = i >= 92  ? arrays[backup] + i - 92
				      : backup ? last + i
					       : 512 + i;

			d->data[at] ^= 0x40;
			forget();
			assert_int_equal(repair(d), backup ? GPT_BACKUP_BAD
							   : GPT_PRIMARY_BAD);
			assert_memory_equal(d->data, whole, DISK);
			/* Only what was bad. */
			assert_int_equal(rec.count, 1);
		}
	}
	forget();
	assert_int_equal(repair(d), 0);
	assert_int_equal(rec.count, 0);
	memset(d->data + 446, 0, 66);
	assert_int_equal(repair(d), GPT_NO_MBR);
	assert_memory_equal(d->data, whole, DISK);
	free(whole);
}

/* What a table has that is not known here stays: longer entries and header. */
static void keeps_the_unknown(void **state)
{
	struct gpt t = gpt_make(512, 64, 256), *u = &t;
	struct part_why why = { "" };
	struct part_new p;
	struct gpt_table g;

	(void)state;
	for (uint64_t at = 1; at < NBLOCKS; at += NBLOCKS - 2) {
		uint8_t *e = gpt_block(u, at == 1 ? 2 : ENTRIES2);

		put_le32(gpt_block(u, at) + 12, 200);
		memset(gpt_block(u, at) + 92, 0x77, 108);
		memset(e + 3 * 256 + 128, 0x66, 128);
		put_le64(e + 48, UINT64_C(0xabcd000000000003));
		gpt_seal(u, at);
	}
	u->d->data[3] = 0x99; /* boot code */
	assert_int_equal(gpt_load(&u->d->dev, &g, &why), 0);
	assert_true(gpt_get(&g, 4, &p));
	name_it(&p, "new");
	gpt_put(&g, &p);
	gpt_exchange(&g, 1, 4);
	assert_int_equal(gpt_store(&g, &why), 0);
	gpt_free(&g);
	assert_int_equal(u->d->data[3], 0x99);
	for (uint64_t at = 1; at < NBLOCKS; at += NBLOCKS - 2) {
		const uint8_t *h = gpt_block(u, at);
		const uint8_t *e = gpt_block(u, get_le64(h + 72));

		for (int i = 92; i < 200; i++)
			assert_int_equal(h[i], 0x77);
		assert_int_equal(e[128], 0x66);
		assert_int_equal(e[255], 0x66);
		assert_int_equal(get_le16(e + 56), 'n');
		assert_int_equal(get_le64(e + 3 * 256 + 48),
				 UINT64_C(0xabcd000000000003));
	}
	assert_int_equal(table(u->d, 0)->count, 2);
}

/* Headers that are whole and say what cannot be: nothing is written. */
static void hostile_headers(void **state)
{
	static const struct {
		uint32_t at;
		uint64_t value;
		const char *why;
	} cases[] = {
		{ 72, 0, "the primary GPT lies in the way" },
		{ 72, 1, "the primary GPT lies in the way" },
		{ 72, 20, "the primary GPT lies in the way" },
		{ 72, NBLOCKS - 32, "the primary GPT lies in the way" },
		{ 40, 0, "the primary GPT lies in the way" },
		{ 40, 60,
		  "partition 1 is outside the usable blocks 60 to 800" },
		{ 40, UINT64_MAX, "the GPT leaves no usable block" },
		{ 48, 0, "the GPT leaves no usable block" },
		{ 48, 199,
		  "partition 4 is outside the usable blocks 40 to 199" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct gpt t = gpt_make(512, 128, 128);
		struct part_why why = { "" };
		struct gpt_table g;

		put_le64(gpt_block(&t, 1) + cases[i].at, cases[i].value);
		gpt_seal(&t, 1);
		assert_int_equal(gpt_load(&t.d->dev, &g, &why), 0);
		assert_int_equal(gpt_store(&g, &why), -EINVAL);
		assert_string_equal(why.text, cases[i].why);
		gpt_free(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(repair_all, setup_random, NULL),
		fake_isolated(keeps_the_unknown, setup_random, NULL),
		fake_isolated(hostile_headers, setup_random, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
