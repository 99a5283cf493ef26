/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packed virtqueue drawn (virtio 1.4, 2.8): both event structures and the slots as
 * they are in shared memory, with the driver's two positions and their wrap
 * counters. Between the two positions slots are the device's: used descriptors come in
 * the order of completion, so which chain a slot was for says nothing about who has it.
 */
#include "virtio_inspect_priv.h"

#include <errno.h>
#include <stdio.h>

#include <core/dma.h>

#define DESC_BYTES 16 /* 2.8.13 */
#define DESC_LEN   8
#define DESC_ID    12
#define DESC_FLAGS 14

#define F_AVAIL    (1u << 7) /* 2.8.1 */
#define F_USED     (1u << 15)

static const uint8_t *desc_at(const struct virtq *vq, unsigned int i)
{
	return (const uint8_t *)vq->desc + i * DESC_BYTES;
}

static void show_event(const char *whose, const uint8_t *event,
		       struct virtio_out *out)
{
	static const char *const words[] = { "ENABLE", "DISABLE", "DESC",
					     "reserved" };
	unsigned int off = get_le16(event), flags = get_le16(event + 2);

	virtio_line(out, VIRTIO_TONE_HEAD,
		    "  %-10s at 0x%08jx, flags %u %s, offset %u wrap %u", whose,
		    (uintmax_t)dma_addr(event), flags, words[flags & 3],
		    off & 0x7fff, off >> 15);
}

static enum virtq_owner owner_of(const struct virtq *vq, unsigned int i)
{
	unsigned int lent = vq->size - vq->num_free;
	unsigned int queued = (uint16_t)(vq->avail_idx - vq->kicked_idx);
	/* slots from the one taken next to this one */
	unsigned int at = (i + vq->size - vq->next_used) % vq->size;
	unsigned int flags = get_le16(desc_at(vq, i) + DESC_FLAGS);

	if (at >= lent)
		return flags ? VIRTQ_BACK : VIRTQ_FREE;
	if (at >= lent - queued)
		return VIRTQ_QUEUED;
	return !(flags & F_AVAIL) == !(flags & F_USED) ? VIRTQ_DONE
						       : VIRTQ_LENT;
}

static void show_desc(const struct virtq *vq, unsigned int i,
		      enum virtq_owner owner, struct virtio_out *out)
{
	const uint8_t *p = desc_at(vq, i);
	unsigned int flags = get_le16(p + DESC_FLAGS);
	struct virtq_entry entry = { owner, get_le16(p + DESC_ID) };
	char key[16], words[48];
	struct virtq_show s = {
		.key = key,
		.entry = &entry,
		.addr = get_le64(p),
		.len = get_le32(p + DESC_LEN),
		.flags = words,
	};

	snprintf(words, sizeof(words), "%s%s%s%s%s",
		 flags & VIRTQ_DESC_F_WRITE ? "WRITE " : "",
		 flags & VIRTQ_DESC_F_INDIRECT ? "INDIRECT " : "",
		 flags & VIRTQ_DESC_F_NEXT ? "NEXT " : "",
		 flags & F_AVAIL ? "AVAIL " : "", flags & F_USED ? "USED" : "");
	snprintf(key, sizeof(key), "desc[%u]", i);
	virtq_show_desc(vq->vd, &s, out);
}

int virtq_packed_show(const struct virtq *vq, bool all, struct virtio_out *out)
{
	unsigned int shown = 0, more = 0;

	show_event("driver", vq->driver, out);
	show_event("device", vq->device, out);
	virtio_line(
		out, VIRTIO_TONE_HEAD,
		"  desc       at 0x%08jx, next added %u wrap %u, next taken "
		"%u wrap %u",
		(uintmax_t)dma_addr(vq->desc), vq->next_avail, vq->avail_wrap,
		vq->next_used, vq->used_wrap);
	for (unsigned int i = 0; i < vq->size && !out->stop; i++) {
		enum virtq_owner owner = owner_of(vq, i);

		if (!all && owner == VIRTQ_FREE)
			continue;
		if (!all && shown == VIRTQ_SHOW_DESC) {
			more++;
			continue;
		}
		shown++;
		show_desc(vq, i, owner, out);
	}
	if (more)
		virtio_line(out, VIRTIO_TONE_PLAIN,
			    "  %u more: \"all\" shows them", more);
	return 0;
}
