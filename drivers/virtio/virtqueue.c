/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all rings share, whatever their layout: memory that is allocated once and
 * kept over resets, counters, the notify decision, and the wait that every
 * driver uses. Nothing here is re-entrant: no driver is called while another
 * waits (VQ-24).
 */
#include "virtio_priv.h"

#include <errno.h>

#include <arch/barrier.h>
#include <core/dma.h>
#include <core/heap.h>
#include <core/panic.h>

#include "virtio_trace_priv.h"

#define LOOK_MS 1 /* between two looks at the status register */

/* The largest power of two that neither side minds, or the device's own size when
 * it leaves no choice; 0: none */
static uint16_t choose_size(const struct virtio_device *vd, uint16_t want,
			    uint16_t max)
{
	if (vd->fixed_size)
		return is_pow2(max) ? max : 0;
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
	vq->ops = &virtq_split;
	vq->vd = vd;
	vq->index = index;
	vq->mem_size = vq->ops->bytes(size);
	vq->shadow = heap_alloc(vq->ops->shadow_bytes(size));
	if (!vq->shadow)
		goto err_vq;
	vq->mem = dma_alloc(vq->mem_size, VIRTIO_LEGACY_ALIGN);
	if (!vq->mem)
		goto err_shadow;
	return vq;

err_shadow:
	heap_free(vq->shadow);
err_vq:
	heap_free(vq);
	return NULL;
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
	/* After a reset the device may offer more than it did. */
	while (vq->ops->bytes(size) > vq->mem_size && !vd->fixed_size)
		size >>= 1;
	if (vq->ops->bytes(size) > vq->mem_size)
		return -EIO;
	vq->size = size;
	vq->size_max = max;
	vq->ops->layout(vq);
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

int virtq_add(struct virtq *vq, const struct virtq_seg *segs,
	      unsigned int n_out, unsigned int n_in, void *token)
{
	int ret;

	if (vq->broken)
		return -EIO;
	ret = vq->ops->add(vq, segs, n_out, n_in, token);
	if (ret)
		return ret;
	vq->requests++;
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
	if (vq->broken || vq->avail_idx == vq->kicked_idx)
		return;
	if (vq->ops->publish(vq))
		notify(vq);
	else if (virtio_trace)
		virtio_trace_queue(vq, VIRTIO_EVENT_NO_KICK);
}

int virtq_pop(struct virtq *vq, void **token, uint32_t *len)
{
	int ret;

	if (vq->broken)
		return -EIO;
	ret = vq->ops->pop(vq, token, len);
	if (ret)
		return ret;
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
	else if (err == -ETIMEDOUT)
		why = "no answer in time";
	else if (err == -EINTR)
		why = "stopped by Ctrl-C";
	virtio_fail(vq->vd, why);
	return vq->vd->state == VIRTIO_DEAD ? -EOWNERDEAD : err;
}
