/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Partition tables, and partitions as block devices. A scheme is one file that
 * registers itself: TABLE_ENTRY(part, &gpt_scheme). Each scheme decides alone
 * whether a disk is its own (MBR says no to a protective 0xEE entry).
 *
 * A table is read once and kept while the disk's generation stands.
 */
#ifndef VIREO_BLOCK_PART_H
#define VIREO_BLOCK_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <block/blkdev.h>
#include <lib/compiler.h>
#include <lib/table.h>

#define PART_MAX          256 /* highest partition number */
#define GPT_ATTR_BOOTABLE (UINT64_C(1) << 2)

struct part {
	unsigned int number; /* 1, 2, … as the table numbers them */
	uint64_t lba;        /* first sector on the disk, 512-byte units */
	uint64_t nsectors;   /* never 0, never past the disk's end */
	uint8_t sys_ind;     /* MBR: type byte */
	bool bootable;  /* MBR: active flag; GPT: legacy BIOS bootable or ESP */
	uint64_t attrs; /* GPT */
	uint8_t type_guid[16]; /* GPT, as on disk */
	uint8_t guid[16];      /* GPT, as on disk */
	char uuid[37];         /* text: GPT GUID, or "8de5b9e4-01" for MBR */
	char name[128];        /* GPT, UTF-8, safe to print */
};

/* The whole table of a disk, read and checked in one go. */
struct part_list {
	const struct part_scheme *scheme; /* whose table it is */
	unsigned int count;
	struct part *parts;    /* sorted by number */
	uint8_t disk_guid[16]; /* GPT */
	bool from_backup;      /* GPT: the primary table was bad */
	char note[96];         /* one line about what is wrong with it, or "" */
};

struct part_reader; /* block/part_priv.h */

struct part_scheme {
	const char *name; /* "DOS", "EFI": as part list prints it */
	/* Fill @list->parts with part_add. Return: 0; -ENOENT not this scheme;
	 * -EBADMSG it is this scheme, but corrupt (note says how); -EIO, … */
	int (*read)(struct part_reader *r, struct part_list *list);
};

TABLE_DECLARE(part, const struct part_scheme);

/* part_is_extended - is an MBR type byte that of an extended partition? */
bool part_is_extended(uint8_t sys_ind);

/*
 * part_table - the table of @disk, which must be a whole disk.
 * @list: part/'s own, until the disk changes; set to NULL on failure, but for
 *        -EBADMSG, when its note says what is wrong
 * Return: 0; -ENOENT no known table; -EBADMSG; -EIO, -ETIMEDOUT, -EINTR, -ENOMEM
 */
must_check int part_table(struct blkdev *disk, const struct part_list **list);

/*
 * part_open - partition @number of @disk as a block device. Partition devices
 * are kept, one per (disk, number), and brought up to date here.
 * Return: 0 and *dev; -ENOENT no such partition; as part_table
 */
must_check int part_open(struct blkdev *disk, unsigned int number,
			 struct blkdev **dev);

/*
 * What a partition, or a disk without a table, goes by besides its number, wherever its
 * disk is found: "label=ROOT". Who knows how to tell is one static const struct and
 * TABLE_ENTRY(part_key, &label_key).
 */
struct part_key {
	const char *name; /* "label"; typed in any case */
	/* Is @dev, open, the one? @part: its entry; NULL: a disk without a table
	 * Return: 1; 0; -EINTR; another error: nobody can tell */
	int (*is)(struct blkdev *dev, const struct part *part,
		  const char *value);
};

TABLE_DECLARE(part_key, const struct part_key);

/*
 * part_disk - the disk that DEV names in "DEV[:PART]" or "DEV[#NAME]": a number, in
 * hexadecimal, or "serial=ABC", what blk_get_id tells. The disk is opened.
 * @disk: set as soon as it is known, NULL before
 * @rest: what follows DEV; NULL: nothing may
 * @why: set to a static text for the user when it fails
 * Return: 0; -EINVAL bad form, or two disks have this serial number; -ENODEV no such
 *         disk; as blk_open; -EINTR
 */
must_check int part_disk(const char *type, const char *spec,
			 struct blkdev **disk, const char **rest,
			 const char **why);

/*
 * part_resolve - the device that "IF" and "DEV[:PART]" name, the address
 * form of all file commands: PART hexadecimal, "0:0" the whole disk, "0#name" by GPT
 * name, "0:auto" the first bootable one, "0:label=ROOT" by a struct part_key. DEV itself
 * may be such a "label=ROOT": all disks are searched then. IF "any" stands for all
 * interfaces. Without PART: the first partition when there is a table, else the whole
 * disk; a file system is looked for by fs_resolve.
 * @disk: set as soon as it is known, NULL before
 * @why: set to a static text for the user when it fails, e.g. "no such device"
 * Return: 0; -EINVAL bad form, or two partitions answer to it; -ENOENT no such
 *         partition; as part_disk; as part_table
 */
must_check int part_resolve(const char *type, const char *spec,
			    struct blkdev **disk, struct blkdev **dev,
			    const char **why);

/* part_disk_len - how much of @spec is DEV. */
size_t part_disk_len(const char *spec);

/* part_is_chosen - does @spec name a partition or, with 0, the whole disk? */
bool part_is_chosen(const char *spec);

/*
 * part_named - as part_resolve, with all of it in one word: "IF:DEV[:PART]", or
 * "label=ROOT" and "serial=ABC:1" for "any:" in front. Without PART: the whole disk.
 */
must_check int part_named(const char *name, struct blkdev **dev,
			  const char **why);

#endif
