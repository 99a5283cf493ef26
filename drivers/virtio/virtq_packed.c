/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packed virtqueue (virtio 1.4, 2.8): one ring of descriptors that both sides
 * write, and an event structure of each. Two flags say whose a slot is, by the wrap
 * counter of its lap.
 *
 * A chain's slots follow one another; used descriptors come in the order of
 * completion, each in the first of as many slots as its chain took. How many that
 * are is in private memory ("shadow"), under an id that has nothing to do with the
 * slot. Read back from shared memory are the flags of the one slot that is
 * next, its id and length, and the device's event structure.
 *
 * Put is not shown: the first head since the last notification keeps its old flags until
 * publish. The device goes through the ring in order, so it sees nothing behind it either.
 */
#include "virtio_inspect_priv.h"

#include <errno.h>
#include <string.h>

#include <arch/barrier.h>
#include <arch/io.h>
#include <core/dma.h>

#define VIRTQ_DESC_F_AVAIL (1u << 7) /* 2.8.1 */
#define VIRTQ_DESC_F_USED  (1u << 15)

/* Event structures, 2.8.10: le16 offset and wrap counter (bit 15), le16 flags */
#define RING_EVENT_FLAGS_SHIFT   16
#define RING_EVENT_FLAGS_ENABLE  0
#define RING_EVENT_FLAGS_DISABLE 1
#define RING_EVENT_FLAGS_DESC    2
#define EVENT_BYTES              4

/* struct virtq_desc's tail */
enum { ID, FLAGS };

static size_t packed_bytes(uint16_t size)
{
	return size * sizeof(struct virtq_desc) + 2 * EVENT_BYTES;
}

static void packed_layout(struct virtq *vq)
{
	uint32_t event = RING_EVENT_FLAGS_DISABLE << RING_EVENT_FLAGS_SHIFT;

	memset(vq->mem, 0, packed_bytes(vq->size));
	vq->desc = vq->mem;
	vq->driver = (char *)vq->mem + vq->size * sizeof(struct virtq_desc);
	vq->device = (char *)vq->driver + EVENT_BYTES;
	put_le32(vq->driver, event); /* we poll */
	vq->next_avail = vq->next_used = 0;
	vq->avail_wrap = vq->used_wrap = true;
}

static void go_past(const struct virtq *vq, uint16_t *slot, bool *wrap,
		    unsigned int slots)
{
	unsigned int next = *slot + slots;

	if (next >= vq->size) {
		next -= vq->size;
		*wrap = !*wrap;
	}
	*slot = (uint16_t)next;
}

static void write_desc(struct virtq_desc *d, const struct virtq_seg *seg,
		       uint16_t id)
{
	d->addr = to_le64(dma_addr(seg->addr));
	d->len = to_le32(seg->len);
	d->tail[ID] = to_le16(id);
}

/* The next slot of chain @id, with @flags and what makes it available. */
static void put_slot(struct virtq *vq, const struct virtq_seg *seg, uint16_t id,
		     unsigned int flags)
{
	struct virtq_desc *d = (struct virtq_desc *)vq->desc + vq->next_avail;

	flags |= vq->avail_wrap ? VIRTQ_DESC_F_AVAIL : VIRTQ_DESC_F_USED;
	write_desc(d, seg, id);
	if (vq->avail_idx == vq->kicked_idx) {
		vq->withheld = vq->next_avail;
		vq->withheld_flags = (uint16_t)flags;
	} else {
		d->tail[FLAGS] = to_le16((uint16_t)flags);
	}
	vq->avail_idx++;
	go_past(vq, &vq->next_avail, &vq->avail_wrap, 1);
}

/* The one flag an entry has is its direction (2.8.19). */
static void write_table(struct virtq_desc *table, const struct virtq_seg *segs,
			unsigned int n_out, unsigned int n)
{
	for (unsigned int k = 0; k < n; k++) {
		write_desc(&table[k], &segs[k], 0);
		table[k].tail[FLAGS] = to_le16(k >= n_out ? VIRTQ_DESC_F_WRITE
							  : 0);
	}
}

static uint16_t packed_put(struct virtq *vq, const struct virtq_seg *segs,
			   unsigned int n_out, unsigned int n,
			   struct virtq_desc *table)
{
	struct virtq_seg whole = { table, n * sizeof(*table) };
	uint16_t id = vq->free_head;

	vq->free_head = vq->shadow[id].next;
	if (table) {
		write_table(table, segs, n_out, n);
		put_slot(vq, &whole, id, VIRTQ_DESC_F_INDIRECT);
		return id;
	}
	for (unsigned int k = 0; k < n; k++)
		put_slot(vq, &segs[k], id,
			 (k >= n_out ? VIRTQ_DESC_F_WRITE : 0) |
				 (k + 1 < n ? VIRTQ_DESC_F_NEXT : 0));
	return id;
}

/* Does the device want to hear of the slots since the last time? (2.8.10) */
static bool wanted(const struct virtq *vq)
{
	uint32_t event = read_once32(vq->device);
	unsigned int flags = event >> RING_EVENT_FLAGS_SHIFT;
	uint16_t off = event & 0x7fff;

	if (flags == RING_EVENT_FLAGS_DISABLE)
		return false;
	if (flags != RING_EVENT_FLAGS_DESC || !vq->event_idx)
		return true;
	if ((event >> 15 & 1) != vq->avail_wrap) /* it means the last lap */
		off = (uint16_t)(off - vq->size);
	return virtq_need_event(
		off, vq->next_avail,
		(uint16_t)(vq->next_avail - vq->avail_idx + vq->kicked_idx));
}

static bool packed_publish(struct virtq *vq)
{
	struct virtq_desc *head = (struct virtq_desc *)vq->desc + vq->withheld;

	dma_wmb(); /* all else before the flags of the first head, 2.8.21.1 */
	write_once16(&head->tail[FLAGS], vq->withheld_flags);
	dma_mb(); /* the flags before the event structure, 2.8.21.3.1 */
	return wanted(vq);
}

static int packed_peek(struct virtq *vq, uint32_t *id, uint32_t *len)
{
	struct virtq_desc *d = (struct virtq_desc *)vq->desc + vq->next_used;
	uint16_t both = VIRTQ_DESC_F_AVAIL | VIRTQ_DESC_F_USED;
	uint16_t flags = read_once16(&d->tail[FLAGS]) & both;

	if (flags != (vq->used_wrap ? both : 0))
		return -EAGAIN;
	dma_rmb(); /* the flags before the rest and the data, 2.8.22 */
	*id = read_once16(&d->tail[ID]);
	*len = read_once32(&d->len);
	return 0;
}

static void packed_take(struct virtq *vq, uint16_t id)
{
	struct virtq_shadow *s = &vq->shadow[id];

	s->next = vq->free_head;
	vq->free_head = id;
	vq->last_used = (uint16_t)(vq->last_used + s->slots);
	go_past(vq, &vq->next_used, &vq->used_wrap, s->slots);
}

static void packed_indices(struct virtq *vq, struct virtio_queue_info *qi)
{
	qi->packed = true;
	qi->avail_idx = vq->next_avail;
	qi->avail_wrap = vq->avail_wrap;
	qi->last_used = vq->next_used;
	qi->used_wrap = vq->used_wrap;
}

const struct virtq_ops virtq_packed = {
	.name = "packed",
	.bytes = packed_bytes,
	.layout = packed_layout,
	.put = packed_put,
	.publish = packed_publish,
	.peek = packed_peek,
	.take = packed_take,
	.indices = packed_indices,
	.show = virtq_packed_show,
};
