/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames in and out (VIRTIO 1.4, 5.1.9): checklist items NET-1 to NET-8 and
 * NET-13. The fake device holds each buffer to its header, framing and size.
 */
#include "virtio_test.h"

#define BIT(n) (UINT64_C(1) << (n))

#define FRAME  60u

struct inbox {
	unsigned int frames;
	uint64_t bytes;
	uint8_t last[10000];
	size_t len;
};

static void take(void *arg, const uint8_t *frame, size_t len)
{
	struct inbox *in = arg;

	assert_true(len >= ETH_HLEN && len <= sizeof(in->last));
	memcpy(in->last, frame, len);
	in->len = len;
	in->frames++;
	in->bytes += len;
}

/* A frame to @i with @len bytes in all, numbered. */
static void make_frame(uint8_t *f, unsigned int i, size_t len, uint32_t number)
{
	memset(f, (uint8_t)number, len);
	memcpy(f, net_find(i)->mac, 6);
	memcpy(f + 6, "\x52\x55\x0a\0\2\2", 6);
	put_be16(f + 12, 0x88b5);
	put_le32(f + 14, number);
}

static void no_mrg(struct fake_vdev *d)
{
	d->features &= ~BIT(15);
}

/* 12 bytes with VERSION_1 or MRG_RXBUF, else 10: the fake knows by itself. */
static void net1_header_length(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_nets(d, no_mrg);
	assert_int_equal(fake_net_hdr_len(d[0]), 10);
	assert_int_equal(fake_net_hdr_len(d[1]), 12);
	assert_arp_works(0);
	assert_arp_works(1);
}

static void net1_header_length_with_mrg(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_nets(d, NULL);
	assert_int_equal(fake_net_hdr_len(d[0]), 12);
	assert_int_equal(fake_net_hdr_len(d[1]), 12);
	assert_arp_works(0);
	assert_arp_works(1);
}

/* Some hosts write into transmit headers: the next frame's is zero again. */
static void scribble_header(struct fake_vdev *d, unsigned int q,
			    const struct fake_chain *c, struct fake_used *u)
{
	(void)d;
	(void)u;
	if (q == 1)
		memset(c->seg[0].addr, 0xff, 10);
}

static void net2_header_is_zero_each_time(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t f[FRAME];

	(void)state;
	start_nets(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct netdev *net = net_find(i);

		d[i]->on_used = scribble_header;
		for (unsigned int n = 0; n < 100; n++) {
			make_frame(f, i, sizeof(f), n);
			assert_int_equal(net->ops->send(net, f, sizeof(f)), 0);
		}
		assert_int_equal(d[i]->tx_frames, 100);
		assert_int_equal(net->count.tx_frames, 100);
		assert_int_equal(net->count.tx_bytes, 100 * FRAME);
	}
}

static void net3_largest_frames(void **state)
{
	static uint8_t f[1518];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_nets(d, no_mrg);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct netdev *net = net_find(i);

		for (size_t len = 1500; len <= 1518; len++) {
			struct inbox in = { 0 };

			make_frame(f, i, len, 7);
			assert_true(fake_net_rx(d[i], f, len));
			assert_int_equal(net->ops->poll(net, take, &in), 0);
			assert_int_equal(in.len, len);
			assert_memory_equal(in.last, f, len);
		}
	}
}

static void num_buffers(struct fake_vdev *d, unsigned int q,
			const struct fake_chain *c, struct fake_used *u)
{
	(void)u;
	if (q == 0)
		put_le16(c->seg[0].addr + 10, (uint16_t)d->arg);
}

/* 0, more than there are, absurd: dropped, and the next frame is not. */
static void net4_number_of_buffers(void **state)
{
	static const uint16_t bad[] = { 0, 2, 3, 64, 255, 256, 257, 65535 };
	struct fake_vdev *d[KINDS];
	uint8_t f[FRAME];

	(void)state;
	start_nets(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++)
		for (size_t n = 0; n < array_size(bad); n++) {
			struct netdev *net = net_find(i);
			struct inbox in = { 0 };

			assert_true(fake_has(d[i], 15));
			make_frame(f, i, sizeof(f), 1);
			d[i]->arg = bad[n];
			d[i]->on_used = num_buffers;
			assert_true(fake_net_rx(d[i], f, sizeof(f)));
			d[i]->on_used = NULL;
			assert_true(net->ops->poll(net, take, &in) <= 0);
			assert_int_equal(in.frames, 0);
			assert_arp_works(i);
		}
}

static void mtu_9000(struct fake_vdev *d)
{
	d->features |= BIT(3);
	put_le16(d->config + 10, 9000);
}

/* Frames that need several buffers, if the buffers are small. */
static void net4_joined_frames(void **state)
{
	static uint8_t f[9014];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_nets(d, mtu_9000);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct netdev *net = net_find(i);

		for (size_t len = 64; len <= 9014; len += 179) {
			struct inbox in = { 0 };

			make_frame(f, i, len, (uint32_t)len);
			assert_true(fake_net_rx(d[i], f, len));
			assert_int_equal(net->ops->poll(net, take, &in), 0);
			assert_int_equal(in.len, len);
			assert_memory_equal(in.last, f, len);
		}
	}
}

static void no_any_layout(struct fake_vdev *d)
{
	d->features &= ~BIT(27);
}

/* The fake wants the header in a descriptor of its own then. */
static void net5_fixed_framing_on_legacy(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_nets(d, no_any_layout);
	assert_arp_works(0);
	assert_arp_works(1);
}

static void used_len(struct fake_vdev *d, unsigned int q,
		     const struct fake_chain *c, struct fake_used *u)
{
	(void)c;
	if (q == 0)
		u->len = (uint32_t)d->arg;
}

static void net6_used_length(void **state)
{
	static const uint32_t bad[] = { 0, 1, 9, 10, 11, 12, 13, 23, 25 };
	struct fake_vdev *d[KINDS];
	uint8_t f[FRAME];

	(void)state;
	start_nets(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++)
		for (size_t n = 0; n < array_size(bad); n++) {
			struct netdev *net = net_find(i);
			struct inbox in = { 0 };
			uint64_t dropped = net->count.rx_dropped;

			make_frame(f, i, sizeof(f), 1);
			d[i]->arg = bad[n];
			d[i]->on_used = used_len;
			assert_true(fake_net_rx(d[i], f, sizeof(f)));
			d[i]->on_used = NULL;
			assert_int_equal(net->ops->poll(net, take, &in), 0);
			assert_int_equal(in.frames, 0);
			assert_int_equal(net->count.rx_dropped, dropped + 1);
			assert_arp_works(i);
		}
}

static void net6_giants(void **state)
{
	static const uint32_t bad[] = { 4000, 65536, 0x80000000, 0xffffffff };
	struct fake_vdev *d[KINDS];
	uint8_t f[FRAME];

	(void)state;
	start_nets(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++)
		for (size_t n = 0; n < array_size(bad); n++) {
			struct netdev *net = net_find(i);
			struct inbox in = { 0 };

			make_frame(f, i, sizeof(f), 1);
			d[i]->arg = bad[n];
			d[i]->on_used = used_len;
			assert_true(fake_net_rx(d[i], f, sizeof(f)));
			d[i]->on_used = NULL;
			assert_true(net->ops->poll(net, take, &in) <= 0);
			assert_true(in.frames == 0 || in.len <= 1518);
			assert_arp_works(i);
		}
}

/* More frames than the ring has buffers: each is posted and kicked again. */
static void net7_buffers_come_back(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t f[FRAME];

	(void)state;
	start_nets(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct netdev *net = net_find(i);
		unsigned int ring = d[i]->queue[0].nheld;
		struct inbox in = { 0 };
		uint64_t kicks = d[i]->queue[0].kicks;

		assert_true(ring >= 16);
		for (unsigned int n = 0; n < 5 * ring; n++) {
			make_frame(f, i, sizeof(f), n);
			assert_true(fake_net_rx(d[i], f, sizeof(f)));
			if (n % 16 == 15)
				assert_int_equal(net->ops->poll(net, take, &in),
						 0);
		}
		assert_int_equal(in.frames, 5 * ring);
		assert_int_equal(in.bytes, 5 * ring * FRAME);
		assert_int_equal(net->count.rx_frames, in.frames);
		/* one notification a batch, none an empty look */
		assert_int_equal(d[i]->queue[0].kicks - kicks, 5 * ring / 16);
		assert_int_equal(net->ops->poll(net, take, &in), 0);
		assert_int_equal(d[i]->queue[0].kicks - kicks, 5 * ring / 16);
	}
}

/* A device that never takes frames: refused within the deadline, then reset. */
static void net8_transmit_ring_stays_full(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t f[FRAME];

	(void)state;
	start_nets(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct netdev *net = net_find(i);
		unsigned int n = 0;
		uint64_t t = 0;
		int ret = 0;

		d[i]->hold = true;
		make_frame(f, i, sizeof(f), 1);
		while (!ret && n++ < 2000) {
			t = time_us();
			ret = net->ops->send(net, f, sizeof(f));
		}
		assert_true(ret == -EBUSY || ret == -ETIMEDOUT || ret == -EIO);
		assert_true(time_us() - t < PROMPT_BACK_US);
		d[i]->hold = false;
		assert_arp_works(i);
	}
}

/* QEMU starts promiscuous: other stations' frames are dropped here. */
static void net13_frames_for_others(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t f[FRAME];

	(void)state;
	start_nets(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct netdev *net = net_find(i);
		struct inbox in = { 0 };

		make_frame(f, i, sizeof(f), 1);
		f[5] ^= 1;
		assert_true(fake_net_rx(d[i], f, sizeof(f)));
		assert_int_equal(net->ops->poll(net, take, &in), 0);
		assert_int_equal(in.frames, 0);
		memset(f, 0xff, 6);
		assert_true(fake_net_rx(d[i], f, sizeof(f)));
		assert_int_equal(net->ops->poll(net, take, &in), 0);
		assert_int_equal(in.frames, 1);
	}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(net1_header_length),
		virtio_test(net1_header_length_with_mrg),
		virtio_test(net2_header_is_zero_each_time),
		virtio_test(net3_largest_frames),
		virtio_test(net4_number_of_buffers),
		virtio_test(net4_joined_frames),
		virtio_test(net5_fixed_framing_on_legacy),
		virtio_test(net6_used_length),
		virtio_test(net6_giants),
		virtio_test(net7_buffers_come_back),
		virtio_test(net8_transmit_ring_stays_full),
		virtio_test(net13_frames_for_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
