/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Partitions as devices, the address form IF DEV[:PART], and tables made by
 * sgdisk and sfdisk.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "part_test.h"

/* ---- devices ---- */

static void tiny(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 40; n++) {
		struct fake_disk *d = fake_disk_new(64 * 512, 512);

		d->dev.nsectors = n;
		mbr_entry(d, 0, 0, 0, 0xee, 1, 0xffffffff);
		table(d, n ? -EBADMSG : -ENOENT);
	}
}

static void kept(void **state)
{
	struct gpt g = gpt_make(512, 128, 128);
	struct blkdev *one, *again;
	uint8_t sector[512] = { 0 };
	unsigned int calls;

	(void)state;
	assert_int_equal(part_open(&g.d->dev, 1, &one), 0);
	calls = g.d->calls;
	assert_int_equal(part_open(&g.d->dev, 1, &again), 0);
	assert_ptr_equal(one, again);
	assert_int_equal(g.d->calls, calls);
	assert_int_equal(part_open(&g.d->dev, 2, &again), -ENOENT);
	assert_int_equal(one->nsectors, 50);
	gpt_both(&g, 0, 60, 60, "boot");
	gpt_seal_both(&g);
	/* A write anywhere, even through the partition: the table is read anew. */
	assert_int_equal(blk_write(one, 0, 1, sector), 0);
	assert_int_equal(part_open(&g.d->dev, 1, &again), 0);
	assert_ptr_equal(one, again);
	assert_int_equal(one->nsectors, 1);
	assert_int_equal(one->start, 60);
}

static void address_form(void **state)
{
	static const struct {
		const char *type, *spec;
		int ret;
		unsigned int part;
	} cases[] = {
		{ "virtio", "0", 0, 1 },
		{ "virtio", "0:0", 0, 0 },
		{ "virtio", "0:1", 0, 1 },
		{ "virtio", "0:4", 0, 4 },
		{ "virtio", "0:a", 0, 10 },
		{ "virtio", "0:0xA", 0, 10 },
		{ "virtio", "0:10", -ENOENT, 0 },
		{ "virtio", "0x0:1", 0, 1 },
		{ "virtio", "0:2", -ENOENT, 0 },
		{ "virtio", "0:101", -ENOENT, 0 },
		{ "virtio", "0:ffffffffffffffff", -ENOENT, 0 },
		{ "virtio", "0:10000000000000001", -EINVAL, 0 },
		{ "virtio", "0:", -EINVAL, 0 },
		{ "virtio", "0:zz", -EINVAL, 0 },
		{ "virtio", "0:1z", -EINVAL, 0 },
		{ "virtio", "0:1:1", -EINVAL, 0 },
		{ "virtio", "0:-1", -EINVAL, 0 },
		{ "virtio", "0#boot", 0, 1 },
		{ "virtio", "0#Boot", -ENOENT, 0 },
		{ "virtio", "0#", -ENOENT, 0 },
		{ "virtio", "0:auto", 0, 10 },
		{ "virtio", "0:partlabel=one \"block\"", 0, 4 },
		{ "virtio", "0:PARTLABEL=boot", 0, 1 },
		{ "virtio", "0:partlabel=Boot", -ENOENT, 0 },
		{ "virtio", "0:partlabel=", -EINVAL, 0 },
		{ "virtio", "0:partlabel", -EINVAL, 0 },
		{ "virtio", "0:nokey=boot", -EINVAL, 0 },
		{ "virtio", "1:partlabel=boot", -ENODEV, 0 },
		{ "virtio", "partlabel=esp", 0, 10 },
		{ "any", "partlabel=esp", 0, 10 },
		{ "mmc", "partlabel=esp", -ENODEV, 0 },
		{ "virtio", "partlabel=esp:1", -ENODEV, 0 },
		{ "virtio", "partuuid=75757575-7575-7575-7575-757575757575",
		  -EINVAL, 0 },
		{ "virtio", "", -EINVAL, 0 },
		{ "virtio", ":1", -EINVAL, 0 },
		{ "virtio", "zz", -EINVAL, 0 },
		{ "virtio", "0z", -EINVAL, 0 },
		{ "virtio", "1", -ENODEV, 0 },
		{ "virtio", "100000000", -ENODEV, 0 },
		{ "mmc", "0", -ENODEV, 0 },
		{ "", "0", -ENODEV, 0 },
	};
	struct gpt g = gpt_make(512, 128, 128);

	(void)state;
	gpt_both(&g, 9, 300, 310, "esp");
	put_le64(gpt_block(&g, 2) + 9 * 128 + 48, 4); /* legacy bootable */
	gpt_seal_both(&g);
	for (size_t i = 0; i < array_size(cases); i++) {
		struct blkdev *disk, *dev;
		const char *why = NULL;

		assert_int_equal(part_resolve(cases[i].type, cases[i].spec,
					      &disk, &dev, &why),
				 cases[i].ret);
		if (cases[i].ret)
			assert_non_null(why);
		else
			assert_int_equal(dev->partition, cases[i].part);
	}
}

/* Nothing is marked bootable: the first, but not the box around others. */
static void auto_without_flag(void **state)
{
	struct gpt g = gpt_make(512, 128, 128);
	struct blkdev *disk, *dev;
	const char *why;

	(void)state;
	gpt_seal_both(&g);
	assert_int_equal(part_resolve("virtio", "0:auto", &disk, &dev, &why),
			 0);
	assert_int_equal(dev->partition, 1);
}

static void by_serial(void **state)
{
	static const struct {
		const char *spec;
		int ret;
		int disk; /* -1: none */
		const char *why;
	} cases[] = {
		{ "serial=one", 0, 0, NULL },
		{ "serial=one:0", 0, 0, NULL },
		{ "serial=12345678901234567890:0", 0, 1, NULL },
		{ "serial=one:1", -ENOENT, 0, "no partition table" },
		{ "serial=one:x", -EINVAL, 0, "not a partition number" },
		{ "serial=on", -ENODEV, -1, "no disk has this serial number" },
		{ "serial=ones", -ENODEV, -1,
		  "no disk has this serial number" },
		{ "serial=same:0", -EINVAL, -1,
		  "virtio:3 and virtio:4 both have this serial number" },
		{ "serial=", -EINVAL, -1, "no serial number given" },
		{ "serial=:0", -EINVAL, -1, "no serial number given" },
		{ "serial", -EINVAL, -1, "not a device number" },
	};
	static const char *const serial[] = { "one", "12345678901234567890", "",
					      "same", "same" };
	struct fake_disk *d[array_size(serial)];

	(void)state;
	for (size_t i = 0; i < array_size(serial); i++) {
		d[i] = fake_disk_new(1 << 20, 512);
		memcpy(d[i]->serial, serial[i], strlen(serial[i]));
	}
	for (size_t i = 0; i < array_size(cases); i++) {
		struct blkdev *disk, *dev;
		const char *why = NULL;

		assert_int_equal(part_resolve("virtio", cases[i].spec, &disk,
					      &dev, &why),
				 cases[i].ret);
		if (cases[i].why)
			assert_string_equal(why, cases[i].why);
		assert_ptr_equal(disk, cases[i].disk < 0
					       ? NULL
					       : &d[cases[i].disk]->dev);
	}
}

static void no_table(void **state)
{
	struct fake_disk *d = fake_disk_new(1 << 20, 512);
	struct blkdev *disk, *dev;
	const char *why;

	(void)state;
	assert_int_equal(part_resolve("virtio", "0", &disk, &dev, &why), 0);
	assert_ptr_equal(dev, &d->dev);
	assert_int_equal(part_resolve("virtio", "0:0", &disk, &dev, &why), 0);
	assert_int_equal(part_resolve("virtio", "0:1", &disk, &dev, &why),
			 -ENOENT);
	assert_string_equal(why, "no partition table");
}

/* ---- other people's tools ---- */

static struct fake_disk *made_by(const char *script)
{
	char path[] = "/tmp/vireo-part-XXXXXX", cmd[1024];
	int fd = mkstemp(path);
	struct fake_disk *d;

	assert_true(fd >= 0 && !ftruncate(fd, 64 << 20));
	close(fd);
	snprintf(cmd, sizeof(cmd), "PATH=$PATH:/usr/sbin:/sbin; D=%s; %s", path,
		 script);
	assert_int_equal(system(cmd), 0);
	d = fake_disk_load(path, 512);
	unlink(path);
	return d;
}

static void by_sgdisk(void **state)
{
	struct fake_disk *d = made_by(
		"sgdisk -n 1:2048:+1M -c 1:first -n 5:8192:+2M -t 5:ef00 "
		"-c 5:'Zweite \303\244' -A 1:set:2 $D >/dev/null");
	const struct part_list *l = table(d, 0);

	(void)state;
	assert_int_equal(l->count, 2);
	assert_int_equal(l->parts[0].lba, 2048);
	assert_int_equal(l->parts[0].nsectors, 2048);
	assert_true(l->parts[0].bootable);
	assert_int_equal(l->parts[1].number, 5);
	assert_string_equal(l->parts[1].name, "Zweite \303\244");
	assert_true(l->parts[1].bootable);
	/* The MBR beyond the protective entry is no business of ours. */
	d->data[512] = 0;
	assert_true(table(d, 0)->from_backup);
}

static void by_sfdisk(void **state)
{
	struct fake_disk *d = made_by(
		"printf 'label: dos\\nlabel-id: 0x8de5b9e4\\n"
		"2048,2048,c,*\\n4096,2048,83\\n8192,,5\\n10240,1024,83\\n"
		"14336,1024,6\\n20480,1024,83\\n' | sfdisk -q $D");
	const struct part_list *l = table(d, 0);
	static const unsigned int numbers[] = { 1, 2, 3, 5, 6, 7 };
	static const uint64_t starts[] = {
		2048, 4096, 8192, 10240, 14336, 20480
	};

	(void)state;
	assert_int_equal(l->count, 6);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(l->parts[i].number, numbers[i]);
		assert_int_equal(l->parts[i].lba, starts[i]);
	}
	assert_int_equal(l->parts[5].nsectors, 1024);
	assert_string_equal(l->parts[4].uuid, "8de5b9e4-06");
	assert_string_equal(l->note, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(tiny, setup, NULL),
		fake_isolated(kept, setup, NULL),
		fake_isolated(address_form, setup, NULL),
		fake_isolated(auto_without_flag, setup, NULL),
		fake_isolated(by_serial, setup, NULL),
		fake_isolated(no_table, setup, NULL),
		fake_isolated(by_sgdisk, setup, NULL),
		fake_isolated(by_sfdisk, setup, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
