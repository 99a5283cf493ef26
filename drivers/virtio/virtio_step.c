/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio step: one read done slowly. The request is the block driver's own, built, lent,
 * waited for and judged by the code that serves every other command. Meanwhile the
 * queue's table of operations is one that tells what the real one does: what was in
 * memory before and after, the section of the standard (virtio 1.4), and what a driver
 * that gets this step wrong would see. Nothing is printed between the notification
 * and the answer, so looks and times of the wait are the driver's.
 */
#include "virtio_step_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/dma.h>
#include <lib/checked.h>

#include "virtio_blk_priv.h"

#define SEGS      (VIRTIO_STEP_BLOCKS + 2) /* of a request, that are shown */
#define UNTOUCHED 0xee /* what the data's memory is filled with */
#define GAP       64   /* between two pieces: no segment is two of them */

struct walk {
	struct virtio_out *out;
	struct vblk *b;
	struct virtq *vq;
	const struct virtq_ops *real;
	struct virtq_ops ops; /* the real ones, told about */
	const struct virtio_transport *real_transport;
	struct virtio_transport transport;
	bool packed;
	unsigned int number; /* of the step */
	struct virtq_seg seg[SEGS];
	unsigned int nsegs;
	struct virtq_diff diff;
	/* the wait */
	bool waiting;
	uint64_t since_us, looks, kicks;
};

static struct {
	struct walk walk; /* the one that is going on, or the last one */
	uint8_t *data;    /* DMA memory for what is read, kept */
	size_t size;      /* bytes of it for one block */
} step;

/* ---- lines ---- */

static void heading(struct walk *w, const char *text)
{
	virtio_line(w->out, VIRTIO_TONE_HEAD, "%u. %s", ++w->number, text);
}

/* A mistake that is made in this step, and what it looks like. */
static void pitfall(const struct walk *w, const char *text)
{
	virtio_line(w->out, VIRTIO_TONE_FAINT, "  pitfall: %s", text);
}

/* The header in words, and the status too when it is @answered. */
static void tell_header(const struct walk *w, bool answered, const char *rest)
{
	uint8_t bytes[sizeof(struct vblk_slot)];
	char text[64];

	memcpy(bytes, w->seg[0].addr, w->seg[0].len);
	bytes[w->seg[0].len] = *(uint8_t *)w->seg[w->nsegs - 1].addr;
	vblk_glass.explain(w->vq->vd, bytes, w->seg[0].len + answered, text,
			   sizeof(text));
	virtio_line(w->out, VIRTIO_TONE_PLAIN, "  %s%s", text, rest);
}

static void show_segs(const struct walk *w, enum virtio_tone tone)
{
	char what[VIRTIO_WHAT_MAX], hex[VIRTQ_HEX_MAX];

	for (unsigned int i = 0; i < w->nsegs; i++) {
		const struct virtq_seg *seg = &w->seg[i];
		bool data = i && i + 1 < w->nsegs;

		virtio_line(
			w->out, tone, "  %-14s 0x%08jx %5u  %s%s",
			data ? "data"
			     : virtio_what(w->vq->vd, dma_addr(seg->addr),
					   what),
			(uintmax_t)dma_addr(seg->addr), seg->len,
			virtq_hex(seg->addr, seg->len, VIRTQ_HEX_HEADER, hex),
			seg->len > 16 ? " ..." : "");
	}
}

static void show_ring(const struct walk *w)
{
	(void)!virtio_show_ring(w->vq->vd, w->vq->index, false, w->out);
}

/* ---- the request, put into the ring ---- */

static void keep_segs(struct walk *w, const struct virtq_seg *segs,
		      unsigned int n)
{
	w->nsegs = (unsigned int)min_u64(n, SEGS);
	memcpy(w->seg, segs, w->nsegs * sizeof(*segs));
	w->seg[w->nsegs - 1] = segs[n - 1]; /* the status byte */
}

static void tell_request(struct walk *w)
{
	heading(w, "request, 5.2.6: written, nothing lent yet");
	show_segs(w, VIRTIO_TONE_DRIVER);
	tell_header(w, false, "; status ff: no device says that; data ee");
	pitfall(w, "no header -> QEMU stops: \"virtio-blk missing headers\"");
}

static void tell_put(struct walk *w, const struct virtq_desc *table,
		     unsigned int n)
{
	char hex[VIRTQ_HEX_MAX];

	virtq_diff_look(&w->diff);
	heading(w, w->packed ? "descriptors, 2.8.13: the next slots of the ring"
			     : "descriptors, 2.7.5: free ones, linked by next");
	for (unsigned int i = 0; table && i < n; i++)
		virtio_line(w->out, VIRTIO_TONE_DRIVER, "  table[%u]    %s", i,
			    virtq_hex(&table[i], sizeof(*table), VIRTQ_HEX_DESC,
				      hex));
	virtq_diff_show(&w->diff, VIRTQ_DESC, VIRTIO_TONE_DRIVER);
	if (table)
		virtio_line(w->out, VIRTIO_TONE_PLAIN,
			    "  %u elements in an indirect table, %s: one slot",
			    n, w->packed ? "2.8.7" : "2.7.5.3");
	else if (w->packed)
		virtio_line(
			w->out, VIRTIO_TONE_PLAIN,
			"  the first one's flags are withheld: not lent yet");
	if (w->packed)
		pitfall(w, "id taken for the slot -> wrong when answered out "
			   "of order");
	else
		pitfall(w, "next taken for i + 1 -> wrong chains in a "
			   "fragmented table");
	pitfall(w, "data without WRITE -> length 1, no data");
	pitfall(w, "data without NEXT -> its last byte becomes the status");
}

static void tell_avail(struct walk *w, uint16_t id)
{
	heading(w, "available ring, 2.7.6: the head, and only the head");
	virtq_diff_show(&w->diff, VIRTQ_DRIVER, VIRTIO_TONE_DRIVER);
	virtio_line(w->out, VIRTIO_TONE_DRIVER,
		    "  avail[%u]: head %u, not shown yet",
		    (w->vq->avail_idx - 1u) & (w->vq->size - 1u), id);
	pitfall(w, "an entry for each descriptor -> used.idx does not move");
}

static uint16_t put(struct virtq *vq, const struct virtq_seg *segs,
		    unsigned int n_out, unsigned int n,
		    struct virtq_desc *table)
{
	struct walk *w = &step.walk;
	uint16_t id;

	keep_segs(w, segs, n);
	tell_request(w);
	id = w->real->put(vq, segs, n_out, n, table);
	tell_put(w, table, n);
	if (!w->packed)
		tell_avail(w, id);
	return id;
}

/* ---- shown to the device ---- */

static void tell_decision(struct walk *w, bool wanted, uint16_t old)
{
	const uint8_t *area = w->vq->device;
	char text[64];

	if (w->packed)
		snprintf(text, sizeof(text), "device event flags %u, slot %u",
			 get_le16(area + 2), get_le16(area) & 0x7fffu);
	else if (w->vq->event_idx)
		snprintf(text, sizeof(text), "avail_event %u, idx %u -> %u",
			 get_le16(area + 4 + 8 * w->vq->size), old,
			 w->vq->avail_idx);
	else
		snprintf(text, sizeof(text), "used.flags %u", get_le16(area));
	heading(w, w->packed ? "notify or not, 2.8.10: dmb osh, then what the "
			       "device asks for"
			     : "notify or not, 2.7.10: dmb osh, then what the "
			       "device asks for");
	virtio_line(w->out, VIRTIO_TONE_DEVICE, "  %s: %s", text,
		    wanted ? "notify" : "it wants none");
	if (!wanted)
		return;
	heading(w, w->vq->vd->version ? "notification, 4.2.3.3"
				      : "notification, 4.1.5.2");
	virtio_line(w->out, VIRTIO_TONE_DRIVER, "  %s <- %u, the queue",
		    w->vq->vd->version || w->vq->vd->legacy ? "QueueNotify"
							    : "queue_notify",
		    w->vq->index);
	pitfall(w,
		"forgotten -> the request is not seen, used.idx does not move");
}

static bool publish(struct virtq *vq)
{
	struct walk *w = &step.walk;
	uint16_t old = vq->kicked_idx;
	bool wanted;

	show_ring(w);
	heading(w, w->packed ? "available, 2.8.6: dmb oshst, then the first "
			       "one's flags"
			     : "index, 2.7.13.3: dmb oshst, then avail.idx");
	wanted = w->real->publish(vq);
	virtq_diff_look(&w->diff);
	virtq_diff_show(&w->diff, VIRTQ_DESC, VIRTIO_TONE_DRIVER);
	virtq_diff_show(&w->diff, VIRTQ_DRIVER, VIRTIO_TONE_DRIVER);
	if (w->packed)
		pitfall(w, "AVAIL is not the wrap counter -> not seen");
	else
		pitfall(w, "idx kept below the size -> stops; 65535 + 1 is 0");
	tell_decision(w, wanted, old);
	w->kicks = vq->kicks;
	w->looks = 0;
	w->waiting = true;
	w->since_us = time_us();
	return wanted;
}

/* ---- and back ---- */

static void tell_wait(struct walk *w, bool answered)
{
	uint64_t us = time_us() - w->since_us;
	unsigned int moved;

	w->waiting = false;
	virtq_diff_look(&w->diff);
	heading(w, w->packed
			   ? "wait, 2.8.22: until AVAIL = USED = wrap counter"
			   : "wait, 2.7.14: until used.idx != what was taken");
	moved = virtq_diff_show(&w->diff, VIRTQ_DEVICE, VIRTIO_TONE_DEVICE) +
		virtq_diff_show(&w->diff, VIRTQ_DESC, VIRTIO_TONE_DEVICE);
	if (!answered)
		virtio_line(w->out, VIRTIO_TONE_WRONG, "  no answer%s",
			    moved ? "" : ", nothing moved");
	virtio_line(w->out, VIRTIO_TONE_PLAIN,
		    "  looks: %ju, time: %ju us, notifications: %ju",
		    (uintmax_t)w->looks, (uintmax_t)us,
		    (uintmax_t)(w->vq->kicks - w->kicks));
	pitfall(w,
		w->packed ? "a wrap counter not flipped -> sees nothing, or old"
			  : "used.idx compared by >= -> blind after 65535");
}

static int peek(struct virtq *vq, uint32_t *id, uint32_t *len)
{
	struct walk *w = &step.walk;
	int ret = w->real->peek(vq, id, len);

	w->looks += w->waiting;
	if (ret == -EAGAIN || !w->waiting)
		return ret;
	tell_wait(w, true);
	show_ring(w);
	if (ret)
		return ret;
	heading(w,
		w->packed
			? "used descriptor, 2.8.22: dmb oshld, then id and "
			  "length"
			: "used element, 2.7.8: dmb oshld, then id and length");
	virtio_line(w->out, VIRTIO_TONE_DEVICE, "  id %u, length %u%s", *id,
		    *len, vq->vd->legacy ? " (legacy: a hint)" : "");
	pitfall(w, "length 1 <- only the status byte had WRITE");
	return 0;
}

static void tell_answer(struct walk *w)
{
	if (!w->nsegs) /* it came to no request */
		return;
	heading(w, "status and data, 5.2.6");
	show_segs(w, VIRTIO_TONE_DEVICE);
	tell_header(w, true, "");
	pitfall(w,
		"status ff, untouched <- not its address, or looked too early");
}

/* The driver has stopped waiting, or believing. QEMU may end the request before it
 * reads as reset, so what the driver saw is told first. */
static void set_status(struct virtio_device *vd, uint8_t status)
{
	struct walk *w = &step.walk;

	if (w->waiting)
		tell_wait(w, false);
	else
		tell_answer(w);
	heading(w, "given up, 2.4: status 0 written, read until 0");
	w->real_transport->set_status(vd, status);
}

/* ---- the walk ---- */

/* Memory for @count blocks that do not adjoin. Return: 0; -ENOMEM */
static int make_pieces(const struct vblk *b, uint64_t blk, unsigned int count,
		       struct blk_piece *pieces)
{
	uint64_t nsectors = b->dev.block_size / SECTOR_SIZE;
	size_t each = b->dev.block_size + GAP;

	if (step.size < each) {
		step.size = 0;
		step.data = dma_alloc(VIRTIO_STEP_BLOCKS * each, GAP);
		if (!step.data)
			return -ENOMEM;
		step.size = each;
	}
	memset(step.data, UNTOUCHED, count * each);
	for (unsigned int i = 0; i < count; i++)
		pieces[i] = (struct blk_piece){ (blk + i) * nsectors, nsectors,
						step.data + i * each };
	return 0;
}

/* The driver at work with tables of ours, the real ones again when this returns. */
static int watch(struct walk *w, const struct blk_piece *pieces,
		 unsigned int count)
{
	struct virtio_device *vd = w->vq->vd;
	int ret;

	w->real = w->vq->ops;
	w->ops = *w->real;
	w->ops.put = put;
	w->ops.publish = publish;
	w->ops.peek = peek;
	w->real_transport = vd->ops;
	w->transport = *vd->ops;
	w->transport.set_status = set_status;
	w->vq->ops = &w->ops;
	vd->ops = &w->transport;
	ret = w->b->dev.ops->transfer(&w->b->dev, false, pieces, count);
	w->vq->ops = w->real;
	vd->ops = w->real_transport;
	return ret;
}

static int walk_through(struct walk *w, const struct blk_piece *pieces,
			unsigned int count)
{
	const struct virtio_device *vd = w->vq->vd;
	int ret = virtq_diff_begin(&w->diff, w->vq, w->out);

	if (ret)
		return ret;
	ret = watch(w, pieces, count);
	if (vd->state == VIRTIO_LIVE)
		tell_answer(w);
	else
		virtio_line(w->out, VIRTIO_TONE_WRONG, "  %s; %s", vd->fault,
			    vd->state == VIRTIO_DEAD
				    ? "it does not reset, and may still write"
				    : "reset, it touches no memory any more");
	virtq_diff_end(&w->diff);
	return ret;
}

unsigned int virtio_step_max(const struct virtio_device *vd)
{
	const struct vblk *b = vd->priv;
	uint64_t segs = 1 + (b->dev.block_size - 1) / b->max.size_max;

	return (unsigned int)min_u64(b->max.seg_max / segs, VIRTIO_STEP_BLOCKS);
}

int virtio_step_read(struct virtio_device *vd, uint64_t blk, unsigned int count,
		     struct virtio_out *out)
{
	struct blk_piece pieces[VIRTIO_STEP_BLOCKS];
	struct walk *w = &step.walk;
	struct vblk *b = vd->priv;
	uint64_t blocks;
	int ret;

	if (!vd->driver || vd->driver->glass != &vblk_glass)
		return -ENODEV;
	ret = b->dev.ops->open(&b->dev);
	if (ret)
		return ret;
	blocks = b->dev.nsectors / (b->dev.block_size / SECTOR_SIZE);
	if (!count || count > virtio_step_max(vd))
		return -EINVAL;
	if (!inside(blk, count, blocks))
		return -ERANGE;
	ret = make_pieces(b, blk, count, pieces);
	if (ret)
		return ret;
	*w = (struct walk){
		.out = out,
		.b = b,
		.vq = b->vq,
		.packed = virtio_has(vd, VIRTIO_F_RING_PACKED),
	};
	virtio_line(out, VIRTIO_TONE_HEAD,
		    "%s: reads block %ju (%u bytes, sector %ju) through queue "
		    "%u, %s, %s%s",
		    virtio_label(vd), (uintmax_t)blk, count * b->dev.block_size,
		    (uintmax_t)pieces[0].lba, b->vq->index, b->vq->ops->name,
		    vd->ops->name, vd->legacy ? ", legacy" : "");
	ret = walk_through(w, pieces, count);
	if (ret == -EOWNERDEAD)
		step.size = 0;
	return ret;
}
