/* SPDX-License-Identifier: BSD-2-Clause */
/* Files made, replaced and made longer, on every width; judged by fsck.fat and mtools. */
#include "fat_test.h"

#include <sys/stat.h>
#include <unistd.h>

static int setup(void **state)
{
	(void)state;
	fake_heap();
	return 0;
}

static const struct fake_fat volumes[] = {
	{ .bits = 12, .clusters = 2000 },
	{ .bits = 12, .clusters = 700, .spc = 4 },
	{ .bits = 16, .clusters = 5000 },
	{ .bits = 16, .clusters = 4100, .spc = 8, .nfats = 1 },
	{ .bits = 32, .clusters = 66000 },
	{ .bits = 32, .clusters = 66000, .sector = 4096 },
};

static struct fake_disk *volume(size_t i)
{
	struct fake_fat f = volumes[i];
	struct fake_disk *d;

	fake_fat_make(&f);
	/* as mkfs.fat does it */
	memcpy(f.img + (f.bits == 32 ? 71 : 43), "NO NAME    ", 11);
	if (f.bits == 32) {
		put_le32(f.img + f.sector, 0x41615252);
		put_le32(f.img + f.sector + 484, 0x61417272);
		put_le32(f.img + f.sector + 488, f.clusters - 1);
		put_le32(f.img + f.sector + 492, 2);
		put_le32(f.img + f.sector + 508, 0xaa550000);
		put_le16(f.img + 50, 6);
		memcpy(f.img + 6 * f.sector, f.img, 2 * f.sector);
	}
	d = fat_test_disk(&f, f.sector);
	fake_fat_free(&f);
	return d;
}

static int save(struct fake_disk *d, const char *path, uint64_t pos,
		uint64_t len, const void *buf)
{
	const char *why = NULL;
	struct fs fs;
	int ret = fs_mount(&d->dev, &fs, &why);

	return ret ? ret : fs_write(&fs, path, pos, len, buf);
}

/* fsck.fat finds nothing to say about it. */
static void judge(struct fake_disk *d)
{
	char name[] = "/tmp/fat_write_XXXXXX", line[256];
	int fd = mkstemp(name);

	assert_int_equal(write(fd, d->data, d->size), d->size);
	close(fd);
	snprintf(line, sizeof(line),
		 "/usr/sbin/fsck.fat -n %s >%s.log 2>&1 || { cat %s.log; "
		 "false; }",
		 name, name, name);
	assert_int_equal(system(line), 0);
	snprintf(line, sizeof(line), "rm %s %s.log", name, name);
	assert_int_equal(system(line), 0);
}

static void sizes(void **state)
{
	static const uint32_t size[] = {
		0, 1, 511, 512, 513, 4096, 5000, 70001
	};
	uint8_t *data = fat_test_data(70101, 1);

	(void)state;
	for (size_t i = 0; i < array_size(volumes); i++) {
		struct fake_disk *d = volume(i);
		char name[32];

		for (size_t s = 0; s < array_size(size); s++) {
			snprintf(name, sizeof(name), "/A long name %zu.bin", s);
			assert_int_equal(save(d, name, 0, size[s], data), 0);
			assert_int_equal(fat_test_read(d, name, data, size[s]),
					 0);
		}
		judge(d);
		for (size_t s = 0; s < array_size(size); s++) {
			snprintf(name, sizeof(name), "/a LONG name %zu.BIN", s);
			assert_int_equal(save(d, name, 0,
					      size[array_size(size) - 1 - s],
					      data),
					 0);
			assert_int_equal(
				fat_test_read(d, name, data,
					      size[array_size(size) - 1 - s]),
				0);
			assert_int_equal(
				save(d, name, FS_APPEND, 100,
				     data + size[array_size(size) - 1 - s]),
				0);
		}
		judge(d);
	}
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(sizes, setup),
	};

	return fat_run_tests(tests);
}
