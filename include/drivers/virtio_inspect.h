/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The glass box: what is inside a virtio device, as lines of text. Nothing
 * here changes what a driver does; a device without a driver is only read.
 */
#ifndef VIREO_DRIVERS_VIRTIO_INSPECT_H
#define VIREO_DRIVERS_VIRTIO_INSPECT_H

#include <stdbool.h>
#include <stdint.h>

#include <drivers/virtio.h>
#include <lib/compiler.h>

/* What a line is about; a terminal may colour it. */
enum virtio_tone {
	VIRTIO_TONE_PLAIN,
	VIRTIO_TONE_HEAD,   /* a heading */
	VIRTIO_TONE_FAINT,  /* free, unknown, of no interest */
	VIRTIO_TONE_DRIVER, /* the driver's doing, or its property */
	VIRTIO_TONE_DEVICE, /* the device's */
	VIRTIO_TONE_WRONG,
};

/* Where lines go. */
struct virtio_out {
	void (*line)(struct virtio_out *out, enum virtio_tone tone,
		     const char *text);
	bool stop; /* set by line(): enough, the walk ends */
};

/* virtio_show_regs - every register of the transport: offset, width in bits,
 * access, name, value; those that are one a queue for each queue in use. */
void virtio_show_regs(struct virtio_device *vd, struct virtio_out *out);

/*
 * virtio_show_config - the configuration space, decoded and as it is: fields at their own
 * width, dots for those that are not there.
 * Return: 0; -ENODEV it has no driver; -ENOSYS its type has none; -EIO
 */
must_check int virtio_show_config(struct virtio_device *vd,
				  struct virtio_out *out);

/*
 * virtio_show_ring - a queue's rings and descriptors: what is in flight and what came back
 * last, or @all of it.
 * Return: 0; -ENODEV no such queue is in use; -ENOMEM
 */
must_check int virtio_show_ring(struct virtio_device *vd, unsigned int queue,
				bool all, struct virtio_out *out);

/*
 * virtio_trace_on - record from now on, in place of what was recorded before.
 * @only: this device; NULL: all
 * Return: 0; -ENOMEM
 */
must_check int virtio_trace_on(const struct virtio_device *only);
/* virtio_trace_off - stop, and forget what was recorded. */
void virtio_trace_off(void);
/* virtio_trace_show - what is recorded, of @only or of all, oldest first; nothing is
 * recorded meanwhile. Return: 0; -ENODEV the trace is off */
must_check int virtio_trace_show(const struct virtio_device *only,
				 struct virtio_out *out);

#define VIRTIO_STEP_BLOCKS 8

/*
 * virtio_step_read - have the driver read from a disk, and tell each step of the one request:
 * what was in ring and buffers before and after, and the standard's sections.
 * @blk, @count: blocks of the device's own size, each read to memory of its own;
 *               as many as virtio_step_max() says, so that it is one request
 * Return: 0; -ENODEV not a virtio disk; -EINVAL @count; -ERANGE; -ENOMEM;
 *         what the driver says of a read
 */
must_check int virtio_step_read(struct virtio_device *vd, uint64_t blk,
				unsigned int count, struct virtio_out *out);

/* virtio_step_max - blocks that one request takes, each in memory of its own, at most
 * VIRTIO_STEP_BLOCKS. @vd: a disk that virtio_step_read() had to do with */
unsigned int virtio_step_max(const struct virtio_device *vd);

#endif
