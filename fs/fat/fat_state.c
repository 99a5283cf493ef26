/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a volume says about itself while it is changed. It is marked as dirty before the
 * first byte of an operation that counts and as clean behind its last, by a bit in the
 * boot sector, as Linux does: mtools does not read a FAT16 volume with the other mark, a
 * bit of the link of cluster 1 (not FAT12). A volume that was dirty before, by either,
 * stays so, whoever left it.
 *
 * FSInfo (FAT32) is kept when its signatures are there, and never believed but as a
 * place to begin looking for room.
 */
#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <lib/byteorder.h>

#include "fat_change_priv.h"

#define CLEAN_16       0x8000u /* ClnShutBitMask, in the link of cluster 1 */
#define CLEAN_32       0x08000000u
#define FAT_DIRTY      0x01 /* in BS_Reserved1 */

#define FSI_LeadSig    0
#define FSI_StrucSig   484
#define FSI_Free_Count 488
#define FSI_Nxt_Free   492
#define FSI_TrailSig   508
#define LEAD_SIG       0x41615252u
#define STRUC_SIG      0x61417272u
#define TRAIL_SIG      0xaa550000u

static uint32_t clean_bit(const struct fat_volume *v)
{
	return v->g.bits == 32 ? CLEAN_32 : v->g.bits == 16 ? CLEAN_16 : 0;
}

/* The sector at @offset into memory of its own. */
static int get_sector(struct fat_volume *v, uint64_t offset, uint8_t **sector)
{
	int ret;

	*sector = heap_alloc(v->g.sector_size);
	if (!*sector)
		return -ENOMEM;
	ret = fat_read_meta(v, offset, v->g.sector_size, *sector);
	if (ret) {
		heap_free(*sector);
		*sector = NULL;
	}
	return ret;
}

/* ---- dirty and clean ---- */

static int is_dirty(struct fat_volume *v, bool *dirty)
{
	uint32_t link = 0, clean = clean_bit(v);
	uint8_t *sector;
	int ret = fat_link_raw(v, 1, &link);

	if (ret)
		return ret;
	ret = get_sector(v, 0, &sector);
	if (ret)
		return ret;
	*dirty = (link & clean) != clean ||
		 (sector[v->g.state_offset] & FAT_DIRTY);
	heap_free(sector);
	return 0;
}

static int put_state(struct fat_volume *v, bool dirty)
{
	uint8_t *sector;
	int ret = get_sector(v, 0, &sector);

	if (ret)
		return ret;
	sector[v->g.state_offset] &= (uint8_t)~FAT_DIRTY;
	sector[v->g.state_offset] |= dirty ? FAT_DIRTY : 0;
	ret = fat_write_meta(v, 0, v->g.sector_size, sector);
	heap_free(sector);
	return ret;
}

int fat_state_begin(struct fat_volume *v)
{
	bool dirty = false;
	int ret = is_dirty(v, &dirty);

	v->marked = !ret && !dirty;
	return v->marked ? put_state(v, true) : ret;
}

int fat_state_end(struct fat_volume *v)
{
	int ret = 0;

	if (v->marked)
		ret = put_state(v, false);
	return ret ? ret : fat_settle(v);
}

int fat_settle(struct fat_volume *v)
{
	int ret = fat_link_sync(v);

	if (!ret)
		ret = blk_flush(v->dev);
	return ret == -ENOSYS ? 0 : ret;
}

/* ---- FSInfo ---- */

static bool is_fsinfo(const uint8_t *sector)
{
	return get_le32(sector + FSI_LeadSig) == LEAD_SIG &&
	       get_le32(sector + FSI_StrucSig) == STRUC_SIG &&
	       get_le32(sector + FSI_TrailSig) == TRAIL_SIG;
}

uint32_t fat_state_hint(struct fat_volume *v)
{
	uint32_t hint = FAT_FIRST_CLUSTER;
	uint8_t *sector;

	if (!v->g.fsinfo_offset || get_sector(v, v->g.fsinfo_offset, &sector))
		return hint;
	if (is_fsinfo(sector))
		hint = get_le32(sector + FSI_Nxt_Free);
	heap_free(sector);
	return fat_is_cluster(v, hint) ? hint : FAT_FIRST_CLUSTER;
}

int fat_state_count(struct fat_volume *v)
{
	uint8_t *sector;
	int ret;

	if (!v->g.fsinfo_offset)
		return 0;
	ret = get_sector(v, v->g.fsinfo_offset, &sector);
	if (ret)
		return ret;
	if (is_fsinfo(sector) &&
	    get_le32(sector + FSI_Free_Count) != v->room.free) {
		put_le32(sector + FSI_Free_Count, v->room.free);
		put_le32(sector + FSI_Nxt_Free, v->room.next);
		ret = fat_write_meta(v, v->g.fsinfo_offset, v->g.sector_size,
				     sector);
	}
	heap_free(sector);
	return ret;
}
