/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Buffers on their way through the device, whatever the ring's layout: taken
 * from the ring, held, served, given back. A chain is copied when it is taken, as
 * QEMU does. Indirect tables too are the same but for one flag (VIRTIO 1.4, 2.7.5.3,
 * 2.8.7).
 */
#include <stdlib.h>
#include <string.h>

#include "virtio_dev.h"

#define NEXT  1u
#define WRITE 2u

static const struct fake_ring_ops *ops(const struct fake_vdev *d)
{
	return fake_has(d, FAKE_PACKED) ? &fake_ring_packed : &fake_ring_split;
}

bool fake_all_zero(uint64_t addr, size_t len)
{
	const uint8_t *p = (const uint8_t *)(uintptr_t)addr;

	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

size_t fake_area_bytes(const struct fake_vdev *d, unsigned int q,
		       unsigned int area)
{
	size_t n = d->queue[q].num;

	if (area == 0)
		return 16 * n;
	if (fake_has(d, FAKE_PACKED))
		return 4;
	return area == 1 ? 6 + 2 * n : 6 + 8 * n;
}

void fake_ring_enable(struct fake_vdev *d, unsigned int i)
{
	struct fake_queue *q = &d->queue[i];

	if (!q->desc || !q->driver || !q->device || !ops(d)->enable(d, q)) {
		fake_violation(d, "queue %u at %#jx %#jx %#jx", i,
			       (uintmax_t)q->desc, (uintmax_t)q->driver,
			       (uintmax_t)q->device);
		return;
	}
	q->held_end = &q->held;
	q->ready = true;
	if (fake_has(d, FAKE_EVENT_IDX) || d->no_notify)
		ops(d)->ask(d, q, !d->no_notify);
}

void fake_ring_reset(struct fake_vdev *d)
{
	for (unsigned int i = 0; i < FAKE_QUEUES; i++) {
		struct fake_queue *q = &d->queue[i];
		uint64_t kicks = q->kicks, taken = q->taken, done = q->used;

		while (q->held)
			free(fake_ring_unhold(q, false));
		free(q->busy);
		free(q->copy);
		free(q->lent);
		*q = (struct fake_queue){ .kicks = kicks,
					  .taken = taken,
					  .used = done,
					  .max_held = q->max_held };
	}
}

/* ---- taking buffers ---- */

const char *fake_chain_add(struct fake_chain *c, uint64_t addr, uint32_t len,
			   bool write, uint16_t index, uint32_t max)
{
	unsigned int n = c->n_out + c->n_in;

	if (n == max)
		return "chain longer than the queue";
	if (len == 0)
		return "element of no length";
	if (!write && c->n_in)
		return "readable element after a writable one";
	c->seg[n] = (struct fake_seg){ (uint8_t *)(uintptr_t)addr, len, index };
	if (write) {
		c->n_in++;
		c->in_len += len;
	} else {
		c->n_out++;
		c->out_len += len;
	}
	return NULL;
}

struct entry { /* of an indirect table */
	uint64_t addr;
	uint32_t len;
	uint16_t tail[2]; /* flags, next; packed: id, flags */
};

/* Split: linked. Packed: one after the other, and WRITE is all there is. */
static const char *take_entries(struct fake_chain *c, const struct entry *e,
				uint32_t count, uint32_t max, bool packed)
{
	uint32_t i = 0, seen = 0;
	const char *why = NULL;

	while (!why) {
		unsigned int flags = e[i].tail[packed];

		if (flags & ~(packed ? WRITE : WRITE | NEXT))
			return "flag that an indirect table does not have";
		why = fake_chain_add(c, e[i].addr, e[i].len, flags & WRITE,
				     0xffff, max);
		if (++seen == count || !(packed || flags & NEXT))
			break;
		i = packed ? seen : e[i].tail[1];
		if (i >= count)
			return "entry past the indirect table";
	}
	if (!why && !packed && e[i].tail[0] & NEXT)
		return "loop in an indirect table";
	return why;
}

const char *fake_chain_table(struct fake_vdev *d, const struct fake_queue *q,
			     struct fake_chain *c, uint64_t addr, uint32_t len)
{
	const struct entry *e = (const struct entry *)(uintptr_t)addr;

	if (!fake_has(d, FAKE_INDIRECT))
		return "indirect table, not negotiated";
	if (!len || len % 16 || !fake_in_dma(e, len))
		return "indirect table of an odd length, or not in DMA memory";
	for (const struct fake_chain *o = q->held; o; o = o->next)
		if (o->table == e)
			return "indirect table in use twice";
	c->table = e;
	return take_entries(c, e, len / 16, q->num, fake_has(d, FAKE_PACKED));
}

/* A device that finds nonsense stops for good and says so (2.1.2). */
static struct fake_chain *take(struct fake_vdev *d, struct fake_queue *q)
{
	struct fake_chain *c;
	const char *why;

	c = calloc(1, sizeof(*c) + q->num * sizeof(c->seg[0]));
	c->status = -1;
	why = ops(d)->take(d, q, c);
	if (!why && c->in_len + c->out_len > UINT32_MAX)
		why = "chain over 4 GiB";
	if (!why) {
		q->taken++;
		return c;
	}
	fake_violation(d, "%s", why);
	d->status |= 0x40;
	free(c);
	return NULL;
}

static void take_all(struct fake_vdev *d, unsigned int i)
{
	struct fake_queue *q = &d->queue[i];

	while (ops(d)->more(q) && !(d->status & 0x40) && !d->blind) {
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
}

/*
 * With EVENT_IDX a kick is asked for after the last look only, so there may be more by
 * then, for which none comes (2.7.10.2).
 */
static void run(struct fake_vdev *d, unsigned int i)
{
	struct fake_queue *q = &d->queue[i];

	if (d->blind)
		return;
	take_all(d, i);
	if (fake_has(d, FAKE_EVENT_IDX) && q->ready && !d->blind) {
		ops(d)->ask(d, q, !d->no_notify);
		if (ops(d)->look(q))
			take_all(d, i);
		if (!d->blind)
			ops(d)->ask(d, q, !d->no_notify);
	}
	if (!d->hold && !d->gone && !(d->status & 0x40))
		fake_type_serve(d, i);
}

void fake_ring_kick(struct fake_vdev *d, unsigned int i)
{
	struct fake_queue *q = &d->queue[i];

	q->kicks++;
	if (!d->blind)
		ops(d)->check(d, q);
	ops(d)->look(q);
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
			if (ops(d)->look(q))
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

	if (d->on_used)
		d->on_used(d, i, c, &u);
	ops(d)->used(d, q, c, &u);
	q->used++;
	free(c);
}

/* And it looks once more itself: what was there before brings no kick (2.7.10.2). */
void fake_ring_want_kicks(struct fake_vdev *d)
{
	for (unsigned int i = 0; i < FAKE_QUEUES; i++) {
		struct fake_queue *q = &d->queue[i];

		if (!q->ready || d->blind)
			continue;
		ops(d)->ask(d, q, true);
		if (ops(d)->look(q))
			run(d, i);
	}
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
