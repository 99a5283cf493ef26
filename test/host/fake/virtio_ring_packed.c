/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device's side of a packed ring (VIRTIO 1.4, 2.8), in host memory, and what a
 * driver may not put there. It keeps a copy of each slot that is lent: the driver must
 * not change one until it is used (2.8.16).
 */
#include <stdlib.h>
#include <string.h>

#include "virtio_dev.h"

#define NEXT     1u
#define WRITE    2u
#define INDIRECT 4u
#define AVAIL    (1u << 7)
#define USED     (1u << 15)

#define IDS      65536u

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t id, flags;
};

struct event {
	uint16_t off_wrap, flags;
};

static struct desc *descs(const struct fake_queue *q)
{
	return (struct desc *)(uintptr_t)q->desc;
}

static const struct event *driver(const struct fake_queue *q)
{
	return (const struct event *)(uintptr_t)q->driver;
}

static struct event *device(const struct fake_queue *q)
{
	return (struct event *)(uintptr_t)q->device;
}

static bool packed_enable(struct fake_vdev *d, struct fake_queue *q)
{
	uint64_t n = q->num;

	if (q->desc % 16 || q->driver % 4 || q->device % 4)
		return false;
	if (!fake_all_zero(q->desc, 16 * n) || !fake_all_zero(q->driver, 2) ||
	    !fake_all_zero(q->device, 4) || driver(q)->flags > 1)
		fake_violation(d, "a queue enabled over a dirty ring");
	if (!fake_in_dma(descs(q), 16 * n) || !fake_in_dma(driver(q), 4) ||
	    !fake_in_dma(device(q), 4))
		fake_violation(d, "a queue outside of DMA memory");
	q->busy = calloc(IDS, sizeof(*q->busy));
	q->copy = calloc(n, 16);
	q->lent = calloc(n, sizeof(*q->lent));
	q->avail_wrap = q->used_wrap = true;
	return true;
}

/* 2.8.1: available is AVAIL as our counter, USED not. */
static bool is_available(const struct fake_queue *q)
{
	unsigned int flags = __atomic_load_n(&descs(q)[q->next_avail].flags,
					     __ATOMIC_ACQUIRE);

	return !(flags & AVAIL) != q->avail_wrap &&
	       !(flags & USED) == q->avail_wrap;
}

static bool packed_look(struct fake_queue *q)
{
	return is_available(q);
}

static bool packed_more(const struct fake_queue *q)
{
	return is_available(q);
}

static void go_past(uint16_t *slot, bool *wrap, uint32_t slots, uint32_t num)
{
	if (*slot + slots >= num)
		*wrap = !*wrap;
	*slot = (uint16_t)((*slot + slots) % num);
}

static const char *take_one(struct fake_vdev *d, struct fake_queue *q,
			    struct fake_chain *c)
{
	const struct desc *e = &descs(q)[q->next_avail];

	if (!is_available(q))
		return "slot of a chain that is not available";
	if (q->lent[q->next_avail])
		return "slot in use twice";
	if (e->flags & ~(NEXT | WRITE | INDIRECT | AVAIL | USED))
		return "descriptor flag that there is not";
	q->lent[q->next_avail] = true;
	memcpy(q->copy + 16 * q->next_avail, e, 16);
	c->slots++;
	if (!(e->flags & INDIRECT))
		return fake_chain_add(c, e->addr, e->len, e->flags & WRITE,
				      q->next_avail, q->num);
	if (e->flags & NEXT || c->slots > 1)
		return "indirect table in a chain of others";
	return fake_chain_table(d, q, c, e->addr, e->len);
}

/* The id is the last descriptor's (2.8.6). */
static const char *packed_take(struct fake_vdev *d, struct fake_queue *q,
			       struct fake_chain *c)
{
	const char *why = NULL;
	bool next = true;

	while (next && !why) {
		const struct desc *e = &descs(q)[q->next_avail];

		why = take_one(d, q, c);
		next = e->flags & NEXT;
		c->head = e->id;
		go_past(&q->next_avail, &q->avail_wrap, 1, q->num);
	}
	if (!why && q->busy[c->head])
		return "buffer id in use twice";
	q->busy[c->head] = true;
	return why;
}

static void packed_check(struct fake_vdev *d, struct fake_queue *q)
{
	unsigned int flags = driver(q)->flags;

	if (flags > 2 || (flags == 2 && !fake_has(d, FAKE_EVENT_IDX)))
		fake_violation(d, "driver event flags %#x", flags);
	for (uint32_t i = 0; i < q->num && !d->blind; i++)
		if (q->lent[i] && memcmp(q->copy + 16 * i, &descs(q)[i], 16))
			fake_violation(d, "slot %u changed while lent", i);
}

static void write_used(struct fake_queue *q, const struct fake_used *u,
		       uint16_t slot, bool wrap)
{
	struct desc *e = &descs(q)[slot];

	e->id = (uint16_t)u->id;
	e->len = u->len;
	/* QEMU does not say WRITE either (PKD-9) */
	__atomic_store_n(&e->flags, (uint16_t)(wrap ? AVAIL | USED : 0),
			 __ATOMIC_RELEASE);
	memcpy(q->copy + 16 * slot, e, 16);
}

static void interrupt(struct fake_vdev *d, struct fake_queue *q, uint16_t slots)
{
	uint16_t off = driver(q)->off_wrap & 0x7fff;

	if (driver(q)->flags == 0)
		d->isr |= 1;
	if (driver(q)->flags != 2)
		return;
	if (driver(q)->off_wrap >> 15 != q->used_wrap)
		off = (uint16_t)(off - q->num);
	if (fake_need_event(off, q->next_used,
			    (uint16_t)(q->next_used - slots)))
		d->isr |= 1;
}

/* As many slots as the chain took are the driver's again, the first of which now says
 * so (2.8.6); which those are has nothing to do with where the chain was. */
static void packed_used(struct fake_vdev *d, struct fake_queue *q,
			const struct fake_chain *c, const struct fake_used *u)
{
	uint16_t slot = q->next_used;
	bool wrap = q->used_wrap;

	packed_check(d, q);
	if (!u->step)
		return;
	if (u->step >= 0x8000) {
		write_used(q, u, slot, !wrap);
		return;
	}
	q->busy[c->head] = false;
	for (uint16_t i = 0; i < c->slots; i++)
		q->lent[(slot + i) % q->num] = false;
	write_used(q, u, slot, wrap);
	go_past(&q->next_used, &q->used_wrap, c->slots, q->num);
	slot = q->next_used;
	wrap = q->used_wrap;
	for (uint32_t i = 1; i < u->step && i < q->num; i++) {
		write_used(q, u, slot, wrap);
		q->lent[slot] = false;
		go_past(&slot, &wrap, 1, q->num);
	}
	interrupt(d, q, c->slots);
}

/* 2.8.10: 0 kicks, 1 no kicks, 2 one when a slot is passed */
static void packed_ask(struct fake_vdev *d, struct fake_queue *q, bool kicks)
{
	struct event *e = device(q);

	e->off_wrap = (uint16_t)(q->next_avail | q->avail_wrap << 15);
	e->flags = kicks ? fake_has(d, FAKE_EVENT_IDX) ? 2 : 0 : 1;
}

const struct fake_ring_ops fake_ring_packed = {
	packed_enable, packed_look, packed_more,  packed_take,
	packed_used,   packed_ask,  packed_check,
};
