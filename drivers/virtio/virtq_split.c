/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The split virtqueue (virtio 1.4, 2.7). One layout serves both register
 * versions, the legacy one (2.7.2): table, available ring, padding to a page, used ring,
 * each with its trailing event word although EVENT_IDX is never accepted.
 *
 * Nothing is read back from shared memory but used.flags, used.idx and the used
 * elements; free list, chain lengths and tokens are private ("shadow"), so a
 * device that rewrites the table changes nothing here. A used index or element
 * that cannot be true breaks the ring until the next reset.
 */
#include "virtio_inspect_priv.h"

#include <errno.h>
#include <string.h>

#include <arch/barrier.h>
#include <arch/io.h>
#include <core/dma.h>
#include <core/panic.h>

#define VIRTQ_DESC_F_NEXT          1 /* 2.7.5 */
#define VIRTQ_DESC_F_WRITE         2
#define VIRTQ_AVAIL_F_NO_INTERRUPT 1 /* 2.7.6 */
#define VIRTQ_USED_F_NO_NOTIFY     1 /* 2.7.8 */

struct virtq_desc {
	le64 addr;
	le32 len;
	le16 flags;
	le16 next;
};

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

static size_t split_shadow_bytes(uint16_t size)
{
	return size * sizeof(struct virtq_shadow);
}

static void split_layout(struct virtq *vq)
{
	struct virtq_avail *avail;

	memset(vq->mem, 0, split_bytes(vq->size));
	memset(vq->shadow, 0, split_shadow_bytes(vq->size));
	vq->desc = vq->mem;
	vq->driver = (char *)vq->mem + vq->size * sizeof(struct virtq_desc);
	vq->device = (char *)vq->mem + used_offset(vq->size);
	for (uint16_t i = 0; i < vq->size; i++)
		vq->shadow[i].next = (uint16_t)(i + 1);
	vq->free_head = 0;
	vq->num_free = vq->size;
	vq->in_flight = 0;
	vq->avail_idx = vq->last_used = vq->kicked_idx = 0;
	vq->broken = false;
	vq->why = NULL;
	avail = vq->driver;
	avail->flags = to_le16(VIRTQ_AVAIL_F_NO_INTERRUPT); /* we poll */
}

/* Fill descriptor @i; the direction and the end of the chain decide its flags, here
 * and nowhere else. */
static void write_desc(struct virtq *vq, uint16_t i,
		       const struct virtq_seg *seg, bool in, bool last)
{
	struct virtq_desc *d = (struct virtq_desc *)vq->desc + i;

	d->addr = to_le64(dma_addr(seg->addr));
	d->len = to_le32(seg->len);
	d->flags = to_le16((in ? VIRTQ_DESC_F_WRITE : 0) |
			   (last ? 0 : VIRTQ_DESC_F_NEXT));
	d->next = to_le16(last ? 0 : vq->shadow[i].next);
}

static int split_add(struct virtq *vq, const struct virtq_seg *segs,
		     unsigned int n_out, unsigned int n_in, void *token)
{
	unsigned int n = n_out + n_in;
	uint16_t head = vq->free_head, i = head;
	struct virtq_avail *avail = vq->driver;
	uint64_t out_len = 0, in_len = 0;
	struct virtq_shadow *s;

	assert(n);
	if (n > vq->num_free)
		return -ENOSPC;
	for (unsigned int k = 0; k < n; k++) {
		assert(segs[k].len); /* the device would stop (VQ-7) */
		if (k < n_out)
			out_len += segs[k].len;
		else
			in_len += segs[k].len;
		write_desc(vq, i, &segs[k], k >= n_out, k + 1 == n);
		i = vq->shadow[i].next;
	}
	assert(out_len + in_len <= UINT32_MAX); /* 2.7.5.2 */
	vq->free_head = i;
	vq->num_free = (uint16_t)(vq->num_free - n);
	vq->in_flight++;

	vq->id = head;
	s = &vq->shadow[head];
	s->token = token;
	s->slots = (uint16_t)n;
	s->in_len = (uint32_t)in_len;
	s->serial = vq->requests;
	avail->ring[vq->avail_idx & (vq->size - 1)] = to_le16(head);
	vq->avail_idx++;
	return 0;
}

static bool split_publish(struct virtq *vq)
{
	struct virtq_avail *avail = vq->driver;
	struct virtq_used *used = vq->device;

	dma_wmb(); /* descriptors and slots before the index, 2.7.13.3.1 */
	write_once16(&avail->idx, vq->avail_idx);
	vq->kicked_idx = vq->avail_idx;
	vq->shown = vq->requests;
	dma_mb(); /* the index before the flags, 2.7.13.4.1 */
	return !(read_once16(&used->flags) & VIRTQ_USED_F_NO_NOTIFY);
}

/* Chains the device was shown and has not given back. */
static uint16_t outstanding(const struct virtq *vq)
{
	return (uint16_t)(vq->kicked_idx - vq->last_used);
}

/* Is @id the head of a chain that the device may give back? */
static bool is_lent(const struct virtq *vq, uint32_t id)
{
	const struct virtq_shadow *s;

	if (id >= vq->size)
		return false;
	s = &vq->shadow[id];
	return s->slots && s->serial < vq->shown;
}

static void free_chain(struct virtq *vq, uint16_t head)
{
	uint16_t last = head, n = vq->shadow[head].slots;

	for (uint16_t i = 1; i < n; i++)
		last = vq->shadow[last].next;
	vq->shadow[last].next = vq->free_head;
	vq->shadow[head].slots = 0;
	vq->free_head = head;
	vq->num_free = (uint16_t)(vq->num_free + n);
	vq->in_flight--;
}

static int split_pop(struct virtq *vq, void **token, uint32_t *len)
{
	struct virtq_used *used = vq->device;
	uint16_t pending = (uint16_t)(read_once16(&used->idx) - vq->last_used);
	struct virtq_used_elem *e = &used->ring[vq->last_used & (vq->size - 1)];
	uint32_t id, max;

	if (!pending)
		return -EAGAIN;
	if (pending > outstanding(vq))
		return virtq_break(vq, "used index is ahead of the requests");
	dma_rmb(); /* the index before the element and the data, 2.7.14 */
	id = read_once32(&e->id);
	*len = read_once32(&e->len);
	if (!is_lent(vq, id))
		return virtq_break(vq, "used element is not a request");
	max = vq->shadow[id].in_len;
	if (*len > max && !vq->vd->legacy)
		return virtq_break(vq, "used length is beyond the buffer");
	*len = (uint32_t)min_u64(*len, max);
	*token = vq->shadow[id].token;
	vq->id = (uint16_t)id;
	vq->last_used++;
	free_chain(vq, (uint16_t)id);
	return 0;
}

static void split_indices(struct virtq *vq, uint16_t *avail_idx,
			  uint16_t *used_idx)
{
	struct virtq_used *used = vq->device;

	*avail_idx = vq->avail_idx;
	*used_idx = read_once16(&used->idx);
}

const struct virtq_ops virtq_split = {
	.bytes = split_bytes,
	.shadow_bytes = split_shadow_bytes,
	.layout = split_layout,
	.add = split_add,
	.publish = split_publish,
	.pop = split_pop,
	.show = virtq_split_show,
	.indices = split_indices,
};
