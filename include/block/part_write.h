/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing partition tables. All is laid out and checked before the first block is
 * written; what is refused leaves the disk as it was and one line about why. Here
 * addresses count in the disk's own blocks, as tables do.
 *
 * A GPT is worked on in memory:
 *
 *	gpt_load (what is there) or gpt_format (an empty one)
 *	gpt_get, gpt_put, gpt_exchange, gpt_fill
 *	gpt_store, gpt_free
 */
#ifndef VIREO_BLOCK_PART_WRITE_H
#define VIREO_BLOCK_PART_WRITE_H

#include <block/part.h>

#define PART_NAME_UNITS 36  /* UTF-16 units in a GPT's name */
#define PART_NAME_SIZE  128 /* bytes of the same in UTF-8, with a NUL */

/* One line for the user; "": the error code says all there is. */
struct part_why {
	char text[96];
};

/* part_refuse - say why not. Return: -EINVAL */
int part_refuse(struct part_why *why, const char *fmt, ...) printf_like(2, 3);

/* A partition as it is to be. */
struct part_new {
	unsigned int number; /* 1, 2, … */
	uint64_t lba;        /* first block; 0: behind the one before it */
	uint64_t nblocks;    /* 0: as many as there are left */
	uint8_t sys_ind;     /* MBR */
	bool bootable;       /* MBR: active */
	uint64_t attrs;      /* GPT */
	/* GPT, as on disk; all zero: basic data, and a random one */
	uint8_t type_guid[16], guid[16];
	uint8_t name[2 * PART_NAME_UNITS]; /* GPT, UTF-16LE */
};

/* part_new_name - the name in UTF-8, with whatever it holds: not safe to print. */
void part_new_name(const struct part_new *p, char out[PART_NAME_SIZE]);

/* part_set_name - from UTF-8. Return: NULL, or why it cannot be: static */
must_check const char *part_set_name(struct part_new *p, const char *name);

/* Where partitions may be: blocks [first, end). A start that is looked for is a
 * multiple of @align, and @gap blocks in front of every partition stay free. */
struct part_room {
	uint64_t first, end, align, gap;
};

/*
 * part_layout - find the starts and sizes that are 0; each lies behind the partition
 * before it in @parts, and what has size 0 reaches up to the next.
 * Return: 0; -EINVAL something is outside, overlaps or has no room
 */
must_check int part_layout(struct part_new *parts, unsigned int count,
			   const struct part_room *room, struct part_why *why);

/* part_random_guid - version 4 (RFC 4122, 4.4), as on disk.
 * Return: 0; as random_bytes */
must_check int part_random_guid(uint8_t guid[16], struct part_why *why);

/* ---- GPT ---- */

/* What gpt_load found wrong. */
#define GPT_PRIMARY_BAD   0x01
#define GPT_BACKUP_BAD    0x02
#define GPT_BACKUP_MOVED  0x04 /* good, but not at the end of the disk */
#define GPT_COPIES_DIFFER 0x08
#define GPT_NO_MBR        0x10 /* nothing in sector 0 says that there is a GPT */

struct gpt_table {
	struct blkdev *disk;
	uint64_t unit;     /* sectors in a block */
	uint64_t nblocks;  /* of the disk */
	uint8_t *header;   /* a block */
	uint8_t *entries;  /* whole blocks */
	uint64_t narray;   /* how many */
	uint32_t nentries; /* highest partition number */
	uint32_t entry_size;
	uint64_t entries_lba; /* of the primary's */
	unsigned int faults;  /* GPT_…: set by gpt_load */
	bool new_mbr;         /* gpt_store writes a protective MBR */
};

/*
 * gpt_load - the table of @disk from its primary or, when that is bad, its backup.
 * Give @g to gpt_free in every case.
 * Return: 0; -ENOENT there is no GPT; -EBADMSG both copies are bad; -ENOMEM; as
 *         blk_open, blk_read
 */
must_check int gpt_load(struct blkdev *disk, struct gpt_table *g,
			struct part_why *why);

/*
 * gpt_format - an empty table of 128 entries for @disk; nothing is written yet.
 * @guid: the disk's; all zero: a random one
 * Return: 0; -EINVAL the disk is too small; -EROFS; -ENOMEM; as random_bytes, blk_open
 */
must_check int gpt_format(struct blkdev *disk, const uint8_t guid[16],
			  struct gpt_table *g, struct part_why *why);

/* gpt_guid - the disk's, as on disk. */
void gpt_guid(const struct gpt_table *g, uint8_t guid[16]);

/* gpt_get - partition @number; false: there is none. */
bool gpt_get(const struct gpt_table *g, unsigned int number,
	     struct part_new *p);

/* gpt_put - entry p->number, 1 … nentries: the fields above, the rest stays. */
void gpt_put(struct gpt_table *g, const struct part_new *p);

/* gpt_exchange - two whole entries. */
void gpt_exchange(struct gpt_table *g, unsigned int a, unsigned int b);

/* gpt_fill - lay @parts out in the empty table @g and add them.
 * Return: 0; -EINVAL; as random_bytes */
must_check int gpt_fill(struct gpt_table *g, struct part_new *parts,
			unsigned int count, struct part_why *why);

/* gpt_check - are all partitions where they may be, and none over another?
 * Return: 0; -EINVAL; -EINTR */
must_check int gpt_check(const struct gpt_table *g, struct part_why *why);

/*
 * gpt_store - check and write both copies, the backup at the end of the disk, and
 * the protective MBR when it is new. Blocks that are as they should be are not
 * written. A stop at any moment leaves the old table or the new one; @why then says
 * what is on the disk.
 * Return: 0; -EINVAL as gpt_check; -EROFS; -ENOMEM; as blk_write, blk_flush
 */
must_check int gpt_store(struct gpt_table *g, struct part_why *why);

void gpt_free(struct gpt_table *g);

/* ---- MBR ---- */

/*
 * mbr_write - a table of @parts: the first four are 1 to 4, the others logical ones
 * in the extended partition that must be among those. Boot code is kept, a GPT is not.
 * @signature: the disk's; 0: the one it has
 * Return: 0; -EINVAL; -EROFS; -ENOMEM; as blk_read, blk_write, blk_flush
 */
must_check int mbr_write(struct blkdev *disk, uint32_t signature,
			 struct part_new *parts, unsigned int count,
			 struct part_why *why);

#endif
