/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace tap: one load and one branch while the trace is off. Transports tap
 * their register accessors, virtqueue.c each add, kick and pop, virtio.c
 * status and reset. Events are decoded when they are shown (virtio_trace_show.c).
 */
#ifndef VIREO_VIRTIO_TRACE_PRIV_H
#define VIREO_VIRTIO_TRACE_PRIV_H

#include "virtio_priv.h"

#define VIRTIO_TRACE_EVENTS 512
#define VIRTIO_TRACE_BYTES  32 /* captured of a request by its driver */

enum virtio_event_kind {
	VIRTIO_EVENT_READ,
	VIRTIO_EVENT_WRITE,
	VIRTIO_EVENT_STATUS, /* value: what it is set to */
	VIRTIO_EVENT_RESET,
	VIRTIO_EVENT_FAULT,
	VIRTIO_EVENT_ADD,
	VIRTIO_EVENT_KICK,
	VIRTIO_EVENT_NO_KICK, /* the device asked for none */
	VIRTIO_EVENT_USED,
};

struct virtio_event {
	uint64_t us;
	const struct virtio_device *vd;
	enum virtio_event_kind kind;
	uint8_t area, width; /* of a register */
	uint8_t nbytes;      /* captured */
	uint16_t off;        /* of a register */
	uint16_t queue, id;  /* id: head or buffer id */
	uint32_t count;      /* the same again and again: so often */
	uint64_t value;      /* register, status, avail idx, used length */
	const char *text;    /* fault: why; kick: what value counts */
	uint32_t out_len, in_len;
	uint16_t n_out, n_in;
	uint8_t bytes[VIRTIO_TRACE_BYTES];
};

struct virtio_trace {
	const struct virtio_device *only; /* NULL: all */
	uint64_t start_us;
	uint64_t total; /* events ever; the newest is at (total - 1) % size */
	struct virtio_event event[VIRTIO_TRACE_EVENTS];
};

extern struct virtio_trace *virtio_trace; /* NULL: off */

void virtio_trace_reg(const struct virtio_device *vd,
		      enum virtio_event_kind kind, const struct virtio_reg *at,
		      uint64_t value);
void virtio_trace_device(const struct virtio_device *vd,
			 enum virtio_event_kind kind, uint64_t value,
			 const char *text);
void virtio_trace_add(const struct virtq *vq, const struct virtq_seg *segs,
		      unsigned int n_out, unsigned int n_in, const void *token);
void virtio_trace_queue(const struct virtq *vq, enum virtio_event_kind kind);
void virtio_trace_used(const struct virtq *vq, const void *token, uint32_t len);

/* The glass box's own looks are not recorded: pause, look, resume with what pause
 * returned. */
static inline struct virtio_trace *trace_pause(void)
{
	struct virtio_trace *t = virtio_trace;

	virtio_trace = NULL;
	return t;
}
static inline void trace_resume(struct virtio_trace *t)
{
	virtio_trace = t;
}

/* A transport's accessor read @value from, or wrote it to, @width bytes at @off
 * of its block of registers @area. */
static inline void trace_reg(const struct virtio_device *vd,
			     enum virtio_event_kind kind, uint8_t area,
			     unsigned int off, uint8_t width, uint64_t value)
{
	if (virtio_trace)
		virtio_trace_reg(vd, kind,
				 &(struct virtio_reg){ .area = area,
						       .offset = (uint16_t)off,
						       .width = width },
				 value);
}

#endif
