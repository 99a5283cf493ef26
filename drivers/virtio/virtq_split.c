/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The split virtqueue (virtio 1.4, 2.7). One layout serves both register
 * versions, the legacy one (2.7.2): table, available ring, padding to a page, used ring,
 * each with its trailing event word whether or not EVENT_IDX was accepted.
 *
 * Nothing is read back from shared memory but used.flags, used.idx, avail_event and
 * the used elements; chains are linked in private memory ("shadow"), so a
 * device that rewrites the table changes nothing here. A used index that cannot be true
 * breaks the ring until the next reset.
 */
#include "virtio_inspect_priv.h"

#include <errno.h>
#include <string.h>

#include <arch/barrier.h>
#include <arch/io.h>
#include <core/dma.h>

#define VIRTQ_AVAIL_F_NO_INTERRUPT 1 /* 2.7.6 */
#define VIRTQ_USED_F_NO_NOTIFY     1 /* 2.7.8 */

/* A used_event that used.idx does not reach before it is written anew: half of all
 * the values away, where no ring is longer than that. */
#define PARKED 0x8000

struct virtq_avail {
	le16 flags;
	le16 idx;
	le16 ring[]; /* size, then used_event */
};

struct virtq_used_elem {
	le32 id;
	le32 len;
};

struct virtq_used {
	le16 flags;
	le16 idx;
	struct virtq_used_elem ring[]; /* size, then avail_event */
};

static size_t avail_bytes(uint16_t size)
{
	return sizeof(struct virtq_avail) + (size + 1u) * sizeof(le16);
}

static size_t used_bytes(uint16_t size)
{
	return sizeof(struct virtq_used) +
	       size * sizeof(struct virtq_used_elem) + sizeof(le16);
}

static size_t used_offset(uint16_t size)
{
	return align_up(size * sizeof(struct virtq_desc) + avail_bytes(size),
			VIRTIO_LEGACY_ALIGN);
}

static size_t split_bytes(uint16_t size)
{
	return used_offset(size) + used_bytes(size);
}

static void split_layout(struct virtq *vq)
{
	struct virtq_avail *avail;

	memset(vq->mem, 0, split_bytes(vq->size));
	vq->desc = vq->mem;
	vq->driver = (char *)vq->mem + vq->size * sizeof(struct virtq_desc);
	vq->device = (char *)vq->mem + used_offset(vq->size);
	avail = vq->driver;
	if (!vq->event_idx) /* then it must stay 0 (2.7.7.1) */
		avail->flags = to_le16(VIRTQ_AVAIL_F_NO_INTERRUPT);
}

static void write_desc(struct virtq_desc *d, const struct virtq_seg *seg,
		       unsigned int flags, unsigned int next)
{
	d->addr = to_le64(dma_addr(seg->addr));
	d->len = to_le32(seg->len);
	d->tail[0] = to_le16((uint16_t)flags);
	d->tail[1] = to_le16((uint16_t)next);
}

/* The direction and the end of the chain decide the flags, here and nowhere else. */
static unsigned int flags_of(unsigned int k, unsigned int n_out, unsigned int n)
{
	return (k >= n_out ? VIRTQ_DESC_F_WRITE : 0) |
	       (k + 1 < n ? VIRTQ_DESC_F_NEXT : 0);
}

static void write_table(struct virtq_desc *table, const struct virtq_seg *segs,
			unsigned int n_out, unsigned int n)
{
	for (unsigned int k = 0; k < n; k++)
		write_desc(&table[k], &segs[k], flags_of(k, n_out, n),
			   k + 1 < n ? k + 1 : 0);
}

static uint16_t split_put(struct virtq *vq, const struct virtq_seg *segs,
			  unsigned int n_out, unsigned int n,
			  struct virtq_desc *table)
{
	struct virtq_seg whole = { table, n * sizeof(*table) };
	uint16_t head = vq->free_head, i = head;
	struct virtq_avail *avail = vq->driver;
	struct virtq_desc *desc = vq->desc;

	if (table) {
		write_table(table, segs, n_out, n);
		write_desc(&desc[i], &whole, VIRTQ_DESC_F_INDIRECT, 0);
		i = vq->shadow[i].next;
	}
	for (unsigned int k = 0; !table && k < n; k++) {
		write_desc(&desc[i], &segs[k], flags_of(k, n_out, n),
			   k + 1 < n ? vq->shadow[i].next : 0);
		i = vq->shadow[i].next;
	}
	vq->free_head = i;
	avail->ring[vq->avail_idx & (vq->size - 1)] = to_le16(head);
	vq->avail_idx++;
	return head;
}

static bool split_publish(struct virtq *vq)
{
	struct virtq_avail *avail = vq->driver;
	struct virtq_used *used = vq->device;

	if (vq->event_idx)
		write_once16(&avail->ring[vq->size],
			     (uint16_t)(vq->last_used + PARKED));
	dma_wmb(); /* descriptors and slots before the index, 2.7.13.3.1 */
	write_once16(&avail->idx, vq->avail_idx);
	dma_mb(); /* the index before flags and event, 2.7.13.4.1 */
	if (vq->event_idx)
		return virtq_need_event(read_once16(&used->ring[vq->size]),
					vq->avail_idx, vq->kicked_idx);
	return !(read_once16(&used->flags) & VIRTQ_USED_F_NO_NOTIFY);
}

/* More cannot come back than the device was shown. */
static int split_peek(struct virtq *vq, uint32_t *id, uint32_t *len)
{
	struct virtq_used *used = vq->device;
	uint16_t pending = (uint16_t)(read_once16(&used->idx) - vq->last_used);
	struct virtq_used_elem *e = &used->ring[vq->last_used & (vq->size - 1)];

	if (!pending)
		return -EAGAIN;
	if (pending > (uint16_t)(vq->kicked_idx - vq->last_used))
		return virtq_break(vq, "used index is ahead of the requests");
	dma_rmb(); /* the index before the element and the data, 2.7.14 */
	*id = read_once32(&e->id);
	*len = read_once32(&e->len);
	return 0;
}

/* The chain, as it was linked, is the head of the free list. */
static void split_take(struct virtq *vq, uint16_t id)
{
	uint16_t last = id;

	for (uint16_t i = 1; i < vq->shadow[id].slots; i++)
		last = vq->shadow[last].next;
	vq->shadow[last].next = vq->free_head;
	vq->free_head = id;
	vq->last_used++;
}

static void split_indices(struct virtq *vq, struct virtio_queue_info *qi)
{
	struct virtq_used *used = vq->device;

	qi->avail_idx = vq->avail_idx;
	qi->used_idx = read_once16(&used->idx);
	qi->last_used = vq->last_used;
}

const struct virtq_ops virtq_split = {
	.name = "split",
	.bytes = split_bytes,
	.layout = split_layout,
	.put = split_put,
	.publish = split_publish,
	.peek = split_peek,
	.take = split_take,
	.show = virtq_split_show,
	.indices = split_indices,
};
