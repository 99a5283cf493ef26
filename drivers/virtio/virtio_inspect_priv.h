/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files behind <drivers/virtio_inspect.h> share. */
#ifndef VIREO_VIRTIO_INSPECT_PRIV_H
#define VIREO_VIRTIO_INSPECT_PRIV_H

#include <drivers/virtio_inspect.h>

#include "virtio_priv.h"

#define VIRTIO_LINE_MAX 160

/* virtio_line - one line, without its newline; longer ones are cut. */
void virtio_line(struct virtio_out *out, enum virtio_tone tone, const char *fmt,
		 ...) printf_like(3, 4);

/* virtio_label - what commands call the device, "virtio0" or "slot31", in @buf. */
const char *virtio_label(const struct virtio_device *vd, char buf[24]);

#endif
