/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the packed ring has of its own (VIRTIO 1.4, 2.8): checklist items PKD-1 to
 * PKD-15, but PKD-8 and PKD-11 (virtio_packed_lie_test.c, virtio_event_test.c). Wrap, order and lengths that both rings must get right are in
 * virtio_ring_test.c, which runs on this one too.
 */
#include "virtio_ring.h"

#define NEXT     1u
#define WRITE    2u
#define INDIRECT 4u
#define AVAIL    (1u << 7)
#define USED     (1u << 15)

/* A packed ring of @size entries, which need be no power of two. */
static struct ring start_packed(uint16_t size, uint64_t without)
{
	struct ring r = { .d = fake_vdev_add(0, FAKE_ECHO, 2) };

	ring_want = 256;
	r.d->queue_max[0] = size;
	r.d->features |= VIRTIO_BIT(FAKE_PACKED);
	r.d->features &= ~without;
	fake_virtio_probe();
	r.vd = vdev_of(r.d);
	r.vq = r.vd->vq[0];
	assert_int_equal(r.vd->state, VIRTIO_LIVE);
	assert_int_equal(r.vq->size, size);
	assert_ptr_equal(r.vq->ops, &virtq_packed);
	return r;
}

static unsigned int flags_at(const struct ring *r, unsigned int slot)
{
	return get_le16((uint8_t *)r->vq->desc + 16 * slot + 14);
}

static unsigned int id_at(const struct ring *r, unsigned int slot)
{
	return get_le16((uint8_t *)r->vq->desc + 16 * slot + 12);
}

/* Over exactly the bytes it asks for; what it must not touch is guarded. */
static void pkd1_areas_and_sizes(void **state)
{
	static const uint16_t size[] = { 1, 2, 3, 6, 8, 100, 255, 256 };
	struct virtio_device vd = { .status = 0xf };

	(void)state;
	for (size_t i = 0; i < array_size(size); i++) {
		size_t n = size[i], bytes = virtq_packed.bytes(size[i]);
		struct virtq vq = { .ops = &virtq_packed,
				    .vd = &vd,
				    .size = size[i] };

		assert_true(bytes <= virtq_split.bytes(size[i]));
		assert_int_equal(posix_memalign(&vq.mem, 4096, bytes), 0);
		memset(vq.mem, 0xa5, bytes);
		virtq_packed.layout(&vq);
		assert_int_equal((uintptr_t)vq.desc % 16, 0);
		assert_int_equal((uintptr_t)vq.driver % 4, 0);
		assert_int_equal((uintptr_t)vq.device % 4, 0);
		assert_true((char *)vq.desc + 16 * n <= (char *)vq.driver);
		assert_true((char *)vq.driver + 4 <= (char *)vq.device);
		assert_true((char *)vq.device + 4 <= (char *)vq.mem + bytes);
		free(vq.mem);
	}
}

/* Every chain length, at every slot, in rings whose sizes are no powers of two. */
static void any_size(uint16_t size)
{
	struct ring r = start_packed(size, 0);
	unsigned int total = 0;

	for (unsigned int lap = 0; lap < 3u * size; lap++)
		for (unsigned int n = 1; n <= size; n++) {
			static struct job j;
			uint32_t len;
			void *token;

			assert_int_equal(job_add(r.vq, &j, n), 0);
			virtq_kick(r.vq);
			assert_int_equal(virtq_pop(r.vq, &token, &len), 0);
			assert_ptr_equal(token, &j);
			assert_true(job_done(&j, n));
			total += n;
			assert_int_equal(r.vq->next_avail, total % size);
			assert_int_equal(r.vq->next_used, total % size);
			assert_int_equal(r.vq->avail_wrap, !(total / size % 2));
			assert_int_equal(r.vq->num_free, size);
		}
}

static void pkd1_six_entries(void **state)
{
	(void)state;
	any_size(6);
}

static void pkd1_one_entry(void **state)
{
	(void)state;
	any_size(1);
}

static void pkd1_odd_number_of_entries(void **state)
{
	(void)state;
	any_size(27);
}

/* The counters flip at the end, also for a chain that ends there exactly. */
static void pkd2_chain_of_the_whole_ring(void **state)
{
	struct ring r = start_packed(8, 0);

	(void)state;
	assert_true(r.vq->avail_wrap && r.vq->used_wrap);
	for (unsigned int lap = 1; lap < 10; lap++) {
		static struct job j;
		uint32_t len;
		void *token;

		assert_int_equal(job_add(r.vq, &j, 8), 0);
		assert_int_equal(job_add(r.vq, &j, 1), -ENOSPC);
		assert_int_equal(r.vq->next_avail, 0);
		assert_int_equal(r.vq->avail_wrap, lap % 2 == 0);
		virtq_kick(r.vq);
		assert_int_equal(virtq_pop(r.vq, &token, &len), 0);
		assert_true(job_done(&j, 8));
		assert_int_equal(r.vq->next_used, 0);
		assert_int_equal(r.vq->used_wrap, lap % 2 == 0);
		assert_int_equal(virtq_pop(r.vq, &token, &len), -EAGAIN);
	}
}

/* Three slots a request, eight in the ring: the third crosses the end. */
static void pkd3_flags_of_a_chain_over_the_end(void **state)
{
	struct ring r = start_packed(8, 0);
	struct job j;

	(void)state;
	for (int n = 0; n < 2; n++) {
		uint32_t len;
		void *token;

		assert_int_equal(job_add(r.vq, &j, 3), 0);
		virtq_kick(r.vq);
		assert_int_equal(virtq_pop(r.vq, &token, &len), 0);
	}
	r.d->hold = true;
	assert_int_equal(job_add(r.vq, &j, 3), 0);
	virtq_kick(r.vq);
	assert_int_equal(flags_at(&r, 6), AVAIL | NEXT);
	assert_int_equal(flags_at(&r, 7), AVAIL | NEXT);
	assert_int_equal(flags_at(&r, 0), USED | WRITE);
	assert_int_equal(id_at(&r, 6), id_at(&r, 0));
	fake_vdev_release(r.d);
}

/* Nothing of what was added is available before the kick, and then all is: the flags
 * of the first head are the last that is written. */
static void pkd4_head_flags_last(void **state)
{
	struct ring r = start_packed(8, 0);
	struct job j[3];
	uint32_t len;
	void *token;

	(void)state;
	r.d->when = FAKE_POLLING;
	for (unsigned int lap = 0; lap < 20; lap++) {
		unsigned int first = r.vq->next_avail, whose;
		bool wrap = r.vq->avail_wrap;

		for (unsigned int n = 0; n < 3; n++) {
			assert_int_equal(job_add(r.vq, &j[n], 1 + n), 0);
			/* the device looks at each pop */
			assert_int_equal(virtq_pop(r.vq, &token, &len),
					 -EAGAIN);
		}
		whose = flags_at(&r, first) & (AVAIL | USED);
		assert_int_not_equal(whose, wrap ? AVAIL : USED);
		assert_int_equal(r.d->queue[0].taken, 3 * lap);
		virtq_kick(r.vq);
		for (unsigned int n = 0; n < 3; n++)
			assert_int_equal(virtq_pop(r.vq, &token, &len), 0);
		assert_int_equal(r.d->queue[0].taken, 3 * lap + 3);
	}
}

static void note_id(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	(void)q;
	d->arg = c->head;
	assert_true(c->head < d->queue[0].num);
}

/* Ids are the driver's own, come back in any order, and are no slot numbers. */
static void pkd5_ids_are_not_slots(void **state)
{
	struct ring r = start_packed(8, 0);
	unsigned int differ = 0;

	(void)state;
	r.d->on_chain = note_id;
	for (unsigned int n = 0; n < 100; n++) {
		unsigned int slot = r.vq->next_avail;

		assert_one_job(&r);
		differ += r.d->arg != slot;
	}
	assert_true(differ > 50);
}

/* The device answers between any two looks of the driver. */
static void pkd6_id_written_late(void **state)
{
	struct ring r = start_packed(8, 0);
	struct job j[8];

	(void)state;
	r.d->when = FAKE_LATER;
	r.d->reverse = true;
	for (unsigned int n = 0; n < 400; n++) {
		unsigned int done = 0;

		r.d->delay = n % 10;
		for (int i = 0; i < 3; i++)
			assert_int_equal(job_add(r.vq, &j[i], 2), 0);
		virtq_kick(r.vq);
		for (unsigned int looks = 0; done < 3 && looks < 100; looks++) {
			uint32_t len;
			void *token;
			int ret = virtq_pop(r.vq, &token, &len);

			assert_true(!ret || ret == -EAGAIN);
			if (ret)
				continue;
			assert_ptr_equal(token, &j[2 - done]);
			assert_int_equal(len, 1);
			done++;
		}
		assert_int_equal(done, 3);
	}
}

/* By what was recorded for the id, whatever the ring says by now. */
static void pkd7_advances_by_the_chains_length(void **state)
{
	static const unsigned int length[] = { 3, 1, 4 };
	struct ring r = start_packed(8, 0);
	unsigned int used = 0;
	struct job j[3];
	uint32_t len;
	void *token;

	(void)state;
	r.d->reverse = true;
	for (int n = 0; n < 3; n++)
		assert_int_equal(job_add(r.vq, &j[n], length[n]), 0);
	virtq_kick(r.vq);
	for (int n = 2; n >= 0; n--) {
		assert_int_equal(virtq_pop(r.vq, &token, &len), 0);
		assert_ptr_equal(token, &j[n]);
		used += length[n];
		assert_int_equal(r.vq->next_used, used % 8);
	}
}

/* QEMU never sets WRITE in a used descriptor; others may. */
static void write_flag(struct fake_vdev *d, unsigned int q,
		       const struct fake_chain *c, struct fake_used *u)
{
	(void)c;
	(void)u;
	d->arg = d->queue[q].next_used;
}

static void pkd9_write_flag_means_nothing(void **state)
{
	struct ring r = start_packed(8, 0);

	(void)state;
	r.d->on_used = write_flag;
	for (int n = 0; n < 20; n++) {
		struct job j;
		uint32_t len = 0;
		uint8_t *flags;
		void *token;

		assert_int_equal(job_add(r.vq, &j, 2), 0);
		virtq_kick(r.vq);
		flags = (uint8_t *)r.vq->desc + 16 * r.d->arg + 14;
		assert_int_equal(get_le16(flags) & WRITE, 0);
		put_le16(flags, (uint16_t)(get_le16(flags) |
					   (n % 2 ? WRITE | NEXT : 0)));
		assert_int_equal(virtq_pop(r.vq, &token, &len), 0);
		assert_int_equal(len, 1);
	}
}

static void pkd10_no_event_is_asked_for(void **state)
{
	(void)state;
	for (int n = 0; n < 2; n++) {
		static struct ring r[2];

		r[n].d = fake_vdev_add((unsigned int)n, FAKE_ECHO, 2);
		r[n].d->features |= VIRTIO_BIT(FAKE_PACKED);
		if (n)
			r[n].d->features &= ~VIRTIO_BIT(FAKE_EVENT_IDX);
		if (!n)
			continue;
		fake_virtio_probe();
		for (int i = 0; i < 2; i++) {
			r[i].vq = vdev_of(r[i].d)->vq[0];
			assert_int_equal(get_le32(r[i].vq->driver), 1u << 16);
			for (int k = 0; k < 1000; k++)
				assert_one_job(&r[i]);
			assert_int_equal(get_le32(r[i].vq->driver), 1u << 16);
			assert_int_equal(r[i].d->isr, 0);
		}
	}
}

static void outer_flags(struct fake_vdev *d, unsigned int q,
			struct fake_chain *c)
{
	const uint8_t *table = c->table;

	(void)q;
	assert_non_null(table);
	assert_int_equal(c->slots, 1);
	d->arg++;
	for (unsigned int i = 0; i < c->n_out + c->n_in; i++)
		assert_int_equal(get_le16(table + 16 * i + 14),
				 i < c->n_out ? 0 : WRITE);
}

/* One slot whatever the length; an entry has no flag but WRITE. */
static void pkd12_indirect(void **state)
{
	struct ring r;
	struct job j[8];
	uint32_t len;
	void *token;

	(void)state;
	ring_tables = 8;
	r = start_packed(8, 0);
	r.d->on_chain = outer_flags;
	for (unsigned int lap = 0; lap < 100; lap++) {
		for (unsigned int n = 0; n < 8; n++) {
			unsigned int slot = r.vq->next_avail;

			assert_int_equal(job_add(r.vq, &j[n], 5 + n % 4), 0);
			assert_true(n == 0 || flags_at(&r, slot) & INDIRECT);
		}
		assert_int_equal(job_add(r.vq, &j[0], 1), -ENOSPC);
		virtq_kick(r.vq);
		for (unsigned int n = 0; n < 8; n++) {
			assert_int_equal(virtq_pop(r.vq, &token, &len), 0);
			assert_true(job_done(&j[n], 5 + n % 4));
		}
	}
	assert_int_equal(r.d->arg, 800);
}

/* Each slot is as it was when it was lent, until it is used: the fake compares them at each
 * kick and each answer. */
static void pkd13_lent_slots_are_not_touched(void **state)
{
	struct ring r = start_packed(16, 0);
	struct job j[16];
	unsigned int lent = 0, i = 0;
	uint32_t len;
	void *token;

	(void)state;
	r.d->hold = true;
	for (unsigned int n = 0; n < 5000; n++) {
		if (!job_add(r.vq, &j[i % 16], 1 + n % 3)) {
			virtq_kick(r.vq);
			lent++;
			i++;
			continue;
		}
		r.d->reverse = n % 2;
		fake_vdev_release(r.d);
		while (!virtq_pop(r.vq, &token, &len))
			lent--;
		assert_int_equal(lent, 0);
	}
}

/* Used descriptors lie in consecutive slots in the order of completion. */
static void pkd14_reverse_order(void **state)
{
	struct ring r = start_packed(8, 0);
	struct job j[8];

	(void)state;
	r.d->reverse = true;
	for (unsigned int lap = 0; lap < 50; lap++) {
		for (unsigned int n = 0; n < 4; n++)
			assert_int_equal(job_add(r.vq, &j[n], 1 + n % 2), 0);
		virtq_kick(r.vq);
		for (int n = 3; n >= 0; n--) {
			uint32_t len;
			void *token;

			assert_int_equal(virtq_pop(r.vq, &token, &len), 0);
			assert_ptr_equal(token, &j[n]);
		}
	}
}

/* The three address pairs are ring, driver's and device's event structure. */
static void pkd15_addresses(void **state)
{
	struct ring r = start_packed(8, 0);

	(void)state;
	assert_int_equal(last_written(r.d, R_QUEUE_DESC_LOW),
			 (uint32_t)(uintptr_t)r.vq->desc);
	assert_int_equal(last_written(r.d, R_QUEUE_DRIVER_LOW),
			 (uint32_t)(uintptr_t)r.vq->driver);
	assert_int_equal(last_written(r.d, R_QUEUE_DEVICE_LOW),
			 (uint32_t)(uintptr_t)r.vq->device);
	assert_ptr_equal(r.vq->driver, (char *)r.vq->desc + 16 * 8);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(pkd1_areas_and_sizes),
		virtio_test(pkd1_six_entries),
		virtio_test(pkd1_one_entry),
		virtio_test(pkd1_odd_number_of_entries),
		virtio_test(pkd2_chain_of_the_whole_ring),
		virtio_test(pkd3_flags_of_a_chain_over_the_end),
		virtio_test(pkd4_head_flags_last),
		virtio_test(pkd5_ids_are_not_slots),
		virtio_test(pkd6_id_written_late),
		virtio_test(pkd7_advances_by_the_chains_length),
		virtio_test(pkd9_write_flag_means_nothing),
		virtio_test(pkd10_no_event_is_asked_for),
		virtio_test(pkd12_indirect),
		virtio_test(pkd13_lent_slots_are_not_touched),
		virtio_test(pkd14_reverse_order),
		virtio_test(pkd15_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
