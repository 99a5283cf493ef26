/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A split virtqueue drawn (virtio 1.4, 2.7). The three areas are shown as they are in
 * shared memory; who owns a descriptor comes from the driver's shadow. A descriptor in
 * flight that no longer says what was written is marked: nothing but the driver may
 * write the table. All walks are bounded by the ring's size.
 */
#include "virtio_inspect_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/dma.h>
#include <core/heap.h>

/* Offsets in the areas, 2.7.5, 2.7.6, 2.7.8 */
#define DESC_BYTES 16
#define DESC_LEN   8
#define DESC_FLAGS 12
#define DESC_NEXT  14
#define RING_FLAGS 0
#define RING_IDX   2
#define RING_FIRST 4
#define AVAIL_ELEM 2
#define USED_ELEM  8

struct drawing {
	const struct virtq *vq;
	bool all;
	struct virtio_out *out;
	uint16_t used_idx; /* read once */
	struct virtq_entry *entry;
};

static const uint8_t *desc_at(const struct virtq *vq, unsigned int i)
{
	return (const uint8_t *)vq->desc + i * DESC_BYTES;
}

static const uint8_t *avail_at(const struct virtq *vq, uint16_t idx)
{
	return (const uint8_t *)vq->driver + RING_FIRST +
	       (idx & (vq->size - 1u)) * AVAIL_ELEM;
}

static const uint8_t *used_at(const struct virtq *vq, uint16_t idx)
{
	return (const uint8_t *)vq->device + RING_FIRST +
	       (idx & (vq->size - 1u)) * USED_ELEM;
}

/* ---- who owns what ---- */

static void own(struct drawing *d, uint32_t i, uint16_t head,
		enum virtq_owner owner)
{
	if (i < d->vq->size)
		d->entry[i] = (struct virtq_entry){ owner, head };
}

/* What came back lately still stands in the table, unless it was used again. */
static void own_back(struct drawing *d, uint32_t head)
{
	uint32_t i = head;

	for (unsigned int n = 0; n < d->vq->size && i < d->vq->size; n++) {
		const uint8_t *p = desc_at(d->vq, i);

		if (d->entry[i].owner != VIRTQ_FREE)
			return;
		own(d, i, (uint16_t)head, VIRTQ_BACK);
		if (!(get_le16(p + DESC_FLAGS) & VIRTQ_DESC_F_NEXT))
			return;
		i = get_le16(p + DESC_NEXT);
	}
}

static void own_chain(struct drawing *d, uint16_t head)
{
	const struct virtq *vq = d->vq;
	enum virtq_owner owner = VIRTQ_QUEUED;
	uint16_t i = head;

	if (vq->shadow[head].serial < vq->shown)
		owner = VIRTQ_LENT;
	for (uint16_t at = vq->last_used; at != d->used_idx; at++) {
		if ((uint16_t)(at - vq->last_used) >= vq->size)
			break;
		if (get_le32(used_at(vq, at)) == head)
			owner = VIRTQ_DONE;
	}
	for (uint16_t n = 0; n < vq->shadow[head].slots; n++) {
		own(d, i, head, owner);
		i = vq->shadow[i].next;
	}
}

/* How many entries of a ring up to @idx mean something. */
static uint16_t recent(const struct virtq *vq, uint16_t idx, bool all)
{
	unsigned int max = all ? vq->size : VIRTQ_SHOW_RECENT;

	max = max < vq->size ? max : vq->size;
	return vq->requests < 65536 && idx < max ? idx : (uint16_t)max;
}

static void own_all(struct drawing *d)
{
	const struct virtq *vq = d->vq;

	for (unsigned int i = 0; i < vq->size; i++)
		if (vq->shadow[i].slots)
			own_chain(d, (uint16_t)i);
	for (uint16_t n = 1; n <= recent(vq, vq->last_used, false); n++)
		own_back(d,
			 get_le32(used_at(vq, (uint16_t)(vq->last_used - n))));
}

/* ---- the three areas ---- */

/* A line of a ring, @what being at free-running index @idx. */
static void slot(const struct drawing *d, enum virtio_tone tone,
		 const char *ring, uint16_t idx, const char *what)
{
	char key[16];

	snprintf(key, sizeof(key), "%s[%u]", ring, idx & (d->vq->size - 1u));
	virtio_line(d->out, tone, "  %-10s %s", key, what);
}

/* The word behind a ring, in @buf; "" without EVENT_IDX, when it means nothing. */
static const char *event_text(const struct virtq *vq, const char *name,
			      const uint8_t *word, char buf[32])
{
	buf[0] = 0;
	if (vq->event_idx)
		snprintf(buf, 32, ", %s_event %u", name, get_le16(word));
	return buf;
}

static void show_avail(const struct drawing *d)
{
	const struct virtq *vq = d->vq;
	const uint8_t *area = vq->driver;
	uint16_t flags = get_le16(area + RING_FLAGS);
	uint16_t n = recent(vq, vq->avail_idx, d->all);
	char text[24], event[32];

	virtio_line(d->out, VIRTIO_TONE_HEAD,
		    "  avail      at 0x%08jx, flags %u%s, idx %u%s",
		    (uintmax_t)dma_addr(area), flags,
		    flags & 1 ? " NO_INTERRUPT" : "", get_le16(area + RING_IDX),
		    event_text(vq, "used",
			       area + RING_FIRST + vq->size * AVAIL_ELEM,
			       event));
	for (uint16_t i = (uint16_t)(vq->avail_idx - n); n--; i++) {
		snprintf(text, sizeof(text), "head %u",
			 get_le16(avail_at(vq, i)));
		slot(d, VIRTIO_TONE_DRIVER, "avail", i, text);
	}
	slot(d, VIRTIO_TONE_DRIVER, "avail", vq->avail_idx,
	     "<- the driver adds here");
}

static void show_used_elem(const struct drawing *d, uint16_t i, bool taken)
{
	const uint8_t *e = used_at(d->vq, i);
	char text[56];

	snprintf(text, sizeof(text), "id %u, length %u%s", get_le32(e),
		 get_le32(e + 4), taken ? "" : ", not taken yet");
	slot(d, VIRTIO_TONE_DEVICE, "used", i, text);
}

static void show_used(const struct drawing *d)
{
	const struct virtq *vq = d->vq;
	const uint8_t *area = vq->device;
	uint16_t flags = get_le16(area + RING_FLAGS);
	uint16_t pending = (uint16_t)(d->used_idx - vq->last_used);
	uint16_t n = recent(vq, vq->last_used, d->all);
	char event[32];
	bool wrong = pending > (uint16_t)(vq->kicked_idx - vq->last_used);

	virtio_line(d->out, wrong ? VIRTIO_TONE_WRONG : VIRTIO_TONE_HEAD,
		    "  used       at 0x%08jx, flags %u%s, idx %u, taken %u%s%s",
		    (uintmax_t)dma_addr(area), flags,
		    flags & 1 ? " NO_NOTIFY" : "", d->used_idx, vq->last_used,
		    event_text(vq, "avail",
			       area + RING_FIRST + vq->size * USED_ELEM, event),
		    wrong ? ", ahead of what was shown" : "");
	for (uint16_t i = (uint16_t)(vq->last_used - n); n--; i++)
		show_used_elem(d, i, true);
	for (uint16_t i = 0; i < pending && !wrong; i++)
		show_used_elem(d, (uint16_t)(vq->last_used + i), false);
	slot(d, VIRTIO_TONE_DEVICE, "used", d->used_idx,
	     "<- the device gives back here");
}

static void show_desc(const struct drawing *d, unsigned int i)
{
	const uint8_t *p = desc_at(d->vq, i);
	uint16_t flags = get_le16(p + DESC_FLAGS);
	char key[16], words[40], common[24], next[16] = "";
	struct virtq_show s = {
		.key = key,
		.entry = &d->entry[i],
		.addr = get_le64(p),
		.len = get_le32(p + DESC_LEN),
		.flags = words,
	};

	if (flags & VIRTQ_DESC_F_NEXT)
		snprintf(next, sizeof(next), "NEXT %u",
			 get_le16(p + DESC_NEXT));
	snprintf(words, sizeof(words), "%s%s", virtq_flags(flags, common),
		 next);
	snprintf(key, sizeof(key), "desc[%u]", i);
	s.wrong = s.entry->owner > VIRTQ_BACK && flags & VIRTQ_DESC_F_NEXT &&
		  get_le16(p + DESC_NEXT) != d->vq->shadow[i].next;
	virtq_show_desc(d->vq->vd, &s, d->out);
	if (s.entry->owner != VIRTQ_FREE && flags & VIRTQ_DESC_F_INDIRECT)
		virtq_show_table(d->vq, s.addr, s.len, DESC_FLAGS, d->out);
}

static void show_table(const struct drawing *d)
{
	unsigned int shown = 0, more = 0;

	virtio_line(d->out, VIRTIO_TONE_HEAD, "  desc       at 0x%08jx",
		    (uintmax_t)dma_addr(d->vq->desc));
	for (unsigned int i = 0; i < d->vq->size && !d->out->stop; i++) {
		if (!d->all && d->entry[i].owner == VIRTQ_FREE)
			continue;
		if (!d->all && shown == VIRTQ_SHOW_DESC) {
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

int virtq_split_show(const struct virtq *vq, bool all, struct virtio_out *out)
{
	struct drawing d = { .vq = vq, .all = all, .out = out };

	d.entry = heap_alloc(vq->size * sizeof(*d.entry));
	if (!d.entry)
		return -ENOMEM;
	d.used_idx = get_le16((const uint8_t *)vq->device + RING_IDX);
	own_all(&d);
	show_avail(&d);
	show_used(&d);
	show_table(&d);
	heap_free(d.entry);
	return 0;
}
