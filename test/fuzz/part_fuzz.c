/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Disks whose first and last blocks are the input, read for partition tables.
 * What is found lies on the disk, in order, and can be read; names are safe to
 * print; the address form takes any text. CRCs of GPT headers and tables are
 * put right first when a bit says so, or nothing would get behind them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <block/part.h>
#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/hash.h>

#include "ram_disk.h"

#define DISK_SIZE (512u * 1024)
#define REQUESTS  800u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fake_disk *disk;

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* Make the CRCs of the header at block @n right, if they can be. */
static void seal(uint64_t n)
{
	uint32_t block = disk->dev.block_size, size;
	uint8_t *h = disk->data + n * block;
	uint64_t at, bytes;

	size = get_le32(h + 12);
	if (size < 92 || size > block)
		return;
	bytes = (uint64_t)get_le32(h + 80) * get_le32(h + 84);
	if (mul_ok(get_le64(h + 72), block, &at) &&
	    inside(at, bytes, DISK_SIZE) && bytes <= 65536)
		put_le32(h + 88, crc32(0, disk->data + at, bytes));
	put_le32(h + 16, 0);
	put_le32(h + 16, crc32(0, h, size));
}

static void check_part(const struct part *p, const struct part *before)
{
	uint64_t unit = disk->dev.block_size / SECTOR_SIZE;
	static uint8_t block[4096];
	struct blkdev *dev;

	must(p->nsectors && inside(p->lba, p->nsectors, disk->dev.nsectors));
	must(p->lba % unit == 0 && p->nsectors % unit == 0);
	must(p->number && p->number <= PART_MAX);
	must(!before || before->number < p->number);
	must(memchr(p->name, 0, sizeof(p->name)));
	for (const char *c = p->name; *c; c++)
		must((unsigned char)*c >= ' ' && *c != 0x7f);
	must(!part_open(&disk->dev, p->number, &dev));
	must(!blk_read(dev, 0, unit, block));
	must(!blk_read(dev, p->nsectors - unit, unit, block));
	must(blk_read(dev, p->nsectors, unit, block) == -ERANGE);
}

static void check_table(void)
{
	const struct part_list *list;
	int ret = part_table(&disk->dev, &list);

	must(ret == 0 || ret == -ENOENT || ret == -EBADMSG);
	must(!list == (ret == -ENOENT));
	must(disk->calls < REQUESTS);
	if (ret)
		return;
	must(list->scheme);
	for (unsigned int i = 0; i < list->count; i++)
		check_part(&list->parts[i], i ? &list->parts[i - 1] : NULL);
}

/* @keyed: behind one of the keys */
static void resolve(const uint8_t *text, size_t size, bool keyed)
{
	static const char *const keys[] = { "label=", "0:uuid=", "PartUUID=",
					    "0:partlabel=" };
	struct blkdev *whole, *dev;
	const char *why = NULL;
	char spec[48] = "";
	size_t at;
	int ret;

	if (keyed)
		strcpy(spec, keys[text[0] & 3]);
	at = strlen(spec);
	memcpy(spec + at, text, size);
	spec[at + size] = '\0';
	ret = part_resolve("virtio", spec, &whole, &dev, &why);
	must(ret ? why != NULL : dev && whole == &disk->dev);
	(void)part_is_chosen(spec);
	ret = part_named(spec, &dev, &why);
	must(ret ? why != NULL && !dev : dev != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t blocks[] = { 512, 1024, 2048, 4096 };
	static uint8_t heap[4u << 20];
	size_t half;

	if (!disk) {
		heap_init(heap, sizeof(heap));
		disk = fake_disk_new(DISK_SIZE, 512);
	}
	if (size < 16 || size > DISK_SIZE / 2)
		return 0;
	disk->dev.block_size = blocks[data[0] & 3];
	half = (size - 1) / 2;
	memset(disk->data, 0, DISK_SIZE);
	memcpy(disk->data, data + 1, half);
	memcpy(disk->data + DISK_SIZE - half, data + size - half, half);
	if (data[0] & 4) {
		seal(1);
		seal(DISK_SIZE / disk->dev.block_size - 1);
	}
	disk->dev.generation++;
	fake_disk_forget(disk);
	check_table();
	resolve(data + size - 16, data[0] >> 4, data[0] & 8);
	return 0;
}
