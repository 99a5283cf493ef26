/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the checks of a disk's self-test are made of: its sectors read and written by
 * requests of some shape, and compared; and what was there put back, all of it or,
 * when that fails, every block that can be.
 */
#include "virtio_blk_test_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/console.h>

int vblk_test_job(struct vblk_test *s, uint32_t type,
		  const struct blk_piece *pieces, size_t count,
		  uint32_t request_bytes)
{
	struct vblk_job j = {
		.type = type,
		.pieces = { .list = pieces, .count = count },
		.request_bytes = request_bytes,
	};

	return con_ctrlc() ? -EINTR : vblk_run(s->b, &j);
}

/* All of it, in requests of @request_bytes. */
int vblk_test_all(struct vblk_test *s, uint32_t type, uint8_t *buf,
		  uint32_t request_bytes)
{
	struct blk_piece p = { s->lba, s->nsectors, buf };

	return vblk_test_job(s, type, &p, 1, request_bytes);
}

static int differs(struct virtio_test *t, uint64_t block)
{
	return virtio_check_note(t, -EIO, "block 0x%jx differs",
				 (uintmax_t)block);
}

/* The block that differs among @n from block @first on; they lie @stride apart. */
int vblk_test_compare(struct virtio_test *t, const struct vblk_test *s,
		      const uint8_t *got, unsigned int first, unsigned int n,
		      size_t stride)
{
	uint32_t bs = s->b->dev.block_size;

	for (unsigned int i = 0; i < n; i++)
		if (memcmp(got + i * stride, s->want + (first + i) * bs, bs))
			return differs(t,
				       s->lba / (bs / SECTOR_SIZE) + first + i);
	return 0;
}

int vblk_test_read_all(struct virtio_test *t, struct vblk_test *s, uint8_t *buf,
		       uint32_t request_bytes)
{
	uint32_t bs = s->b->dev.block_size;
	int ret;

	memset(buf, VBLK_TEST_JUNK, s->blocks * bs);
	ret = vblk_test_all(s, VIRTIO_BLK_T_IN, buf, request_bytes);
	return ret ? ret : vblk_test_compare(t, s, buf, 0, s->blocks, bs);
}

void vblk_test_pattern(struct vblk_test *s)
{
	uint64_t x = time_us() | 1, *p = (void *)s->want;

	for (size_t i = 0; i < s->nsectors * (SECTOR_SIZE / 8); i++) {
		x = x * UINT64_C(0x5851f42d4c957f2d) + 1; /* Knuth's MMIX */
		p[i] = x ^ i;
	}
}

/* ---- what was there is put back ---- */

static int restore_all(struct virtio_test *t, struct vblk_test *s)
{
	int ret = vblk_begin(s->b);

	if (!ret)
		ret = vblk_test_all(s, VIRTIO_BLK_T_OUT, s->want, 0);
	if (!ret)
		ret = vblk_test_read_all(t, s, s->got, 0);
	return ret;
}

static int restore_block(struct virtio_test *t, struct vblk_test *s,
			 unsigned int i)
{
	uint32_t bs = s->b->dev.block_size, unit = bs / SECTOR_SIZE;
	struct blk_piece p = { s->lba + i * unit, unit, s->want + i * bs };
	int ret = vblk_test_job(s, VIRTIO_BLK_T_OUT, &p, 1, 0);

	p.buf = s->got;
	if (!ret)
		ret = vblk_test_job(s, VIRTIO_BLK_T_IN, &p, 1, 0);
	return ret ? ret : vblk_test_compare(t, s, s->got, i, 1, bs);
}

/* Names what is lost: "0x10-0x12 0x46". */
struct lost {
	char text[60];
	size_t at;
	uint64_t first;
	unsigned int run, count; /* run: blocks from first on */
};

static void lost_end(struct lost *l)
{
	int n;

	if (l->run &&
	    l->at + 2 * sizeof(" 0x0123456789abcdef") < sizeof(l->text)) {
		n = snprintf(l->text + l->at, sizeof(l->text) - l->at,
			     l->run > 1 ? " 0x%jx-0x%jx" : " 0x%jx",
			     (uintmax_t)l->first,
			     (uintmax_t)(l->first + l->run - 1));
		l->at += (size_t)n;
	} else if (l->run && l->at + 4 < sizeof(l->text)) {
		memcpy(l->text + l->at, " …", sizeof(" …"));
		l->at = sizeof(l->text);
	}
	l->run = 0;
}

/* After a device was reset once more, or Ctrl-C, no further block is tried. */
static int restore_each(struct virtio_test *t, struct vblk_test *s)
{
	uint64_t base = s->lba / (s->b->dev.block_size / SECTOR_SIZE);
	struct lost l = { .at = 0 };
	int ret = vblk_begin(s->b);

	con_ctrlc_clear();
	for (unsigned int i = 0; i < s->blocks; i++) {
		if (s->b->vd->state == VIRTIO_LIVE && ret != -EINTR)
			ret = restore_block(t, s, i);
		if (!ret) {
			lost_end(&l);
			continue;
		}
		if (!l.run++)
			l.first = base + i;
		l.count++;
	}
	lost_end(&l);
	if (!l.count)
		return virtio_check_note(t, 0, "block by block");
	return virtio_check_note(t, -EIO,
				 "NOT RESTORED: %u of %u blocks,%s; all are in "
				 "memory at 0x%jx",
				 l.count, s->blocks, l.text,
				 (uintmax_t)(uintptr_t)s->saved);
}

int vblk_check_restored(struct virtio_test *t, void *ctx)
{
	struct vblk_test *s = ctx;
	int ret;

	con_ctrlc_clear(); /* this has to be done all the same */
	memcpy(s->want, s->saved, s->nsectors * SECTOR_SIZE);
	s->b->dev.generation++;
	ret = restore_all(t, s);
	if (ret)
		ret = restore_each(t, s);
	if (!ret && virtio_has(s->b->vd, VIRTIO_BLK_F_FLUSH))
		ret = s->b->dev.ops->flush(&s->b->dev);
	return ret;
}
