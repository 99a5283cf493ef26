/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio-net in two files: virtio_net.c is the device (configuration, life
 * cycle, the netdev operations), virtio_net_ring.c its buffers on the two rings.
 */
#ifndef VIREO_VIRTIO_NET_PRIV_H
#define VIREO_VIRTIO_NET_PRIV_H

#include <net/netdev.h>

#include "virtio_priv.h"

/* Feature bits, 5.1.3 */
#define NET_F_MTU       3
#define NET_F_MAC       5
#define NET_F_MRG_RXBUF 15
#define NET_F_STATUS    16
#define NET_F_MQ        22

/* struct virtio_net_hdr, 5.1.6; num_buffers only in the longer form */
#define NET_HDR_SHORT      10
#define NET_HDR_LONG       12
#define NET_HDR_NUMBUFFERS 10

#define NET_RX_RING        128 /* descriptors; two a buffer when split */
#define NET_TX_RING        32
#define NET_BUFFER         1536 /* an ordinary frame and its header, in cache lines */
#define NET_RX_MEMORY      (64 * NET_BUFFER)
#define NET_TX_MEMORY      (16 * NET_BUFFER)
#define NET_TX_SLOTS       16

_Static_assert(NET_BUFFER >= NET_HDR_LONG + ETH_VLAN_HLEN + 1500,
	       "one buffer is one ordinary frame");
/* A device without MRG_RXBUF may have an MTU of 65535: one buffer must do. */
_Static_assert(NET_RX_MEMORY >= NET_HDR_LONG + ETH_VLAN_HLEN + 65535 + 64,
	       "receive memory holds the longest frame");
_Static_assert(NET_TX_MEMORY >= NET_HDR_LONG + ETH_FRAME_MAX + 64,
	       "transmit memory holds the longest frame");

struct virtio_net {
	/* set by virtio_net.c */
	struct netdev net;
	struct virtio_device *vd;
	struct virtq *rxq, *txq;
	bool has_mac;     /* net.mac is set, for good */
	bool opened;      /* somebody wants frames: buffers are lent */
	bool split;       /* legacy without ANY_LAYOUT: header apart, 5.1.9.8 */
	uint32_t hdr_len; /* on both queues */
	uint32_t rx_size; /* bytes of one receive buffer, header included */
	uint32_t tx_size; /* bytes of one transmit slot, header included */
	uint8_t *rx_mem, *tx_mem; /* DMA memory, kept over resets */
	struct wait look;         /* when to look at the status register next */

	/* set by virtio_net_ring.c */
	unsigned int rx_count; /* receive buffers lent to the device */
	bool tx_busy[NET_TX_SLOTS];
	uint8_t *frame; /* a received frame, our own copy */
};

extern const struct virtio_glass vnet_glass;

/*
 * vnet_fill - after each reset: lend every receive buffer there is memory and
 * room in the ring for; all transmit slots are free again. Does not kick.
 * Return: 0; -EIO not even one
 */
must_check int vnet_fill(struct virtio_net *vn);

/*
 * vnet_post - copy a frame to a free slot and the ring; does not kick.
 * Return: 0; -ENOSPC no slot is free; -EIO the ring is broken
 */
must_check int vnet_post(struct virtio_net *vn, const void *frame,
			 uint32_t len);

/*
 * vnet_take - the next frame, joined in vn->frame; its buffers are lent
 * again, without a kick.
 * @len: its length; 0: it was no proper frame and is gone
 * Return: 0; -EAGAIN none has arrived; -EIO the ring is broken
 */
must_check int vnet_take(struct virtio_net *vn, size_t *len);

/* virtio_net_test.c: struct virtio_driver's test */
void vnet_test(struct virtio_test *t);

#endif
