/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is on a FAT volume, and what is wrong with it: a checker and reader beside
 * fs/fat, with which it shares no code, for images by the hundred thousand that
 * fsck.fat is too slow for. It goes through an image from the root, follows every chain and
 * compares FATs, FSInfo and names. What it finds is harmless, which a volume may have after
 * a stop in the middle of a change, or wrong.
 */
#ifndef FAKE_FAT_JUDGE_H
#define FAKE_FAT_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JUDGE_ITEMS 600
#define JUDGE_TEXT  (256u * 1024)

/* Harmless, by itself */
#define JUDGE_DIRTY  0x01 /* the volume says it is in use */
#define JUDGE_LOST   0x02 /* clusters that belong to nothing */
#define JUDGE_FATS   0x04 /* the FATs differ */
#define JUDGE_FREE   0x08 /* FSInfo has another number of free clusters */
#define JUDGE_ORPHAN 0x10 /* parts of a long name without their entry */
#define JUDGE_BEHIND 0x20 /* entries behind the last */
/* Only of what a change is about */
#define JUDGE_LONG   0x40  /* a chain is longer than its file */
#define JUDGE_TWINS  0x80  /* two entries, one chain */
#define JUDGE_DOTDOT 0x100 /* ".." leads to another directory than the parent */

struct judge_item {
	const char *path; /* "/dir/file" in UTF-8 */
	bool is_dir;
	uint32_t first, size;
	uint16_t time, date; /* DIR_WrtTime, DIR_WrtDate */
	unsigned int odd;    /* JUDGE_LONG, _TWINS, _DOTDOT of this one */
	uint8_t short_name[11];
};

struct fat_judge {
	const uint8_t *img;
	size_t size;
	unsigned int bits;
	uint32_t sector, cluster_size, end; /* the last cluster, and one */
	uint32_t nfats, fat_bytes, root_first, root_bytes, fsinfo;
	size_t fat_at, root_at, data_at;

	unsigned int found; /* JUDGE_* */
	char wrong[256];    /* the first thing that is; "": nothing */
	uint32_t nfree;
	struct judge_item
		item[JUDGE_ITEMS]; /* a directory before what is in it */
	size_t nitems;

	size_t text_used;
	char text[JUDGE_TEXT];
	uint16_t *
		owner; /* an item's number and one, of each cluster; malloc'ed */
};

/* fat_judge - look at all of @img, which stays the caller's. @j: zero at first, then
 * used again and again; end with fat_judge_end. */
void fat_judge(struct fat_judge *j, const uint8_t *img, size_t size);
void fat_judge_end(struct fat_judge *j);

/* fat_judge_find - the item at @path, NULL: none. Case counts. */
const struct judge_item *fat_judge_find(const struct fat_judge *j,
					const char *path);

/* fat_judge_is - is @data, of the item's size, what the file has in it? */
bool fat_judge_is(const struct fat_judge *j, const struct judge_item *it,
		  const uint8_t *data);

/* fat_judge_link - the first FAT's entry of @cluster; any end of a chain is
 * 0x0fffffff, a bad cluster 0x0ffffff7. */
uint32_t fat_judge_link(const struct fat_judge *j, uint32_t cluster);

#endif
