/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packed virtqueue drawn (virtio 1.4, 2.8): slots as they are in shared memory
 * with both wrap flags, where the driver adds and takes next, and each side's event
 * structure. From where the driver takes next to where it adds, slots are the device's,
 * given back ("done", a used descriptor that stands for all its buffer's slots), or
 * not shown to it yet; the rest are the driver's.
 */
#include "virtio_inspect_priv.h"

#include <errno.h>
#include <stdio.h>

#include <core/dma.h>
#include <core/heap.h>

/* struct pvirtq_desc, 2.8.13 */
#define DESC_BYTES 16
#define DESC_LEN   8
#define DESC_ID    12
#define DESC_FLAGS 14
#define F_AVAIL    (1u << 7)
#define F_USED     (1u << 15)

struct drawing {
	const struct virtq *vq;
	struct virtio_out *out;
	struct virtq_entry *entry;
};

static const uint8_t *desc_at(const struct virtq *vq, unsigned int slot)
{
	return (const uint8_t *)vq->desc + slot * DESC_BYTES;
}

static bool is_used(const struct virtq *vq, unsigned int slot, bool wrap)
{
	uint16_t flags = get_le16(desc_at(vq, slot) + DESC_FLAGS);

	return !(flags & F_AVAIL) == !wrap && !(flags & F_USED) == !wrap;
}

/* A place in the ring on its lap. */
struct place {
	unsigned int slot;
	bool wrap;
};

static void go_past(const struct virtq *vq, struct place *at,
		    unsigned int slots)
{
	at->slot += slots;
	if (at->slot < vq->size)
		return;
	at->slot -= vq->size;
	at->wrap = !at->wrap;
}

static void own(struct drawing *d, unsigned int slot, enum virtq_owner owner)
{
	d->entry[slot].owner = owner;
	d->entry[slot].head = get_le16(desc_at(d->vq, slot) + DESC_ID);
}

/* How many slots the used descriptor at @slot stands for, at most @max. */
static unsigned int covers(const struct virtq *vq, unsigned int slot,
			   unsigned int max)
{
	uint16_t id = get_le16(desc_at(vq, slot) + DESC_ID);
	unsigned int n = id < vq->size ? vq->shadow[id].slots : 0;

	return n && n < max ? n : n ? max : 1;
}

/* What came back last: a used descriptor and what is left of its buffer. */
static void own_back(struct drawing *d)
{
	unsigned int slot = d->vq->next_used;

	for (unsigned int n = 0; n < VIRTQ_SHOW_RECENT; n++) {
		slot = (slot ? slot : d->vq->size) - 1u;
		/* Nothing was ever there; flags of 0 are every other lap's. */
		if (d->entry[slot].owner != VIRTQ_FREE ||
		    !get_le64(desc_at(d->vq, slot)))
			return;
		own(d, slot, VIRTQ_BACK);
	}
}

static void own_all(struct drawing *d)
{
	const struct virtq *vq = d->vq;
	unsigned int out = (uint16_t)(vq->avail_idx - vq->last_used);
	unsigned int shown = (uint16_t)(vq->kicked_idx - vq->last_used), n = 0;
	struct place at = { vq->next_used, vq->used_wrap };

	while (n < shown && is_used(vq, at.slot, at.wrap)) {
		unsigned int slots = covers(vq, at.slot, shown - n);

		own(d, at.slot, VIRTQ_DONE);
		go_past(vq, &at, slots);
		n += slots;
	}
	for (; n < out; n++) {
		own(d, at.slot, n < shown ? VIRTQ_LENT : VIRTQ_QUEUED);
		go_past(vq, &at, 1);
	}
	own_back(d);
}

/* ---- the areas ---- */

static void show_event(const struct drawing *d, enum virtio_tone tone,
		       const char *name, const uint8_t *area)
{
	static const char *const words[] = { "ENABLE", "DISABLE", "DESC", "?" };
	uint16_t desc = get_le16(area), flags = get_le16(area + 2);

	virtio_line(d->out, tone,
		    "  %-10s at 0x%08jx, event flags %u %s, slot %u, wrap %u",
		    name, (uintmax_t)dma_addr(area), flags, words[flags & 3],
		    desc & 0x7fff, desc >> 15);
}

static void mark(const struct drawing *d, unsigned int slot,
		 enum virtio_tone tone, const char *what, bool wrap)
{
	char key[16];

	snprintf(key, sizeof(key), "desc[%u]", slot);
	virtio_line(d->out, tone, "  %-10s <- the driver %s here, wrap %u", key,
		    what, wrap);
}

/* Both flags are alike in what the device wrote, and in a head that is withheld. */
static bool was_used(enum virtq_owner owner, uint16_t flags)
{
	return (owner == VIRTQ_DONE || owner == VIRTQ_BACK) &&
	       !(flags & F_AVAIL) == !(flags & F_USED);
}

static void show_desc(const struct drawing *d, unsigned int slot)
{
	const uint8_t *p = desc_at(d->vq, slot);
	uint16_t flags = get_le16(p + DESC_FLAGS);
	char key[16], words[48], common[24];
	struct virtq_show s = {
		.key = key,
		.entry = &d->entry[slot],
		.addr = get_le64(p),
		.len = get_le32(p + DESC_LEN),
		.flags = words,
		.written = was_used(d->entry[slot].owner, flags),
	};

	snprintf(words, sizeof(words), "%s%s%s%s", virtq_flags(flags, common),
		 flags & VIRTQ_DESC_F_NEXT ? "NEXT " : "",
		 flags & F_AVAIL ? "AVAIL " : "", flags & F_USED ? "USED" : "");
	snprintf(key, sizeof(key), "desc[%u]", slot);
	virtq_show_desc(d->vq->vd, &s, d->out);
	if (flags & VIRTQ_DESC_F_INDIRECT && s.entry->owner != VIRTQ_FREE)
		virtq_show_table(d->vq, s.addr, s.len, DESC_FLAGS, d->out);
}

static void show_slots(const struct drawing *d, bool all)
{
	const struct virtq *vq = d->vq;
	unsigned int shown = 0, more = 0;

	for (unsigned int i = 0; i < vq->size && !d->out->stop; i++) {
		if (i == vq->next_used)
			mark(d, i, VIRTIO_TONE_DEVICE, "takes", vq->used_wrap);
		if (i == vq->next_avail)
			mark(d, i, VIRTIO_TONE_DRIVER, "adds", vq->avail_wrap);
		if (!all && d->entry[i].owner == VIRTQ_FREE)
			continue;
		if (!all && shown == VIRTQ_SHOW_DESC) {
			more++;
			continue;
		}
		shown++;
		show_desc(d, i);
	}
	if (more)
		virtio_line(d->out, VIRTIO_TONE_PLAIN,
			    "  %u more: \"all\" shows them", more);
}

int virtq_packed_show(const struct virtq *vq, bool all, struct virtio_out *out)
{
	struct drawing d = { .vq = vq, .out = out };

	d.entry = heap_alloc(vq->size * sizeof(*d.entry));
	if (!d.entry)
		return -ENOMEM;
	own_all(&d);
	show_event(&d, VIRTIO_TONE_DRIVER, "driver", vq->driver);
	show_event(&d, VIRTIO_TONE_DEVICE, "device", vq->device);
	virtio_line(out, VIRTIO_TONE_HEAD, "  desc       at 0x%08jx",
		    (uintmax_t)dma_addr(vq->desc));
	show_slots(&d, all);
	heap_free(d.entry);
	return 0;
}
