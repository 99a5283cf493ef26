/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the glass box shows of frames (virtio 1.4, 5.1.6): the header before them,
 * addresses and type, and which buffer an address lies in.
 */
#include "virtio_net_priv.h"

#include <stdio.h>
#include <string.h>

#include <core/dma.h>

/* 5.1.4 */
#define NET_F_SPEED_DUPLEX 63
static const struct virtio_field fields[] = {
	{ NET_F_MAC, 0, 1, 6, "mac" },
	{ NET_F_STATUS, 6, 2, 1, "status" },
	{ NET_F_MQ, 8, 2, 1, "max_virtqueue_pairs" },
	{ NET_F_MTU, 10, 2, 1, "mtu" },
	{ NET_F_SPEED_DUPLEX, 12, 4, 1, "speed" },
	{ NET_F_SPEED_DUPLEX, 16, 1, 1, "duplex" },
};

/* A receive buffer holds nothing yet when it is lent. */
static unsigned int capture(const struct virtq *vq, const void *token,
			    bool used, uint8_t *bytes)
{
	const struct virtio_net *vn = vq->vd->priv;
	unsigned int n = vn->hdr_len + ETH_HLEN;

	if (vq == (used ? vn->txq : vn->rxq))
		return 0;
	memcpy(bytes, token, n);
	return n;
}

static int put_mac(char *text, size_t size, const uint8_t *m)
{
	return snprintf(text, size, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1],
			m[2], m[3], m[4], m[5]);
}

static void explain(const struct virtio_device *vd, const uint8_t *bytes,
		    unsigned int n, char *text, size_t size)
{
	const uint8_t *frame = bytes + n - ETH_HLEN;
	char buffers[24] = "", to[24], from[24];
	unsigned int hdr = n - ETH_HLEN;

	(void)vd;
	if (hdr > NET_HDR_NUMBUFFERS)
		snprintf(buffers, sizeof(buffers), " num_buffers %u",
			 get_le16(bytes + NET_HDR_NUMBUFFERS));
	put_mac(to, sizeof(to), frame);
	put_mac(from, sizeof(from), frame + ETH_ALEN);
	snprintf(text, size, "flags %u gso %u%s, %s > %s, type 0x%02x%02x",
		 bytes[0], bytes[1], buffers, from, to, frame[2 * ETH_ALEN],
		 frame[2 * ETH_ALEN + 1]);
}

static const char *what(const struct virtio_device *vd, uint64_t addr)
{
	const struct virtio_net *vn = vd->priv;

	if (vn->rx_mem && addr - dma_addr(vn->rx_mem) < NET_RX_MEMORY)
		return "receive buffer";
	if (vn->tx_mem && addr - dma_addr(vn->tx_mem) < NET_TX_MEMORY)
		return "frame to send";
	return NULL;
}

const struct virtio_glass vnet_glass = {
	.fields = fields,
	.nfields = array_size(fields),
	.capture = capture,
	.explain = explain,
	.what = what,
};
