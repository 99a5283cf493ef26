/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The saved environment on a real FAT volume, with the power cut at every sector of a
 * save, whole or torn: the old environment or the new one loads.
 */
#include "env_store.h"

#include "fat_image.h"

#define SECTORS_MAX 400 /* that a save may write */

static uint8_t before[sizeof(disks[0].data)];

/* As it is written on now; what is known of it is stale. */
static void medium_is(const uint8_t *data)
{
	memcpy(disks[0].data, data, sizeof(before));
	disks[0].dev.generation++;
}

static int setup_volume(void **state)
{
	struct fake_fat f = { .bits = 12, .clusters = 1500 };

	fake_fat_make(&f);
	assert_in_range(f.size, 1, sizeof(before));
	add_disk(0, "", false);
	memcpy(disks[0].data, f.img, f.size);
	fake_fat_free(&f);
	return setup(state);
}

/* Return: which of the two is there; NULL: none */
static const char *after(unsigned int n)
{
	const char *v;

	medium_is(before);
	assert_int_equal(env_set("v", "new"), 0);
	left = n;
	(void)!env_save(&r);
	left = UINT32_MAX;
	disks[0].dev.generation++;
	v = load();
	assert_true(!v || !strcmp(v, "old") || !strcmp(v, "new"));
	return v;
}

static void every_sector(bool tear, const char *first)
{
	unsigned int n = 0;

	torn = tear;
	for (; n < SECTORS_MAX; n++) {
		const char *v = after(n);

		if (first)
			assert_non_null(v);
		if (v && !strcmp(v, "new"))
			break;
		assert_true(!v || !strcmp(v, first));
	}
	assert_in_range(n, ENV_BLOCK_SIZE / SECTOR_SIZE / 2, SECTORS_MAX - 1);
	/* and whatever comes later does not take it away */
	for (; n < SECTORS_MAX; n += 7)
		assert_string_equal(after(n), "new");
}

static void first_save(void **state)
{
	(void)state;
	memcpy(before, disks[0].data, sizeof(before));
	every_sector(false, NULL);
	every_sector(true, NULL);
}

static void next_save(void **state)
{
	(void)state;
	for (int copy = 0; copy < 2; copy++) {
		save("old");
		memcpy(before, disks[0].data, sizeof(before));
		every_sector(false, "old");
		every_sector(true, "old");
		medium_is(before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(first_save, setup_volume, NULL),
		fake_isolated(next_save, setup_volume, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
