/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A GPT on disk, for the reader and the writer of it. Source: UEFI 2.10, 5.3; all
 * numbers little-endian, all addresses in the disk's own blocks.
 */
#ifndef VIREO_BLOCK_PART_GPT_PRIV_H
#define VIREO_BLOCK_PART_GPT_PRIV_H

#include <block/part_write.h>

#include "part_priv.h"

/* Header, 5.3.2 */
#define GPT_SIGNATURE    0 /* "EFI PART" */
#define GPT_REVISION     8
#define GPT_HEADER_SIZE  12
#define GPT_HEADER_CRC   16
#define GPT_MY_LBA       24
#define GPT_ALTERNATE    32
#define GPT_FIRST_USABLE 40
#define GPT_LAST_USABLE  48
#define GPT_DISK_GUID    56
#define GPT_ENTRIES_LBA  72
#define GPT_NENTRIES     80
#define GPT_ENTRY_SIZE   84
#define GPT_ENTRIES_CRC  88
#define GPT_HEADER_MIN   92

/* Entry, 5.3.3 */
#define GPE_TYPE     0
#define GPE_GUID     16
#define GPE_FIRST    32
#define GPE_LAST     40
#define GPE_ATTRS    48
#define GPE_NAME     56
#define GPE_NAME_LEN 36 /* UTF-16 units */
#define GPE_MIN      128

/* A header whose fields were found sound. */
struct gpt_header {
	uint64_t entries_lba; /* blocks */
	uint64_t alternate;
	uint32_t nentries, entry_size;
	uint32_t entries_crc;
	uint8_t disk_guid[16];
};

/* One of the two tables of a disk, as read. */
struct gpt_copy {
	uint8_t *header;     /* its block */
	uint8_t *entries;    /* whole blocks */
	uint64_t nblocks;    /* of the entries */
	bool header_ok;      /* h may be used, also when the entries are bad */
	struct gpt_header h; /* what the header says */
};

/* gpt_is_protective - does sector 0 say that the disk has a GPT? */
bool gpt_is_protective(const uint8_t *mbr);

/* gpt_header_crc - of @size bytes, its own field taken as zero (5.3.2). */
uint32_t gpt_header_crc(const uint8_t *raw, uint32_t size);

/*
 * gpt_read_copy - the table whose header is at block @lba. Give @c to
 * gpt_copy_free in every case.
 * Return: 0; -EBADMSG; -ENOMEM; as blk_read
 */
must_check int gpt_read_copy(struct part_reader *r, uint64_t lba,
			     struct gpt_copy *c);
void gpt_copy_free(struct gpt_copy *c);

/* gpt_is_bad - does an error of gpt_read_copy tell of that copy alone? A block that
 * cannot be read is as bad as one with nonsense in it. */
bool gpt_is_bad(int ret);

/* gpt_open - begin @g, and what its disk is read with. Return: as blk_open */
must_check int gpt_open(struct blkdev *disk, struct gpt_table *g,
			struct part_reader *r);

/* gpt_usable - the usable blocks as they are to be: a backup at the end fits behind
 * them, and what a disk has grown by is among them. */
void gpt_usable(const struct gpt_table *g, uint64_t *first, uint64_t *last);

#endif
