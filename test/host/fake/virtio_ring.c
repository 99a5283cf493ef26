/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device's side of a split ring (VIRTIO 1.4, 2.7), in host memory, and what a
 * driver may not put there. A chain is copied when it is taken, as QEMU does.
 */
#include <stdlib.h>
#include <string.h>

#include "virtio_dev.h"

#define NEXT  1u
#define WRITE 2u

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

static bool all_zero(uint64_t addr, size_t len)
{
	const uint8_t *p = (const uint8_t *)(uintptr_t)addr;

	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

void fake_ring_enable(struct fake_vdev *d, unsigned int i)
{
	struct fake_queue *q = &d->queue[i];
	uint64_t n = q->num;

	if (q->desc % 16 || q->driver % 2 || q->device % 4 || !q->desc ||
	    !q->driver || !q->device) {
		fake_violation(d, "queue %u at %#jx %#jx %#jx", i,
			       (uintmax_t)q->desc, (uintmax_t)q->driver,
			       (uintmax_t)q->device);
		return;
	}
	/* Some devices start from what they find (VQ-4). */
	if (!all_zero(q->desc, 16 * n) || !all_zero(q->driver + 2, 4 + 2 * n) ||
	    !all_zero(q->device, 6 + 8 * n) || avail(q)->flags > 1)
		fake_violation(d, "queue %u enabled over a dirty ring", i);
	if (!fake_in_dma(descs(q), 16 * n) ||
	    !fake_in_dma(avail(q), 6 + 2 * n) ||
	    !fake_in_dma(used(q), 6 + 8 * n))
		fake_violation(d, "queue %u outside of DMA memory", i);
	q->busy = calloc(n, sizeof(*q->busy));
	q->held_end = &q->held;
	q->ready = true;
	if (d->no_notify)
		used(q)->flags = 1;
}

void fake_ring_reset(struct fake_vdev *d)
{
	for (unsigned int i = 0; i < FAKE_QUEUES; i++) {
		struct fake_queue *q = &d->queue[i];
		uint64_t kicks = q->kicks, taken = q->taken, done = q->used;

		while (q->held)
			free(fake_ring_unhold(q, false));
		free(q->busy);
		*q = (struct fake_queue){ .kicks = kicks,
					  .taken = taken,
					  .used = done,
					  .max_held = q->max_held };
	}
}

/* ---- taking buffers ---- */

/* A device that finds nonsense stops for good and says so (2.1.2). */
static struct fake_chain *refuse(struct fake_vdev *d, struct fake_chain *c,
				 const char *why)
{
	fake_violation(d, "%s", why);
	d->status |= 0x40;
	free(c);
	return NULL;
}

/* Append one descriptor; how the chain goes on is the caller's. */
static const char *take_one(struct fake_queue *q, struct fake_chain *c,
			    uint32_t i)
{
	const struct desc *e = &descs(q)[i];
	unsigned int n = c->n_out + c->n_in;

	if (q->busy[i])
		return "descriptor in use twice";
	if (e->len == 0)
		return "element of no length";
	if (e->flags & ~(NEXT | WRITE))
		return "descriptor flag that was not negotiated";
	if (!(e->flags & WRITE) && c->n_in)
		return "readable element after a writable one";
	q->busy[i] = true;
	c->seg[n].addr = (uint8_t *)(uintptr_t)e->addr;
	c->seg[n].len = e->len;
	c->seg[n].index = (uint16_t)i;
	if (e->flags & WRITE) {
		c->n_in++;
		c->in_len += e->len;
	} else {
		c->n_out++;
		c->out_len += e->len;
	}
	return NULL;
}

static struct fake_chain *take(struct fake_vdev *d, struct fake_queue *q)
{
	uint32_t i = avail(q)->ring[q->last_avail & (q->num - 1)];
	struct fake_chain *c;
	const char *why;

	c = calloc(1, sizeof(*c) + q->num * sizeof(c->seg[0]));
	c->head = (uint16_t)i;
	c->status = -1;
	for (;;) {
		if (i >= q->num)
			return refuse(d, c, "descriptor past the table");
		if (c->n_out + c->n_in == q->num)
			return refuse(d, c, "chain longer than the queue");
		why = take_one(q, c, i);
		if (why)
			return refuse(d, c, why);
		if (!(descs(q)[i].flags & NEXT))
			break;
		i = descs(q)[i].next;
	}
	if (c->in_len + c->out_len > UINT32_MAX)
		return refuse(d, c, "chain over 4 GiB");
	q->last_avail++;
	q->taken++;
	return c;
}

/* Descriptors are the driver's again once the used element is out. */
static void release(struct fake_queue *q, const struct fake_chain *c)
{
	for (unsigned int i = 0; i < c->n_out + c->n_in; i++)
		q->busy[c->seg[i].index] = false;
}

static void run(struct fake_vdev *d, unsigned int i)
{
	struct fake_queue *q = &d->queue[i];

	if (d->blind)
		return;
	if ((uint16_t)(q->limit - q->last_avail) > q->num) {
		refuse(d, NULL, "avail.idx ran past the queue");
		return;
	}
	while (q->last_avail != q->limit && !(d->status & 0x40) && !d->blind) {
		struct fake_chain *c = take(d, q);

		if (!c)
			return;
		*q->held_end = c;
		q->held_end = &c->next;
		if (++q->nheld > q->max_held)
			q->max_held = q->nheld;
		if (d->on_chain)
			d->on_chain(d, i, c);
	}
	if (!d->hold && !d->gone && !(d->status & 0x40))
		fake_type_serve(d, i);
}

void fake_ring_kick(struct fake_vdev *d, unsigned int i)
{
	struct fake_queue *q = &d->queue[i];

	q->kicks++;
	q->limit = avail(q)->idx;
	q->kicked = true;
	q->wait = d->delay;
	if (d->when == FAKE_AT_KICK) {
		q->kicked = false;
		run(d, i);
	}
}

void fake_ring_turn(struct fake_vdev *d)
{
	if (!(d->status & 4))
		return;
	for (unsigned int i = 0; i < FAKE_QUEUES; i++) {
		struct fake_queue *q = &d->queue[i];

		if (!q->ready)
			continue;
		if (d->when == FAKE_POLLING) {
			q->limit = avail(q)->idx;
			if (q->limit != q->last_avail)
				run(d, i);
		} else if (q->kicked && q->wait-- == 0) {
			q->kicked = false;
			run(d, i);
		}
	}
}

/* ---- giving them back ---- */

struct fake_chain *fake_ring_unhold(struct fake_queue *q, bool last)
{
	struct fake_chain **at = &q->held, *c;

	if (!*at)
		return NULL;
	while (last && (*at)->next)
		at = &(*at)->next;
	c = *at;
	*at = c->next;
	if (!*at)
		q->held_end = at;
	q->nheld--;
	return c;
}

void fake_ring_used(struct fake_vdev *d, unsigned int i, struct fake_chain *c,
		    uint32_t len)
{
	struct fake_queue *q = &d->queue[i];
	struct fake_used u = { c->head, len, 1 };
	unsigned int slot = q->used_idx & (q->num - 1);

	if (d->on_used)
		d->on_used(d, i, c, &u);
	release(q, c);
	used(q)->ring[slot].id = u.id;
	used(q)->ring[slot].len = u.len;
	q->used_idx = (uint16_t)(q->used_idx + u.step);
	q->used++;
	__atomic_store_n(&used(q)->idx, q->used_idx, __ATOMIC_RELEASE);
	if (!(avail(q)->flags & 1))
		d->isr |= 1;
	free(c);
}

void fake_vdev_release(struct fake_vdev *d)
{
	for (unsigned int i = 0; i < FAKE_QUEUES; i++)
		if (d->queue[i].ready)
			fake_type_serve(d, i);
}

static size_t chain_copy(const struct fake_chain *c, unsigned int first,
			 unsigned int count, uint64_t off, uint8_t *buf,
			 size_t len, bool write)
{
	size_t done = 0;

	for (unsigned int i = first; i < first + count && done < len; i++) {
		const struct fake_seg *s = &c->seg[i];
		size_t n;

		if (off >= s->len) {
			off -= s->len;
			continue;
		}
		n = s->len - off < len - done ? s->len - off : len - done;
		if (write)
			memcpy(s->addr + off, buf + done, n);
		else
			memcpy(buf + done, s->addr + off, n);
		done += n;
		off = 0;
	}
	return done;
}

size_t fake_chain_read(const struct fake_chain *c, uint64_t off, void *buf,
		       size_t len)
{
	return chain_copy(c, 0, c->n_out, off, buf, len, false);
}

size_t fake_chain_write(const struct fake_chain *c, uint64_t off,
			const void *buf, size_t len)
{
	uint8_t *b = (uint8_t *)(uintptr_t)buf;

	return chain_copy(c, c->n_out, c->n_in, off, b, len, true);
}
