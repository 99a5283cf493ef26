/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables written to a disk that remembers every write and flush. */
#ifndef PART_WRITE_TEST_H
#define PART_WRITE_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "part_test.h"

#include <block/part_write.h>
#include <core/random.h>

#define DISK      (4u << 20)
#define WRITES    64
#define TEXT_SIZE 4096

/* ---- a disk that remembers ---- */

struct write {
	uint64_t lba, nsectors;
	uint8_t *data;
	unsigned int flushes; /* before it */
};

static struct {
	const struct blk_ops *real;
	struct write writes[WRITES];
	unsigned int count, flushes, fail_write;
} rec;

static inline int rec_transfer(struct blkdev *dev, bool write,
			       const struct blk_piece *pieces, size_t count)
{
	for (size_t i = 0; write && i < count; i++) {
		struct write *w = &rec.writes[rec.count++];

		assert_true(rec.count < WRITES);
		if (rec.count == rec.fail_write)
			return -EIO;
		*w = (struct write){ pieces[i].lba, pieces[i].nsectors,
				     malloc(pieces[i].nsectors * 512),
				     rec.flushes };
		memcpy(w->data, pieces[i].buf, w->nsectors * 512);
	}
	return rec.real->transfer(dev, write, pieces, count);
}

static inline int rec_flush(struct blkdev *dev)
{
	(void)dev;
	rec.flushes++;
	return 0;
}

static inline struct fake_disk *recorded(uint64_t size, uint32_t block)
{
	static struct blk_ops ops;
	struct fake_disk *d = fake_disk_new(size, block);

	rec.real = d->dev.ops;
	ops = *d->dev.ops;
	ops.transfer = rec_transfer;
	ops.flush = rec_flush;
	d->dev.ops = &ops;
	return d;
}

static inline void forget(void)
{
	for (unsigned int i = 0; i < rec.count; i++)
		free(rec.writes[i].data);
	rec.count = rec.flushes = rec.fail_write = 0;
}

static inline int give_random(struct random_source *src, void *buf, size_t len)
{
	static uint8_t n = 1;

	(void)src;
	memset(buf, n++, len);
	return 0;
}

static inline int setup_random(void **state)
{
	static struct random_source src = { .name = "r", .read = give_random };

	random_register(&src);
	return setup(state);
}

/* ---- tables ---- */

/* What a reader sees, as text. */
static inline void look(struct fake_disk *d, char text[TEXT_SIZE])
{
	const struct part_list *l;
	size_t n;
	int ret;

	d->dev.generation++;
	ret = part_table(&d->dev, &l);
	if (ret) {
		snprintf(text, TEXT_SIZE, "error %d", ret);
		return;
	}
	n = (size_t)snprintf(text, TEXT_SIZE, "%s", l->scheme->name);
	for (unsigned int i = 0; i < l->count && n < TEXT_SIZE - 300; i++) {
		const struct part *p = &l->parts[i];

		n += (size_t)snprintf(
			text + n, TEXT_SIZE - n, " %u:%ju+%ju %02x %s %jx %s",
			p->number, (uintmax_t)p->lba, (uintmax_t)p->nsectors,
			p->sys_ind, p->name, (uintmax_t)p->attrs, p->uuid);
	}
}

static inline void name_it(struct part_new *p, const char *name)
{
	for (int i = 0; name[i]; i++)
		put_le16(p->name + 2 * i, (uint8_t)name[i]);
}

static inline int write_gpt(struct fake_disk *d, struct part_new *parts,
			    unsigned int count, struct part_why *why)
{
	static const uint8_t none[16];
	struct gpt_table g;
	int ret = gpt_format(&d->dev, none, &g, why);

	if (!ret)
		ret = gpt_fill(&g, parts, count, why);
	if (!ret)
		ret = gpt_store(&g, why);
	gpt_free(&g);
	return ret;
}

static inline void make_gpt(struct fake_disk *d, const char *name,
			    unsigned int count)
{
	struct part_new parts[20] = { 0 };
	struct part_why why = { "" };
	int ret;

	for (unsigned int i = 0; i < count; i++) {
		parts[i].number = i + 1;
		parts[i].lba = 64 + 40 * i;
		parts[i].nblocks = 32;
		parts[i].attrs = i;
		name_it(&parts[i], name);
	}
	ret = write_gpt(d, parts, count, &why);
	assert_string_equal(why.text, "");
	assert_int_equal(ret, 0);
}

static inline void make_mbr(struct fake_disk *d, uint8_t type,
			    unsigned int count)
{
	struct part_new parts[8] = { 0 };
	struct part_why why = { "" };
	int ret;

	for (unsigned int i = 0; i < count; i++) {
		parts[i].number = i + 1;
		parts[i].lba = 100 + 50 * i;
		parts[i].nblocks = 40;
		parts[i].sys_ind = type;
	}
	if (count > 4) {
		parts[3].sys_ind = 5;
		parts[3].nblocks = 400;
		for (unsigned int i = 4; i < count; i++)
			parts[i].lba += 10;
	}
	ret = mbr_write(&d->dev, 0, parts, count, &why);
	assert_string_equal(why.text, "");
	assert_int_equal(ret, 0);
}

#endif
