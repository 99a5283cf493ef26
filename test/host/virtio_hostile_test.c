/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Disks that lie, each in one way of checklist 3.3, at the first completion or
 * later, once or always, to reads and to writes, on versions 1 and 2. Passed is:
 * no access out of bounds (the sanitizers), an answer within the deadline, no
 * wrong data called right, nothing beside the destination or after the return
 * changed, the device reset, and the next request right.
 */
#include "virtio_test.h"

#define LBA     64u
#define SECTORS 24u
#define BYTES   (SECTORS * SECTOR_SIZE)
#define GUARD   4096u

/* A lie of which the driver may know nothing: any answer but a wrong one. */
#define MAY_WORK 1
/* The device broke no rule of the ring: it need not be reset. */
#define NO_RESET 2
/* Not on version 1, where used.len is a hint (2.7.8). */
#define V2_ONLY 4
/* It does not show that it was reset: dead until "virtio scan". */
#define DEAD 8
/* Not on a packed ring, where an id has 16 bits. */
#define NOT_PACKED 16

struct lie {
	const char *name;
	void (*chain)(struct fake_vdev *d, unsigned int q,
		      struct fake_chain *c);
	void (*used)(struct fake_vdev *d, unsigned int q,
		     const struct fake_chain *c, struct fake_used *u);
	uint64_t arg;
	unsigned int flags;
};

/* ---- the lies ---- */

static void step(struct fake_vdev *d, unsigned int q,
		 const struct fake_chain *c, struct fake_used *u)
{
	(void)c;
	u->step = (uint16_t)(d->arg == 'N' ? d->queue[q].num : d->arg);
}

static void id(struct fake_vdev *d, unsigned int q, const struct fake_chain *c,
	       struct fake_used *u)
{
	(void)c;
	u->id = d->arg == 'N' ? d->queue[q].num : (uint32_t)d->arg;
}

static void id_not_head(struct fake_vdev *d, unsigned int q,
			const struct fake_chain *c, struct fake_used *u)
{
	(void)d;
	(void)q;
	u->id = c->seg[1].index;
}

static void id_free(struct fake_vdev *d, unsigned int q,
		    const struct fake_chain *c, struct fake_used *u)
{
	(void)c;
	while (d->queue[q].busy[u->id])
		u->id = (u->id + 1) & (d->queue[q].num - 1);
}

/* The same element twice: the second is at the next one's place. */
static void id_twice(struct fake_vdev *d, unsigned int q,
		     const struct fake_chain *c, struct fake_used *u)
{
	uint8_t *used = (uint8_t *)(uintptr_t)d->queue[q].device;
	unsigned int next = (d->queue[q].used_idx + 1u) & (d->queue[q].num - 1);

	u->step = 2;
	if (fake_has(d, FAKE_PACKED))
		return;
	put_le32(used + 4 + 8 * next, c->head);
	put_le32(used + 8 + 8 * next, u->len);
}

static void len(struct fake_vdev *d, unsigned int q, const struct fake_chain *c,
		struct fake_used *u)
{
	(void)q;
	u->len = d->arg == '+' ? (uint32_t)c->in_len + 1 : (uint32_t)d->arg;
}

static void status(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	(void)q;
	c->status = (int)d->arg;
}

static void no_data(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	(void)d;
	(void)q;
	c->no_data = true;
}

static void short_len(struct fake_vdev *d, unsigned int q,
		      const struct fake_chain *c, struct fake_used *u)
{
	(void)d;
	(void)q;
	(void)c;
	u->len = 1;
}

/* Loops, foreign addresses and heads in what the driver wrote. */
static void rewrite(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	const struct fake_queue *vq = &d->queue[q];
	uint8_t *desc = (uint8_t *)(uintptr_t)vq->desc;
	bool packed = fake_has(d, FAKE_PACKED);

	(void)c;
	for (uint32_t i = 0; i < vq->num; i++) {
		/* whose a packed slot is stays as it was */
		unsigned int own = get_le16(desc + 16 * i + 14) & 0x8080;

		put_le64(desc + 16 * i, UINT64_C(0xdeadbeef00));
		put_le32(desc + 16 * i + 8, 0xffffffff);
		put_le16(desc + 16 * i + 12, 1);
		put_le16(desc + 16 * i + 14,
			 (uint16_t)(packed ? own | 1 : d->arg + i));
	}
	if (packed)
		memcpy(vq->copy, desc, 16 * vq->num);
	else
		memset((uint8_t *)(uintptr_t)vq->driver + 4, 0xff, 2 * vq->num);
	d->blind = true; /* it does not follow its own nonsense */
}

/* used.flags, or the device's event structure */
static void used_flags(struct fake_vdev *d, unsigned int q,
		       struct fake_chain *c)
{
	uint8_t *device = (uint8_t *)(uintptr_t)d->queue[q].device;
	bool packed = fake_has(d, FAKE_PACKED);

	(void)c;
	put_le16(device + (packed ? 2 : 0), (uint16_t)d->arg);
}

static void no_more_kicks(struct fake_vdev *d, unsigned int q,
			  struct fake_chain *c)
{
	(void)q;
	(void)c;
	d->no_notify = true;
}

static void silence(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	(void)q;
	(void)c;
	d->hold = true;
}

static void complete_at_reset(struct fake_vdev *d, unsigned int reg, uint32_t v)
{
	if (reg != R_STATUS || v)
		return;
	d->on_write = NULL;
	fake_vdev_release(d);
}

static void too_late(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	silence(d, q, c);
	d->on_write = complete_at_reset;
}

static void wants_reset(struct fake_vdev *d, unsigned int q,
			struct fake_chain *c)
{
	silence(d, q, c);
	d->status |= 0x40;
}

static void leaves(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	silence(d, q, c);
	d->gone = true;
}

static void was_reset(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	silence(d, q, c);
	d->status = 0;
}

static void slow_reset(struct fake_vdev *d, unsigned int q,
		       struct fake_chain *c)
{
	silence(d, q, c);
	d->reset_reads = 50;
}

static void shrink(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	(void)q;
	(void)c;
	put_capacity(d, LBA);
	d->disk_sectors = LBA;
	d->generation++;
	d->isr = 3;
}

static const struct lie lies[] = {
	{ "idx +1", NULL, step, 2, 0 },
	{ "idx +2", NULL, step, 3, 0 },
	{ "idx +N", NULL, step, 'N', 0 },
	{ "idx +0x8000", NULL, step, 0x8000, 0 },
	{ "idx -1", NULL, step, 0xffff, 0 },
	{ "idx stands", NULL, step, 0, 0 },
	{ "id N", NULL, id, 'N', 0 },
	{ "id 2^16", NULL, id, 0x10000, NOT_PACKED },
	{ "id 2^32-1", NULL, id, 0xffffffff, 0 },
	{ "id not a head", NULL, id_not_head, 0, 0 },
	{ "id not in flight", NULL, id_free, 0, 0 },
	{ "id twice", NULL, id_twice, 0, 0 },
	{ "len 0", NULL, len, 0, MAY_WORK },
	{ "len max+1", NULL, len, '+', MAY_WORK },
	{ "len 2^32-1", NULL, len, 0xffffffff, MAY_WORK },
	{ "status untouched", status, NULL, 256, 0 },
	{ "status 0x55", status, NULL, 0x55, 0 },
	{ "status 0xff", status, NULL, 0xff, 0 },
	{ "status IOERR", status, NULL, 1, NO_RESET },
	{ "status UNSUPP", status, NULL, 2, NO_RESET },
	{ "data never moved", no_data, short_len, 0, V2_ONLY },
	{ "rewritten rings", rewrite, NULL, 0, MAY_WORK },
	{ "rewritten rings, loop", rewrite, NULL, 1, MAY_WORK },
	{ "used.flags 1", used_flags, NULL, 1, MAY_WORK },
	{ "used.flags 0xffff", used_flags, NULL, 0xffff, MAY_WORK },
	{ "no more kicks", no_more_kicks, NULL, 0, MAY_WORK },
	{ "silence", silence, NULL, 0, 0 },
	{ "too late", too_late, NULL, 0, 0 },
	{ "NEEDS_RESET", wants_reset, NULL, 0, 0 },
	{ "gone", leaves, NULL, 0, DEAD },
	{ "reset behind our back", was_reset, NULL, 0, 0 },
	{ "slow reset", slow_reset, NULL, 0, 0 },
	{ "shrinks", shrink, NULL, 0, NO_RESET },
};

/* ---- when ---- */

static const struct lie *lie;
static unsigned int chains, useds; /* to come before it */
static bool always;

static void at_chain(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	if (chains && chains--)
		return;
	if (!always)
		d->on_chain = NULL;
	lie->chain(d, q, c);
}

static void at_used(struct fake_vdev *d, unsigned int q,
		    const struct fake_chain *c, struct fake_used *u)
{
	if (useds && useds--)
		return;
	if (!always)
		d->on_used = NULL;
	lie->used(d, q, c, u);
}

static void arm(struct fake_vdev *d, const struct lie *l, unsigned int after)
{
	lie = l;
	chains = useds = after;
	d->arg = l->arg;
	d->on_chain = l->chain ? at_chain : NULL;
	d->on_used = l->used ? at_used : NULL;
}

static void disarm(struct fake_vdev *d)
{
	d->on_chain = NULL;
	d->on_used = NULL;
	d->on_write = NULL;
	d->hold = false;
	d->no_notify = false;
	d->gone = false;
	d->blind = false;
	d->reset_reads = 0;
	d->disk_sectors = 2048;
	put_capacity(d, 2048);
	d->generation++;
	d->isr = 3;
}

/* ---- the requests ---- */

static uint8_t area[GUARD + BYTES + GUARD], copy[sizeof(area)];

/* One piece, or many that end up as requests of their own. */
static int transfer(struct blkdev *b, bool write, bool scattered)
{
	struct blk_piece piece[SECTORS / 2];
	uint8_t *buf = area + GUARD;

	if (!scattered)
		return write ? blk_write(b, LBA, SECTORS, buf)
			     : blk_read(b, LBA, SECTORS, buf);
	for (unsigned int i = 0; i < array_size(piece); i++)
		piece[i] = (struct blk_piece){ LBA + 4 * i, 2,
					       buf + 2 * i * SECTOR_SIZE };
	return write ? blk_writev(b, piece, array_size(piece))
		     : blk_readv(b, piece, array_size(piece));
}

/* Sector @i of the buffer lies there on the disk. */
static uint64_t lba_of(unsigned int i, bool scattered)
{
	return scattered ? LBA + i / 2 * 4 + i % 2 : LBA + i;
}

static void prepare(struct fake_vdev *d, bool write, bool scattered)
{
	memset(area, 0xcc, sizeof(area));
	for (unsigned int i = 0; write && i < SECTORS; i++)
		for (unsigned int k = 0; k < SECTOR_SIZE; k++)
			area[GUARD + i * SECTOR_SIZE + k] = fake_disk_byte(
				lba_of(i, scattered), k);
	/* what is written is what a later read expects */
	if (write)
		memset(d->disk + LBA * SECTOR_SIZE, 0x11,
		       4 * SECTORS * SECTOR_SIZE);
}

static void repair(struct fake_vdev *d)
{
	for (uint64_t i = 0; i < 2048 * SECTOR_SIZE; i++)
		d->disk[i] = fake_disk_byte(i / SECTOR_SIZE,
					    (unsigned int)(i % SECTOR_SIZE));
}

static bool moved_all(struct fake_vdev *d, bool write, bool scattered)
{
	for (unsigned int i = 0; i < SECTORS; i++) {
		uint64_t lba = lba_of(i, scattered);
		const uint8_t *p = write ? d->disk + lba * SECTOR_SIZE
					 : area + GUARD + i * SECTOR_SIZE;

		if (!disk_data_ok(p, lba, 1))
			return false;
	}
	return true;
}

static bool guards_whole(void)
{
	for (unsigned int i = 0; i < GUARD; i++)
		if (area[i] != 0xcc || area[GUARD + BYTES + i] != 0xcc)
			return false;
	return true;
}

#define must(cond) \
	do { \
		if (!(cond)) \
			fail_msg("v%u, %s, %s%s, after %u, %s: %s (%d)", \
				 d->version, l->name, \
				 scattered ? "scattered " : "", \
				 write ? "write" : "read", after, \
				 always ? "always" : "once", #cond, ret); \
	} while (0)

static void judge(struct fake_vdev *d, const struct lie *l, unsigned int after,
		  bool write, bool scattered)
{
	struct blkdev *b = blk_of(d);
	unsigned int resets = d->resets;
	uint64_t start = time_us();
	int ret;

	prepare(d, write, scattered);
	arm(d, l, after);
	ret = transfer(b, write, scattered);
	must(ret <= 0);
	must(time_us() - start < PROMPT_BACK_US);
	must(ret || moved_all(d, write, scattered));
	must(ret || !always || l->flags & MAY_WORK || after);
	must(guards_whole());
	disarm(d);
	if (ret && l->flags & DEAD) {
		must(ret == -EOWNERDEAD && vdev_of(d)->state == VIRTIO_DEAD);
		virtio_probe_all();
	}
	must(!ret || d->resets > resets || l->flags & NO_RESET);
	memcpy(copy, area, sizeof(area));
	fake_vdev_release(d);
	must(memcmp(copy, area, sizeof(area)) == 0);
	repair(d);
	ret = blk_read(b, LBA, SECTORS, area + GUARD);
	must(ret == 0 && disk_data_ok(area + GUARD, LBA, SECTORS));
	must(guards_whole());
}

static void sweep(bool every_time, bool write, bool scattered)
{
	struct fake_vdev *d[KINDS], *other = fake_vdev_add(9, FAKE_BLK, 2);

	start_disks(d, NULL);
	always = every_time;
	for (unsigned int i = 0; i < KINDS; i++)
		for (size_t n = 0; n < array_size(lies); n++)
			for (unsigned int after = 0; after < 4; after++) {
				if (d[i]->version == 1 &&
				    lies[n].flags & V2_ONLY)
					continue;
				if (fake_has(d[i], FAKE_PACKED) &&
				    lies[n].flags & NOT_PACKED)
					continue;
				if (write && lies[n].chain == no_data)
					continue; /* nobody can tell */
				judge(d[i], &lies[n], after, write, scattered);
				assert_true(disk_data_ok(other->disk, 0, 8));
			}
	assert_disk_works(KINDS);
	assert_int_equal(other->resets, 1);
}

static void hostile_read_once(void **state)
{
	(void)state;
	sweep(false, false, false);
}

static void hostile_read_always(void **state)
{
	(void)state;
	sweep(true, false, false);
}

static void hostile_scattered_read_once(void **state)
{
	(void)state;
	sweep(false, false, true);
}

static void hostile_scattered_read_always(void **state)
{
	(void)state;
	sweep(true, false, true);
}

static void hostile_write_once(void **state)
{
	(void)state;
	sweep(false, true, false);
}

static void hostile_scattered_write_always(void **state)
{
	(void)state;
	sweep(true, true, true);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(hostile_read_once),
		virtio_test(hostile_read_always),
		virtio_test(hostile_scattered_read_once),
		virtio_test(hostile_scattered_read_always),
		virtio_test(hostile_write_once),
		virtio_test(hostile_scattered_write_always),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
