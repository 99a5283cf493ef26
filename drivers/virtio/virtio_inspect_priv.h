/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files behind <drivers/virtio_inspect.h> share. */
#ifndef VIREO_VIRTIO_INSPECT_PRIV_H
#define VIREO_VIRTIO_INSPECT_PRIV_H

#include <drivers/virtio_inspect.h>

#include "virtio_priv.h"

#define VIRTIO_LINE_MAX   184
#define VIRTIO_WHAT_MAX   48
#define VIRTQ_SHOW_RECENT 4  /* entries of a ring shown unasked */
#define VIRTQ_SHOW_DESC   16 /* descriptors */

/* virtio_line - one line, without its newline; longer ones are cut. */
void virtio_line(struct virtio_out *out, enum virtio_tone tone, const char *fmt,
		 ...) printf_like(3, 4);

/* virtio_label - what commands call the device, "virtio0" or "slot31". */
static inline const char *virtio_label(const struct virtio_device *vd)
{
	return vd->name[0] ? vd->name : vd->where;
}

/*
 * virtio_what - what lies at @addr, as far as the driver, the rings and the map of RAM
 * tell: "request header", "caller's buffer".
 * Return: @buf, or a text that stays
 */
const char *virtio_what(const struct virtio_device *vd, uint64_t addr,
			char buf[VIRTIO_WHAT_MAX]);

/* Who owns an element of a ring, and so may touch what it describes. */
enum virtq_owner {
	VIRTQ_FREE,
	VIRTQ_BACK,   /* free, but describes what came back lately */
	VIRTQ_QUEUED, /* added, not shown to the device yet */
	VIRTQ_LENT,   /* the device's */
	VIRTQ_DONE,   /* given back, not taken yet */
};

/* What a drawing knows of one element. */
struct virtq_entry {
	enum virtq_owner owner;
	uint16_t head; /* of its chain */
};

/* virtq_show_desc - the line of one descriptor, split or packed: @key as "desc[3]",
 * @flags and @next in words. */
struct virtq_show {
	const char *key;
	const struct virtq_entry *entry;
	uint64_t addr;
	uint32_t len;
	const char *flags;
	bool wrong;   /* not what the driver wrote */
	bool written; /* by the device: a used descriptor */
};
void virtq_show_desc(const struct virtio_device *vd, const struct virtq_show *s,
		     struct virtio_out *out);

/* virtq_show_table - the indirect table at @addr, as a descriptor of @len bytes says; only
 * one of the driver's own is followed. @flags_at: where an entry's flags are */
void virtq_show_table(const struct virtq *vq, uint64_t addr, uint32_t len,
		      unsigned int flags_at, struct virtio_out *out);

/* virtq_flags - a descriptor's flags that both layouts have, in words, each with a
 * blank. Return: @buf */
const char *virtq_flags(uint16_t flags, char buf[24]);

int virtq_packed_show(const struct virtq *vq, bool all, struct virtio_out *out);
int virtq_split_show(const struct virtq *vq, bool all, struct virtio_out *out);

#endif
