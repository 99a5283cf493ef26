/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Partitions by label and id: found wherever their disk is, never one of two, and
 * never hidden by a disk that fails.
 */
#include "fat_test.h"

#include <block/part.h>

#define VOLUME 8192u /* sectors of a partition */

/* A FAT volume with @label in its root ("": only in the boot sector) at @lba. */
static void put_volume(struct fake_disk *d, uint32_t lba, const char *label,
		       uint32_t serial)
{
	struct fake_fat f = { .bits = 12, .clusters = 1000 };

	fake_fat_make(&f);
	put_le32(f.img + 39, serial);
	memcpy(f.img + 43, "BOOTSECTOR ", 11);
	if (*label)
		fake_fat_entry(&f, 0, label, 0x08, 0, 0);
	memcpy(d->data + (size_t)lba * 512, f.img, f.size);
	fake_fat_free(&f);
}

/* Two partitions with these labels. */
static struct fake_disk *disk_of(uint32_t id, const char *one, const char *two)
{
	struct fake_disk *d = fake_disk_new(16 << 20, 512);

	put_le32(d->data + 440, id);
	put_le16(d->data + 510, 0xaa55);
	for (uint32_t i = 0; i < 2; i++) {
		uint8_t *e = d->data + 446 + (size_t)16 * i;

		e[4] = 0x0c;
		put_le32(e + 8, 64 + VOLUME * i);
		put_le32(e + 12, VOLUME);
		put_volume(d, 64 + VOLUME * i, i ? two : one, id + i);
	}
	return d;
}

struct named {
	const char *type, *spec;
	const char *dev; /* NULL: refused */
	int ret;
	const char *why;
};

static void check(const struct named *n)
{
	char name[BLK_NAME_MAX];
	const char *why = NULL;
	struct blkdev *disk, *dev;

	assert_int_equal(part_resolve(n->type, n->spec, &disk, &dev, &why),
			 n->ret);
	if (n->ret) {
		assert_null(dev);
		assert_string_equal(why, n->why);
	} else {
		assert_string_equal(blk_name(dev, name), n->dev);
		assert_ptr_equal(disk, dev->parent ? dev->parent : dev);
	}
}

static int setup(void **state)
{
	(void)state;
	fake_heap();
	disk_of(0x11112222, "ROOT       ", "A B:C#D    ");
	disk_of(0xabcdef00, "HOME       ", "TWIN       ");
	disk_of(0x77770000, "TWIN       ", "");
	/* a disk that is all volume */
	put_volume(fake_disk_new(8 << 20, 512), 0, "WHOLE      ", 0x1234abcd);
	fake_disk_new(1 << 20, 512); /* one that is nothing */
	return 0;
}

static void found(void **state)
{
	static const struct named names[] = {
		{ "virtio", "label=ROOT", "virtio:0:1", 0, NULL },
		{ "any", "label=HOME", "virtio:1:1", 0, NULL },
		{ "virtio", "LABEL=A B:C#D", "virtio:0:2", 0, NULL },
		{ "virtio", "0:label=A B:C#D", "virtio:0:2", 0, NULL },
		{ "virtio", "label=BOOTSECTOR", "virtio:2:2", 0, NULL },
		{ "virtio", "label=WHOLE", "virtio:3", 0, NULL },
		{ "virtio", "3:label=WHOLE", "virtio:3", 0, NULL },
		{ "virtio", "2:label=TWIN", "virtio:2:1", 0, NULL },
		{ "virtio", "1:label=TWIN", "virtio:1:2", 0, NULL },
		{ "virtio", "uuid=1234-abcd", "virtio:3", 0, NULL },
		{ "virtio", "UUID=ABCD-EF01", "virtio:1:2", 0, NULL },
		{ "virtio", "partuuid=ABCDEF00-02", "virtio:1:2", 0, NULL },
		{ "virtio", "0:partuuid=11112222-01", "virtio:0:1", 0, NULL },
		{ "virtio", "label=root", NULL, -ENODEV,
		  "nothing has this label" },
		{ "virtio", "label=ROO", NULL, -ENODEV,
		  "nothing has this label" },
		{ "virtio", "1:label=ROOT", NULL, -ENOENT,
		  "nothing has this label" },
		{ "scsi", "label=ROOT", NULL, -ENODEV,
		  "nothing has this label" },
		{ "virtio", "label=", NULL, -EINVAL,
		  "nothing stands behind the =" },
		{ "virtio", "label=TWIN", NULL, -EINVAL,
		  "virtio:1:2 and virtio:2:1 both have this label" },
		{ "virtio", "uuid=1111-2224", NULL, -ENODEV,
		  "nothing has this uuid" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(names); i++)
		check(&names[i]);
}

/* In one word: the whole disk without PART. */
static void one_word(void **state)
{
	static const struct {
		const char *name, *dev, *why;
	} names[] = {
		{ "virtio:0", "virtio:0", NULL },
		{ "virtio:0:0", "virtio:0", NULL },
		{ "virtio:1:2", "virtio:1:2", NULL },
		{ "virtio:serial=THIRD", "virtio:2", NULL },
		{ "virtio:serial=THIRD:2", "virtio:2:2", NULL },
		{ "serial=THIRD:2", "virtio:2:2", NULL },
		{ "any:serial=THIRD:auto", "virtio:2:1", NULL },
		{ "label=A B:C#D", "virtio:0:2", NULL },
		{ "virtio:label=ROOT", "virtio:0:1", NULL },
		{ "virtio:1:label=HOME", "virtio:1:1", NULL },
		{ "virtio", NULL, "not IF:DEV[:PART]" },
		{ "", NULL, "not IF:DEV[:PART]" },
		{ "0:1", NULL, "no such device" },
		{ "virtio:", NULL, "not a device number" },
		{ "virtio:9", NULL, "no such device" },
		{ "virtio:0:3", NULL, "no such partition" },
		{ "a_very_long_interface:0", NULL, "not IF:DEV[:PART]" },
		{ "label=NONE", NULL, "nothing has this label" },
	};
	char text[BLK_NAME_MAX];

	(void)state;
	strcpy(((struct fake_disk *)blk_find("virtio", 2)->ctx)->serial,
	       "THIRD");
	for (size_t i = 0; i < array_size(names); i++) {
		const char *why = NULL;
		struct blkdev *dev;
		int ret = part_named(names[i].name, &dev, &why);

		assert_int_equal(ret == 0, names[i].dev != NULL);
		if (ret)
			assert_string_equal(why, names[i].why);
		else
			assert_string_equal(blk_name(dev, text), names[i].dev);
	}
}

static struct fake_disk *fake(unsigned int i)
{
	return blk_find("virtio", i)->ctx;
}

/* A disk that fails, before or behind the right one, in its table or in a volume. */
static void failing(void **state)
{
	static const struct {
		unsigned int disk;
		uint64_t lba;
		const char *spec, *dev, *why;
	} cases[] = {
		{ 0, 0, "label=HOME", "virtio:1:1", NULL },
		{ 2, 0, "label=HOME", "virtio:1:1", NULL },
		{ 0, 64, "label=HOME", "virtio:1:1", NULL },
		{ 0, 64, "partuuid=11112222-02", "virtio:0:2", NULL },
		{ 0, 0, "label=ROOT", NULL,
		  "nothing has this label, but virtio:0 cannot be looked "
		  "at: input/output error" },
		{ 0, 64, "label=ROOT", NULL,
		  "nothing has this label, but virtio:0:1 cannot be looked "
		  "at: input/output error" },
		{ 0, 64, "0:uuid=1111-2222", NULL,
		  "nothing has this uuid, but virtio:0:1 cannot be looked "
		  "at: input/output error" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct fake_disk *d = fake(cases[i].disk);
		struct named n = { "virtio", cases[i].spec, cases[i].dev,
				   cases[i].dev ? 0 : -EIO, cases[i].why };

		d->dev.generation++;
		d->bad_lba = cases[i].lba;
		d->bad_nsectors = 1;
		check(&n);
		d->bad_nsectors = 0;
		d->dev.generation++;
	}
}

/* A disk that does not answer is waited for once; its first partition. */
static void no_answer(void **state)
{
	struct named n = { "virtio", "label=A B:C#D", NULL, -ETIMEDOUT,
			   "nothing has this label, but virtio:0:1 cannot be "
			   "looked at: timed out" };

	(void)state;
	fake(0)->error = -ETIMEDOUT;
	fake(0)->bad_lba = 64;
	fake(0)->bad_nsectors = 1;
	check(&n);
	assert_int_equal(fake(0)->calls, 2); /* table and volume */
	n = (struct named){ "virtio", "label=HOME", "virtio:1:1", 0, NULL };
	check(&n);
}

static void interrupted(void **state)
{
	struct named n = { "virtio", "label=HOME", NULL, -EINTR,
			   "interrupted" };

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		fake(i)->error = -EINTR;
		fake(i)->bad_nsectors = UINT64_MAX / 512;
		check(&n);
		fake(i)->bad_nsectors = 0;
		fake(i)->dev.generation++;
	}
}

/* What is found by its label is then opened as it. */
static void file_system(void **state)
{
	struct fs_where w;

	(void)state;
	assert_int_equal(fs_resolve("any", "label=HOME", &w), 0);
	assert_ptr_equal(w.dev, w.fs.vol->dev);
	assert_int_equal(w.dev->partition, 1);
	assert_int_equal(fs_resolve("virtio", "label=TWIN", &w), -EINVAL);
	assert_null(w.disk);
	assert_int_equal(fs_resolve("virtio", "0:label=TWIN", &w), -ENOENT);
	assert_non_null(w.disk);
	assert_null(w.dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(found, setup, NULL),
		fake_isolated(one_word, setup, NULL),
		fake_isolated(failing, setup, NULL),
		fake_isolated(no_answer, setup, NULL),
		fake_isolated(interrupted, setup, NULL),
		fake_isolated(file_system, setup, NULL),
	};

	return cmocka_run_group_tests_name("fs_names", tests, NULL, NULL);
}
