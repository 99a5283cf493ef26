/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What schemes read a disk with. The first blocks, where all tables begin, are
 * read once for all schemes: finding the table of an ordinary disk is one request.
 */
#ifndef VIREO_BLOCK_PART_PRIV_H
#define VIREO_BLOCK_PART_PRIV_H

#include <block/part.h>

struct part_reader {
	struct blkdev *disk;
	uint64_t unit; /* sectors in a block: what tables count in (BLK-18) */
	uint64_t nblocks; /* of the whole disk */
	uint8_t *head;    /* the first blocks */
	uint64_t nhead;   /* how many */
};

/*
 * part_read - @count blocks from block @lba on, from the head when they are there.
 * Return: 0; -ERANGE not on the disk; as blk_read
 */
must_check int part_read(struct part_reader *r, uint64_t lba, uint64_t count,
			 void *buf);

/*
 * part_add - a new partition at blocks [@lba, @lba + @nblocks), cut at the end
 * of the disk with a note; skipped with a note when it begins behind it.
 * @part: the new one, to be filled in, or NULL when it was skipped
 * Return: 0; -ENOMEM
 */
must_check int part_add(struct part_reader *r, struct part_list *list,
			unsigned int number, uint64_t lba, uint64_t nblocks,
			struct part **part);

/* part_note - say what is wrong with the table; the first one stays. */
void part_note(struct part_list *list, const char *fmt, ...) printf_like(2, 3);

/* ---- part_search.c ---- */

/* part_key_of - the key that @text begins with, "label=ROOT"; NULL: it is none. */
const struct part_key *part_key_of(const char *text, const char **value);

struct part_search_in {
	struct blkdev *disk; /* this one; NULL: all of type */
	const char *type;
};

/*
 * part_search - the one partition, or disk without a table, that answers to @value.
 * @why: a static text, when it fails
 * Return: 0; -EINVAL two do, or it is empty; -ENOENT, -ENODEV none does, on the disk or
 *         on any; -EINTR; none does, and one that failed so might
 */
must_check int part_search(const struct part_key *key, const char *value,
			   struct part_search_in in, struct blkdev **dev,
			   const char **why);

/* part_flush - a device without that request keeps nothing back.
 * Return: as blk_flush but for -ENOSYS */
must_check int part_flush(struct blkdev *disk);

#endif
