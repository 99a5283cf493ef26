/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace of what goes on between driver and device: the last
 * VIRTIO_TRACE_EVENTS events, in memory that there is only while it is on. An access
 * that repeats the one before, as in every loop that waits, is counted there
 * and takes no room.
 */
#include "virtio_trace_priv.h"

#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <drivers/virtio_inspect.h>

struct virtio_trace *virtio_trace;

int virtio_trace_on(const struct virtio_device *only)
{
	virtio_trace_off();
	virtio_trace = heap_alloc(sizeof(*virtio_trace));
	if (!virtio_trace)
		return -ENOMEM;
	virtio_trace->only = only;
	virtio_trace->start_us = time_us();
	return 0;
}

void virtio_trace_off(void)
{
	heap_free(virtio_trace);
	virtio_trace = NULL;
}

/* A place for an event, in place of the oldest. NULL: not to be recorded */
static struct virtio_event *next(const struct virtio_device *vd,
				 enum virtio_event_kind kind)
{
	struct virtio_trace *t = virtio_trace;
	struct virtio_event *e;

	if (t->only && t->only != vd)
		return NULL;
	e = &t->event[t->total++ % VIRTIO_TRACE_EVENTS];
	memset(e, 0, sizeof(*e));
	e->us = time_us() - t->start_us;
	e->vd = vd;
	e->kind = kind;
	e->count = 1;
	return e;
}

/* Does @reg's access repeat the newest event? */
static bool again(const struct virtio_device *vd, enum virtio_event_kind kind,
		  const struct virtio_reg *reg, uint64_t value)
{
	struct virtio_trace *t = virtio_trace;
	struct virtio_event *e;

	if (!t->total)
		return false;
	e = &t->event[(t->total - 1) % VIRTIO_TRACE_EVENTS];
	if (e->vd != vd || e->kind != kind || e->area != reg->area ||
	    e->off != reg->offset || e->width != reg->width ||
	    e->value != value)
		return false;
	e->count++;
	return true;
}

void virtio_trace_reg(const struct virtio_device *vd,
		      enum virtio_event_kind kind, const struct virtio_reg *at,
		      uint64_t value)
{
	struct virtio_event *e;

	if (again(vd, kind, at, value))
		return;
	e = next(vd, kind);
	if (!e)
		return;
	e->area = at->area;
	e->off = at->offset;
	e->width = at->width;
	e->value = value;
}

void virtio_trace_device(const struct virtio_device *vd,
			 enum virtio_event_kind kind, uint64_t value,
			 const char *text)
{
	struct virtio_event *e = next(vd, kind);

	if (!e)
		return;
	e->value = value;
	e->text = text;
}

static struct virtio_event *next_queue(const struct virtq *vq,
				       enum virtio_event_kind kind)
{
	struct virtio_event *e = next(vq->vd, kind);

	if (e) {
		e->queue = (uint16_t)vq->index;
		e->id = vq->id;
	}
	return e;
}

static void capture(const struct virtq *vq, const void *token, bool used,
		    struct virtio_event *e)
{
	const struct virtio_glass *glass = vq->vd->driver->glass;

	if (glass && glass->capture)
		e->nbytes = (uint8_t)glass->capture(vq, token, used, e->bytes);
}

void virtio_trace_add(const struct virtq *vq, const struct virtq_seg *segs,
		      unsigned int n_out, unsigned int n_in, const void *token)
{
	struct virtio_event *e = next_queue(vq, VIRTIO_EVENT_ADD);

	if (!e)
		return;
	e->n_out = (uint16_t)n_out;
	e->n_in = (uint16_t)n_in;
	for (unsigned int i = 0; i < n_out; i++)
		e->out_len += segs[i].len;
	for (unsigned int i = n_out; i < n_out + n_in; i++)
		e->in_len += segs[i].len;
	capture(vq, token, false, e);
}

void virtio_trace_queue(const struct virtq *vq, enum virtio_event_kind kind)
{
	struct virtio_event *e = next_queue(vq, kind);

	if (!e)
		return;
	e->value = vq->avail_idx;
	e->text = virtio_has(vq->vd, VIRTIO_F_RING_PACKED) ? "slots"
							   : "avail idx";
}

void virtio_trace_used(const struct virtq *vq, const void *token, uint32_t len)
{
	struct virtio_event *e = next_queue(vq, VIRTIO_EVENT_USED);

	if (!e)
		return;
	e->value = len;
	capture(vq, token, true, e);
}
