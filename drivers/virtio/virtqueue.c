/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all rings share, whatever their layout: memory that is allocated once and
 * kept over resets, counters, the notify decision, and the wait that every
 * driver uses. Nothing here is re-entrant: no driver is called while another
 * waits (VQ-24).
 */
#include "virtio_priv.h"

#include <errno.h>
#include <string.h>

#include <arch/barrier.h>
#include <core/dma.h>
#include <core/heap.h>
#include <core/panic.h>

#include "virtio_trace_priv.h"

#define LOOK_MS 1 /* between two looks at the status register */

/* The largest size that neither side minds, for the split ring a power of two (2.7;
 * 2.8.10.1 wants none), or the device's own when it leaves no choice; 0: none */
static uint16_t choose_size(const struct virtio_device *vd, uint16_t want,
			    uint16_t max)
{
	if (vd->fixed_size)
		return is_pow2(max) ? max : 0;
	if (virtio_has(vd, VIRTIO_F_RING_PACKED))
		return (uint16_t)min_u64(want, max);
	while (want > max)
		want >>= 1;
	return want;
}

static struct virtq *allocate(struct virtio_device *vd, unsigned int index,
			      uint16_t size)
{
	struct virtq *vq = heap_alloc(sizeof(*vq));

	if (!vq)
		return NULL;
	vq->vd = vd;
	vq->index = index;
	vq->mem_size = size;
	vq->shadow = heap_alloc(size * sizeof(*vq->shadow));
	if (!vq->shadow)
		goto err_vq;
	/* The split ring is the longer one; the next attach may bring either. */
	vq->mem = dma_alloc(virtq_split.bytes(size), VIRTIO_LEGACY_ALIGN);
	if (!vq->mem)
		goto err_shadow;
	return vq;

err_shadow:
	heap_free(vq->shadow);
err_vq:
	heap_free(vq);
	return NULL;
}

/* Nothing is in flight: ring and shadow as new. */
static void start(struct virtq *vq)
{
	memset(vq->shadow, 0, vq->size * sizeof(*vq->shadow));
	for (uint16_t i = 0; i < vq->size; i++)
		vq->shadow[i].next = (uint16_t)(i + 1);
	vq->free_head = 0;
	vq->num_free = vq->size;
	vq->in_flight = 0;
	vq->avail_idx = vq->last_used = vq->kicked_idx = 0;
	vq->tables_free = 0;
	vq->broken = false;
	vq->why = NULL;
	vq->ops->layout(vq);
}

int virtq_setup(struct virtio_device *vd, unsigned int index, uint16_t want,
		struct virtq **out)
{
	struct virtq *vq = vd->vq[index];
	uint16_t max = vd->ops->queue_max(vd, index);
	uint16_t size = choose_size(vd, want, max);

	assert(index < VIRTIO_MAX_QUEUES && is_pow2(want));
	if (!size)
		return -ENODEV;
	if (!vq)
		vq = allocate(vd, index, size);
	if (!vq)
		return -ENOMEM;
	vd->vq[index] = vq;
	vq->ops = virtio_has(vd, VIRTIO_F_RING_PACKED) ? &virtq_packed
						       : &virtq_split;
	vq->event_idx = virtio_has(vd, VIRTIO_F_EVENT_IDX);
	/* After a reset the device may offer more than it did. */
	if (size > vq->mem_size && vd->fixed_size)
		return -EIO;
	if (size > vq->mem_size)
		size = choose_size(vd, want, vq->mem_size);
	vq->size = size;
	vq->size_max = max;
	start(vq);
	if (index >= vd->nvqs)
		vd->nvqs = index + 1;
	*out = vq;
	return vd->ops->queue_enable(vd, vq);
}

int virtq_break(struct virtq *vq, const char *why)
{
	vq->broken = true;
	vq->why = why;
	vq->errors++;
	return -EIO;
}

/* How many bytes of a buffer the device may write; *all: and read. */
static uint32_t writable(const struct virtq_seg *segs, unsigned int n_out,
			 unsigned int n, uint32_t *all)
{
	uint64_t out_len = 0, in_len = 0;

	assert(n);
	for (unsigned int k = 0; k < n; k++) {
		assert(segs[k].len); /* the device would stop (VQ-7) */
		if (k < n_out)
			out_len += segs[k].len;
		else
			in_len += segs[k].len;
	}
	assert(out_len + in_len <= UINT32_MAX); /* 2.7.5.2 */
	*all = (uint32_t)(out_len + in_len);
	return (uint32_t)in_len;
}

int virtq_add(struct virtq *vq, const struct virtq_seg *segs,
	      unsigned int n_out, unsigned int n_in, void *token)
{
	unsigned int n = n_out + n_in;
	uint32_t all, in_len = writable(segs, n_out, n, &all);
	struct virtq_shadow *s;
	uint8_t table;

	if (vq->broken)
		return -EIO;
	table = virtq_table_for(vq, n);
	if ((table ? 1 : n) > vq->num_free)
		return -ENOSPC;
	vq->id = vq->ops->put(vq, segs, n_out, n, virtq_table_take(vq, table));
	s = &vq->shadow[vq->id];
	s->token = token;
	s->serial = vq->requests++;
	s->in_len = in_len;
	s->slots = (uint16_t)(table ? 1 : n);
	s->table = table;
	vq->num_free = (uint16_t)(vq->num_free - s->slots);
	vq->in_flight++;
	vq->bytes += all;
	if (virtio_trace)
		virtio_trace_add(vq, segs, n_out, n_in, token);
	return 0;
}

static void notify(struct virtq *vq)
{
	/* No notification before DRIVER_OK (INIT-7). */
	assert(vq->vd->status & VIRTIO_STATUS_DRIVER_OK);
	vq->kicks++;
	if (virtio_trace)
		virtio_trace_queue(vq, VIRTIO_EVENT_KICK);
	vq->vd->ops->notify(vq->vd, vq);
}

void virtq_kick(struct virtq *vq)
{
	bool wanted;

	if (vq->broken || vq->avail_idx == vq->kicked_idx)
		return;
	wanted = vq->ops->publish(vq);
	vq->kicked_idx = vq->avail_idx;
	vq->shown = vq->requests;
	if (wanted)
		notify(vq);
	else if (virtio_trace)
		virtio_trace_queue(vq, VIRTIO_EVENT_NO_KICK);
}

/* Is @id a buffer that the device may give back, and with @len bytes written? */
static int check(struct virtq *vq, uint32_t id, uint32_t len)
{
	const struct virtq_shadow *s = vq->shadow + (id < vq->size ? id : 0);

	if (id >= vq->size || !s->slots || s->serial >= vq->shown)
		return virtq_break(vq, "used element is not a request");
	if (len > s->in_len && !vq->vd->legacy && !vq->loose_len)
		return virtq_break(vq, "used length is beyond the buffer");
	return 0;
}

int virtq_pop(struct virtq *vq, void **token, uint32_t *len)
{
	struct virtq_shadow *s;
	uint32_t id;
	int ret;

	if (vq->broken)
		return -EIO;
	ret = vq->ops->peek(vq, &id, len);
	if (!ret)
		ret = check(vq, id, *len);
	if (ret)
		return ret;
	vq->id = (uint16_t)id;
	s = &vq->shadow[id];
	*len = (uint32_t)min_u64(*len, s->in_len);
	*token = s->token;
	virtq_table_give(vq, s->table);
	vq->overtakes += s->serial != vq->requests - vq->in_flight;
	vq->ops->take(vq, vq->id);
	vq->num_free = (uint16_t)(vq->num_free + s->slots);
	s->slots = 0;
	vq->in_flight--;
	vq->completions++;
	if (virtio_trace)
		virtio_trace_used(vq, *token, *len);
	return 0;
}

struct virtq_wait virtq_wait_begin(void)
{
	return (struct virtq_wait){
		.limit = wait_ms(VIRTIO_TIMEOUT_MS),
		.half = wait_ms(VIRTIO_TIMEOUT_MS / 2),
		.look = wait_ms(LOOK_MS),
	};
}

/* When to look for Ctrl-C next is kept: a stream of quick completions must
 * not hide it. */
void virtq_wait_progress(struct virtq_wait *w)
{
	w->limit.end = wait_ms(VIRTIO_TIMEOUT_MS).end;
	w->half = wait_ms(VIRTIO_TIMEOUT_MS / 2);
	w->nudged = false;
}

int virtq_wait_turn(struct virtq *vq, struct virtq_wait *w)
{
	cpu_relax();
	if (!wait_over(&w->look))
		return wait_turn(&w->limit);
	w->look = wait_ms(LOOK_MS);
	if (virtio_needs_reset(vq->vd))
		return virtq_break(vq, "device asked for a reset");
	if (!w->nudged && wait_over(&w->half)) {
		w->nudged = true;
		notify(vq);
	}
	return wait_turn(&w->limit);
}

int virtq_give_up(struct virtq *vq, int err)
{
	const char *why = "could not be used";

	if (vq->broken)
		why = vq->why;
	else if (err == -ETIMEDOUT) {
		why = "no answer in time";
		vq->errors += vq->in_flight;
	} else if (err == -EINTR)
		why = "stopped by Ctrl-C";
	virtio_fail(vq->vd, why);
	return vq->vd->state == VIRTIO_DEAD ? -EOWNERDEAD : err;
}
