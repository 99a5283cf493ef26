/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake network device (VIRTIO 1.4, 5.1), which by itself answers ARP for
 * 10.0.2.2 as slirp does, and the entropy device (5.4).
 */
#include <string.h>

#include "virtio_dev.h"

#define ANY_LAYOUT  27
#define VERSION_1   32
#define NET_MTU     3
#define NET_MRG     15
#define NET_HDR_MAX 12
#define FRAME_MAX   65536u

void fake_net_init(struct fake_vdev *d)
{
	static const uint8_t config[] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56,
					  1,    0,    0,    0,    0xdc, 5 };

	d->features = d->version == 1 ? UINT64_C(0x39bf8064)
				      : UINT64_C(0x10130bf8024);
	memcpy(d->config, config, sizeof(config));
	d->nqueues = 3;
	d->on_tx = fake_net_arp;
}

/* 5.1.6: num_buffers is part of it with either feature */
size_t fake_net_hdr_len(const struct fake_vdev *d)
{
	return fake_has(d, VERSION_1) || fake_has(d, NET_MRG) ? 12 : 10;
}

static bool fixed_layout(const struct fake_vdev *d)
{
	return !fake_has(d, VERSION_1) && !fake_has(d, ANY_LAYOUT);
}

void fake_net_serve(struct fake_vdev *d, const struct fake_chain *c)
{
	static uint8_t buf[NET_HDR_MAX + FRAME_MAX];
	size_t hdr = fake_net_hdr_len(d), len;
	unsigned int mtu = d->config[10] | (unsigned int)d->config[11] << 8;

	len = fake_chain_read(c, 0, buf, sizeof(buf));
	if (c->n_in)
		fake_violation(d, "writable element in a transmit buffer");
	if (len < hdr + 14) {
		fake_violation(d, "transmit buffer of %zu bytes", len);
		return;
	}
	if (fixed_layout(d) && c->seg[0].len != hdr)
		fake_violation(d, "header not in its own descriptor");
	if (fake_has(d, NET_MTU) && len - hdr > mtu + 18u)
		fake_violation(d, "frame of %zu bytes", len - hdr);
	for (size_t i = 0; i < hdr; i++)
		if (buf[i])
			fake_violation(d, "transmit header byte %zu is %#x", i,
				       buf[i]);
	d->tx_frames++;
	if (d->on_tx)
		d->on_tx(d, buf + hdr, len - hdr);
}

/* 5.1.9.3.1: without MRG_RXBUF a buffer must hold any frame. */
static void rx_check(struct fake_vdev *d, const struct fake_chain *c)
{
	size_t hdr = fake_net_hdr_len(d);

	if (c->n_out)
		fake_violation(d, "readable element in a receive buffer");
	if (fake_has(d, NET_MRG) ? c->in_len < hdr : c->in_len < hdr + 1514)
		fake_violation(d, "receive buffer of %ju bytes",
			       (uintmax_t)c->in_len);
	if (fixed_layout(d) && c->seg[0].len != hdr)
		fake_violation(d, "header not in its own descriptor");
}

bool fake_net_rx(struct fake_vdev *d, const void *frame, size_t len)
{
	static uint8_t buf[NET_HDR_MAX + FRAME_MAX];
	struct fake_queue *q = &d->queue[0];
	size_t hdr = fake_net_hdr_len(d), left = hdr + len, at = 0;
	uint64_t room = 0;
	uint8_t bufs = 0;

	if (len > FRAME_MAX)
		return false;
	for (struct fake_chain *c = q->held; c && room < left; c = c->next) {
		room += c->in_len;
		bufs++;
	}
	if (room < left || (bufs > 1 && !fake_has(d, NET_MRG)))
		return false;
	memset(buf, 0, hdr);
	if (hdr == 12)
		buf[10] = bufs;
	memcpy(buf + hdr, frame, len);
	while (bufs--) {
		struct fake_chain *c = fake_ring_unhold(q, false);
		size_t n;

		rx_check(d, c);
		n = fake_chain_write(c, 0, buf + at, left);
		at += n;
		left -= n;
		fake_ring_used(d, 0, c, (uint32_t)n);
	}
	d->rx_frames++;
	return true;
}

void fake_net_arp(struct fake_vdev *d, const uint8_t *frame, size_t len)
{
	static const uint8_t who[] = { 10, 0, 2, 2 };
	static const uint8_t mac[] = { 0x52, 0x55, 0x0a, 0, 2, 2 };
	static const uint8_t head[] = { 8, 6, 0, 1, 8, 0, 6, 4, 0, 1 };
	uint8_t reply[64] = { 0 };

	if (len < 42 || memcmp(frame + 12, head, sizeof(head)) != 0 ||
	    memcmp(frame + 38, who, 4) != 0)
		return;
	memcpy(reply, frame + 6, 6);
	memcpy(reply + 6, mac, 6);
	memcpy(reply + 12, head, sizeof(head));
	reply[21] = 2;
	memcpy(reply + 22, mac, 6);
	memcpy(reply + 28, who, 4);
	memcpy(reply + 32, frame + 22, 10);
	fake_net_rx(d, reply, sizeof(reply));
}

uint32_t fake_rng_serve(struct fake_vdev *d, const struct fake_chain *c)
{
	uint32_t n = c->in_len < d->rng_max ? (uint32_t)c->in_len : d->rng_max;

	if (c->n_out)
		fake_violation(d, "readable element for the entropy device");
	for (uint32_t i = 0; i < n && !c->no_data; i++) {
		fake_chain_write(c, i, &d->rng_next, 1);
		d->rng_next++;
	}
	return n;
}
