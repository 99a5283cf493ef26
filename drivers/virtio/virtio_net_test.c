/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The self-test of a network device, which needs no other station: its address,
 * the receive ring filled and filled again, and frames sent. Those go to its own address
 * with a type for local experiments, which nobody answers.
 */
#include "virtio_net_priv.h"

#include <errno.h>
#include <string.h>

#include <core/console.h>

#define ETH_MIN        60
#define ETH_TYPE_LOCAL 0x88b5 /* IEEE 802, local experimental */
#define FRAMES         (3u * NET_TX_RING)
#define POLLS          64

static int check_address(struct virtio_test *t, void *ctx)
{
	const struct virtio_net *vn = ctx;

	if (!virtio_has(t->vd, NET_F_MAC))
		return virtio_check_note(t, VIRTIO_CHECK_NA, "it has none");
	return eth_is_station(vn->net.mac) ? 0 : -EBADMSG;
}

static int check_link(struct virtio_test *t, void *ctx)
{
	struct virtio_net *vn = ctx;

	if (!virtio_has(t->vd, NET_F_STATUS))
		return virtio_check_note(t, VIRTIO_CHECK_NA, "not offered");
	return virtio_check_note(
		t, 0, "%s", vn->net.ops->link_up(&vn->net) ? "up" : "down");
}

static int lent(struct virtio_test *t, const struct virtio_net *vn)
{
	unsigned int n = vn->rxq->in_flight;

	return virtio_check_note(t, n == vn->rx_count ? 0 : -EIO,
				 "%u of %u buffers lent", n, vn->rx_count);
}

static int check_receive(struct virtio_test *t, void *ctx)
{
	struct virtio_net *vn = ctx;
	int ret = vn->net.ops->open(&vn->net);

	return ret ? ret : lent(t, vn);
}

/* More than the ring holds, so that those before must have come back. */
static int check_send(struct virtio_test *t, void *ctx)
{
	struct virtio_net *vn = ctx;
	uint64_t before = vn->txq->completions;
	uint8_t frame[ETH_MIN] = { 0 };
	int ret = 0;

	memcpy(frame, vn->net.mac, ETH_ALEN);
	memcpy(frame + ETH_ALEN, vn->net.mac, ETH_ALEN);
	frame[2 * ETH_ALEN] = ETH_TYPE_LOCAL >> 8;
	frame[2 * ETH_ALEN + 1] = ETH_TYPE_LOCAL & 0xff;
	for (unsigned int i = 0; !ret && i < FRAMES; i++)
		ret = con_ctrlc() ? -EINTR
				  : vn->net.ops->send(&vn->net, frame,
						      sizeof(frame));
	if (ret)
		return ret;
	return virtio_check_note(t, 0, "%u frames, %ju back", FRAMES,
				 (uintmax_t)(vn->txq->completions - before));
}

static void drop(void *arg, const uint8_t *frame, size_t len)
{
	(void)arg;
	(void)frame;
	(void)len;
}

static int check_refill(struct virtio_test *t, void *ctx)
{
	struct virtio_net *vn = ctx;
	int ret = 0;

	for (unsigned int i = 0; !ret && i < POLLS; i++)
		ret = vn->net.ops->poll(&vn->net, drop, NULL);
	return ret ? ret : lent(t, vn);
}

static const struct virtio_check checks[] = {
	{ "NET-9", "address", check_address },
	{ "NET-10", "link", check_link },
	{ "NET-3 INIT-7", "receive ring filled", check_receive },
	{ "NET-2 NET-8", "frames sent", check_send },
	{ "NET-7 VQ-14", "receive ring filled again", check_refill },
};

void vnet_test(struct virtio_test *t)
{
	virtio_check_all(t, checks, array_size(checks), t->vd->priv);
}
