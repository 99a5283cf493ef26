/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of virtio step: disks, and texts with the addresses of their rings put in. */
#ifndef VIRTIO_STEP_H
#define VIRTIO_STEP_H

#include "virtio_test.h"

#include <core/ram.h>

#include "virtio_blk_priv.h"
#include "virtio_text.h"

static struct fake_vdev *disk[KINDS];

static inline void start(void (*change)(struct fake_vdev *d))
{
	start_disks(disk, change);
	assert_int_equal(ram_add_bank(0, UINT64_C(1) << 62), 0);
}

static inline const char *run(int v, const char *what, int result)
{
	char line[64];

	snprintf(line, sizeof(line), "virtio step %d %s", v, what);
	return shell(line, result);
}

/* ---- texts with addresses put in ---- */

static inline uint64_t address(int v, char which)
{
	const struct vblk *b = vdev_of(disk[v])->priv;
	const struct virtq *vq = b->vq;

	switch (which) {
	case 'a':
		return dma_addr(vq->driver);
	case 'b':
		return dma_addr(vq->device);
	case 'c':
		return dma_addr(vq->desc);
	case 'h':
		return dma_addr(b->slots);
	case 's':
		return dma_addr(b->slots) + offsetof(struct vblk_slot, status);
	case 't':
		return dma_addr(vq->tables);
	default: /* a piece of the data: the first one's descriptor has it */
		return get_le64((uint8_t *)vq->desc + 16) +
		       (uint64_t)(which - 'd') * (SECTOR_SIZE + 64);
	}
}

/* @x: an address; $x: its bytes in memory; #v, #t, #l, #n: what differs by device */
static inline const char *text(int v, const char *fmt)
{
	const struct virtio_device *vd = vdev_of(disk[v]);
	static char t[16384];
	char *p = t;

	for (; *fmt; fmt++) {
		if (!strchr("@$#", *fmt)) {
			*p++ = *fmt;
		} else if (*fmt == '@') {
			p += sprintf(p, "0x%08jx",
				     (uintmax_t)address(v, *++fmt));
		} else if (*fmt == '$') {
			uint64_t a = address(v, *++fmt);

			for (int i = 0; i < 8; i++)
				p += sprintf(p, "%02x",
					     (unsigned int)(a >> 8 * i & 0xff));
		} else if (*++fmt == 'v') {
			*p++ = (char)('0' + v);
		} else if (*fmt == 't') {
			p += sprintf(p, "%s%s", vd->ops->name,
				     vd->legacy ? ", legacy" : "");
		} else if (*fmt == 'l') {
			p += sprintf(p, "%s",
				     vd->legacy ? " (legacy: a hint)" : "");
		} else {
			p += sprintf(p, "%s <- 0, the queue\n",
				     vd->version  ? "4.2.3.3\n  QueueNotify"
				     : vd->legacy ? "4.1.5.2\n  QueueNotify"
						  : "4.1.5.2\n  queue_notify");
		}
	}
	*p = 0;
	return t;
}

static inline void assert_told(int v, const char *what, int result,
			       const char *want)
{
	const char *got = run(v, what, result);

	if (!strstr(got, text(v, want)))
		fail_msg("%s: no \"%s\" in:\n%s", what, text(v, want), got);
}

#endif
