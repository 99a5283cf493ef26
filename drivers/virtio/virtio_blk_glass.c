/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the glass box shows of block requests (virtio 1.4, 5.2): the header's
 * type and sector, the status, and what lies where in a request's slot.
 */
#include "virtio_blk_priv.h"

#include <stdio.h>
#include <string.h>

#include <core/dma.h>

#define HEADER_BYTES 16

static unsigned int capture(const struct virtq *vq, const void *token,
			    bool used, uint8_t *bytes)
{
	const struct vblk_req *req = token;

	(void)vq;
	memcpy(bytes, req->slot, HEADER_BYTES);
	bytes[HEADER_BYTES] = req->slot->status;
	return used ? HEADER_BYTES + 1 : HEADER_BYTES;
}

static const char *type_name(uint32_t type)
{
	switch (type) {
	case VIRTIO_BLK_T_IN:
		return "IN";
	case VIRTIO_BLK_T_OUT:
		return "OUT";
	case VIRTIO_BLK_T_FLUSH:
		return "FLUSH";
	case VIRTIO_BLK_T_GET_ID:
		return "GET_ID";
	case VIRTIO_BLK_T_DISCARD:
		return "DISCARD";
	case VIRTIO_BLK_T_WRITE_ZEROES:
		return "WRITE_ZEROES";
	default:
		return "?";
	}
}

static const char *status_name(uint8_t status)
{
	static const char *const names[] = { "OK", "IOERR", "UNSUPP" };

	if (status == VIRTIO_BLK_S_UNTOUCHED)
		return "untouched";
	return status < array_size(names) ? names[status] : "?";
}

static void explain(const struct virtio_device *vd, const uint8_t *bytes,
		    unsigned int n, char *text, size_t size)
{
	uint32_t type = get_le32(bytes);
	int at = snprintf(text, size, "%s, sector %ju", type_name(type),
			  (uintmax_t)get_le64(bytes + 8));

	(void)vd;
	if (n > HEADER_BYTES && (size_t)at < size)
		snprintf(text + at, size - (size_t)at, ", status %u %s",
			 bytes[HEADER_BYTES], status_name(bytes[HEADER_BYTES]));
}

static const char *what(const struct virtio_device *vd, uint64_t addr)
{
	const struct vblk *b = vd->priv;
	uint64_t off = addr - dma_addr(b->slots);

	if (off >= VBLK_REQUESTS * sizeof(struct vblk_slot))
		return NULL;
	off %= sizeof(struct vblk_slot);
	if (off < HEADER_BYTES)
		return "request header";
	if (off < offsetof(struct vblk_slot, id))
		return "range";
	return off == offsetof(struct vblk_slot, status) ? "status byte" : "id";
}

const struct virtio_glass vblk_glass = {
	.fields = vblk_fields,
	.nfields = VBLK_FIELDS,
	.capture = capture,
	.explain = explain,
	.what = what,
};
