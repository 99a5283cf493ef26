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

/* ---- damage ---- */

static void one_copy_damaged(void **state)
{
	(void)state;
	save("old");
	save("new");
	volumes[0].file[1].data[100] ^= 1;
	assert_string_equal(load(), "old");
	assert_string_equal(bad_copy(1), "bad CRC");
	assert_string_equal(r.copy[1].name, "uboot-redund.env");
	/* the next save mends it */
	save("newer");
	assert_string_equal(load(), "newer");
	assert_null(bad_copy(0));
	assert_null(bad_copy(1));
}

static void both_damaged(void **state)
{
	(void)state;
	save("old");
	save("new");
	volumes[0].file[0].data[100] ^= 1;
	volumes[0].file[1].data[100] ^= 1;
	assert_int_equal(env_default(), 0);
	assert_int_equal(env_set("v", "mine"), 0);
	assert_int_equal(env_load(&r), -EBADMSG);
	assert_string_equal(env_get("v"), "mine");
	assert_string_equal(r.where, "virtio 0");
	save("again");
	assert_string_equal(load(), "again");
	/* there may be one only */
	volumes[0].file[0].there = false;
	volumes[0].file[1].size = 3;
	assert_int_equal(env_load(&r), -EBADMSG);
	assert_null(bad_copy(0));
	assert_string_equal(bad_copy(1), "too short to be one");
	save("and again");
	assert_string_equal(load(), "and again");
}

/* Somebody else's, or of another firmware: it is not lost without a word. */
static void too_large(void **state)
{
	struct mem_file *f = &volumes[0].file[0];

	(void)state;
	f->there = true;
	f->size = ENV_BLOCK_MAX + 1;
	f->data[0] = 'x';
	assert_int_equal(env_load(&r), -EFBIG);
	assert_string_equal(bad_copy(0), "larger than 256 KiB");
	assert_null(bad_copy(1));
	assert_int_equal(env_save(&r), -EFBIG);
	assert_string_equal(r.why, "\"env erase\" first");
	assert_false(env_can_save());
	assert_int_equal(f->size, ENV_BLOCK_MAX + 1);
	assert_int_equal(env_erase(&r), 0);
	assert_true(env_can_save());
	save("mine");
	assert_string_equal(load(), "mine");
}

/* Whatever is wrong with one copy, the other is used; what can be written over is. */
static void one_copy_unreadable(void **state)
{
	static const int errors[] = { -EIO, -EIO, -EBADMSG, -ELOOP, -EISDIR };

	(void)state;
	for (size_t i = 0; i < 2 * array_size(errors); i++) {
		int err = errors[i / 2];
		struct mem_file *bad = &volumes[0].file[i & 1];

		memset(volumes[0].file, 0, sizeof(volumes[0].file));
		save(i & 1 ? "old" : "new");
		save(i & 1 ? "new" : "old");
		*bad = (struct mem_file){ .there = true, .size = bad->size };
		bad->error = err;
		bad->good = i / 2 == 1 ? 512 : 0;
		bad->data[4] = 200; /* the newer one, by that */
		assert_string_equal(load(), "old");
		assert_non_null(bad_copy(i & 1));
		assert_null(bad_copy(!(i & 1)));
		assert_int_equal(env_can_save(), err != -EISDIR);
		if (err == -EISDIR) {
			assert_int_equal(env_save(&r), err);
			assert_non_null(bad_copy(i & 1));
			continue;
		}
		assert_int_equal(env_set("v", "newer"), 0);
		assert_int_equal(env_save(&r), 0);
		bad->error = 0;
		assert_string_equal(load(), "newer");
		assert_null(bad_copy(i & 1));
	}
}

/* The only one that is there may be right tomorrow. */
static void only_copy_unreadable(void **state)
{
	(void)state;
	single(&volumes[0].file[0], "kept", 4096);
	volumes[0].file[0].error = -EIO;
	assert_int_equal(env_save(&r), -EIO);
	assert_string_equal(bad_copy(0), "input/output error");
	assert_string_equal(r.why, "\"env erase\" first");
	volumes[0].file[0].error = 0;
	assert_string_equal(load(), "kept");
}

/* With room for one copy it is saved. */
static void room_for_one(void **state)
{
	(void)state;
	volumes[0].full = true;
	save("here");
	assert_string_equal(bad_copy(1), "no space left");
	assert_string_equal(load(), "here");
	assert_int_equal(env_save(&r), -ENOSPC);
	assert_string_equal(bad_copy(1), "no space left");
	assert_string_equal(load(), "here");
}

/* What cannot be read is given up once, and the machine goes on. */
static void unreadable(void **state)
{
	static const int errors[] = { -EIO, -EINTR, -ETIMEDOUT };

	(void)state;
	for (size_t i = 0; i < array_size(errors); i++) {
		struct mem_file *f = &volumes[0].file[0];

		memset(volumes[0].file, 0, sizeof(volumes[0].file));
		single(f, "kept", 4096);
		f->error = errors[i];
		f->good = 512;
		assert_int_equal(env_save(&r), errors[i]);
		assert_int_equal(env_load(&r), errors[i]);
		f->error = 0;
		assert_string_equal(load(), "kept");
	}
}

/* @data: as env_read_data has it */
static void only(const char *data, size_t len, size_t size)
{
	struct env_block b = { .flags = 1 };
	struct mem_file *f = &volumes[0].file[0];

	f->there = true;
	f->size = size;
	memset(f->data, 0xff, size);
	memcpy(f->data + 5, data, len);
	env_block_seal(f->data, size, &b);
	assert_int_equal(env_load_first(&r), 0);
}

/* Each is named, and loses no other: what cannot be a name, and values that the flags do
 * not allow, those that come with them, too. */
static void bad_variables(void **state)
{
	static const char data[] =
		".flags=n:d\0a=1\0b c=2\0d=3\0ethaddr=garbage\0ipaddr=x\0n=4z\0"
		"junk\0";
	static const char *const bad[] = {
		"b c: illegal character in the name",
		"ethaddr: flags type check failure",
		"ipaddr: flags type check failure",
		"n: flags type check failure",
		"junk: no '='",
	};

	(void)state;
	only(data, sizeof(data), 256);
	assert_int_equal(r.nbad, array_size(bad));
	for (size_t i = 0; i < array_size(bad); i++)
		assert_string_equal(r.bad[i], bad[i]);
	assert_string_equal(env_get("a"), "1");
	assert_string_equal(env_get("d"), "3");
	assert_null(env_get("ipaddr"));
	/* what it does not name has its default */
	assert_string_equal(env_get("bootcmd"), "bootlinux");
	assert_string_equal(env_get("ethaddr"), "52:54:00:12:34:56");
	only("=\0=\0=\0=\0=\0=\0=\0=\0=\0=\0", 21, 64);
	assert_int_equal(r.nbad, 10);
	assert_string_equal(r.bad[ENV_BAD_MAX - 1], ": no name");
	/* it is no reason not to save */
	save("1");
}

/* More than there is room for would be lost by a save. */
static void more_than_fits(void **state)
{
	static char data[ENV_BLOCK_MAX / 2];
	struct mem_file *f = &volumes[0].file[0];
	size_t len = 0;

	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		len += (size_t)snprintf(data + len, 8, "v%03u=", i);
		memset(data + len, 'y', 1000);
		len += 1001;
	}
	only(data, len + 1, ENV_BLOCK_MAX);
	assert_in_range(r.nbad, 30, 40);
	assert_string_equal(r.bad[7] + 4, ": no space left");
	assert_false(env_can_save());
	assert_int_equal(env_save(&r), -ENOSPC);
	assert_string_equal(r.why,
			    "it was not loaded whole; \"env erase\" first");
	assert_memory_equal(f->data + 5, data, len);
	assert_false(volumes[0].file[1].there);
	assert_int_equal(env_erase(&r), 0);
	save("1");
	assert_string_equal(load(), "1");
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
		fake_isolated(one_copy_damaged, setup_fat, NULL),
		fake_isolated(both_damaged, setup_fat, NULL),
		fake_isolated(unreadable, setup_fat, NULL),
		fake_isolated(too_large, setup_fat, NULL),
		fake_isolated(one_copy_unreadable, setup_fat, NULL),
		fake_isolated(only_copy_unreadable, setup_fat, NULL),
		fake_isolated(room_for_one, setup_fat, NULL),
		fake_isolated(bad_variables, setup_fat, NULL),
		fake_isolated(more_than_fits, setup_fat, NULL),
		fake_isolated(what_is_kept, setup_fat, NULL),
		fake_isolated(single_file, setup_fat, NULL),
		fake_isolated(single_flash, setup_flash, NULL),
		fake_isolated(flash_flags, setup_flash, NULL),
		fake_isolated(flash_of_uefi, setup_flash, NULL),
		fake_isolated(flash_trouble, setup_flash, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
