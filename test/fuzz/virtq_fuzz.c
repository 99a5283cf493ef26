/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio devices whose used rings, configuration, status and tables come from the
 * input, while disks are read and written, frames sent and received and
 * random bytes fetched. Whatever they did, afterwards, honest again, they
 * must work; a buffer's neighbours are never touched; no wait is without an end.
 *
 * The first byte says which lies and which rings: split or packed, with or without
 * EVENT_IDX and INDIRECT_DESC. The rest is a stream: operations take bytes from it,
 * and so do the hooks that run inside them. When it is used up the devices are honest.
 */
#include <string.h>

#include <arch/timer.h>
#include <block/blkdev.h>
#include <core/random.h>
#include <drivers/virtio_inspect.h>
#include <lib/byteorder.h>
#include <net/netdev.h>

#include "stream.h"
#include "virtio_dev.h"
#include "virtio_priv.h"

#define DISK_SECTORS 64u
#define MAX_OPS      40u
#define GUARD        64u
#define BUF          (8 * 512u)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	bool config_lies;
	struct fake_vdev *dev[5]; /* disk 1, 2; net 1, 2; entropy */
	uint8_t config[5][FAKE_CONFIG];
	uint64_t features[5], most[5]; /* now, and with any ring */
	uint8_t disk[DISK_SECTORS * 512];
	uint8_t area[GUARD + BUF + GUARD];
} fuzz;

/* ---- what the devices do; byte 0, as after the end, is honest ---- */

/* From then on it does not follow what it wrote there itself. */
static void scribble(struct fake_vdev *d, uint64_t addr, size_t bytes)
{
	uint8_t *p = (uint8_t *)(uintptr_t)addr;

	d->blind = true;
	for (unsigned int n = 1 + next() % 32; n; n--)
		p[next32() % bytes] = next();
}

static void on_chain(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	const struct fake_queue *vq = &d->queue[q];

	switch (next() % 16) {
	case 1:
		d->hold = true;
		break;
	case 2:
		d->status |= next();
		break;
	case 3:
		c->status = next() | (next() & 1) << 8;
		break;
	case 4:
		c->no_data = true;
		break;
	case 5:
		scribble(d, vq->desc, fake_area_bytes(d, q, 0));
		break;
	case 6:
		scribble(d, vq->driver, fake_area_bytes(d, q, 1));
		break;
	case 7:
		scribble(d, vq->device, fake_area_bytes(d, q, 2));
		break;
	case 11:
		if (c->table)
			scribble(d, (uintptr_t)c->table,
				 16 * (c->n_out + c->n_in));
		break;
	case 12:
		d->no_notify = !d->no_notify;
		break;
	case 8:
		d->gone = true;
		break;
	case 9:
		d->reverse = true;
		break;
	case 10:
		d->when = FAKE_LATER;
		d->delay = next();
		break;
	default:
		break;
	}
}

static void on_used(struct fake_vdev *d, unsigned int q,
		    const struct fake_chain *c, struct fake_used *u)
{
	switch (next() % 16) {
	case 1:
		u->id = next();
		break;
	case 2:
		u->id = next32();
		break;
	case 3:
		u->len = next();
		break;
	case 4:
		u->len = next32();
		break;
	case 5:
		u->step = next();
		break;
	case 6:
		u->step = (uint16_t)next32();
		break;
	case 7:
		if (c->n_in)
			c->seg[c->n_out].addr[next() % c->seg[c->n_out].len] =
				next();
		break;
	case 8:
		d->queue[q].used_idx = (uint16_t)next32();
		d->queue[q].next_used = (uint16_t)(d->queue[q].used_idx %
						   d->queue[q].num);
		break;
	case 9:
		d->queue[q].used_wrap = !d->queue[q].used_wrap;
		break;
	default:
		break;
	}
}

static void on_read(struct fake_vdev *d, unsigned int reg)
{
	switch (next() % 32) {
	case 1:
		d->config[next() % FAKE_CONFIG] = next();
		break;
	case 2:
		put_le64(d->config + 8 * (next() % 4),
			 (uint64_t)next32() << 32 | next32());
		break;
	case 3:
		d->generation++;
		break;
	case 4:
		d->isr = next();
		break;
	case 5:
		d->queue_max[next() % FAKE_QUEUES] = next32();
		break;
	case 6:
		d->features ^= UINT64_C(1) << next() % 64;
		break;
	case 7:
		d->status ^= reg == R_STATUS ? next() : 0;
		break;
	case 8:
		d->reset_reads = next();
		break;
	default:
		break;
	}
}

static void set_honest(unsigned int i, bool honest)
{
	struct fake_vdev *d = fuzz.dev[i];

	d->on_chain = honest ? NULL : on_chain;
	d->on_used = honest ? NULL : on_used;
	d->on_read = honest || !fuzz.config_lies ? NULL : on_read;
	if (!honest)
		return;
	memcpy(d->config, fuzz.config[i], FAKE_CONFIG);
	d->features = fuzz.features[i];
	d->hold = d->gone = d->reverse = d->no_notify = false;
	d->when = FAKE_AT_KICK;
	d->reset_reads = 0;
	for (unsigned int q = 0; q < FAKE_QUEUES; q++)
		d->queue_max[q] = 1024;
	fake_ring_want_kicks(d);
}

/* Bit 1: packed where there is such a thing; 2: no EVENT_IDX; 3: no INDIRECT_DESC */
static void set_rings(uint8_t how)
{
	uint64_t without = (how & 2 ? 0 : VIRTIO_BIT(FAKE_PACKED)) |
			   (how & 4 ? VIRTIO_BIT(FAKE_EVENT_IDX) : 0) |
			   (how & 8 ? VIRTIO_BIT(FAKE_INDIRECT) : 0);

	for (unsigned int i = 0; i < 5; i++) {
		uint64_t features = fuzz.most[i] & ~without;

		if (fuzz.features[i] == features)
			continue;
		fuzz.features[i] = fuzz.dev[i]->features = features;
		virtio_fail(virtio_device(i), "test");
	}
}

/* ---- what the firmware is asked to do ---- */

static void take_frame(void *arg, const uint8_t *frame, size_t len)
{
	(void)arg;
	require(len >= ETH_HLEN && len <= 9018);
	memcpy(fuzz.area + GUARD, frame, len < BUF ? len : BUF);
}

/* Some pieces share the buffer's eight sectors. */
static int pieces_op(struct blkdev *b, uint8_t *buf, bool write)
{
	struct blk_piece p[4];
	size_t count = 1 + next() % 4;

	for (size_t i = 0; i < count; i++)
		p[i] = (struct blk_piece){ .lba = next() % DISK_SECTORS,
					   .nsectors = 1 + next() % 2,
					   .buf = buf + 1024 * i };
	return write ? blk_writev(b, p, count) : blk_readv(b, p, count);
}

static int disk_op(struct blkdev *b, uint8_t *buf)
{
	uint64_t lba = next(), n = next() % 8 + 1;
	char id[21];

	switch (next() % 10) {
	case 6:
	case 7:
		return pieces_op(b, buf, n & 1);
	case 8:
		return blk_read_bytes(b, 7 * lba, 400 * n, buf);
	case 9:
		return blk_open(b);
	case 0:
		return blk_read(b, lba, n, buf);
	case 1:
		return blk_write(b, lba, n, buf);
	case 2:
		return blk_flush(b);
	case 3:
		return blk_discard(b, lba, n);
	case 4:
		return blk_write_zeroes(b, lba, n);
	default:
		return blk_get_id(b, id);
	}
}

static int net_op(struct netdev *net, struct fake_vdev *d, uint8_t *buf)
{
	static const uint8_t ip[] = { 10, 0, 2, 2 };
	size_t len = next32() % 2000;
	uint8_t how = next(), mac[ETH_ALEN];

	if (how % 8 == 6)
		return arp_resolve(net, NULL, ip, mac);
	if (how & 1)
		return net->ops->send(net, buf, len < BUF ? len : BUF);
	(void)net->ops->link_up(net);
	if (d->queue[0].ready && !d->gone)
		fake_net_rx(d, buf, len);
	return net->ops->poll(net, take_frame, NULL);
}

static void take_line(void *arg, const char *name, const char *value)
{
	(void)arg;
	require(name[0] && strlen(value) < 80);
}

static void take_shown(struct virtio_out *out, enum virtio_tone tone,
		       const char *text)
{
	(void)tone;
	require(text[0] && strlen(text) < 184);
	out->stop = false;
}

/* Everything that can be shown, of whatever the device has made of its memory. */
static int look(unsigned int which)
{
	struct virtio_device *vd = virtio_device(which);
	struct virtio_out out = { .line = take_shown };
	struct virtio_info info;

	virtio_get_info(vd, &info);
	require(info.nqueues <= VIRTIO_MAX_QUEUES);
	virtio_show_regs(vd, &out);
	(void)!virtio_show_config(vd, &out);
	for (unsigned int i = 0; i < info.nqueues; i++)
		(void)!virtio_show_ring(vd, i, next() & 1, &out);
	if (virtio_trace_show(NULL, &out))
		require(virtio_trace_on(NULL) == 0);
	return virtio_describe_config(vd, take_line, NULL);
}

static void operate(void)
{
	unsigned int op = next(), which = op % 5;
	uint8_t *buf = fuzz.area + GUARD;
	int ret;

	if (op > 250)
		ret = look(which);
	else if (which < 2)
		ret = disk_op(blk_find("virtio", which), buf);
	else if (which < 4)
		ret = net_op(net_find(which - 2), fuzz.dev[which], buf);
	else
		ret = random_bytes(buf, next());
	require(ret <= 0);
	for (unsigned int i = 0; i < GUARD; i++)
		require(fuzz.area[i] == 0xcc &&
			fuzz.area[GUARD + BUF + i] == 0xcc);
}

/* ---- afterwards ---- */

static void require_working(void)
{
	static const uint8_t ip[] = { 10, 0, 2, 2 };
	uint8_t *buf = fuzz.area + GUARD, mac[ETH_ALEN];

	for (unsigned int i = 0; i < 2; i++) {
		struct blkdev *b = blk_find("virtio", i);
		int ret = blk_read(b, 8, 8, buf);

		/* the lie may still be in the ring: found out once */
		if (ret)
			ret = blk_read(b, 8, 8, buf);
		require(ret == 0);
		require(memcmp(buf, fuzz.disk + 8 * 512, BUF) == 0);
	}
	for (unsigned int i = 0; i < 2; i++) {
		int ret = arp_resolve(net_find(i), NULL, ip, mac);

		if (ret)
			ret = arp_resolve(net_find(i), NULL, ip, mac);
		require(ret == 0);
	}
	require(random_bytes(buf, 32) == 0 || random_bytes(buf, 32) == 0);
}

/* The second of a type has limits, and leaves to the driver what it can. */
static void limit(struct fake_vdev *d, enum fake_type type)
{
	if (type == FAKE_BLK) {
		d->features |= 1 << 1; /* SIZE_MAX; QEMU offers SEG_MAX */
		put_le32(d->config + 8, 1536);
		put_le32(d->config + 12, 3);
	} else if (type == FAKE_NET) {
		d->features &= ~(UINT64_C(1) << 5); /* MAC */
		d->features |= 1 << 3;              /* MTU */
		put_le16(d->config + 10, 1400);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const enum fake_type type[] = { FAKE_BLK, FAKE_BLK, FAKE_NET,
					       FAKE_NET, FAKE_RNG };

	(void)argc;
	(void)argv;
	require(fake_virtio_setup(NULL) == 0);
	fake_timer_step = 62500; /* 1 ms a look: time-outs come soon */
	for (unsigned int i = 0; i < 5; i++) {
		struct fake_vdev *d = fake_vdev_add(i, type[i], 1 + i % 2);

		d->lenient = true;
		d->disk_sectors = DISK_SECTORS;
		if (i < 2)
			put_le64(d->config, DISK_SECTORS);
		if (i % 2)
			limit(d, type[i]);
		fuzz.dev[i] = d;
		memcpy(fuzz.config[i], d->config, FAKE_CONFIG);
		if (d->version == 2)
			d->features |= VIRTIO_BIT(FAKE_PACKED);
		fuzz.features[i] = fuzz.most[i] = d->features;
	}
	memcpy(fuzz.disk, fuzz.dev[0]->disk, sizeof(fuzz.disk));
	fake_virtio_probe();
	require_working();
	return 0;
}

/* A packed ring has no index to show that the two look at different slots. A request
 * runs into its time-out then, but nobody misses a frame that does not come. */
static bool lost(unsigned int i)
{
	return fuzz.dev[i]->device_id == FAKE_NET &&
	       fake_has(fuzz.dev[i], FAKE_PACKED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	stream_start(data, size);
	memset(fuzz.area, 0xcc, sizeof(fuzz.area));
	set_rings(data[0]);
	fuzz.config_lies = next() & 1;
	for (unsigned int i = 0; i < 5; i++)
		set_honest(i, false);
	for (unsigned int n = 0; n < MAX_OPS && stream_left(); n++)
		operate();
	for (unsigned int i = 0; i < 5; i++)
		set_honest(i, true);
	for (unsigned int i = 0; i < 2; i++)
		memcpy(fuzz.dev[i]->disk, fuzz.disk, sizeof(fuzz.disk));
	virtio_probe_all();
	/* A lie in the configuration is believed until the next attach, and a
	 * device that stopped looking at its ring is as good as unplugged. */
	for (unsigned int i = 0; i < 5; i++)
		if (fuzz.config_lies || fuzz.dev[i]->blind || lost(i))
			virtio_fail(virtio_device(i), "test");
	require_working();
	return 0;
}
