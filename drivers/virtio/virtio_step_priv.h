/* SPDX-License-Identifier: BSD-2-Clause */
/* What virtio_step.c and virtio_step_ring.c share. */
#ifndef VIREO_VIRTIO_STEP_PRIV_H
#define VIREO_VIRTIO_STEP_PRIV_H

#include "virtio_inspect_priv.h"

/* A queue's memory as it was, against what it is. */
struct virtq_diff {
	const struct virtq *vq;
	struct virtio_out *out;
	size_t bytes;
	uint8_t *before, *now;
};

/* virtq_diff_begin - remember what is in @vq's memory now. Return: 0; -ENOMEM */
must_check int virtq_diff_begin(struct virtq_diff *d, const struct virtq *vq,
				struct virtio_out *out);
void virtq_diff_end(struct virtq_diff *d);

/* virtq_diff_look - what is in memory now is what virtq_diff_show() goes by. */
void virtq_diff_look(struct virtq_diff *d);

enum virtq_area { VIRTQ_DESC, VIRTQ_DRIVER, VIRTQ_DEVICE };

/*
 * virtq_diff_show - a line for each element of @area that has changed, both ways; that
 * is forgotten then. @who: changed it, VIRTIO_TONE_DRIVER or VIRTIO_TONE_DEVICE
 * Return: how many
 */
unsigned int virtq_diff_show(struct virtq_diff *d, enum virtq_area area,
			     enum virtio_tone who);

#define VIRTQ_HEX_MAX 40

/* virtq_hex - at most 16 of @len bytes in the order of memory, a blank in front of each
 * whose bit is set in @blanks. Return: @text */
const char *virtq_hex(const void *bytes, unsigned int len, uint32_t blanks,
		      char text[VIRTQ_HEX_MAX]);

/* Where the fields are: of a descriptor; of a block request's header. */
#define VIRTQ_HEX_DESC   0x5100
#define VIRTQ_HEX_HEADER 0x110

#endif
