/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Partition tables, and partitions as block devices. A scheme is one file that
 * registers itself: TABLE_ENTRY(part, &gpt_scheme). Each scheme decides alone
 * whether a disk is its own (MBR says no to a protective 0xEE entry).
 */
#ifndef VIREO_BLOCK_PART_H
#define VIREO_BLOCK_PART_H

#include <stdbool.h>
#include <stdint.h>

#include <block/blkdev.h>
#include <lib/compiler.h>
#include <lib/table.h>

#define PART_MAX 256 /* highest partition number */

struct part {
	unsigned int number;   /* 1, 2, … as the table numbers them */
	uint64_t lba;          /* first sector on the disk, 512-byte units */
	uint64_t nsectors;     /* 512-byte units */
	uint8_t sys_ind;       /* MBR: type byte */
	bool bootable;         /* MBR: active flag; GPT: legacy BIOS bootable */
	uint64_t attrs;        /* GPT */
	uint8_t type_guid[16]; /* GPT, as on disk */
	uint8_t guid[16];      /* GPT, as on disk */
	char uuid[37];         /* text: GPT GUID, or "8de5b9e4-01" for MBR */
	char name[128];        /* GPT, UTF-8 */
};

/* The whole table of a disk, read and checked in one go. */
struct part_list {
	const struct part_scheme *scheme; /* whose table it is */
	unsigned int count;
	struct part *parts;    /* sorted by number */
	uint8_t disk_guid[16]; /* GPT */
	bool from_backup;      /* GPT: the primary header was bad */
	char note[80];         /* one line about a repairable fault, or "" */
};

struct part_scheme {
	const char *name; /* "DOS", "EFI": as part list prints it */
	/* Fill list->parts (from the heap). Return: 0; -ENOENT not this scheme;
	 * -EBADMSG it is this scheme, but corrupt; -EIO, … from the device */
	int (*read)(struct blkdev *disk, struct part_list *list);
};

TABLE_DECLARE(part, const struct part_scheme);

/*
 * part_list_read - the table of @disk.
 * @list: filled; give back with part_list_free
 * Return: 0; -ENOENT no known table; -EBADMSG; -EIO, -ETIMEDOUT, -EINTR, -ENOMEM
 */
must_check int part_list_read(struct blkdev *disk, struct part_list *list);
void part_list_free(struct part_list *list);

/*
 * part_open - partition @number of @disk as a block device. Partition devices
 * are kept, one per (disk, number), and refreshed when the table has changed; the
 * table is read once per disk generation.
 * Return: 0 and *dev; -ENOENT no such partition; as part_list_read
 */
must_check int part_open(struct blkdev *disk, unsigned int number,
			 struct blkdev **dev);

/*
 * part_resolve - the device that "IF" and "DEV[:PART]" name, the address
 * form of all file commands: PART hexadecimal, "0:0" the whole disk, "0#name" by GPT
 * name, ":auto" the first bootable one. Without PART: partition 1 when there is a
 * table, else the whole disk (*number 0).
 * @why: set to a static text for the user when it fails, e.g. "no such device"
 * Return: 0; -EINVAL bad form; -ENODEV no such disk; -ENOENT no such partition;
 *         as part_list_read
 */
must_check int part_resolve(const char *type, const char *spec,
			    struct blkdev **disk, struct blkdev **dev,
			    const char **why);

#endif
