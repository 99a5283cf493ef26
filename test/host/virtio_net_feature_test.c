/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the network driver reads from the configuration and which features it
 * takes (VIRTIO 1.4, 5.1.3 to 5.1.5): checklist items NET-9 to NET-15.
 */
#include "virtio_test.h"

#define BIT(n) (UINT64_C(1) << (n))

static void no_mac(struct fake_vdev *d)
{
	d->features &= ~BIT(5);
}

static void net9_mac(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_nets(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++)
		assert_memory_equal(net_find(i)->mac, d[i]->config, 6);
}

static void net9_mac_is_made_up(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_nets(d, no_mac);
	for (unsigned int i = 0; i < KINDS; i++)
		assert_int_equal(net_find(i)->mac[0] & 3, 2);
	assert_memory_not_equal(net_find(0)->mac, net_find(1)->mac, 6);
}

static void group_mac(struct fake_vdev *d)
{
	memset(d->config, d->version == 1 ? 0xff : 0, 6);
}

static void net9_impossible_mac(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_nets(d, group_mac);
	for (unsigned int i = 0; i < KINDS; i++) {
		static const uint8_t zero[6];

		assert_int_equal(net_find(i)->mac[0] & 1, 0);
		assert_memory_not_equal(net_find(i)->mac, zero, 6);
	}
}

static void net10_link(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_nets(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct netdev *net = net_find(i);

		assert_true(net->ops->link_up(net));
		d[i]->config[6] = 0;
		d[i]->generation++;
		assert_false(net->ops->link_up(net));
		d[i]->config[6] = 1;
		assert_true(net->ops->link_up(net));
	}
}

static void mtu_1400(struct fake_vdev *d)
{
	d->features |= BIT(3);
	put_le16(d->config + 10, 1400);
}

static void net11_mtu(void **state)
{
	static uint8_t f[1518];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_nets(d, mtu_1400);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct netdev *net = net_find(i);

		assert_int_equal(net->mtu, 1400);
		memset(f, 0, sizeof(f));
		assert_int_equal(net->ops->send(net, f, 1414), 0);
		assert_true(net->ops->send(net, f, 1419) < 0);
		assert_int_equal(d[i]->tx_frames, 1);
	}
}

static void net11_extreme_mtu(void **state)
{
	static const uint16_t mtu[] = { 0, 1, 67, 68, 1500, 9001, 65535 };

	(void)state;
	for (unsigned int i = 0; i < 2 * array_size(mtu); i++) {
		struct fake_vdev *d = fake_vdev_add(i, FAKE_NET, i % 2 + 1);

		d->features |= BIT(3);
		if (i & 2)
			d->features &= ~BIT(15);
		put_le16(d->config + 10, mtu[i / 2]);
	}
	fake_virtio_probe();
	for (unsigned int i = 0; net_find(i); i++) {
		bool ok = !net_attach(net_find(i));

		assert_int_equal(ok, mtu[i / 2] >= 68);
		if (!ok)
			continue;
		assert_true(net_find(i)->mtu >= 68);
		assert_arp_works(i);
	}
	assert_non_null(net_find(13));
}

static void everything(struct fake_vdev *d)
{
	d->features |= UINT64_C(0xffffffff) & ~BIT(30);
	d->nqueues = 4;
	put_le16(d->config + 8, 1);
}

/* Checksums, offloads, control queue, pairs, announcements: all refused. */
static void refused(unsigned int first, unsigned int last)
{
	struct fake_vdev *d[KINDS];

	start_nets(d, everything);
	for (unsigned int i = 0; i < KINDS; i++) {
		for (unsigned int bit = first; bit <= last; bit++)
			assert_false(fake_has(d[i], bit));
		assert_false(d[i]->queue[2].ready);
		assert_arp_works(i);
	}
}

static void net12_no_checksum_offload(void **state)
{
	(void)state;
	refused(0, 2);
}

static void net13_no_control_queue(void **state)
{
	(void)state;
	refused(17, 20);
}

static void net14_no_pairs(void **state)
{
	(void)state;
	refused(22, 23);
}

static void net15_no_announce(void **state)
{
	(void)state;
	refused(21, 21);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(net9_mac),
		virtio_test(net9_mac_is_made_up),
		virtio_test(net9_impossible_mac),
		virtio_test(net10_link),
		virtio_test(net11_mtu),
		virtio_test(net11_extreme_mtu),
		virtio_test(net12_no_checksum_offload),
		virtio_test(net13_no_control_queue),
		virtio_test(net14_no_pairs),
		virtio_test(net15_no_announce),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
