/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The network driver against devices that lie, stall and are reset, over every
 * framing there is: both register versions, with and without MRG_RXBUF and
 * ANY_LAYOUT; and what a boot without network pays. The rules item by item
 * are in virtio_net_test.c and virtio_net_feature_test.c.
 */
#include "virtio_test.h"

#define F_MTU        3
#define F_MAC        5
#define F_MRG        15
#define F_ANY_LAYOUT 27
#define BIT(n)       (UINT64_C(1) << (n))
#define RX_BUFFERS   64u
#define TX_SLOTS     16u

static const uint8_t our_mac[] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
static const uint8_t gateway[] = { 10, 0, 2, 2 };
static const uint8_t gateway_mac[] = { 0x52, 0x55, 0x0a, 0, 2, 2 };

/* Every framing there is: version, and features taken away. */
static const struct framing {
	uint32_t version;
	uint64_t without;
	unsigned int hdr;
} framings[] = {
	{ 1, 0, 12 },
	{ 1, BIT(F_MRG), 10 },
	{ 1, BIT(F_ANY_LAYOUT), 12 },
	{ 1, BIT(F_ANY_LAYOUT) | BIT(F_MRG), 10 },
	{ 2, 0, 12 },
	{ 2, BIT(F_MRG), 12 },
};
#define NFRAMINGS array_size(framings)

/* Frames that came in. */
struct inbox {
	unsigned int frames;
	size_t len; /* of the last */
	uint8_t frame[ETH_FRAME_MAX];
};

static void take(void *arg, const uint8_t *frame, size_t len)
{
	struct inbox *in = arg;

	assert_in_range(len, ETH_HLEN, ETH_FRAME_MAX);
	assert_false(fake_in_dma(frame, len)); /* the device cannot change it */
	in->frames++;
	in->len = len;
	memcpy(in->frame, frame, len);
}

static struct inbox inbox;

static int poll(unsigned int eth)
{
	struct netdev *dev = net_find(eth);

	return dev->ops->poll(dev, take, &inbox);
}

static int send_frame(unsigned int eth, size_t len)
{
	static uint8_t frame[ETH_FRAME_MAX + 1];
	struct netdev *dev = net_find(eth);

	memset(frame, 0xff, ETH_ALEN);
	memcpy(frame + ETH_ALEN, dev->mac, ETH_ALEN);
	return dev->ops->send(dev, frame, len);
}

/* A frame for us, its bytes told apart. */
static const uint8_t *frame_for(const uint8_t *mac, size_t len)
{
	static uint8_t frame[65536];

	for (size_t i = 0; i < len; i++)
		frame[i] = (uint8_t)(i * 7 + (i >> 8));
	memcpy(frame, mac, ETH_ALEN);
	memcpy(frame + ETH_ALEN, gateway_mac, ETH_ALEN);
	return frame;
}

static int arp(unsigned int eth)
{
	uint8_t mac[ETH_ALEN];
	int ret = arp_resolve(net_find(eth), NULL, gateway, mac);

	if (!ret)
		assert_memory_equal(mac, gateway_mac, ETH_ALEN);
	return ret;
}

/* A device of each framing as eth0 …, probed. */
static void add_all(struct fake_vdev *d[NFRAMINGS], uint64_t with)
{
	for (unsigned int i = 0; i < NFRAMINGS; i++) {
		d[i] = fake_vdev_add(i, FAKE_NET, framings[i].version);
		d[i]->features |= with;
		d[i]->features &= ~framings[i].without;
	}
	fake_virtio_probe();
}

static void open_all(void)
{
	struct netdev *dev;

	for (unsigned int i = 0; (dev = net_find(i)); i++)
		assert_int_equal(dev->ops->open(dev), 0);
}

static void set_mtu(struct fake_vdev *d, uint16_t mtu)
{
	d->features |= BIT(F_MTU);
	put_le16(d->config + 10, mtu);
}

/* Frames of several buffers, over every boundary between two of them. */
static void net4_joins_buffers(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	add_kinds(d, FAKE_NET);
	for (unsigned int i = 0; i < KINDS; i++)
		set_mtu(d[i], 9000);
	fake_virtio_probe();
	open_all();
	for (size_t len = ETH_HLEN; len <= 9018; len += len % 1536 ? 1 : 1400)
		for (unsigned int i = 0; i < KINDS; i++) {
			const uint8_t *f = frame_for(our_mac, len);

			inbox.len = 0;
			assert_true(fake_net_rx(d[i], f, len));
			assert_int_equal(poll(i), 0);
			assert_int_equal(inbox.len, len);
			assert_memory_equal(inbox.frame, f, len);
		}
	assert_true(fake_net_rx(d[0], frame_for(our_mac, 9019), 9019));
	assert_int_equal(poll(0), 0);
	assert_int_equal(net_find(0)->count.rx_dropped, 1);
	assert_int_equal(arp(0), 0);
}

/* arg: num_buffers to claim in the next frame's header */
static void lie_about_buffers(struct fake_vdev *d, unsigned int q,
			      const struct fake_chain *c, struct fake_used *u)
{
	(void)u;
	if (q == 0 && d->arg != UINT64_MAX)
		put_le16(c->seg[0].addr + 10, (uint16_t)d->arg);
	d->arg = UINT64_MAX;
}

static void net4_absurd_counts_are_dropped(void **state)
{
	static const uint16_t counts[] = { 0, 2, 64, 65, 128, 129, 65535 };
	struct fake_vdev *d[KINDS];

	(void)state;
	add_kinds(d, FAKE_NET);
	fake_virtio_probe();
	open_all();
	for (unsigned int k = 0; k < 2 * array_size(counts); k++) {
		unsigned int i = k % 2;

		d[i]->on_used = lie_about_buffers;
		d[i]->arg = counts[k / 2];
		inbox.frames = 0;
		assert_true(fake_net_rx(d[i], frame_for(our_mac, 100), 100));
		d[i]->on_used = NULL;
		assert_true(fake_net_rx(d[i], frame_for(our_mac, 60), 60));
		assert_int_equal(poll(i), 0);
		/* an impossible count takes no other frame with it */
		if (counts[k / 2] == 0 || counts[k / 2] > RX_BUFFERS)
			assert_int_equal(inbox.frames, 1);
		else
			assert_int_equal(inbox.frames, 0);
		assert_int_equal(arp(i), 0); /* and no reset was needed */
		assert_int_equal(vdev_of(d[i])->resets, 0);
	}
	assert_int_equal(net_find(0)->count.rx_dropped, array_size(counts));
}

/* arg: used length to claim */
static void lie_about_length(struct fake_vdev *d, unsigned int q,
			     const struct fake_chain *c, struct fake_used *u)
{
	(void)c;
	if (q == 0)
		u->len = (uint32_t)d->arg;
}

/* A frame lost, or the ring broken and the device reset: never a frame made up. */
static void net6_absurd_lengths(void **state)
{
	static const uint32_t lens[] = { 0,          1,          9,    10,
					 11,         12,         23,   25,
					 0x80000000, 0xffffffff, 1537, 70000 };
	struct fake_vdev *d[NFRAMINGS];

	(void)state;
	add_all(d, 0);
	open_all();
	for (unsigned int k = 0; k < array_size(lens); k++)
		for (unsigned int i = 0; i < NFRAMINGS; i++) {
			unsigned int resets = vdev_of(d[i])->resets;
			bool beyond = lens[k] > 1536;

			if (lens[k] >= framings[i].hdr + ETH_HLEN && !beyond)
				continue; /* possible after all */
			d[i]->arg = lens[k];
			d[i]->on_used = lie_about_length;
			inbox.frames = 0;
			assert_true(
				fake_net_rx(d[i], frame_for(our_mac, 60), 60));
			/* only a hint on a legacy device: clamped, too long */
			beyond = beyond && framings[i].version == 2;
			assert_int_equal(poll(i), beyond ? -EIO : 0);
			assert_int_equal(inbox.frames, 0);
			assert_int_equal(vdev_of(d[i])->resets - resets,
					 beyond);
			d[i]->on_used = NULL;
			assert_int_equal(arp(i), 0);
		}
}

/* A whole ring of frames at once, and not one more a poll than there are buffers. */
static void net7_full_ring(void **state)
{
	struct fake_vdev *d[KINDS];
	unsigned int n;

	(void)state;
	add_kinds(d, FAKE_NET);
	fake_virtio_probe();
	open_all();
	for (unsigned int i = 0; i < KINDS; i++) {
		inbox.frames = 0;
		for (n = 0; fake_net_rx(d[i], frame_for(our_mac, 60), 60); n++)
			;
		assert_int_equal(n, RX_BUFFERS);
		assert_int_equal(poll(i), 0);
		assert_int_equal(inbox.frames, RX_BUFFERS);
		assert_int_equal(arp(i), 0);
	}
}

/* Completions come late: the sender waits and no frame is lost. */
static void net8_reclaims_slots(void **state)
{
	struct fake_vdev *d[NFRAMINGS];

	(void)state;
	add_all(d, 0);
	for (unsigned int i = 0; i < NFRAMINGS; i++) {
		d[i]->when = FAKE_LATER;
		d[i]->delay = 50;
		for (unsigned int n = 0; n < 10 * TX_SLOTS; n++)
			assert_int_equal(send_frame(i, 60 + n), 0);
		assert_int_equal(vdev_of(d[i])->resets, 0);
		assert_in_range(d[i]->queue[1].max_held, 1, TX_SLOTS);
	}
}

static void net8_ctrl_c_keeps_the_device(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	add_kinds(d, FAKE_NET);
	fake_virtio_probe();
	d[1]->hold = true;
	for (unsigned int n = 0; n < TX_SLOTS; n++)
		assert_int_equal(send_frame(1, 60), 0);
	fake_ctrlc_after = 3;
	assert_int_equal(send_frame(1, 60), -EINTR);
	assert_int_equal(vdev_of(d[1])->resets, 0);
}

static void net9_mac(void **state)
{
	static const uint8_t macs[][ETH_ALEN] = {
		{ 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
		{ 0 },                      /* zero */
		{ 0x01, 0, 0x5e, 0, 0, 1 }, /* a group's */
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		{ 0x52, 0x54, 0, 0x12, 0x34, 0x57 }, /* but not offered */
	};
	struct fake_vdev *d[array_size(macs)];

	(void)state;
	for (unsigned int i = 0; i < array_size(macs); i++) {
		d[i] = fake_vdev_add(i, FAKE_NET, i % 2 + 1);
		memcpy(d[i]->config, macs[i], ETH_ALEN);
	}
	d[4]->features &= ~BIT(F_MAC);
	fake_virtio_probe();
	assert_memory_equal(net_find(0)->mac, macs[0], ETH_ALEN);
	for (unsigned int i = 1; i < array_size(macs); i++) {
		uint8_t *mac = net_find(i)->mac, before[ETH_ALEN];

		assert_int_equal(mac[0] & 3, 2); /* local, a station */
		for (unsigned int k = 0; k < i; k++)
			assert_memory_not_equal(mac, net_find(k)->mac,
						ETH_ALEN);
		memcpy(before, mac, ETH_ALEN);
		virtio_fail(vdev_of(d[i]), "for the test");
		assert_int_equal(arp(i), 0);
		assert_memory_equal(mac, before, ETH_ALEN);
	}
}

/* Without MRG_RXBUF one buffer holds the device's longest frame (5.1.4.2). */
static void net11_long_frames_without_mrg(void **state)
{
	struct fake_vdev *d[3];

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		d[i] = fake_vdev_add(i, FAKE_NET, i ? 2 : 1);
		d[i]->features &= ~BIT(F_MRG);
		set_mtu(d[i], i == 2 ? 65535 : 9000);
	}
	fake_virtio_probe();
	open_all();
	for (unsigned int i = 0; i < 3; i++) {
		const uint8_t *f = frame_for(our_mac, 9018);

		for (unsigned int n = 0; n < 40; n++) {
			assert_true(fake_net_rx(d[i], f, 9018));
			assert_int_equal(poll(i), 0);
			assert_int_equal(inbox.len, 9018);
			assert_memory_equal(inbox.frame, f, 9018);
		}
	}
	/* longer than anybody here takes, but not than the buffer */
	assert_true(fake_net_rx(d[2], frame_for(our_mac, 65535), 65535));
	assert_int_equal(poll(2), 0);
	assert_int_equal(net_find(2)->count.rx_dropped, 1);
}

static void net11_absurd_mtu_is_refused(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	add_kinds(d, FAKE_NET);
	for (unsigned int i = 0; i < KINDS; i++)
		set_mtu(d[i], i ? 0 : 67);
	fake_virtio_probe();
	assert_int_equal(net_attach(net_find(0)), -EIO);
	for (unsigned int i = 0; i < KINDS; i++)
		assert_int_equal(vdev_of(d[i])->state, VIRTIO_DEAD);
}

/* A boot without network: no buffer is lent, nothing is kicked. */
static void unused_costs_nothing(void **state)
{
	struct fake_vdev *d[NFRAMINGS];

	(void)state;
	add_all(d, 0);
	for (unsigned int i = 0; i < NFRAMINGS; i++) {
		assert_int_equal(count_trace(d[i], R_QUEUE_NOTIFY, true), 0);
		assert_int_equal(vdev_of(d[i])->vq[0]->requests, 0);
	}
	open_all();
	for (unsigned int i = 0; i < NFRAMINGS; i++)
		assert_int_equal(d[i]->queue[0].nheld, RX_BUFFERS);
}

/* INIT-7: after a reset the ring is filled before DRIVER_OK and kicked after. */
static void refilled_after_reset(void **state)
{
	struct fake_vdev *d[NFRAMINGS];

	(void)state;
	add_all(d, 0);
	open_all();
	for (unsigned int i = 0; i < NFRAMINGS; i++) {
		uint64_t memory =
			(uint64_t)(uintptr_t)vdev_of(d[i])->vq[0]->mem;

		d[i]->status |= 0x40;
		inbox.frames = 0;
		for (unsigned int n = 0; n < 1000 && !poll(i); n++)
			;
		assert_string_equal(vdev_of(d[i])->fault,
				    "device asked for a reset");
		assert_int_equal(d[i]->status, 0);
		assert_int_equal(poll(i), 0);
		assert_int_equal(d[i]->queue[0].nheld, RX_BUFFERS);
		assert_int_equal((uint64_t)(uintptr_t)vdev_of(d[i])->vq[0]->mem,
				 memory);
		assert_int_equal(arp(i), 0);
		assert_int_equal(vdev_of(d[i])->resets, 1);
	}
}

/* A frame's receiver sends, and that fails: poll notices. */
static void take_and_send(void *arg, const uint8_t *frame, size_t len)
{
	(void)frame;
	(void)len;
	++*(unsigned int *)arg;
	assert_int_equal(send_frame(0, 60), -ETIMEDOUT);
}

static void send_fails_inside_poll(void **state)
{
	struct netdev *dev;
	unsigned int calls = 0;
	struct fake_vdev *d;

	(void)state;
	d = fake_vdev_add(3, FAKE_NET, 2);
	fake_virtio_probe();
	open_all();
	dev = net_find(0);
	d->hold = true;
	for (unsigned int n = 0; n < TX_SLOTS; n++)
		assert_int_equal(send_frame(0, 60), 0);
	fake_net_rx(d, frame_for(our_mac, 60), 60);
	fake_net_rx(d, frame_for(our_mac, 60), 60);
	assert_int_equal(dev->ops->poll(dev, take_and_send, &calls), -EIO);
	assert_int_equal(calls, 1);
	d->hold = false;
	assert_int_equal(arp(0), 0);
}

static void tiny_rings(void **state)
{
	static const uint16_t sizes[] = { 1, 2, 3, 4, 8 };
	struct fake_vdev *d;

	(void)state;
	for (unsigned int i = 0; i < 2 * array_size(sizes); i++) {
		d = fake_vdev_add(i, FAKE_NET, i % 2 + 1);
		d->queue_max[0] = d->queue_max[1] = sizes[i / 2];
		/* A legacy PCI device leaves no choice: a power of two. */
		if (d->pci && sizes[i / 2] == 3 && i % 2 == 0)
			d->queue_max[0] = d->queue_max[1] = 2;
		if (i % 2)
			continue;
		/* one descriptor does not do for a header of its own */
		d->features &= ~(sizes[i / 2] > 1 ? BIT(F_ANY_LAYOUT) : 0);
	}
	fake_virtio_probe();
	for (unsigned int i = 0; i < 2 * array_size(sizes); i++)
		for (unsigned int n = 0; n < 20; n++)
			assert_int_equal(arp(i), 0);
}

static void stopped_before_handoff(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	add_kinds(d, FAKE_NET);
	fake_virtio_probe();
	assert_int_equal(arp(0), 0);
	quiesce_all();
	assert_int_equal(d[0]->status, 0);
	assert_int_equal(d[1]->status, 0);
	assert_false(fake_net_rx(d[0], frame_for(our_mac, 60), 60));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		virtio_test(net4_joins_buffers),
		virtio_test(net4_absurd_counts_are_dropped),
		virtio_test(net6_absurd_lengths),
		virtio_test(net7_full_ring),
		virtio_test(net8_reclaims_slots),
		virtio_test(net8_ctrl_c_keeps_the_device),
		virtio_test(net9_mac),
		virtio_test(net11_long_frames_without_mrg),
		virtio_test(net11_absurd_mtu_is_refused),
		virtio_test(unused_costs_nothing),
		virtio_test(refilled_after_reset),
		virtio_test(send_fails_inside_poll),
		virtio_test(tiny_rings),
		virtio_test(stopped_before_handoff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
