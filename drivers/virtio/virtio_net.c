/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio-net: a network device of raw Ethernet frames, one receive and one
 * transmit queue.
 *
 * The handshake reads its address; the buffers are allocated and lent to the
 * device by the first open. After a reset they are the
 * same memory, lent again between FEATURES_OK and DRIVER_OK and kicked after.
 *
 * No offload, no control queue, one queue pair: each frame that arrives is
 * complete. The device starts promiscuous, so frames for other stations are
 * dropped here.
 * Source: virtio 1.4, 5.1.
 */
#include "virtio_net_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/deadline.h>
#include <core/dma.h>
#include <core/heap.h>
#include <core/random.h>

/* Configuration, 5.1.4 */
#define NET_CFG_MAC       0  /* u8[6] */
#define NET_CFG_STATUS    6  /* le16, with STATUS */
#define NET_CFG_MAX_PAIRS 8  /* le16, with MQ */
#define NET_CFG_MTU       10 /* le16, with MTU */
#define NET_S_LINK_UP     1
#define NET_MTU_MIN       68
#define NET_MTU_DEFAULT   1500

#define NET_QUEUE_RX      0
#define NET_QUEUE_TX      1
#define NET_LOOK_MS       1 /* between two looks at the status register */

static struct virtio_net *to_vnet(struct netdev *dev)
{
	return dev->ctx;
}

/* ---- configuration ---- */

/* Without random bytes the time and the slot must do: the address
 * has to differ from its neighbours', not to be secret. */
static void mac_random(const struct virtio_net *vn, uint8_t mac[ETH_ALEN])
{
	if (random_bytes(mac, ETH_ALEN)) {
		uint64_t v = time_us() ^ vn->vd->base << 24;

		v *= UINT64_C(0x9e3779b97f4a7c15);
		put_le32(mac, (uint32_t)(v >> 32));
		put_le16(mac + 4, (uint16_t)(v >> 16));
	}
	mac[0] = (uint8_t)((mac[0] & ~1u) | 2); /* one station; local */
}

/* The address stays what it was first: a reset must not change it. */
static int read_mac(struct virtio_net *vn)
{
	uint8_t mac[ETH_ALEN] = { 0 };
	int ret = 0;

	if (vn->has_mac)
		return 0;
	if (virtio_has(vn->vd, NET_F_MAC))
		ret = virtio_config(vn->vd, NET_CFG_MAC, 1, ETH_ALEN, mac);
	if (ret)
		return ret;
	if (!eth_is_station(mac))
		mac_random(vn, mac);
	memcpy(vn->net.mac, mac, ETH_ALEN);
	vn->has_mac = true;
	return 0;
}

static int read_u16(struct virtio_device *vd, unsigned int off, uint16_t *out)
{
	uint8_t raw[2];
	int ret = virtio_config(vd, off, 2, sizeof(raw), raw);

	*out = ret ? 0 : get_le16(raw);
	return ret;
}

static uint32_t buffer_size(const struct virtio_net *vn, unsigned int mtu)
{
	uint64_t need = align_up(vn->hdr_len + ETH_VLAN_HLEN + mtu, 64);

	return (uint32_t)max_u64(need, NET_BUFFER);
}

/* Sets the MTU and what follows from it. Without MRG_RXBUF one receive buffer
 * must hold the device's longest frame (5.1.4.2), with it several may. */
static int read_mtu(struct virtio_net *vn)
{
	uint16_t mtu = NET_MTU_DEFAULT;
	int ret;

	if (virtio_has(vn->vd, NET_F_MTU)) {
		ret = read_u16(vn->vd, NET_CFG_MTU, &mtu);
		if (ret)
			return ret;
		if (mtu < NET_MTU_MIN)
			return -EBADMSG;
	}
	vn->net.mtu = (uint16_t)min_u64(mtu, NET_MTU_MAX);
	vn->tx_size = buffer_size(vn, vn->net.mtu);
	vn->rx_size = NET_BUFFER;
	if (!virtio_has(vn->vd, NET_F_MRG_RXBUF))
		vn->rx_size = buffer_size(vn, mtu);
	return 0;
}

static bool net_link_up(struct netdev *dev)
{
	struct virtio_device *vd = to_vnet(dev)->vd;
	uint16_t status;

	if (!virtio_has(vd, NET_F_STATUS))
		return true;
	return !read_u16(vd, NET_CFG_STATUS, &status) &&
	       (status & NET_S_LINK_UP);
}

/* ---- the operations of a network device ---- */

static int net_ready(struct netdev *dev)
{
	return virtio_ready(to_vnet(dev)->vd);
}

static const char *net_fault(const struct netdev *dev)
{
	const struct virtio_net *vn = dev->ctx;

	return virtio_fault(vn->vd);
}

static int net_open(struct netdev *dev)
{
	struct virtio_net *vn = to_vnet(dev);
	int ret = virtio_ready(vn->vd);

	if (ret || vn->opened)
		return ret;
	if (!vn->rx_mem)
		vn->rx_mem = dma_alloc(NET_RX_MEMORY, 64);
	if (!vn->tx_mem)
		vn->tx_mem = dma_alloc(NET_TX_MEMORY, 64);
	if (!vn->frame)
		vn->frame = heap_alloc(ETH_FRAME_MAX);
	if (!vn->rx_mem || !vn->tx_mem || !vn->frame)
		return -ENOMEM;
	ret = vnet_fill(vn);
	if (ret)
		return virtq_give_up(vn->rxq, ret);
	vn->opened = true;
	virtq_kick(vn->rxq);
	return 0;
}

/* Puts the frame into the ring, waiting while it is full. One that stays full
 * belongs to a device that no longer works: it is reset. */
static int post_wait(struct virtio_net *vn, const void *frame, uint32_t len)
{
	struct virtq_wait w = virtq_wait_begin();
	int ret;

	while ((ret = vnet_post(vn, frame, len)) == -ENOSPC) {
		ret = virtq_wait_turn(vn->txq, &w);
		if (ret == -EINTR) /* nothing of this frame was lent */
			return ret;
		if (ret)
			break;
	}
	return ret ? virtq_give_up(vn->txq, ret) : 0;
}

static int net_send(struct netdev *dev, const void *frame, size_t len)
{
	struct virtio_net *vn = to_vnet(dev);
	int ret = net_open(dev);

	if (!ret && (len < ETH_HLEN || len > dev->mtu + ETH_VLAN_HLEN))
		return -EINVAL;
	if (!ret)
		ret = post_wait(vn, frame, (uint32_t)len);
	if (ret) {
		dev->count.tx_errors++;
		return ret;
	}
	virtq_kick(vn->txq);
	dev->count.tx_frames++;
	dev->count.tx_bytes += len;
	return 0;
}

/* Nobody sends from a group address, and what is for another station is not ours. */
static bool for_us(const struct netdev *dev, const uint8_t *frame)
{
	if (frame[ETH_ALEN] & 1)
		return false;
	return frame[0] & 1 || !memcmp(frame, dev->mac, ETH_ALEN);
}

static void deliver(struct virtio_net *vn, size_t len,
		    void (*rx)(void *arg, const uint8_t *frame, size_t len),
		    void *arg)
{
	struct net_counters *count = &vn->net.count;

	if (!len || !for_us(&vn->net, vn->frame)) {
		count->rx_dropped++;
		return;
	}
	count->rx_frames++;
	count->rx_bytes += len;
	rx(arg, vn->frame, len);
}

/* A device that asks for a reset gives nothing more: look now and then. */
static int look_for_reset(struct virtio_net *vn)
{
	if (!wait_over(&vn->look))
		return 0;
	vn->look = wait_ms(NET_LOOK_MS);
	if (!virtio_needs_reset(vn->vd))
		return 0;
	return virtq_give_up(vn->rxq,
			     virtq_break(vn->rxq, "device asked for a reset"));
}

static int net_poll(struct netdev *dev,
		    void (*rx)(void *arg, const uint8_t *frame, size_t len),
		    void *arg)
{
	struct virtio_net *vn = to_vnet(dev);
	unsigned int n = 0, budget;
	size_t len;
	int ret = net_open(dev);

	if (ret)
		return ret;
	/* A ring's worth at most: a flood must not keep the caller here. */
	budget = vn->rx_count;
	while (n < budget) {
		ret = vnet_take(vn, &len);
		if (ret)
			break;
		n++;
		deliver(vn, len, rx, arg);
		/* @rx may have sent, and that failed. */
		if (vn->vd->state != VIRTIO_LIVE)
			return -EIO;
	}
	if (ret && ret != -EAGAIN)
		return virtq_give_up(vn->rxq, ret);
	if (n)
		virtq_kick(vn->rxq);
	return n ? 0 : look_for_reset(vn);
}

static const struct netdev_ops net_ops = {
	.attach = net_ready,
	.fault = net_fault,
	.open = net_open,
	.send = net_send,
	.poll = net_poll,
	.link_up = net_link_up,
};

/* ---- the driver ---- */

static int net_announce(struct virtio_device *vd)
{
	struct virtio_net *vn = heap_alloc(sizeof(*vn));

	if (!vn)
		return -ENOMEM;
	vd->priv = vn;
	vn->vd = vd;
	vn->net.ops = &net_ops;
	vn->net.ctx = vn;
	snprintf(vn->net.name, sizeof(vn->net.name), "virtio-net#%s",
		 virtio_where(vd));
	net_register(&vn->net);
	snprintf(vd->name, sizeof(vd->name), "eth%u", vn->net.index);
	return 0;
}

static int vnet_attach(struct virtio_device *vd)
{
	struct virtio_net *vn = vd->priv;
	int ret;

	vn->split = vd->legacy && !virtio_has(vd, VIRTIO_F_ANY_LAYOUT);
	vn->hdr_len = NET_HDR_SHORT;
	if (virtio_has(vd, VIRTIO_F_VERSION_1) ||
	    virtio_has(vd, NET_F_MRG_RXBUF))
		vn->hdr_len = NET_HDR_LONG;
	ret = read_mac(vn);
	if (!ret)
		ret = read_mtu(vn);
	if (!ret)
		ret = virtq_setup(vd, NET_QUEUE_RX, NET_RX_RING, &vn->rxq);
	if (!ret)
		ret = virtq_setup(vd, NET_QUEUE_TX, NET_TX_RING, &vn->txq);
	if (!ret && vn->opened)
		ret = vnet_fill(vn);
	return ret;
}

static int net_start(struct virtio_device *vd)
{
	struct virtio_net *vn = vd->priv;

	if (vn->opened)
		virtq_kick(vn->rxq);
	return 0;
}

static void net_describe(struct virtio_device *vd,
			 void (*line)(void *arg, const char *name,
				      const char *value),
			 void *arg)
{
	uint8_t m[ETH_ALEN];
	char text[24];
	uint16_t v;

	if (vd->offered & VIRTIO_BIT(NET_F_MAC) &&
	    !virtio_config(vd, NET_CFG_MAC, 1, ETH_ALEN, m)) {
		snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x",
			 m[0], m[1], m[2], m[3], m[4], m[5]);
		line(arg, "mac", text);
	}
	if (vd->offered & VIRTIO_BIT(NET_F_STATUS) &&
	    !read_u16(vd, NET_CFG_STATUS, &v)) {
		snprintf(text, sizeof(text), "0x%04x link %s", v,
			 v & NET_S_LINK_UP ? "up" : "down");
		line(arg, "status", text);
	}
	if (vd->offered & VIRTIO_BIT(NET_F_MQ) &&
	    !read_u16(vd, NET_CFG_MAX_PAIRS, &v)) {
		snprintf(text, sizeof(text), "%u", v);
		line(arg, "max_virtqueue_pairs", text);
	}
	if (vd->offered & VIRTIO_BIT(NET_F_MTU) &&
	    !read_u16(vd, NET_CFG_MTU, &v)) {
		snprintf(text, sizeof(text), "%u", v);
		line(arg, "mtu", text);
	}
}

#define NET_FEATURES \
	(VIRTIO_BIT(NET_F_MTU) | VIRTIO_BIT(NET_F_MAC) | \
	 VIRTIO_BIT(NET_F_MRG_RXBUF) | VIRTIO_BIT(NET_F_STATUS))

static const struct virtio_driver virtio_net = {
	.name = "virtio-net",
	.device_id = 1,
	.features = NET_FEATURES,
	.features_legacy = NET_FEATURES,
	.announce = net_announce,
	.attach = vnet_attach,
	.start = net_start,
	.describe = net_describe,
	.glass = &vnet_glass,
	.test = vnet_test,
};

TABLE_ENTRY(virtio_driver, &virtio_net);
