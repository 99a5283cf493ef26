/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FAT volumes made to measure: an exact count of clusters, chains in any order,
 * entries of any bytes. Shares no code with the driver under test; images of
 * mkfs.fat and mtools are tested as well.
 */
#ifndef FAKE_FAT_IMAGE_H
#define FAKE_FAT_IMAGE_H

#include <stddef.h>
#include <stdint.h>

struct fake_fat {
	/* set by the test; 0 means the value in brackets */
	unsigned int bits;     /* 12, 16 or 32 */
	uint32_t sector;       /* bytes (512) */
	uint32_t spc;          /* sectors per cluster (1) */
	uint32_t clusters;     /* exact count */
	uint32_t reserved;     /* sectors (1; 32 for FAT32) */
	uint32_t nfats;        /* (2) */
	uint32_t root_entries; /* (512 for FAT12/16) */

	/* set by fake_fat_make */
	uint8_t *img;
	size_t size;
	uint32_t fat_sectors, cluster_size;
	size_t fat_at, root_at, data_at;
};

void fake_fat_make(struct fake_fat *f);
void fake_fat_free(struct fake_fat *f);

/* fake_fat_end - the width's end mark. */
uint32_t fake_fat_end(const struct fake_fat *f);

/* fake_fat_link - set a link in all FATs; FAT32's top nibble is kept. */
void fake_fat_link(struct fake_fat *f, uint32_t cluster, uint32_t value);

/* fake_fat_chain - link @n clusters and end the chain. */
void fake_fat_chain(struct fake_fat *f, const uint32_t *clusters, size_t n);

uint8_t *fake_fat_cluster(struct fake_fat *f, uint32_t cluster);

/*
 * fake_fat_raw - put a 32-byte entry into the first free place of the directory
 * that begins at cluster @dir, 0 for the root. The directory does not grow.
 */
uint8_t *fake_fat_raw(struct fake_fat *f, uint32_t dir, const void *raw);

/* fake_fat_entry - a short entry; @name has 11 characters. */
uint8_t *fake_fat_entry(struct fake_fat *f, uint32_t dir, const char *name,
			uint8_t attr, uint32_t first, uint32_t size);

/* fake_fat_long - a long name's entries, to be followed by its short entry.
 * @short_name: what the checksum is of */
void fake_fat_long(struct fake_fat *f, uint32_t dir, const char *ascii,
		   const char *short_name);

/* fake_fat_file - a short entry and a chain with @data in it. */
void fake_fat_file(struct fake_fat *f, uint32_t dir, const char *name,
		   const uint32_t *clusters, const void *data, uint32_t size);

#endif
