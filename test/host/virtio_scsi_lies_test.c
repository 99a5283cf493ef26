/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SCSI controllers and units that lie: lengths past their buffers, responses that never
 * came, absurd lists and capacities. Passed is: an answer in time, no wrong data called
 * right, nothing beside the destination changed, and the next honest read right.
 */
#include "virtio_test.h"

#include <drivers/scsi.h>

#define GUARD 64u
#define LBA   40u
#define COUNT 16u

static uint8_t area[GUARD + COUNT * SECTOR_SIZE + GUARD];

static struct fake_vdev *
start(uint32_t version, void (*lie)(struct fake_vdev *d, struct fake_scsi *a),
      uint64_t arg)
{
	struct fake_vdev *d = fake_vdev_add(3, FAKE_SCSI, version);

	d->arg = arg;
	fake_virtio_probe();
	d->on_scsi = lie;
	return d;
}

/* Return: what the read said; if it is 0 the data are right. */
static int checked_read(void)
{
	struct blkdev *b = blk_find("scsi", 0);
	uint64_t t = time_us();
	int ret;

	assert_non_null(b);
	memset(area, 0xcc, sizeof(area));
	ret = blk_read(b, LBA, COUNT, area + GUARD);
	assert_true(time_us() - t < PROMPT_BACK_US);
	for (unsigned int i = 0; i < GUARD; i++) {
		assert_int_equal(area[i], 0xcc);
		assert_int_equal(area[sizeof(area) - 1 - i], 0xcc);
	}
	if (!ret)
		assert_true(disk_data_ok(area + GUARD, LBA, COUNT));
	return ret;
}

static bool is_read(const struct fake_scsi *a)
{
	return a->cdb[0] == 0x28;
}

/* ---- lies about a read; found out, the device is reset ---- */

static void sense_len(struct fake_vdev *d, struct fake_scsi *a)
{
	if (is_read(a)) {
		a->status = 2;
		a->sense_len = (uint32_t)d->arg;
	}
}

static void residual(struct fake_vdev *d, struct fake_scsi *a)
{
	if (is_read(a))
		a->residual = (uint32_t)d->arg;
}

static void untouched(struct fake_vdev *d, struct fake_scsi *a)
{
	(void)d;
	a->untouched = is_read(a);
}

static void scsi3_lengths_past_the_buffer(void **state)
{
	static const struct {
		void (*lie)(struct fake_vdev *d, struct fake_scsi *a);
		uint64_t arg;
	} lies[] = {
		{ sense_len, 97 },
		{ sense_len, UINT32_MAX },
		{ residual, COUNT * SECTOR_SIZE + 1 },
		{ residual, UINT32_MAX },
		{ untouched, 0 },
	};
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL, 0);
	assert_int_equal(checked_read(), 0);
	for (size_t i = 0; i < array_size(lies); i++) {
		d->on_scsi = lies[i].lie;
		d->arg = lies[i].arg;
		assert_int_equal(checked_read(), -EIO);
		assert_int_equal(vdev_of(d)->resets, i + 1);
		d->on_scsi = NULL;
		assert_int_equal(checked_read(), 0);
	}
}

/* Less than was asked for is no success, but no lie either. */
static void scsi3_residual(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(1, residual, 512);
	assert_int_equal(checked_read(), -EIO);
	assert_string_equal(blk_error(blk_find("scsi", 0), -EIO),
			    "not all data were moved");
	assert_int_equal(vdev_of(d)->resets, 0);
	d->on_scsi = NULL;
	assert_int_equal(checked_read(), 0);
}

static void short_used(struct fake_vdev *d, unsigned int q,
		       const struct fake_chain *c, struct fake_used *u)
{
	(void)q;
	if (c->in_len > 4096)
		u->len = (uint32_t)d->arg;
}

static void scsi3_used_length(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL, 0);
	assert_int_equal(checked_read(), 0);
	d->on_used = short_used;
	for (d->arg = 0; d->arg < 108 + COUNT * SECTOR_SIZE; d->arg += 107)
		assert_int_equal(checked_read(), -EIO);
	d->on_used = NULL;
	assert_int_equal(checked_read(), 0);
}

/* Sense data of any format, length and bytes: an error, in printable words. */
static void any_sense(struct fake_vdev *d, struct fake_scsi *a)
{
	if (!is_read(a))
		return;
	a->status = 2;
	a->sense_len = (uint32_t)(d->arg % 20);
	memset(a->sense, (int)d->arg, sizeof(a->sense));
	a->sense[0] = (uint8_t)(0x70 + d->arg % 5);
}

static void scsi3_any_sense(void **state)
{
	struct fake_vdev *d;
	const char *why;

	(void)state;
	d = start(2, any_sense, 0);
	for (d->arg = 0; d->arg < 512; d->arg++) {
		int ret = checked_read();

		/* key 1, recovered error, is a success */
		if (!ret)
			continue;
		why = blk_error(blk_find("scsi", 0), ret);
		assert_true(why[0] && strlen(why) < 80);
	}
	d->on_scsi = NULL;
	assert_int_equal(checked_read(), 0);
}

static void no_answer(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	(void)q;
	(void)c;
	d->hold = true;
}

static void scsi3_silence(void **state)
{
	struct fake_vdev *d;
	uint64_t t;

	(void)state;
	d = start(2, NULL, 0);
	assert_int_equal(checked_read(), 0);
	d->on_chain = no_answer;
	assert_int_equal(checked_read(), -ETIMEDOUT);
	d->on_chain = NULL;
	d->hold = false;
	assert_int_equal(checked_read(), 0);
	d->on_chain = no_answer;
	t = time_us();
	assert_int_equal(scsi_scan(), -ETIMEDOUT);
	assert_true(time_us() - t < 3 * PROMPT_BACK_US);
}

/* ---- lies while units are looked for ---- */

static void absurd_luns(struct fake_vdev *d, struct fake_scsi *a)
{
	if (a->cdb[0] != 0xa0)
		return;
	a->len = sizeof(a->data);
	a->residual = 0;
	for (size_t i = 0; i < sizeof(a->data); i++)
		a->data[i] = (uint8_t)(i * d->arg);
	put_be32(a->data, (uint32_t)(d->arg & 1 ? UINT32_MAX : d->arg * 77));
}

/* Everything answers as a disk, everywhere. */
static void disks_everywhere(struct fake_vdev *d, struct fake_scsi *a)
{
	if (a->cdb[0] == 0xa0) {
		a->response = 0;
		a->len = 8 + 8 * 256;
		a->residual = 0;
		put_be32(a->data, 8 * 256);
		for (unsigned int i = 0; i < 256; i++)
			a->data[8 + 8 * i + 1] = (uint8_t)i;
	} else if (a->cdb[0] == 0x12) {
		a->response = 0;
		a->status = 0;
		a->len = 36;
		a->residual = 0;
		memset(a->data, 0, 36);
	}
	(void)d;
}

static unsigned int count_disks(void)
{
	unsigned int n = 0;

	while (blk_find("scsi", n))
		n++;
	return n;
}

static void scsi2_absurd_lists(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, absurd_luns, 1);
	for (d->arg = 1; d->arg < 300; d->arg += 7) {
		int ret = scsi_scan();

		assert_true(ret == 0 || ret == -ETIMEDOUT);
		assert_true(count_disks() <= 2);
	}
	d->on_scsi = NULL;
	assert_int_equal(scsi_scan(), 0);
	assert_int_equal(checked_read(), 0);
}

static void scsi2_disks_everywhere(void **state)
{
	uint64_t t;

	(void)state;
	start(2, disks_everywhere, 0);
	t = time_us();
	assert_non_null(blk_find("scsi", 0));
	assert_true(count_disks() <= 64);
	assert_true(time_us() - t < 4 * PROMPT_BACK_US);
}

static void short_answers(struct fake_vdev *d, struct fake_scsi *a)
{
	if (!a->len || a->len <= d->arg)
		return;
	a->residual += (uint32_t)(a->len - d->arg);
	a->len = d->arg;
}

/* Half an answer is none: nothing is made of bytes that did not come. */
static void scsi2_short_answers(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, short_answers, 0);
	for (d->arg = 0; d->arg < 36; d->arg++) {
		(void)!scsi_scan();
		assert_int_equal(count_disks(), 0);
	}
	d->on_scsi = NULL;
	assert_int_equal(scsi_scan(), 0);
	assert_int_equal(checked_read(), 0);
	d->on_scsi = short_answers;
	for (d->arg = 0; d->arg < 8; d->arg++)
		assert_true(blk_open(blk_find("scsi", 0)) < 0);
	assert_string_equal(blk_error(blk_find("scsi", 0), -EIO),
			    "answer is too short");
}

static uint32_t block;
static uint64_t last;

static void capacity(struct fake_vdev *d, struct fake_scsi *a)
{
	(void)d;
	if (a->cdb[0] == 0x25) {
		put_be32(a->data, (uint32_t)min_u64(last, UINT32_MAX));
		put_be32(a->data + 4, block);
	} else if (a->cdb[0] == 0x9e) {
		put_be64(a->data, last);
		put_be32(a->data + 8, block);
	}
}

static void scsi2_absurd_capacities(void **state)
{
	static const uint32_t size[] = { 0,        1,          3,
					 256,      513,        131072,
					 1u << 31, UINT32_MAX, 65536 };
	struct blkdev *b;

	(void)state;
	start(2, NULL, 0)->on_scsi = capacity;
	last = 99;
	block = 512;
	b = blk_find("scsi", 0);
	for (size_t i = 0; i < array_size(size); i++) {
		block = size[i];
		assert_int_equal(blk_open(b), -EIO);
		assert_int_equal(b->nsectors, 0);
		assert_int_equal(b->block_size, 512);
	}
	block = 512;
	last = UINT64_MAX;
	assert_int_equal(blk_open(b), 0);
	assert_int_equal(b->nsectors, UINT64_MAX / 512);
	assert_true(blk_read(b, UINT64_MAX / 512 - 1, 1, area) < 0);
	assert_int_equal(blk_read(b, UINT64_MAX - 1, 1, area), -ERANGE);
	last = 0;
	assert_int_equal(blk_open(b), 0);
	assert_int_equal(b->nsectors, 1);
}

static void scsi2_absurd_config(void **state)
{
	static const struct {
		unsigned int off;
		uint32_t v;
		bool ok;
	} fields[] = {
		{ 20, 97, false },         { 20, UINT32_MAX, false },
		{ 24, 15, false },         { 24, 33, false },
		{ 24, UINT32_MAX, false }, { 4, 0, true },
		{ 4, UINT32_MAX, true },   { 8, 0, true },
		{ 8, UINT32_MAX, true },   { 12, 0, true },
		{ 12, UINT32_MAX, true },  { 32, 0, true },
		{ 32, UINT32_MAX, true },
	};
	unsigned int n = 0;
	struct fake_vdev *d;

	(void)state;
	for (size_t i = 0; i < array_size(fields); i++) {
		d = fake_vdev_add((unsigned int)i, FAKE_SCSI, i % 2 + 1);
		put32(d, fields[i].off, fields[i].v);
		/* the model holds drivers to what it says, except nonsense */
		d->lenient = true;
	}
	fake_virtio_probe();
	while (blk_find("scsi", n))
		n++;
	assert_true(n >= 2 * 7); /* each usable one has its disk at least */
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(blk_read(blk_find("scsi", i), 0, 4, area), 0);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(scsi3_lengths_past_the_buffer),
		virtio_test(scsi3_residual),
		virtio_test(scsi3_used_length),
		virtio_test(scsi3_any_sense),
		virtio_test(scsi3_silence),
		virtio_test(scsi2_absurd_lists),
		virtio_test(scsi2_disks_everywhere),
		virtio_test(scsi2_short_answers),
		virtio_test(scsi2_absurd_capacities),
		virtio_test(scsi2_absurd_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
