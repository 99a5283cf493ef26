/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What changes in a queue's memory between two looks, whoever did it: each look is one
 * copy of all of it, compared element by element (virtio 1.4: split 2.7.5,
 * 2.7.6, 2.7.8; packed 2.8.13, 2.8.14). Nothing is taken for granted: what is
 * not shown has not changed.
 */
#include "virtio_step_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/heap.h>

#define DESC_BYTES  16
#define EVENT_BYTES 4

const char *virtq_hex(const void *bytes, unsigned int len, uint32_t blanks,
		      char text[VIRTQ_HEX_MAX])
{
	const uint8_t *p = bytes;
	size_t at = 0;

	for (unsigned int i = 0; i < len && i < 16; i++)
		at += (size_t)snprintf(text + at, VIRTQ_HEX_MAX - at,
				       blanks >> i & 1 ? " %02x" : "%02x",
				       p[i]);
	return text;
}

int virtq_diff_begin(struct virtq_diff *d, const struct virtq *vq,
		     struct virtio_out *out)
{
	d->vq = vq;
	d->out = out;
	d->bytes = vq->ops->bytes(vq->size);
	d->before = heap_alloc(2 * d->bytes);
	if (!d->before)
		return -ENOMEM;
	d->now = d->before + d->bytes;
	memcpy(d->before, vq->mem, d->bytes);
	return 0;
}

void virtq_diff_end(struct virtq_diff *d)
{
	heap_free(d->before);
}

void virtq_diff_look(struct virtq_diff *d)
{
	memcpy(d->now, d->vq->mem, d->bytes);
}

/* Offset of an area in the queue's memory; of the end. */
static size_t start_of(const struct virtq_diff *d, unsigned int area)
{
	const char *mem = d->vq->mem;

	if (area == VIRTQ_DESC)
		return 0;
	if (area == VIRTQ_DRIVER)
		return (size_t)((const char *)d->vq->driver - mem);
	if (area == VIRTQ_DEVICE)
		return (size_t)((const char *)d->vq->device - mem);
	return d->bytes;
}

/* The element at @off of an available or used ring, whose elements have @each
 * bytes. Return: its length */
static unsigned int ring_element(const struct virtq_diff *d,
				 enum virtq_area area, unsigned int off,
				 char name[16])
{
	const char *ring = area == VIRTQ_DRIVER ? "avail" : "used";
	unsigned int each = area == VIRTQ_DRIVER ? 2 : 8;
	unsigned int i = (off - 4) / each;

	if (off < 4)
		snprintf(name, 16, "%s.%s", ring, off ? "idx" : "flags");
	else if (i < d->vq->size)
		snprintf(name, 16, "%s[%u]", ring, i);
	else if (i == d->vq->size) /* the other side's event index */
		snprintf(name, 16, "%s_event",
			 area == VIRTQ_DRIVER ? "used" : "avail");
	else
		snprintf(name, 16, "padding");
	return off < 4 || i >= d->vq->size ? 2 : each;
}

static unsigned int element(const struct virtq_diff *d, enum virtq_area area,
			    unsigned int off, char name[16])
{
	if (area == VIRTQ_DESC) {
		snprintf(name, 16, "desc[%u]", off / DESC_BYTES);
		return DESC_BYTES;
	}
	if (!virtio_has(d->vq->vd, VIRTIO_F_RING_PACKED))
		return ring_element(d, area, off, name);
	snprintf(name, 16, area == VIRTQ_DRIVER ? "driver" : "device");
	return EVENT_BYTES;
}

unsigned int virtq_diff_show(struct virtq_diff *d, enum virtq_area area,
			     enum virtio_tone who)
{
	size_t start = start_of(d, area), end = start_of(d, area + 1u);
	char name[16], before[VIRTQ_HEX_MAX], now[VIRTQ_HEX_MAX];
	unsigned int len, n = 0;
	uint32_t blanks;

	for (size_t off = start; off < end; off += len) {
		len = element(d, area, (unsigned int)(off - start), name);
		if (len > end - off ||
		    !memcmp(d->before + off, d->now + off, len))
			continue;
		n++;
		blanks = len == DESC_BYTES ? VIRTQ_HEX_DESC
			 : len > 2         ? 1u << len / 2
					   : 0;
		virtio_line(d->out, who, "  %-11s %s -> %s", name,
			    virtq_hex(d->before + off, len, blanks, before),
			    virtq_hex(d->now + off, len, blanks, now));
	}
	memcpy(d->before + start, d->now + start, end - start);
	return n;
}
