/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading FAT: every width at its exact thresholds, all sector and cluster
 * sizes, chains in any order, any range to any address; and how many requests
 * that costs.
 */
#include "fat_test.h"

static int setup(void **state)
{
	(void)state;
	fake_heap();
	return 0;
}

static void shuffle(uint32_t *list, uint32_t n, uint32_t seed)
{
	for (uint32_t i = n; i-- > 1;) {
		uint32_t j, tmp = list[i];

		seed = seed * 1664525 + 1013904223;
		j = (seed >> 8) % (i + 1);
		list[i] = list[j];
		list[j] = tmp;
	}
}

/* The cluster numbers from @first on. */
static uint32_t *numbers(uint32_t first, uint32_t n)
{
	uint32_t *list = malloc(n * sizeof(*list));

	for (uint32_t i = 0; i < n; i++)
		list[i] = first + i;
	return list;
}

static void widths(void **state)
{
	static const struct {
		uint32_t clusters;
		unsigned int made, found; /* found 0: refused */
	} cases[] = {
		{ 1, 12, 12 },     { 2, 12, 12 },     { 4083, 12, 12 },
		{ 4084, 12, 12 },  { 4085, 16, 16 },  { 4086, 16, 16 },
		{ 65523, 16, 16 }, { 65524, 16, 16 }, { 65525, 16, 0 },
		{ 65524, 32, 32 }, { 65525, 32, 32 }, { 65526, 32, 32 },
		{ 70, 32, 32 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct fake_fat f = { .bits = cases[i].made,
				      .clusters = cases[i].clusters };
		uint32_t last = cases[i].clusters + 1;
		struct fat_geometry g;
		struct fake_disk *d;
		const char *why;
		uint8_t *data;

		fake_fat_make(&f);
		data = fat_test_data(500, last);
		fake_fat_file(&f, 0, "LAST       ", &last, data, 500);
		assert_int_equal(fat_bpb_parse(f.img, &g, &why),
				 cases[i].found ? 0 : -EBADMSG);
		if (cases[i].found) {
			assert_int_equal(g.bits, cases[i].found);
			assert_int_equal(g.end_cluster, last + 1);
			d = fat_test_disk(&f, 512);
			assert_int_equal(fat_test_read(d, "/last", data, 500),
					 0);
		}
		free(data);
		fake_fat_free(&f);
	}
}

/* All clusters but the root's, in random order: every FAT12 entry that straddles
 * a sector, every window border. */
static void shuffled(void **state)
{
	static const struct {
		unsigned int bits;
		uint32_t clusters, sector;
	} cases[] = {
		{ 12, 4084, 512 },  { 12, 1000, 1024 },  { 16, 65524, 512 },
		{ 16, 5000, 4096 }, { 32, 120000, 512 }, { 32, 3000, 2048 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct fake_fat f = { .bits = cases[i].bits,
				      .clusters = cases[i].clusters,
				      .sector = cases[i].sector };
		uint32_t first = f.bits == 32 ? 3 : 2;
		uint32_t n = f.clusters - (first - 2);
		uint32_t *list = numbers(first, n), size;
		struct fake_disk *d;
		uint8_t *data;

		shuffle(list, n, (uint32_t)i);
		fake_fat_make(&f);
		size = n * f.cluster_size - 7;
		data = fat_test_data(size, 1);
		fake_fat_file(&f, 0, "BIG     BIN", list, data, size);
		d = fat_test_disk(&f, f.sector);
		assert_int_equal(fat_test_read(d, "big.bin", data, size), 0);
		free(data);
		free(list);
		fake_fat_free(&f);
	}
}

static void sizes(void **state)
{
	static const unsigned int widths_of[] = { 12, 16, 32 };

	(void)state;
	for (uint32_t sector = 512; sector <= 4096; sector *= 2) {
		for (uint32_t spc = 1; spc <= 128; spc *= 2) {
			for (size_t w = 0; w < 3; w++) {
				struct fake_fat f = {
					.bits = widths_of[w],
					.sector = sector,
					.spc = spc,
					.clusters = widths_of[w] == 16 ? 4085
								       : 40,
				};
				uint32_t list[] = { 5, 6, 9, 8 }, size;
				struct fake_disk *d;
				uint8_t *data;

				if (f.bits == 16 && sector * spc > 8192)
					continue;
				fake_fat_make(&f);
				size = 3 * f.cluster_size + 1;
				data = fat_test_data(size, spc);
				fake_fat_file(&f, 0, "A          ", list, data,
					      size);
				d = fat_test_disk(&f, sector);
				assert_int_equal(
					fat_test_read(d, "A", data, size), 0);
				free(data);
				fake_fat_free(&f);
			}
		}
	}
}

/* Any range of a file to any address, and not a byte beside it. */
static void ranges(void **state)
{
	struct fake_fat f = {
		.bits = 16, .clusters = 5000, .spc = 2, .sector = 1024
	};
	uint32_t *list = numbers(2, 40), size = 40 * 2048 - 300, seed = 1;
	struct fake_disk *d;
	struct fs_file file;
	uint8_t *data, *buf;
	struct fs fs;

	(void)state;
	fake_fat_make(&f);
	shuffle(list + 10, 20, 3);
	data = fat_test_data(size, 2);
	fake_fat_file(&f, 0, "F          ", list, data, size);
	d = fat_test_disk(&f, 1024);
	assert_int_equal(fat_test_open(d, "f", &fs, &file), 0);
	buf = malloc(size + 64);
	for (int i = 0; i < 3000; i++) {
		uint32_t pos, len, shift;

		seed = seed * 1664525 + 1013904223;
		pos = (seed >> 4) % (size + 1);
		seed = seed * 1664525 + 1013904223;
		len = (seed >> 4) % (i % 2 ? 5000 : size + 1);
		shift = seed >> 28;
		if (len > size - pos)
			len = size - pos;
		memset(buf, 0xa5, size + 64);
		assert_int_equal(
			fs_read(&fs, &file, pos, len, buf + 16 + shift), 0);
		assert_memory_equal(buf + 16 + shift, data + pos, len);
		for (uint32_t at = 0; at < 16 + shift; at++)
			assert_int_equal(buf[at], 0xa5);
		for (uint32_t at = 16 + shift + len; at < size + 64; at++)
			assert_int_equal(buf[at], 0xa5);
	}
	assert_int_equal(fs_read(&fs, &file, size, 1, buf), -ERANGE);
	assert_int_equal(fs_read(&fs, &file, size, 0, buf), 0);
	assert_int_equal(fs_read(&fs, &file, 1, UINT64_MAX, buf), -ERANGE);
	free(data);
	free(buf);
	free(list);
	fake_fat_free(&f);
}

/* TARGETS: a contiguous file is one piece straight to its destination. */
static void cost_contiguous(void **state)
{
	struct fake_fat f = { .bits = 32, .clusters = 70000, .spc = 8 };
	uint32_t n = 65536, *list = numbers(3, n), size = n * 4096;
	struct fake_disk *d;
	struct fs_file file;
	uint8_t *data, *buf;
	struct fs fs;

	(void)state;
	fake_fat_make(&f);
	data = fat_test_data(size, 1);
	fake_fat_file(&f, 0, "IMAGE      ", list, data, size);
	d = fat_test_disk(&f, 512);
	free(f.img);
	assert_int_equal(fat_test_open(d, "/Image", &fs, &file), 0);
	assert_int_equal(d->calls, 2); /* head, root */
	fake_disk_forget(d);
	buf = malloc(size);
	assert_int_equal(fs_read(&fs, &file, 0, size, buf), 0);
	assert_memory_equal(buf, data, size);
	/* Three windows of the FAT, then everything. */
	assert_true(d->calls <= 4);
	assert_ptr_equal(d->io[d->pieces - 1].buf, buf);
	assert_int_equal(d->io[d->pieces - 1].nsectors, size / 512);
	fake_disk_forget(d);
	assert_int_equal(fs_read(&fs, &file, 0, size, buf), 0);
	assert_int_equal(d->calls, 1);
	assert_int_equal(d->pieces, 1);
	free(buf);
	free(data);
	free(list);
}

static void cost_small(void **state)
{
	struct fake_fat f = { .bits = 32, .clusters = 70000, .spc = 8 };
	uint32_t at = 69999;
	struct fake_disk *d;
	uint8_t *data;

	(void)state;
	fake_fat_make(&f);
	data = fat_test_data(4096, 1);
	fake_fat_file(&f, 0, "SMALL      ", &at, data, 4096);
	d = fat_test_disk(&f, 512);
	assert_int_equal(fat_test_read(d, "/small", data, 4096), 0);
	assert_int_equal(d->calls, 3); /* head, root, data */
	fake_disk_forget(d);
	assert_int_equal(fat_test_read(d, "/small", data, 4096), 0);
	assert_int_equal(d->calls, 1);
	fat_test_changed(d);
	assert_int_equal(fat_test_read(d, "/small", data, 4096), 0);
	assert_int_equal(d->calls, 3);
	free(data);
	fake_fat_free(&f);
}

/* Every second cluster, and those between: in calls of 2048 pieces, misaligned or
 * not. */
static void cost_fragmented(void **state)
{
	struct fake_fat f = { .bits = 32, .clusters = 70000 };
	uint32_t n = 5000, *list = numbers(3, n), size = n * 512 - 5;
	struct fake_disk *d;
	struct fs_file file;
	uint8_t *data, *buf;
	struct fs fs;

	(void)state;
	for (uint32_t i = 0; i < n; i++)
		list[i] = 3 + 2 * i;
	fake_fat_make(&f);
	data = fat_test_data(size, 1);
	fake_fat_file(&f, 0, "FRAG       ", list, data, size);
	d = fat_test_disk(&f, 512);
	assert_int_equal(fat_test_open(d, "/frag", &fs, &file), 0);
	fake_disk_forget(d);
	buf = malloc(size + 4);
	assert_int_equal(fs_read(&fs, &file, 0, size, buf + 4), 0);
	assert_memory_equal(buf + 4, data, size);
	assert_int_equal(d->calls, 5);
	free(buf);
	free(data);
	free(list);
	fake_fat_free(&f);
}

/* The mirror is off and the second FAT the one that counts. */
static void active_fat(void **state)
{
	struct fake_fat f = { .bits = 32, .clusters = 1000 };
	uint32_t list[] = { 10, 20, 30 };
	struct fake_disk *d;
	uint8_t *data;

	(void)state;
	fake_fat_make(&f);
	data = fat_test_data(1536, 1);
	fake_fat_file(&f, 0, "F          ", list, data, 1536);
	memset(f.img + f.fat_at, 0xee, (size_t)f.fat_sectors * f.sector);
	f.img[40] = 0x81;
	d = fat_test_disk(&f, 512);
	assert_int_equal(fat_test_read(d, "F", data, 1536), 0);
	d->data[40] = 0x82;
	fat_test_changed(d);
	assert_int_equal(fat_test_read(d, "F", data, 1536), -EBADMSG);
	free(data);
	fake_fat_free(&f);
}

/* The top nibble of a FAT32 link means nothing. */
static void top_nibble(void **state)
{
	struct fake_fat f = { .bits = 32, .clusters = 1000 };
	uint32_t list[] = { 10, 11, 12, 30 };
	struct fake_disk *d;
	uint8_t *data;

	(void)state;
	fake_fat_make(&f);
	data = fat_test_data(2048, 1);
	fake_fat_file(&f, 0, "F          ", list, data, 2048);
	for (uint32_t c = 2; c < 40; c++)
		f.img[f.fat_at + c * 4 + 3] |= (uint8_t)(c << 4);
	d = fat_test_disk(&f, 512);
	assert_int_equal(fat_test_read(d, "F", data, 2048), 0);
	free(data);
	fake_fat_free(&f);
}

/* No memory at any of the places that ask for some. */
static void no_memory(void **state)
{
	static uint8_t heap[1 << 20];
	uint32_t list[] = { 10, 11, 12, 13, 1900 };
	struct fake_fat f = { .bits = 32, .clusters = 2000 };
	uint8_t *data = fat_test_data(2560, 5);
	struct fake_disk *d;
	bool worked = false;

	(void)state;
	fake_fat_make(&f);
	fake_fat_file(&f, 0, "F          ", list, data, 2560);
	for (size_t size = 512; !worked && size < sizeof(heap); size += 3000) {
		struct fs_file file;
		uint8_t buf[2560];
		struct fs fs;
		int ret;

		memset(heap, 0, sizeof(heap));
		heap_init(heap, size);
		d = fat_test_disk(&f, 512);
		ret = fat_test_open(d, "f", &fs, &file);
		if (!ret)
			ret = fs_read(&fs, &file, 0, 2560, buf);
		assert_true(ret == 0 || ret == -ENOMEM);
		worked = !ret;
		/* The mount lies in the heap that goes. */
		if (ret)
			assert_true(fs_mount(&fake_disk_new(512, 512)->dev, &fs,
					     &(const char *){ NULL }));
	}
	assert_true(worked);
	free(data);
	fake_fat_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(widths, setup, NULL),
		fake_isolated(shuffled, setup, NULL),
		fake_isolated(sizes, setup, NULL),
		fake_isolated(ranges, setup, NULL),
		fake_isolated(cost_contiguous, setup, NULL),
		fake_isolated(cost_small, setup, NULL),
		fake_isolated(cost_fragmented, setup, NULL),
		fake_isolated(active_fat, setup, NULL),
		fake_isolated(top_nibble, setup, NULL),
		fake_isolated(no_memory, setup, NULL),
	};

	return fat_run_tests(tests);
}
