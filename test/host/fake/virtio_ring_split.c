/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device's side of a split ring (VIRTIO 1.4, 2.7), in host memory, and what a
 * driver may not put there.
 */
#include <stdlib.h>
#include <string.h>

#include "virtio_dev.h"

#define NEXT     1u
#define WRITE    2u
#define INDIRECT 4u

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

struct avail {
	uint16_t flags, idx;
	uint16_t ring[];
};

struct used {
	uint16_t flags, idx;
	struct {
		uint32_t id, len;
	} ring[];
};

static struct desc *descs(const struct fake_queue *q)
{
	return (struct desc *)(uintptr_t)q->desc;
}

static struct avail *avail(const struct fake_queue *q)
{
	return (struct avail *)(uintptr_t)q->driver;
}

static struct used *used(const struct fake_queue *q)
{
	return (struct used *)(uintptr_t)q->device;
}

static bool split_enable(struct fake_vdev *d, struct fake_queue *q)
{
	uint64_t n = q->num;

	if (q->desc % 16 || q->driver % 2 || q->device % 4)
		return false;
	/* Some devices start from what they find (VQ-4). */
	if (!fake_all_zero(q->desc, 16 * n) ||
	    !fake_all_zero(q->driver + 2, 4 + 2 * n) ||
	    !fake_all_zero(q->device, 6 + 8 * n) || avail(q)->flags > 1)
		fake_violation(d, "a queue enabled over a dirty ring");
	if (!fake_in_dma(descs(q), 16 * n) ||
	    !fake_in_dma(avail(q), 6 + 2 * n) ||
	    !fake_in_dma(used(q), 6 + 8 * n))
		fake_violation(d, "a queue outside of DMA memory");
	q->busy = calloc(n, sizeof(*q->busy));
	return true;
}

static bool split_look(struct fake_queue *q)
{
	q->limit = avail(q)->idx;
	return q->limit != q->last_avail;
}

static bool split_more(const struct fake_queue *q)
{
	return q->limit != q->last_avail;
}

static const char *take_one(struct fake_vdev *d, struct fake_queue *q,
			    struct fake_chain *c, uint32_t i)
{
	const struct desc *e = &descs(q)[i];

	if (q->busy[i])
		return "descriptor in use twice";
	if (e->flags & ~(NEXT | WRITE | INDIRECT))
		return "descriptor flag that there is not";
	q->busy[i] = true;
	c->slots++;
	if (!(e->flags & INDIRECT))
		return fake_chain_add(c, e->addr, e->len, e->flags & WRITE,
				      (uint16_t)i, q->num);
	if (e->flags & NEXT || c->slots > 1)
		return "indirect table in a chain of others";
	return fake_chain_table(d, q, c, e->addr, e->len);
}

static const char *split_take(struct fake_vdev *d, struct fake_queue *q,
			      struct fake_chain *c)
{
	uint32_t i = avail(q)->ring[q->last_avail & (q->num - 1)];
	const char *why;

	if ((uint16_t)(q->limit - q->last_avail) > q->num)
		return "avail.idx ran past the queue";
	c->head = (uint16_t)i;
	for (;;) {
		if (i >= q->num)
			return "descriptor past the table";
		why = take_one(d, q, c, i);
		if (why)
			return why;
		if (!(descs(q)[i].flags & NEXT))
			break;
		i = descs(q)[i].next;
	}
	q->last_avail++;
	return NULL;
}

/* Descriptors are the driver's again once the used element is out. */
static void split_used(struct fake_vdev *d, struct fake_queue *q,
		       const struct fake_chain *c, const struct fake_used *u)
{
	unsigned int slot = q->used_idx & (q->num - 1);
	uint16_t event = avail(q)->ring[q->num], old = q->used_idx;

	q->busy[c->head] = false;
	for (unsigned int i = 0; i < c->n_out + c->n_in; i++)
		if (c->seg[i].index < q->num)
			q->busy[c->seg[i].index] = false;
	used(q)->ring[slot].id = u->id;
	used(q)->ring[slot].len = u->len;
	q->used_idx = (uint16_t)(q->used_idx + u->step);
	__atomic_store_n(&used(q)->idx, q->used_idx, __ATOMIC_RELEASE);
	if (fake_has(d, FAKE_EVENT_IDX)
		    ? fake_need_event(event, q->used_idx, old)
		    : !(avail(q)->flags & 1))
		d->isr |= 1;
}

/* With EVENT_IDX: a kick when avail.idx passes where we are. */
static void split_ask(struct fake_vdev *d, struct fake_queue *q, bool kicks)
{
	uint16_t event = (uint16_t)(q->last_avail + (kicks ? 0 : 0x8000));

	if (fake_has(d, FAKE_EVENT_IDX))
		memcpy(&used(q)->ring[q->num], &event, sizeof(event));
	else
		used(q)->flags = !kicks;
}

static void split_check(struct fake_vdev *d, struct fake_queue *q)
{
	if (avail(q)->flags && fake_has(d, FAKE_EVENT_IDX))
		fake_violation(d, "avail.flags %#x with EVENT_IDX",
			       avail(q)->flags);
	if (avail(q)->flags & ~1u)
		fake_violation(d, "avail.flags %#x", avail(q)->flags);
}

const struct fake_ring_ops fake_ring_split = {
	split_enable, split_look, split_more,  split_take,
	split_used,   split_ask,  split_check,
};
