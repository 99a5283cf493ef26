/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The saved environment in each store, with the power cut at every byte, word and sector
 * of a save: the old environment or the new one loads, never another.
 */
#include "env_store.h"

/* ---- saving and loading ---- */

static void rounds(void)
{
	char value[32];

	assert_null(load());
	for (int i = 0; i < 600; i++) {
		snprintf(value, sizeof(value), "round %d", i);
		save(value);
		assert_int_equal(env_store_copy(), i & 1);
		assert_string_equal(load(), value);
		assert_null(bad_copy(0));
		assert_null(bad_copy(1));
	}
	assert_int_equal(env_erase(&r), 0);
	assert_null(load());
	assert_int_equal(env_store_copy(), -1);
}

static void fat_rounds(void **state)
{
	(void)state;
	rounds();
	assert_false(volumes[0].file[0].there || volumes[0].file[1].there);
}

static void flash_rounds(void **state)
{
	(void)state;
	rounds();
}

static void raw_rounds(void **state)
{
	(void)state;
	raw_place();
	rounds();
}

/* ---- power ---- */

static bool filled; /* a value that fills the copy, another each time */

static void fill(char c)
{
	char text[ENV_BLOCK_SIZE - 1000];

	memset(text, c, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	if (filled)
		assert_int_equal(env_set("fill", text), 0);
}

/*
 * Save "new" over "old" with the power cut after @n of whatever is written.
 * Return: was it cut? Then either is there, and the next save works.
 */
static bool cut_at(unsigned int n, unsigned int *cut, unsigned int whole)
{
	const char *v;

	fill('o');
	save("old");
	fill('n');
	assert_int_equal(env_set("v", "new"), 0);
	if (chips)
		chips->changes = 0;
	*cut = n;
	(void)!env_save(&r);
	*cut = whole;
	if (chips) {
		bool was_cut = chips->is_off;

		fake_flash_on(chips);
		v = load();
		assert_non_null(v);
		assert_true(!strcmp(v, "old") || !strcmp(v, "new"));
		return was_cut;
	}
	v = load();
	assert_non_null(v);
	if (!strcmp(v, "new"))
		return false;
	assert_string_equal(v, "old");
	return true;
}

static void fat_power(void **state)
{
	unsigned int cuts = 0;

	(void)state;
	/* Small copies: their size stays. */
	for (unsigned int n = 0; n < 2; n++) {
		struct env_block b = { .flags = (uint8_t)(1 - n) };

		volumes[0].file[n].there = true;
		volumes[0].file[n].size = 256;
		assert_int_equal(
			env_block_make(volumes[0].file[n].data, 256, &b), 0);
	}
	for (unsigned int n = 0; cut_at(n, &left, UINT32_MAX); n++)
		cuts++;
	/* When only the padding was missing, nothing was. */
	assert_in_range(cuts, 40, 256);
	assert_int_equal(volumes[0].file[0].size, 256);
}

static void flash_power(void **state)
{
	unsigned int n = 1;

	(void)state;
	save("first");
	while (cut_at(n, &chips->cut, 0))
		n++;
	/* an erase, some words, and the flags of the other copy */
	assert_in_range(n, 10, 100);
}

static void raw_power(void **state)
{
	unsigned int cuts = 0;

	(void)state;
	raw_place();
	save("first");
	filled = true;
	for (unsigned int n = 0; n < 2 * 140; n++) {
		torn = n & 1;
		cuts += cut_at(n / 2, &left, UINT32_MAX);
	}
	/* all but the few sectors of padding */
	assert_in_range(cuts, 2 * 125, 2 * 128);
}

/* The very first save: none, or the new one. */
static void first_save(void **state)
{
	const char *v;

	(void)state;
	for (unsigned int n = 0; n < 2 * ENV_BLOCK_SIZE + 8; n += 5003) {
		memset(volumes[0].file, 0, sizeof(volumes[0].file));
		assert_int_equal(env_set("v", "new"), 0);
		left = n;
		(void)!env_save(&r);
		left = UINT32_MAX;
		v = load();
		assert_true(!v || !strcmp(v, "new"));
		assert_int_equal(!v, n < ENV_BLOCK_SIZE);
	}
}

/* ---- what is kept ---- */

static void what_is_kept(void **state)
{
	const char *data = (const char *)volumes[0].file[0].data + 5;

	(void)state;
	assert_string_equal(env_get("ethaddr"), "52:54:00:12:34:56");
	assert_int_equal(env_set("bootcmd", NULL), 0);
	assert_int_equal(env_set("fdtcontroladdr", "stale"), 0);
	assert_int_equal(env_set("env_store", "FAT"), 0);
	save("1");
	assert_memory_equal(
		data,
		"env_store=FAT\0fdtcontroladdr=stale\0v=1\0bootcmd=\0\0\xff",
		50);
	load();
	assert_null(env_get("bootcmd"));
	assert_null(env_get("env_store"));
	assert_string_equal(env_get("fdtcontroladdr"), "5f200000");
	assert_string_equal(env_get("ethaddr"), "52:54:00:12:34:56");
	/* one that was set is kept */
	assert_int_equal(env_set("ethaddr", "52:54:00:12:34:57"), 0);
	save("2");
	load();
	assert_string_equal(env_get("ethaddr"), "52:54:00:12:34:57");
}

/* What was one copy stays one, where that is safe. */
static void single_file(void **state)
{
	struct env_block b;
	struct mem_file *f = volumes[0].file;

	(void)state;
	single(&f[0], "tool", 4096);
	assert_string_equal(load(), "tool");
	save("ours");
	assert_false(f[1].there);
	assert_int_equal(env_block_open(f[0].data, 4096, &b), 0);
	assert_true(b.single);
	assert_string_equal(load(), "ours");
	/* of a pair the one with flags holds */
	single(&f[0], "tool", ENV_BLOCK_SIZE);
	f[1].there = true;
	f[1].size = ENV_BLOCK_SIZE;
	assert_int_equal(env_set("v", "pair"), 0);
	b = (struct env_block){ .flags = 0 };
	assert_int_equal(env_block_make(f[1].data, f[1].size, &b), 0);
	assert_string_equal(load(), "pair");
	assert_null(bad_copy(0));
	assert_null(bad_copy(1));
	save("next");
	assert_string_equal(load(), "next");
	assert_int_equal(env_block_open(f[0].data, f[0].size, &b), 0);
	assert_false(b.single);
}

static void single_flash(void **state)
{
	const struct env_block b = { .single = true };

	(void)state;
	assert_int_equal(env_set("v", "tool"), 0);
	assert_int_equal(env_block_make(chips->data, ENV_BLOCK_SIZE, &b), 0);
	assert_string_equal(load(), "tool");
	save("ours");
	assert_int_equal(chips->data[FAKE_FLASH_BLOCK + 4], 1);
	assert_string_equal(load(), "ours");
	save("next");
	assert_string_equal(load(), "next");
}

/* U-Boot and Linux's tools mark the newer one in NOR flash with 1, the other with 0. */
static void flash_flags(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		save(i & 1 ? "odd" : "even");
		assert_int_equal(chips->data[4], !(i & 1));
		assert_int_equal(chips->data[FAKE_FLASH_BLOCK + 4], i & 1);
	}
}

static void flash_of_uefi(void **state)
{
	(void)state;
	memset(chips->data, 0, 0x28);
	memcpy(chips->data + 0x28, "_FVH", 4);
	assert_int_equal(env_load_first(&r), -ENOENT);
	assert_int_equal(env_save(&r), -EBUSY);
	assert_string_equal(r.why, "it holds UEFI's variables");
	assert_int_equal(env_erase(&r), -EBUSY);
	assert_int_equal(chips->changes, 0);
}

/* Neither blank nor with a name: no news at start, and not written over. */
static void flash_foreign(void **state)
{
	(void)state;
	memset(chips->data + 3, 200, 40);
	assert_int_equal(env_load(&r), -EBADMSG);
	chips->changes = 0;
	assert_int_equal(env_save(&r), -EBUSY);
	assert_int_equal(chips->changes, 0);
	assert_int_equal(env_erase(&r), 0);
	save("mine");
	assert_string_equal(load(), "mine");
	chips->data[100] ^= 1;
	save("mended");
	assert_string_equal(load(), "mended");
}

/* A first save that was stopped left data without a header: it is no one else's. */
static void flash_first_save_stopped(void **state)
{
	(void)state;
	assert_int_equal(env_set("v", "new"), 0);
	for (unsigned int n = 1; n < 12; n++) {
		chips->cut = n;
		(void)!env_save(&r);
		chips->cut = 0;
		fake_flash_on(chips);
		save("next");
		assert_string_equal(load(), "next");
		assert_int_equal(env_erase(&r), 0);
	}
}

static void flash_trouble(void **state)
{
	(void)state;
	chips->errors = 0x20;
	assert_int_equal(env_save(&r), -EIO);
	assert_string_equal(bad_copy(0),
			    "a block is not erased: is the drive read-only?");
	assert_string_equal(r.where, "flash 0");
	chips->errors = 0;
	save("now");
	assert_string_equal(load(), "now");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(fat_rounds, setup_fat, NULL),
		fake_isolated(flash_rounds, setup_flash, NULL),
		fake_isolated(raw_rounds, setup_raw, NULL),
		fake_isolated(fat_power, setup_fat, NULL),
		fake_isolated(flash_power, setup_flash, NULL),
		fake_isolated(raw_power, setup_raw, NULL),
		fake_isolated(first_save, setup_fat, NULL),
		fake_isolated(what_is_kept, setup_fat, NULL),
		fake_isolated(single_file, setup_fat, NULL),
		fake_isolated(single_flash, setup_flash, NULL),
		fake_isolated(flash_flags, setup_flash, NULL),
		fake_isolated(flash_of_uefi, setup_flash, NULL),
		fake_isolated(flash_foreign, setup_flash, NULL),
		fake_isolated(flash_first_save_stopped, setup_flash, NULL),
		fake_isolated(flash_trouble, setup_flash, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
