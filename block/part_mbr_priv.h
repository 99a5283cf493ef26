/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An MBR, and the same sector at the head of each logical partition. Source: UEFI
 * 2.10, 5.2; addresses in the disk's own blocks.
 */
#ifndef VIREO_BLOCK_PART_MBR_PRIV_H
#define VIREO_BLOCK_PART_MBR_PRIV_H

#include "part_priv.h"

#define MBR_DISK_SIGNATURE 440 /* bytes of boot code before it */
#define MBR_ENTRIES        446
#define MBR_ENTRY_SIZE     16
#define MBR_SIGNATURE      510 /* 0x55 0xaa */

#define MBR_EMPTY          0x00
#define MBR_EXTENDED       0x05
#define MBR_PROTECTIVE     0xee /* the disk has a GPT */

#define MBR_BLOCKS         (UINT64_C(1) << 32) /* what entries can tell of */

#define MBR_CHS_SECTORS    63u
#define MBR_CHS_HEADS      255u
#define MBR_CHS_CYLINDERS  1024u
#define MBR_CHS_BLOCKS     (MBR_CHS_SECTORS * MBR_CHS_HEADS * MBR_CHS_CYLINDERS)

struct mbr_entry {
	uint8_t boot_ind; /* 0x80: active */
	uint8_t sys_ind;
	uint32_t start, count; /* blocks */
};

struct mbr_entry mbr_get(const uint8_t *sector, unsigned int slot);
bool mbr_is_used(const struct mbr_entry *e);
bool mbr_has_signature(const uint8_t *sector);

/* mbr_looks_like_fat - by the type fields of a FAT's boot sector. */
bool mbr_looks_like_fat(const uint8_t *sector);

/* mbr_clear - make a table without entries of block 0. Boot code and the disk's
 * signature stay, but the boot sector of a FAT is neither. */
void mbr_clear(uint8_t *sector, uint32_t block_size);

/* mbr_put - @e into an entry; @lba is its first block on the disk, for the CHS. */
void mbr_put(uint8_t *sector, unsigned int slot, const struct mbr_entry *e,
	     uint64_t lba);

#endif
