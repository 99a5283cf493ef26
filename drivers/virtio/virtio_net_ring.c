/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio-net: frames to and from the two rings.
 *
 * A frame received is copied once, out of the memory the device can write,
 * before anything looks at it, and its buffer goes back to the ring at once. A frame sent
 * is copied to a slot with a header of its own, so its sender never waits for the
 * device unless all slots are taken. A buffer is header and data in one
 * piece; only how it is described to the device differs: as one descriptor, or on a
 * legacy device without ANY_LAYOUT as two.
 * Source: virtio 1.4, 5.1.9.
 */
#include "virtio_net_priv.h"

#include <errno.h>
#include <string.h>

#include <lib/checked.h>

/* A frame being joined from one or more buffers. */
struct joint {
	size_t len;
	bool good;
};

static int lend(struct virtio_net *vn, struct virtq *vq, uint8_t *buf,
		uint32_t len)
{
	struct virtq_seg segs[2] = { { buf, len } };
	unsigned int n = 1;

	if (vn->split) {
		segs[0].len = vn->hdr_len;
		segs[1].addr = buf + vn->hdr_len;
		segs[1].len = len - vn->hdr_len;
		n = 2;
	}
	if (vq == vn->rxq)
		return virtq_add(vq, segs, 0, n, buf);
	return virtq_add(vq, segs, n, 0, buf);
}

int vnet_fill(struct virtio_net *vn)
{
	unsigned int n, max = NET_RX_MEMORY / vn->rx_size;
	int ret = 0;

	memset(vn->tx_busy, 0, sizeof(vn->tx_busy));
	for (n = 0; n < max && !ret; n++)
		ret = lend(vn, vn->rxq, vn->rx_mem + n * vn->rx_size,
			   vn->rx_size);
	vn->rx_count = ret ? n - 1 : n;
	return vn->rx_count ? 0 : -EIO;
}

/* ---- sending ---- */

/* Slots the device is done with. How much it says it wrote means nothing here:
 * nothing was writable (5.1.9.1). */
static int reap(struct virtio_net *vn)
{
	uint32_t len;
	void *slot;
	int ret;

	while (!(ret = virtq_pop(vn->txq, &slot, &len)))
		vn->tx_busy[((uint8_t *)slot - vn->tx_mem) / vn->tx_size] =
			false;
	return ret == -EAGAIN ? 0 : ret;
}

int vnet_post(struct virtio_net *vn, const void *frame, uint32_t len)
{
	unsigned int n = 0, max = NET_TX_MEMORY / vn->tx_size;
	uint8_t *slot;
	int ret = reap(vn);

	if (ret)
		return ret;
	while (n < max && n < NET_TX_SLOTS && vn->tx_busy[n])
		n++;
	if (n == max || n == NET_TX_SLOTS)
		return -ENOSPC;
	slot = vn->tx_mem + n * vn->tx_size;
	memset(slot, 0, vn->hdr_len);
	memcpy(slot + vn->hdr_len, frame, len);
	ret = lend(vn, vn->txq, slot, vn->hdr_len + len);
	vn->tx_busy[n] = !ret;
	return ret;
}

/* ---- receiving ---- */

/* How many buffers the frame that begins in @buf has; 0: an absurd number. */
static unsigned int buffers(const struct virtio_net *vn, const uint8_t *buf)
{
	unsigned int n;

	if (!virtio_has(vn->vd, NET_F_MRG_RXBUF))
		return 1;
	n = get_le16(buf + NET_HDR_NUMBUFFERS);
	return n <= vn->rx_count ? n : 0;
}

static void join(struct virtio_net *vn, struct joint *j, const uint8_t *data,
		 uint32_t len)
{
	if (!inside(j->len, len, vn->net.mtu + ETH_VLAN_HLEN))
		j->good = false;
	if (!j->good)
		return;
	memcpy(vn->frame + j->len, data, len);
	j->len += len;
}

/* The first buffer: the header, and data after it. @want: buffers in all */
static int take_first(struct virtio_net *vn, struct joint *j,
		      unsigned int *want)
{
	uint32_t used;
	void *buf;
	int ret = virtq_pop(vn->rxq, &buf, &used);

	if (ret)
		return ret;
	*want = buffers(vn, buf);
	j->good = *want && used >= vn->hdr_len &&
		  (*want == 1 || used == vn->rx_size);
	if (j->good)
		join(vn, j, (uint8_t *)buf + vn->hdr_len, used - vn->hdr_len);
	return lend(vn, vn->rxq, buf, vn->rx_size);
}

/* One that follows: data only. All but the last are full (5.1.9.4.1). */
static int take_next(struct virtio_net *vn, struct joint *j, bool last)
{
	uint32_t used;
	void *buf;
	int ret = virtq_pop(vn->rxq, &buf, &used);

	if (ret)
		return ret;
	if (!last && used != vn->rx_size)
		j->good = false;
	join(vn, j, buf, used);
	return lend(vn, vn->rxq, buf, vn->rx_size);
}

int vnet_take(struct virtio_net *vn, size_t *len)
{
	struct joint j = { .good = false };
	unsigned int want;
	int ret = take_first(vn, &j, &want);

	if (ret)
		return ret;
	for (unsigned int i = 1; i < want; i++) {
		ret = take_next(vn, &j, i + 1 == want);
		/* all of a frame's buffers arrive together (5.1.9.4.1) */
		if (ret == -EAGAIN)
			j.good = false;
		if (ret == -EAGAIN)
			break;
		if (ret)
			return ret;
	}
	*len = j.good && j.len >= ETH_HLEN ? j.len : 0;
	return 0;
}
