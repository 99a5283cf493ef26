/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing the FAT. Links are changed in the cached windows, which remember the
 * sectors that differ from the disk; fat_link_sync writes those, neighbours
 * together, to every copy of the FAT in one request. What is not a link stays: the
 * top nibble of FAT32, the other half of a byte that two links of FAT12 share.
 */
#include <errno.h>
#include <string.h>

#include <lib/byteorder.h>
#include <lib/checked.h>

#include "fat_change_priv.h"

#define PIECES   64
#define LINK_ALL 0x0fffffffu

int fat_write_meta(struct fat_volume *v, uint64_t offset, uint64_t len,
		   const void *buf)
{
	int ret;

	ret = blk_write(v->dev, offset / SECTOR_SIZE, len / SECTOR_SIZE, buf);
	/* After an error nobody knows what is there. */
	if (ret)
		v->head_len = (uint32_t)min_u64(v->head_len, offset);
	if (offset < v->head_len)
		memcpy(v->head + offset, buf,
		       min_u64(len, v->head_len - offset));
	return ret == -ERANGE ? fat_past_end(v) : ret;
}

/* ---- writing what was changed ---- */

struct batch {
	struct fat_volume *v;
	struct blk_piece piece[PIECES];
	size_t count;
};

static int batch_write(struct batch *b)
{
	int ret = 0;

	if (b->count)
		ret = blk_writev(b->v->dev, b->piece, b->count);
	b->count = 0;
	return ret == -ERANGE ? fat_past_end(b->v) : ret;
}

/* [@at, @end) of a window, to one copy of the FAT. */
static int batch_add(struct batch *b, const struct fat_window *w, uint32_t at,
		     uint32_t end, unsigned int copy)
{
	struct fat_volume *v = b->v;
	uint64_t offset = v->g.fat_offset + copy * v->g.mirror + w->start + at;
	int ret = b->count == PIECES ? batch_write(b) : 0;

	b->piece[b->count++] = (struct blk_piece){ offset / SECTOR_SIZE,
						   (end - at) / SECTOR_SIZE,
						   w->data + at };
	if (offset < v->head_len)
		memcpy(v->head + offset, w->data + at,
		       min_u64(end - at, v->head_len - offset));
	return ret;
}

static bool is_dirty(const struct fat_window *w, uint32_t unit)
{
	return w->dirty[unit / 64] >> unit % 64 & 1;
}

static int window_add(struct batch *b, const struct fat_window *w,
		      unsigned int copy)
{
	uint32_t end = w->len / SECTOR_SIZE, from, to;
	int ret = 0;

	for (from = 0; !ret && from < end; from = to) {
		to = from + 1;
		if (!is_dirty(w, from))
			continue;
		while (to < end && is_dirty(w, to))
			to++;
		ret = batch_add(b, w, from * SECTOR_SIZE, to * SECTOR_SIZE,
				copy);
	}
	return ret;
}

int fat_link_sync(struct fat_volume *v)
{
	struct batch b = { .v = v, .count = 0 };
	int ret = 0;

	for (unsigned int copy = 0; copy < v->g.nfats; copy++)
		for (unsigned int i = 0; !ret && i < FAT_NWINDOWS; i++)
			if (v->window[i].is_dirty)
				ret = window_add(&b, &v->window[i], copy);
	if (!ret)
		ret = batch_write(&b);
	for (unsigned int i = 0; !ret && i < FAT_NWINDOWS; i++) {
		v->window[i].is_dirty = false;
		memset(v->window[i].dirty, 0, sizeof(v->window[i].dirty));
	}
	return ret;
}

/* ---- changing ---- */

/* Bytes [@at, @end) of a window differ from the disk: the sectors they are in. */
static int mark(struct fat_volume *v, struct fat_window *w, uint64_t at,
		uint64_t end)
{
	at = align_down(at, v->g.sector_size);
	end = align_up(end, v->g.sector_size);
	if (end > w->len)
		return fat_past_end(v);
	for (uint64_t unit = at / SECTOR_SIZE; unit < end / SECTOR_SIZE; unit++)
		w->dirty[unit / 64] |= UINT64_C(1) << unit % 64;
	w->is_dirty = true;
	return 0;
}

static void put(unsigned int bits, uint8_t *p, uint32_t cluster, uint32_t link)
{
	if (bits == 32)
		put_le32(p, (get_le32(p) & ~LINK_ALL) | (link & LINK_ALL));
	else if (bits == 16)
		put_le16(p, (uint16_t)link);
	else if (cluster & 1)
		put_le16(p, (uint16_t)((get_le16(p) & 0xf) | link << 4));
	else
		put_le16(p,
			 (uint16_t)((get_le16(p) & 0xf000) | (link & 0xfff)));
}

int fat_link_run(struct fat_volume *v, uint32_t first, uint32_t count,
		 uint32_t last)
{
	unsigned int bits = v->g.bits;
	uint32_t end = first + count, stop;
	struct fat_window *w;
	uint64_t at;
	int ret;

	while (first < end) {
		at = (uint64_t)first * bits / 8;
		ret = fat_window(v, at, bits == 32 ? 4 : 2, &w);
		if (ret)
			return ret;
		/* The first link that is not, or not wholly, in the window. */
		stop = (uint32_t)min_u64((w->start + w->len) * 8 / bits, end);
		ret = mark(v, w, at - w->start,
			   ((uint64_t)stop * bits + 7) / 8 - w->start);
		if (ret)
			return ret;
		for (; first < stop; first++) {
			at = (uint64_t)first * bits / 8 - w->start;
			put(bits, w->data + at, first,
			    !last             ? 0
			    : first + 1 < end ? first + 1
					      : last);
		}
	}
	return 0;
}

bool fat_link_straddles(const struct fat_volume *v, uint32_t cluster)
{
	return v->g.bits == 12 &&
	       ((uint64_t)cluster * 12 / 8 + 1) % v->g.sector_size == 0;
}
