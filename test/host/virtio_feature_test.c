/* SPDX-License-Identifier: BSD-2-Clause */
/* Feature bits (VIRTIO 1.4, 2.2, 6): checklist items FEAT-1 to FEAT-15. */
#include "virtio_test.h"

#define BIT(n) (UINT64_C(1) << (n))

/* ANY_LAYOUT, INDIRECT_DESC, EVENT_IDX */
#define ANY_V1 (BIT(27) | BIT(28) | BIT(29))
/* INDIRECT_DESC, EVENT_IDX, VERSION_1, ACCESS_PLATFORM, RING_PACKED, ORDER_PLATFORM */
#define ANY_V2 (BIT(28) | BIT(29) | BIT(32) | BIT(33) | BIT(34) | BIT(36))

/* What this firmware may ever accept of a device: all else is refused. */
static const struct {
	enum fake_type type;
	uint64_t v1, v2;
} may_accept[] = {
	/* size_max, seg_max, geometry, read-only, blk_size, flush, topology,
	 * config_wce, discard, write-zeroes */
	{ FAKE_BLK, 0x6e76 | ANY_V1, 0x6e76 | ANY_V2 },
	/* mtu, mac, mrg_rxbuf, status */
	{ FAKE_NET, BIT(3) | BIT(5) | BIT(15) | BIT(16) | ANY_V1,
	  BIT(3) | BIT(5) | BIT(15) | BIT(16) | ANY_V2 },
	{ FAKE_RNG, ANY_V1, ANY_V2 },
};

/* A device of each type and version, all offering @features besides VERSION_1. */
static void add_all(struct fake_vdev *d[6], uint64_t features)
{
	for (unsigned int i = 0; i < 6; i++) {
		d[i] = fake_vdev_add(i, may_accept[i / 2].type, i % 2 + 1);
		d[i]->features = features;
		if (d[i]->version == 2)
			d[i]->features |= BIT(32);
		else
			d[i]->features &= UINT32_MAX;
	}
}

static void assert_all_work(void)
{
	static const uint8_t ip[] = { 10, 0, 2, 2 };
	uint8_t mac[ETH_ALEN], seed[32];

	assert_disk_works(0);
	assert_disk_works(1);
	for (unsigned int i = 0; i < 2; i++) {
		struct netdev *net = net_find(i);

		assert_non_null(net);
		assert_int_equal(arp_resolve(net, NULL, ip, mac), 0);
	}
	assert_int_equal(random_bytes(seed, sizeof(seed)), 0);
}

static void feat1_only_what_is_known(void **state)
{
	struct fake_vdev *d[6];

	(void)state;
	add_all(d,
		UINT64_MAX & ~BIT(5)); /* a disk that can be written, no MAC */
	fake_virtio_probe();
	for (unsigned int i = 0; i < 6; i++) {
		uint64_t may = i % 2 ? may_accept[i / 2].v2
				     : may_accept[i / 2].v1;

		assert_int_equal(d[i]->accepted & ~may, 0);
	}
	assert_all_work();
}

static void feat2_version_1_is_accepted(void **state)
{
	struct fake_vdev *d[6], *old = fake_vdev_add(9, FAKE_BLK, 2);

	(void)state;
	add_all(d, 0);
	old->features &= UINT32_MAX; /* version 2 without it: no such thing */
	fake_virtio_probe();
	for (unsigned int i = 1; i < 6; i += 2)
		assert_true(fake_has(d[i], 32));
	assert_false(old->status & 4);
	assert_true(last_written(old, R_STATUS) & 0x80);
	assert_all_work();
}

/* The fake scrambles Sel after each use; both words are written, also a 0. */
static void feat3_sel_before_each_access(void **state)
{
	struct fake_vdev *d[6];

	(void)state;
	add_all(d, 0);
	fake_virtio_probe();
	for (unsigned int i = 0; i < 6; i++) {
		unsigned int words = d[i]->version;

		assert_int_equal(count_trace(d[i], R_DRIVER_FEATURES, true),
				 words);
		if (d[i]->pci && words == 1)
			continue; /* no selector there */
		assert_int_equal(count_trace(d[i], R_DRIVER_FEATURES_SEL, true),
				 words);
		assert_int_equal(count_trace(d[i], R_DEVICE_FEATURES, false),
				 words);
	}
}

static void feat4_words_that_exist(void **state)
{
	struct fake_vdev *d[6];

	(void)state;
	add_all(d, UINT64_MAX);
	fake_virtio_probe();
	for (unsigned int i = 0; i < 6; i++)
		for (unsigned int n = 0; n < d[i]->ntrace; n++)
			if (d[i]->trace[n].reg == R_DEVICE_FEATURES_SEL)
				assert_true(d[i]->trace[n].v < d[i]->version);
}

static void feat5_unknown_bits_do_no_harm(void **state)
{
	struct fake_vdev *d[6];

	(void)state;
	/* 23 and 25 are nobody's, 44 to 63 not defined yet */
	add_all(d, BIT(23) | BIT(25) | BIT(44) | BIT(55) | BIT(63));
	fake_virtio_probe();
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(d[i]->accepted & ~BIT(32), 0);
	assert_all_work();
}

static void feat6_any_layout_on_legacy(void **state)
{
	struct fake_vdev *d[6];

	(void)state;
	add_all(d, BIT(27));
	fake_virtio_probe();
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(fake_has(d[i], 27), d[i]->version == 1);
	assert_all_work();
}

static void feat7_canary_and_notify_on_empty(void **state)
{
	struct fake_vdev *d[6];

	(void)state;
	add_all(d, BIT(24) | BIT(30));
	fake_virtio_probe();
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(d[i]->accepted & (BIT(24) | BIT(30)), 0);
	assert_all_work();
}

static void feat8_access_platform(void **state)
{
	struct fake_vdev *d[6];

	(void)state;
	add_all(d, BIT(33));
	fake_virtio_probe();
	for (unsigned int i = 1; i < 6; i += 2)
		assert_true(fake_has(d[i], 33));
	assert_all_work();
}

static void feat9_order_platform(void **state)
{
	struct fake_vdev *d[6];

	(void)state;
	add_all(d, BIT(36));
	fake_virtio_probe();
	for (unsigned int i = 1; i < 6; i += 2)
		assert_true(fake_has(d[i], 36));
	assert_all_work();
}

static void refused(uint64_t bits)
{
	struct fake_vdev *d[6];

	add_all(d, bits);
	fake_virtio_probe();
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(d[i]->accepted & bits, 0);
	assert_all_work();
}

static void feat10_no_notification_data(void **state)
{
	(void)state;
	refused(BIT(38));
}

static void feat11_no_ring_reset(void **state)
{
	(void)state;
	refused(BIT(40));
}

static void feat12_no_in_order(void **state)
{
	(void)state;
	refused(BIT(35));
}

/* Each type works with the ring that was agreed on; a legacy device has one only. */
static void feat13_packed_ring(void **state)
{
	struct fake_vdev *d[6];

	(void)state;
	add_all(d, BIT(34) | BIT(33) | BIT(15));
	d[0]->features |= BIT(34); /* where no driver looks */
	fake_virtio_probe();
	for (unsigned int i = 0; i < 6; i++) {
		const struct virtq *vq = vdev_of(d[i])->vq[0];

		assert_int_equal(fake_has(d[i], 34), d[i]->version == 2);
		assert_ptr_equal(vq->ops, d[i]->version == 2 ? &virtq_packed
							     : &virtq_split);
	}
	assert_all_work();
}

static void feat14_none_of_the_rest(void **state)
{
	(void)state;
	refused(BIT(37) | BIT(39) | BIT(41) | BIT(43));
}

/* Each alone, both, and with the packed ring. */
static void feat15_event_idx_and_indirect(void **state)
{
	static const uint64_t with[] = { BIT(28), BIT(29), BIT(28) | BIT(29) };
	struct fake_vdev *d[6];

	(void)state;
	add_all(d, 0);
	for (size_t n = 0; n < 2 * array_size(with); n++) {
		uint64_t bits = with[n / 2] | (n % 2 ? BIT(34) : 0);

		for (unsigned int i = 0; i < 6; i++) {
			d[i]->features &= BIT(32);
			d[i]->features |= bits;
			if (d[i]->version == 1)
				d[i]->features &= UINT32_MAX;
		}
		if (n == 0)
			fake_virtio_probe();
		for (unsigned int i = 0; n && i < 6; i++) {
			virtio_fail(vdev_of(d[i]), "test");
			assert_int_equal(virtio_ready(vdev_of(d[i])), 0);
		}
		assert_all_work();
		for (unsigned int i = 0; i < 6; i++)
			assert_int_equal(d[i]->accepted, d[i]->features);
	}
}

/* The set accepted first counts, whatever a later read says. */
static void feat_change(struct fake_vdev *d, unsigned int reg)
{
	if (reg == R_DEVICE_FEATURES)
		d->arg++;
	else if (d->arg >= d->version && d->status & 4)
		d->features = 0;
}

static void feat1_change_after_acceptance(void **state)
{
	struct fake_vdev *d[6];

	(void)state;
	add_all(d, 0x6e56 | BIT(15) | BIT(16) | BIT(27));
	for (unsigned int i = 0; i < 6; i++) {
		d[i]->on_read = feat_change;
		d[i]->lenient = true;
	}
	fake_virtio_probe();
	assert_all_work();
	for (unsigned int i = 0; i < 6; i++)
		assert_int_equal(d[i]->arg, d[i]->version);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(feat1_only_what_is_known),
		virtio_test(feat1_change_after_acceptance),
		virtio_test(feat2_version_1_is_accepted),
		virtio_test(feat3_sel_before_each_access),
		virtio_test(feat4_words_that_exist),
		virtio_test(feat5_unknown_bits_do_no_harm),
		virtio_test(feat6_any_layout_on_legacy),
		virtio_test(feat7_canary_and_notify_on_empty),
		virtio_test(feat8_access_platform),
		virtio_test(feat9_order_platform),
		virtio_test(feat10_no_notification_data),
		virtio_test(feat11_no_ring_reset),
		virtio_test(feat12_no_in_order),
		virtio_test(feat13_packed_ring),
		virtio_test(feat14_none_of_the_rest),
		virtio_test(feat15_event_idx_and_indirect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
