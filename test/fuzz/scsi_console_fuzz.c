/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A SCSI controller and a console whose answers come from the input: responses, sense
 * data, lists of units, capacities, control messages, what is typed. Whatever they
 * said, afterwards, honest again, they must work; a buffer's neighbours are never touched.
 *
 * The input is a stream: operations take bytes from it, and so do the hooks that run
 * inside them. When it is used up the devices are honest.
 */
#include <errno.h>
#include <string.h>

#include <arch/timer.h>
#include <block/blkdev.h>
#include <core/console.h>
#include <drivers/scsi.h>
#include <drivers/virtio.h>
#include <lib/byteorder.h>

#include "stream.h"
#include "virtio_dev.h"
#include "virtio_priv.h"

#define MAX_OPS 30u
#define GUARD   64u
#define BUF     (8 * 512u)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct fake_vdev *scsi, *con;
	uint8_t disk[2048 * 512];
	uint8_t area[GUARD + BUF + GUARD];
} fuzz;

/* Byte 0, as after the end, is honest. */
static void on_scsi(struct fake_vdev *d, struct fake_scsi *a)
{
	switch (next() % 12) {
	case 1:
		a->response = next();
		break;
	case 2:
		a->status = next();
		break;
	case 3:
		a->sense_len = next() & 1 ? next32() : next();
		break;
	case 4:
		a->residual = next() & 1 ? next32() : next();
		break;
	case 5:
		a->untouched = true;
		break;
	case 6: /* a check condition of any kind */
		a->status = 2;
		a->sense_len = next() % 97;
		for (unsigned int i = 0; i < 14; i++)
			a->sense[i] = next();
		break;
	case 7:
		for (size_t i = 0; i < a->len && i < 40; i++)
			a->data[i] = next();
		break;
	case 8: /* a long list */
		a->len = (next() % 64) * 64u;
		a->residual = 0;
		memset(a->data, next(), a->len);
		for (unsigned int i = 0; i < 24; i++)
			a->data[i] = next();
		break;
	case 9:
		d->attentions = next();
		break;
	case 10:
		d->no_medium = !d->no_medium;
		break;
	default:
		break;
	}
}

static void disk_op(void)
{
	struct blkdev *b = blk_find("scsi", next() % 3);
	uint8_t *buf = fuzz.area + GUARD;
	uint64_t lba = next() * 4u;
	char id[21];
	int ret = 0;

	if (!b)
		return;
	switch (next() % 6) {
	case 0:
		ret = blk_read(b, lba, 8, buf);
		break;
	case 1:
		ret = blk_write(b, lba, 8, buf);
		break;
	case 2:
		ret = blk_get_id(b, id);
		break;
	case 3:
		ret = blk_flush(b);
		break;
	case 4:
		ret = scsi_scan();
		break;
	default:
		ret = blk_open(b);
		break;
	}
	require(ret <= 0);
	require(strlen(blk_error(b, -EIO)) < 100);
}

static void console_op(void)
{
	uint8_t bytes[256];
	size_t len = next();

	for (size_t i = 0; i < len; i++)
		bytes[i] = i < 16 ? next() : (uint8_t)i;
	switch (next() % 4) {
	case 0:
		fake_console_message(fuzz.con, bytes, len % 64);
		break;
	case 1:
		fake_console_type(fuzz.con, 0, (char *)bytes, len);
		break;
	case 2:
		(void)!console_choose(CONSOLE_ALL, "serial,virtio-console");
		break;
	default:
		con_write((char *)bytes, len);
		break;
	}
	for (unsigned int i = 0; i < 300; i++)
		(void)con_getc();
	fuzz.con->con_len = 0;
}

static void require_working(void)
{
	struct blkdev *b = blk_find("scsi", 0);
	uint8_t *buf = fuzz.area + GUARD;

	require(b != NULL);
	require(blk_read(b, 8, 8, buf) == 0);
	require(memcmp(buf, fuzz.disk + 8 * 512, BUF) == 0);
	/* What it said of its ports is believed until it is reset. */
	virtio_fail(virtio_device(1), "test");
	require(console_choose(CONSOLE_ALL, "serial,virtio-console") == 0);
	con_puts("\n");
	fuzz.con->con_len = 0;
	con_puts("hello");
	require(!strcmp(fuzz.con->con_out, "hello"));
	require(fake_console_type(fuzz.con, 0, "x", 1));
	require(con_getc() == 'x');
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	require(fake_virtio_setup(NULL) == 0);
	fake_timer_step = 62500; /* 1 ms a look: time-outs come soon */
	fuzz.scsi = fake_vdev_add(0, FAKE_SCSI, 2);
	fuzz.con = fake_vdev_add(1, FAKE_CONSOLE, 1);
	fuzz.scsi->lenient = fuzz.con->lenient = true;
	memcpy(fuzz.disk, fuzz.scsi->disk, sizeof(fuzz.disk));
	fake_virtio_announce();
	require_working();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	stream_start(data, size);
	memset(fuzz.area, 0xcc, sizeof(fuzz.area));
	fuzz.scsi->on_scsi = on_scsi;
	for (unsigned int n = 0; n < MAX_OPS && stream_left(); n++) {
		if (next() & 1)
			console_op();
		else
			disk_op();
		for (unsigned int i = 0; i < GUARD; i++)
			require(fuzz.area[i] == 0xcc &&
				fuzz.area[GUARD + BUF + i] == 0xcc);
	}
	fuzz.scsi->on_scsi = NULL;
	fuzz.scsi->attentions = 0;
	fuzz.scsi->no_medium = false;
	memcpy(fuzz.scsi->disk, fuzz.disk, sizeof(fuzz.disk));
	require_working();
	return 0;
}
