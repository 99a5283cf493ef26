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
#include <lib/checked.h>

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

/* Where in @vq's indirect tables @addr is; no less than their size: not there. */
static uint64_t table_off(const struct virtq *vq, uint64_t addr)
{
	return vq->tables ? addr - dma_addr(vq->tables) : UINT64_MAX;
}

static size_t tables_size(const struct virtq *vq)
{
	return (size_t)vq->table_count * vq->table_entries *
	       sizeof(struct virtq_desc);
}

static bool in_tables(const struct virtio_device *vd, uint64_t addr)
{
	for (unsigned int i = 0; i < vd->nvqs; i++)
		if (vd->vq[i] &&
		    table_off(vd->vq[i], addr) < tables_size(vd->vq[i]))
			return true;
	return false;
}

const char *virtq_flags(uint16_t flags, char buf[24])
{
	snprintf(buf, 24, "%s%s", flags & VIRTQ_DESC_F_WRITE ? "WRITE " : "",
		 flags & VIRTQ_DESC_F_INDIRECT ? "INDIRECT " : "");
	return buf;
}

void virtq_show_table(const struct virtq *vq, uint64_t addr, uint32_t len,
		      unsigned int flags_at, struct virtio_out *out)
{
	uint64_t off = table_off(vq, addr);
	char what[VIRTIO_WHAT_MAX], words[24];
	const uint8_t *p;

	if (!inside(off, len, tables_size(vq)))
		return;
	p = (const uint8_t *)vq->tables + off;
	for (unsigned int i = 0; i < len / sizeof(struct virtq_desc); i++) {
		uint64_t at = get_le64(p);

		virtio_line(out, VIRTIO_TONE_PLAIN,
			    "    table[%2u]           0x%08jx %7u %-17s %s", i,
			    (uintmax_t)at, get_le32(p + 8),
			    virtq_flags(get_le16(p + flags_at), words),
			    virtio_what(vq->vd, at, what));
		p += sizeof(struct virtq_desc);
	}
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
	if (in_tables(vd, addr))
		return "indirect table";
	if (in_rings(vd, addr))
		return "ring";
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
	virtio_line(out,
		    s->wrong     ? VIRTIO_TONE_WRONG
		    : s->written ? VIRTIO_TONE_DEVICE
				 : owners[owner].tone,
		    "  %-10s %-6s of %-3u 0x%08jx %7u %-17s %s%s", s->key,
		    owners[owner].name, s->entry->head, (uintmax_t)s->addr,
		    s->len, s->flags, virtio_what(vd, s->addr, what),
		    s->wrong ? ", not what was written" : "");
}

int virtio_show_ring(struct virtio_device *vd, unsigned int queue, bool all,
		     struct virtio_out *out)
{
	struct virtq *vq = queue < vd->nvqs ? vd->vq[queue] : NULL;

	if (!vq)
		return -ENODEV;
	virtio_line(out, VIRTIO_TONE_HEAD,
		    "%s queue %u: %s, %u entries, %u in flight, %u free%s%s",
		    virtio_label(vd), queue, vq->ops->name, vq->size,
		    vq->in_flight, vq->num_free,
		    vd->state == VIRTIO_LIVE ? "" : ", not in use",
		    vq->broken ? ", broken" : "");
	return vq->ops->show(vq, all, out);
}
