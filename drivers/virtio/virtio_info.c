/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What "virtio list" and "virtio status" see: a copy of a device's state, and
 * its configuration space decoded by its driver. A device that nobody has used,
 * or that has no driver, is not touched.
 */
#include <drivers/virtio.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/dma.h>

#include "virtio_trace_priv.h"

static const char *const states[] = {
	[VIRTIO_IDLE] = "idle",
	[VIRTIO_LIVE] = "live",
	[VIRTIO_BROKEN] = "reset",
	[VIRTIO_DEAD] = "dead",
};

static void queue_info(const struct virtio_device *vd, struct virtq *vq,
		       struct virtio_queue_info *qi)
{
	qi->ready = vd->state == VIRTIO_LIVE;
	qi->size = vq->size;
	qi->size_max = vq->size_max;
	qi->desc = dma_addr(vq->desc);
	qi->driver = dma_addr(vq->driver);
	qi->device = dma_addr(vq->device);
	qi->ring = vq->ops->name;
	qi->event_idx = vq->event_idx;
	if (virtio_has(vd, VIRTIO_F_INDIRECT_DESC)) {
		qi->tables = vq->table_count;
		qi->table_entries = vq->table_entries;
	}
	vq->ops->indices(vq, qi);
	qi->in_flight = vq->in_flight;
	qi->requests = vq->requests;
	qi->kicks = vq->kicks;
	qi->completions = vq->completions;
	qi->errors = vq->errors;
}

static uint8_t status(struct virtio_device *vd)
{
	struct virtio_trace *t = trace_pause();
	uint32_t v = vd->ops->get_status(vd);

	trace_resume(t);
	return (uint8_t)v;
}

void virtio_get_info(struct virtio_device *vd, struct virtio_info *info)
{
	memset(info, 0, sizeof(*info));
	info->transport = vd->ops->name;
	info->version = vd->version;
	memcpy(info->where, vd->where, sizeof(info->where));
	info->base = vd->base;
	info->device_id = vd->device_id;
	info->vendor_id = vd->vendor_id;
	info->state = states[vd->state];
	info->idle = vd->state == VIRTIO_IDLE;
	if (!vd->driver)
		return;
	info->driver = vd->driver->name;
	memcpy(info->name, vd->name, sizeof(info->name));
	if (info->idle)
		return;
	info->status = status(vd);
	info->offered = vd->offered;
	info->accepted = vd->accepted;
	info->resets = vd->resets;
	info->fault = vd->fault;
	info->nqueues = vd->nvqs;
	for (unsigned int i = 0; i < vd->nvqs; i++)
		if (vd->vq[i])
			queue_info(vd, vd->vq[i], &info->queue[i]);
}

void virtio_describe_fields(struct virtio_device *vd,
			    void (*line)(void *arg, const char *name,
					 const char *value),
			    void *arg)
{
	const struct virtio_glass *glass = vd->driver->glass;
	char text[12];

	for (unsigned int i = 0; i < glass->nfields; i++) {
		const struct virtio_field *f = &glass->fields[i];

		if (!virtio_field_is_there(f, vd->offered))
			continue;
		snprintf(text, sizeof(text), "%u",
			 vd->ops->config_read(vd, f->off, f->width));
		line(arg, f->name, text);
	}
}

int virtio_describe_config(struct virtio_device *vd,
			   void (*line)(void *arg, const char *name,
					const char *value),
			   void *arg)
{
	struct virtio_trace *t;

	if (!vd->driver || !vd->driver->describe)
		return -ENODEV;
	if (vd->state == VIRTIO_DEAD || vd->state == VIRTIO_IDLE)
		return -EIO;
	t = trace_pause();
	vd->driver->describe(vd, line, arg);
	trace_resume(t);
	return 0;
}
