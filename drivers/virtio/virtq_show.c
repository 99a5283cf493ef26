/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio ring: what a queue's memory says and who owns what, next to what the driver
 * keeps for itself. The layout draws itself (struct virtq_ops); here is what all
 * share: the first line, descriptors, and what an address is.
 */
#include "virtio_inspect_priv.h"

#include <errno.h>
#include <stdio.h>

#include <core/dma.h>
#include <core/ram.h>

#include "virtio_trace_priv.h"

static bool in_rings(const struct virtio_device *vd, uint64_t addr)
{
	for (unsigned int i = 0; i < vd->nvqs; i++) {
		const struct virtq *vq = vd->vq[i];

		if (vq && addr - dma_addr(vq->mem) < vq->ops->bytes(vq->size))
			return true;
	}
	return false;
}

static bool in_tables(const struct virtio_device *vd, uint64_t addr)
{
	for (unsigned int i = 0; i < vd->nvqs; i++) {
		const struct virtq *vq = vd->vq[i];

		if (vq && addr - dma_addr(vq->tables) <
				  (size_t)vq->table_count * vq->table_entries *
					  sizeof(*vq->tables))
			return true;
	}
	return false;
}

const char *virtio_what(const struct virtio_device *vd, uint64_t addr,
			char buf[VIRTIO_WHAT_MAX])
{
	const struct virtio_glass *glass = vd->driver->glass;
	const struct ram_range *r;
	const char *what = NULL;

	if (glass && glass->what)
		what = glass->what(vd, addr);
	if (what)
		return what;
	if (in_rings(vd, addr))
		return "ring";
	if (in_tables(vd, addr))
		return "indirect table";
	for (size_t i = 0; (r = ram_reserved(i)); i++) {
		if (addr - r->base >= r->size)
			continue;
		snprintf(buf, VIRTIO_WHAT_MAX, "caller's buffer (%s)", r->name);
		return buf;
	}
	return ram_check_read(addr, 1) ? "not RAM" : "caller's buffer";
}

void virtq_show_desc(const struct virtio_device *vd, const struct virtq_show *s,
		     struct virtio_out *out)
{
	static const struct {
		char name[8];
		enum virtio_tone tone;
	} owners[] = {
		[VIRTQ_FREE] = { "free", VIRTIO_TONE_FAINT },
		[VIRTQ_BACK] = { "back", VIRTIO_TONE_PLAIN },
		[VIRTQ_QUEUED] = { "queued", VIRTIO_TONE_DRIVER },
		[VIRTQ_LENT] = { "lent", VIRTIO_TONE_DEVICE },
		[VIRTQ_DONE] = { "done", VIRTIO_TONE_HEAD },
	};
	enum virtq_owner owner = s->entry->owner;
	char what[VIRTIO_WHAT_MAX];

	if (owner == VIRTQ_FREE) {
		virtio_line(out, VIRTIO_TONE_FAINT, "  %-10s free", s->key);
		return;
	}
	virtio_line(out, s->wrong ? VIRTIO_TONE_WRONG : owners[owner].tone,
		    "  %-10s %-6s of %-3u 0x%08jx %7u %-17s %s%s", s->key,
		    owners[owner].name, s->entry->head, (uintmax_t)s->addr,
		    s->len, s->flags, virtio_what(vd, s->addr, what),
		    s->wrong ? ", not what was written" : "");
}

int virtio_show_ring(struct virtio_device *vd, unsigned int queue, bool all,
		     struct virtio_out *out)
{
	struct virtq *vq = queue < vd->nvqs ? vd->vq[queue] : NULL;
	char label[24];

	if (!vq)
		return -ENODEV;
	virtio_line(out, VIRTIO_TONE_HEAD,
		    "%s queue %u: %s, %u entries, %u in flight, %u free%s%s",
		    virtio_label(vd, label), queue, vq->ops->name, vq->size,
		    vq->in_flight, vq->num_free,
		    vd->state == VIRTIO_LIVE ? "" : ", not in use",
		    vq->broken ? ", broken" : "");
	return vq->ops->show(vq, all, out);
}
