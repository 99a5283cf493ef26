/* SPDX-License-Identifier: BSD-2-Clause */
#include "fat_image.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <lib/byteorder.h>

static void defaults(struct fake_fat *f)
{
	if (!f->sector)
		f->sector = 512;
	if (!f->spc)
		f->spc = 1;
	if (!f->reserved)
		f->reserved = f->bits == 32 ? 32 : 1;
	if (!f->nfats)
		f->nfats = 2;
	if (!f->root_entries && f->bits != 32)
		f->root_entries = 512;
}

static void boot_sector(struct fake_fat *f, uint32_t total)
{
	uint8_t *b = f->img;
	uint8_t *ext = b + (f->bits == 32 ? 64 : 36);

	memcpy(b, "\xeb\x58\x90mkfs.fat", 11);
	put_le16(b + 11, (uint16_t)f->sector);
	b[13] = (uint8_t)f->spc;
	put_le16(b + 14, (uint16_t)f->reserved);
	b[16] = (uint8_t)f->nfats;
	put_le16(b + 17, (uint16_t)f->root_entries);
	if (total < 65536 && f->bits != 32)
		put_le16(b + 19, (uint16_t)total);
	else
		put_le32(b + 32, total);
	b[21] = 0xf8;
	if (f->bits == 32) {
		put_le32(b + 36, f->fat_sectors);
		put_le32(b + 44, 2);
		put_le16(b + 48, 1);
	} else {
		put_le16(b + 22, (uint16_t)f->fat_sectors);
	}
	ext[0] = 0x80;
	ext[2] = 0x29;
	put_le32(ext + 3, 0x1234abcd);
	memcpy(ext + 7, "BOOTDISK   ", 11);
	memcpy(ext + 18,
	       f->bits == 32   ? "FAT32   "
	       : f->bits == 16 ? "FAT16   "
			       : "FAT12   ",
	       8);
	b[510] = 0x55;
	b[511] = 0xaa;
}

void fake_fat_make(struct fake_fat *f)
{
	uint32_t root, total;

	defaults(f);
	root = (f->root_entries * 32 + f->sector - 1) / f->sector;
	f->fat_sectors = (uint32_t)((((uint64_t)f->clusters + 2) * f->bits / 8 +
				     f->sector) /
				    f->sector);
	f->cluster_size = f->sector * f->spc;
	f->fat_at = (size_t)f->reserved * f->sector;
	f->root_at = f->fat_at + (size_t)f->nfats * f->fat_sectors * f->sector;
	f->data_at = f->root_at + (size_t)root * f->sector;
	total = (uint32_t)(f->data_at / f->sector) + f->clusters * f->spc;
	f->size = (size_t)total * f->sector;
	f->img = calloc(1, f->size);
	boot_sector(f, total);
	fake_fat_link(f, 0, 0x0ffffff8);
	fake_fat_link(f, 1, 0x0fffffff);
	if (f->bits == 32)
		fake_fat_link(f, 2, 0x0fffffff);
}

void fake_fat_free(struct fake_fat *f)
{
	free(f->img);
	f->img = NULL;
}

uint32_t fake_fat_end(const struct fake_fat *f)
{
	return f->bits == 12 ? 0xfff : f->bits == 16 ? 0xffff : 0x0fffffff;
}

static void link_in(struct fake_fat *f, uint8_t *fat, uint32_t c, uint32_t v)
{
	uint8_t *p = fat + (size_t)c * f->bits / 8;

	if (f->bits == 32)
		put_le32(p, (get_le32(p) & 0xf0000000) | (v & 0x0fffffff));
	else if (f->bits == 16)
		put_le16(p, (uint16_t)v);
	else if (c & 1)
		put_le16(p, (uint16_t)((get_le16(p) & 0xf) | v << 4));
	else
		put_le16(p, (uint16_t)((get_le16(p) & 0xf000) | (v & 0xfff)));
}

void fake_fat_link(struct fake_fat *f, uint32_t cluster, uint32_t value)
{
	for (uint32_t i = 0; i < f->nfats; i++)
		link_in(f,
			f->img + f->fat_at +
				(size_t)i * f->fat_sectors * f->sector,
			cluster, value);
}

void fake_fat_chain(struct fake_fat *f, const uint32_t *clusters, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fake_fat_link(f, clusters[i],
			      i + 1 < n ? clusters[i + 1] : fake_fat_end(f));
}

uint8_t *fake_fat_cluster(struct fake_fat *f, uint32_t cluster)
{
	assert(cluster >= 2 && cluster < f->clusters + 2);
	return f->img + f->data_at + (size_t)(cluster - 2) * f->cluster_size;
}

uint8_t *fake_fat_raw(struct fake_fat *f, uint32_t dir, const void *raw)
{
	uint8_t *at = f->img + f->root_at;
	size_t max = (size_t)f->root_entries * 32;

	if (dir || f->bits == 32) {
		at = fake_fat_cluster(f, dir ? dir : 2);
		max = f->cluster_size;
	}
	for (size_t i = 0; i < max; i += 32) {
		if (at[i])
			continue;
		memcpy(at + i, raw, 32);
		return at + i;
	}
	assert(!"the directory is full");
	return NULL;
}

uint8_t *fake_fat_entry(struct fake_fat *f, uint32_t dir, const char *name,
			uint8_t attr, uint32_t first, uint32_t size)
{
	uint8_t raw[32] = { 0 };

	memcpy(raw, name, 11);
	raw[11] = attr;
	put_le16(raw + 20, (uint16_t)(first >> 16));
	put_le16(raw + 26, (uint16_t)first);
	put_le32(raw + 28, size);
	return fake_fat_raw(f, dir, raw);
}

void fake_fat_long(struct fake_fat *f, uint32_t dir, const char *ascii,
		   const char *short_name)
{
	static const uint8_t at[13] = { 1,  3,  5,  7,  9,  14, 16,
					18, 20, 22, 24, 28, 30 };
	size_t len = strlen(ascii), parts = (len + 12) / 13;
	uint8_t sum = 0;

	for (int i = 0; i < 11; i++)
		sum = (uint8_t)((sum >> 1) + (sum << 7) +
				(uint8_t)short_name[i]);
	for (size_t part = parts; part > 0; part--) {
		uint8_t raw[32] = { 0 };

		raw[0] = (uint8_t)(part | (part == parts ? 0x40 : 0));
		raw[11] = 0x0f;
		raw[13] = sum;
		for (size_t i = 0; i < 13; i++) {
			size_t n = (part - 1) * 13 + i;

			put_le16(raw + at[i],
				 n > len ? 0xffff : (uint8_t)ascii[n]);
		}
		fake_fat_raw(f, dir, raw);
	}
}

void fake_fat_file(struct fake_fat *f, uint32_t dir, const char *name,
		   const uint32_t *clusters, const void *data, uint32_t size)
{
	size_t n = (size + f->cluster_size - 1) / f->cluster_size;

	for (size_t i = 0; i < n; i++) {
		size_t at = i * f->cluster_size;
		size_t len = size - at < f->cluster_size ? size - at
							 : f->cluster_size;

		memcpy(fake_fat_cluster(f, clusters[i]),
		       (const uint8_t *)data + at, len);
	}
	fake_fat_chain(f, clusters, n);
	fake_fat_entry(f, dir, name, 0x20, n ? clusters[0] : 0, size);
}
