/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SCSI controllers and their disks (VIRTIO 1.4, 5.6): checklist items SCSI-1 to SCSI-4.
 * The fake holds each request to its framing, LUN field, lengths and limits.
 */
#include "virtio_test.h"

#define CD 1u /* the second unit of the first controller */

static uint8_t buf[300 * SECTOR_SIZE];

static struct fake_vdev *start(uint32_t version,
			       void (*change)(struct fake_vdev *d))
{
	struct fake_vdev *d = fake_vdev_add(3, FAKE_SCSI, version);

	if (change)
		change(d);
	fake_virtio_probe();
	return d;
}

static struct blkdev *disk(unsigned int n)
{
	struct blkdev *b = blk_find("scsi", n);

	assert_non_null(b);
	return b;
}

static void assert_reads(unsigned int n, uint64_t lba, uint64_t count)
{
	memset(buf, 0xa5, sizeof(buf));
	assert_int_equal(blk_read(disk(n), lba, count, buf), 0);
	assert_true(disk_data_ok(buf, lba, count));
}

static unsigned int layout;

static void note_layout(struct fake_vdev *d, unsigned int q,
			struct fake_chain *c)
{
	(void)d;
	assert_int_equal(q, 2);
	layout = c->n_out << 8 | c->n_in;
}

static void framing(uint32_t version)
{
	struct fake_vdev *d = start(version, NULL);

	assert_reads(0, 7, 1);
	d->on_chain = note_layout;
	assert_reads(0, 7, 1);
	assert_int_equal(layout, 0x102);
	assert_int_equal(blk_write(disk(0), 7, 1, buf), 0);
	assert_int_equal(layout, 0x201);
	assert_int_equal(blk_flush(disk(0)), 0);
	assert_int_equal(layout, 0x101);
}

static void scsi1_framing_v1(void **state)
{
	(void)state;
	framing(1);
}

static void scsi1_framing_v2(void **state)
{
	(void)state;
	framing(2);
}

/* Both units, whatever their block, byte for byte; writes are on the disk. */
static void scsi1_data(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	assert_reads(0, 0, 1);
	assert_reads(0, 2047, 1);
	assert_reads(0, 100, 300);
	assert_reads(CD, 4, 4);
	assert_int_equal(disk(CD)->block_size, 2048);
	assert_true(disk(CD)->read_only);
	assert_int_equal(blk_read(disk(CD), 1, 4, buf), -EINVAL);
	assert_int_equal(blk_write(disk(CD), 0, 4, buf), -EROFS);
	for (unsigned int i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(i * 3);
	assert_int_equal(blk_write(disk(0), 33, 300, buf), 0);
	assert_memory_equal(d->disk + 33 * 512, buf, sizeof(buf));
	assert_int_equal(blk_read(disk(0), 2048, 1, buf), -ERANGE);
	assert_null(blk_find("scsi", 2));
}

/* Pieces go straight to their buffers: one command, as many segments. */
static void scsi1_scatter_gather(void **state)
{
	struct blk_piece p[40];
	struct fake_vdev *d;
	uint64_t kicks;

	(void)state;
	d = start(2, NULL);
	assert_reads(0, 0, 1);
	for (unsigned int i = 0; i < 40; i++)
		p[i] = (struct blk_piece){ 64 + i, 1, buf + (39 - i) * 1024 };
	kicks = d->queue[2].kicks;
	d->scsi_count[0x28] = 0;
	assert_int_equal(blk_readv(disk(0), p, 40), 0);
	assert_int_equal(d->scsi_count[0x28], 1);
	assert_int_equal(d->queue[2].kicks, kicks + 1);
	for (unsigned int i = 0; i < 40; i++)
		assert_true(disk_data_ok(p[i].buf, 64 + i, 1));
	/* apart on the disk: a command each, in one batch */
	for (unsigned int i = 0; i < 10; i++)
		p[i].lba = 100 * i;
	assert_int_equal(blk_readv(disk(0), p, 10), 0);
	assert_int_equal(d->scsi_count[0x28], 11);
	assert_int_equal(d->queue[2].kicks, kicks + 2);
}

static void few_commands(struct fake_vdev *d)
{
	put32(d, 12, 2); /* cmd_per_lun */
	put32(d, 4, 3);  /* seg_max */
	put32(d, 8, 1);  /* max_sectors: raised to the largest block */
}

/* The fake counts what is lent at once. */
static void scsi2_limits(void **state)
{
	struct blk_piece p[60];
	struct fake_vdev *d;

	(void)state;
	d = start(2, few_commands);
	assert_reads(0, 0, 300);
	for (unsigned int i = 0; i < 60; i++)
		p[i] = (struct blk_piece){ 7 * i, 1, buf + 1024 * i };
	assert_int_equal(blk_readv(disk(0), p, 60), 0);
	for (unsigned int i = 0; i < 60; i++)
		assert_true(disk_data_ok(p[i].buf, 7 * i, 1));
	assert_int_equal(d->queue[2].max_held, 2);
}

static void scsi2_config_is_never_written(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	assert_reads(0, 0, 1);
	for (unsigned int i = 0; i < d->ntrace; i++)
		assert_false(d->trace[i].write && d->trace[i].reg >= R_CONFIG);
}

/* Not one command before somebody wants a disk; then each target once. */
static void scsi2_scan_is_bounded(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = fake_vdev_add(3, FAKE_SCSI, 2);
	assert_int_equal(virtio_mmio_add(fake_slot_base(3), 3), 0);
	virtio_announce_all();
	assert_null(blk_find("virtio", 0));
	assert_int_equal(d->status, 0);
	assert_non_null(blk_find("scsi", 0));
	assert_int_equal(d->scsi_count[0xa0], 8); /* max_target is 7 */
	assert_null(blk_find("scsi", 2));
	assert_int_equal(d->scsi_count[0xa0], 8);
}

static void blocks_of_4096(struct fake_vdev *d)
{
	d->scsi_block = 4096;
}

static void scsi2_blocks_of_4096(void **state)
{
	(void)state;
	start(2, blocks_of_4096);
	assert_reads(0, 8, 16);
	assert_int_equal(disk(0)->block_size, 4096);
	assert_int_equal(disk(0)->nsectors, 2048);
	assert_int_equal(blk_read(disk(0), 1, 8, buf), -EINVAL);
}

static void huge(struct fake_vdev *d)
{
	d->disk_sectors = UINT64_C(1) << 33;
}

/* Past 2 TiB: READ CAPACITY (16) and READ (16), which the fake then refuses to
 * find data for. */
static void answer_nothing(struct fake_vdev *d, struct fake_scsi *a)
{
	(void)d;
	if (a->cdb[0] == 0x88 || a->cdb[0] == 0x28)
		a->response = 9;
}

static void no_data(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	(void)d;
	(void)q;
	c->no_data = true;
}

static void scsi2_past_2_tib(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, huge);
	d->on_scsi = answer_nothing;
	d->on_chain = no_data;
	assert_int_equal(blk_read(disk(0), UINT64_C(1) << 32, 1, buf), -EIO);
	assert_int_equal(disk(0)->nsectors, UINT64_C(1) << 33);
	assert_int_equal(d->scsi_count[0x88], 1);
	assert_int_equal(blk_read(disk(0), UINT32_MAX - 8, 4, buf), -EIO);
	assert_int_equal(d->scsi_count[0x28], 1);
	assert_int_equal(blk_read(disk(0), UINT64_C(1) << 33, 1, buf), -ERANGE);
}

static void scsi2_write_protected(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	d->write_protected = true;
	assert_reads(0, 0, 1);
	assert_int_equal(blk_write(disk(0), 0, 1, buf), -EROFS);
	assert_int_equal(d->scsi_count[0x2a], 0);
}

static void scsi2_serial(void **state)
{
	char id[21];
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	strcpy(d->serial, "  abc-12");
	assert_int_equal(blk_get_id(disk(0), id), 0);
	assert_string_equal(id, "abc-12");
	strcpy(d->serial, "12345678901234567890");
	assert_int_equal(blk_get_id(disk(0), id), 0);
	assert_string_equal(id, "12345678901234567890");
}

/* A unit attention is an invitation to try again, at most so often. */
static void scsi3_unit_attention(void **state)
{
	struct fake_vdev *d;
	uint32_t generation;
	uint64_t t;

	(void)state;
	d = start(2, NULL);
	d->attentions = 3;
	assert_reads(0, 5, 2);
	generation = blk_generation(disk(0));
	d->attentions = 1;
	assert_reads(0, 5, 2);
	assert_true(blk_generation(disk(0)) > generation);
	d->attentions = UINT32_MAX;
	t = time_us();
	assert_int_equal(blk_read(disk(0), 0, 1, buf), -EIO);
	assert_true(time_us() - t < PROMPT_BACK_US);
	assert_string_equal(blk_error(disk(0), -EIO),
			    "unit attention: reset (sense 6/29/00)");
	d->attentions = 0;
	assert_reads(0, 5, 2);
	assert_int_equal(vdev_of(d)->resets, 0);
}

static void shrink(struct fake_vdev *d, struct fake_scsi *a)
{
	if (a->cdb[0] != 0x28 || d->disk_sectors == 100)
		return;
	d->disk_sectors = 100;
	d->attentions = 1;
	a->status = 2;
	a->sense_len = 18;
	a->sense[0] = 0x72; /* descriptor format */
	a->sense[1] = 6;
	a->sense[2] = 0x2a;
}

/* The capacity that comes with the attention counts. */
static void scsi3_attention_changes_bounds(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	d->on_scsi = shrink;
	assert_int_equal(blk_read(disk(0), 1000, 1, buf), -ERANGE);
	assert_int_equal(disk(0)->nsectors, 100);
	assert_reads(0, 99, 1);
}

static void scsi3_no_medium(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	d->no_medium = true;
	assert_int_equal(blk_read(disk(CD), 0, 4, buf), -ENOMEDIUM);
	assert_int_equal(blk_open(disk(CD)), -ENOMEDIUM);
	d->no_medium = false;
	assert_reads(CD, 0, 4);
	d->no_medium = true;
	assert_int_equal(blk_read(disk(CD), 0, 4, buf), -ENOMEDIUM);
}

/* Errors of the medium end one request, in words; nothing is reset. */
static void scsi3_sense_in_words(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	d->bad_sector = 55;
	assert_int_equal(blk_read(disk(0), 50, 10, buf), -EIO);
	assert_string_equal(blk_error(disk(0), -EIO),
			    "medium error: unrecovered read error "
			    "(sense 3/11/00)");
	assert_reads(0, 56, 10);
	assert_string_equal(blk_error(disk(0), -EIO), "input/output error");
	assert_int_equal(vdev_of(d)->resets, 0);
}

static void protect(struct fake_vdev *d, struct fake_scsi *a)
{
	if (a->cdb[0] != 0x2a)
		return;
	a->status = 2; /* CHECK CONDITION, fixed format */
	a->sense_len = 18;
	a->sense[0] = 0x70;
	a->sense[2] = 7;
	a->sense[12] = (uint8_t)(d->arg >> 8);
	a->sense[13] = (uint8_t)d->arg;
}

/* DATA PROTECT is not always write protection: a host that is full says so, too. */
static void scsi3_data_protect(void **state)
{
	static const struct {
		uint16_t code;
		int ret;
		const char *text;
	} cases[] = {
		{ 0x2700, -EROFS, "read-only" },
		{ 0x2702, -EROFS, "read-only" },
		{ 0x2707, -EIO,
		  "data protect: space allocation failed (sense 7/27/07)" },
		{ 0x3005, -EIO,
		  "data protect: incompatible medium (sense 7/30/05)" },
		{ 0x7400, -EIO, "data protect (sense 7/74/00)" },
	};
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	d->on_scsi = protect;
	for (size_t i = 0; i < array_size(cases); i++) {
		d->arg = cases[i].code;
		assert_int_equal(blk_write(disk(0), 4, 1, buf), cases[i].ret);
		assert_string_equal(blk_error(disk(0), cases[i].ret),
				    cases[i].text);
	}
	assert_int_equal(vdev_of(d)->resets, 0);
}

static void respond(struct fake_vdev *d, struct fake_scsi *a)
{
	if (a->cdb[0] == 0x28)
		a->response = (uint8_t)d->arg;
}

/* The response is looked at before the status, which is 0 here. */
static void scsi3_response_before_status(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	assert_reads(0, 0, 1);
	d->on_scsi = respond;
	for (d->arg = 1; d->arg < 255; d->arg++)
		assert_true(blk_read(disk(0), 0, 1, buf) < 0);
	assert_int_equal(vdev_of(d)->resets, 0);
	d->arg = 6;
	assert_int_equal(blk_read(disk(0), 0, 1, buf), -EIO);
	assert_string_equal(blk_error(disk(0), -EIO), "transport failure");
	d->arg = 0;
	assert_reads(0, 0, 1);
}

static void busy_once(struct fake_vdev *d, struct fake_scsi *a)
{
	if (a->cdb[0] != 0x28 || !d->arg)
		return;
	d->arg--;
	a->status = d->arg % 2 ? 0x08 : 0x28;
}

static void scsi3_busy(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	d->on_scsi = busy_once;
	d->arg = 7;
	assert_reads(0, 5, 2);
	assert_int_equal(d->arg, 0);
}

static void scsi3_no_hotplug(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	assert_reads(0, 0, 1);
	assert_int_equal(d->accepted & 7, 0);
	assert_false(d->queue[1].ready); /* events */
}

/* No element holds two things, not even on a device that could take it. */
static void scsi4_one_descriptor_each(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(1, NULL);
	d->on_chain = note_layout;
	assert_reads(0, 3, 1);
	assert_int_equal(layout, 0x102);
	assert_int_equal(blk_write(disk(0), 3, 1, buf), 0);
	assert_int_equal(layout, 0x201);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(scsi1_framing_v1),
		virtio_test(scsi1_framing_v2),
		virtio_test(scsi1_data),
		virtio_test(scsi1_scatter_gather),
		virtio_test(scsi2_limits),
		virtio_test(scsi2_config_is_never_written),
		virtio_test(scsi2_scan_is_bounded),
		virtio_test(scsi2_blocks_of_4096),
		virtio_test(scsi2_past_2_tib),
		virtio_test(scsi2_write_protected),
		virtio_test(scsi2_serial),
		virtio_test(scsi3_unit_attention),
		virtio_test(scsi3_attention_changes_bounds),
		virtio_test(scsi3_no_medium),
		virtio_test(scsi3_sense_in_words),
		virtio_test(scsi3_data_protect),
		virtio_test(scsi3_response_before_status),
		virtio_test(scsi3_busy),
		virtio_test(scsi3_no_hotplug),
		virtio_test(scsi4_one_descriptor_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
