/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A GPT as the description it can be written from: "gpt read IF DEV VARIABLE". What
 * U-Boot would write stands in its order; numbers that do not follow each other and
 * more attributes than the bootable one come last.
 */
#include "part_desc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/ctype.h>
#include <lib/parse.h>

/* The longest partition: its name doubled by backslashes, two UUIDs, five numbers. */
#define ONE_MAX (2 * PART_NAME_SIZE + 256)

struct text {
	char *buf;
	size_t len, size;
};

/* A name is the only value that may hold anything. */
static void put_name(struct text *t, const struct part_new *p)
{
	char name[PART_NAME_SIZE];

	part_new_name(p, name);
	for (const char *c = name; *c; c++) {
		bool at_end = c == name || !c[1];

		if (strchr("\\,;$", *c) || (at_end && is_space(*c)))
			t->buf[t->len++] = '\\';
		t->buf[t->len++] = *c;
	}
}

static void put_one(struct text *t, const struct gpt_table *g,
		    const struct part_new *p, unsigned int follows)
{
	unsigned long long block = g->disk->block_size;
	char type[37], uuid[37];

	format_uuid(p->type_guid, type);
	format_uuid(p->guid, uuid);
	t->len += (size_t)snprintf(t->buf + t->len, t->size - t->len, "name=");
	put_name(t, p);
	t->len += (size_t)snprintf(
		t->buf + t->len, t->size - t->len,
		",start=0x%llx,size=0x%llx,type=%s,uuid=%s%s",
		(unsigned long long)p->lba * block,
		(unsigned long long)p->nblocks * block, type, uuid,
		p->attrs & GPT_ATTR_BOOTABLE ? ",bootable" : "");
	if (p->attrs & ~GPT_ATTR_BOOTABLE)
		t->len += (size_t)snprintf(t->buf + t->len, t->size - t->len,
					   ",attrs=0x%llx",
					   (unsigned long long)p->attrs);
	if (p->number != follows + 1)
		t->len += (size_t)snprintf(t->buf + t->len, t->size - t->len,
					   ",number=%u", p->number);
	t->buf[t->len++] = ';';
}

int part_desc_text(const struct gpt_table *g, char **out)
{
	struct text t = { .size = 64 };
	unsigned int last = 0;
	struct part_new p;
	uint8_t guid[16];
	char disk[37];

	for (unsigned int i = 1; i <= g->nentries; i++)
		if (gpt_get(g, i, &p))
			t.size += ONE_MAX;
	*out = t.buf = heap_alloc(t.size);
	if (!t.buf)
		return -ENOMEM;
	gpt_guid(g, guid);
	format_uuid(guid, disk);
	t.len = (size_t)snprintf(t.buf, t.size, "uuid_disk=%s;", disk);
	for (unsigned int i = 1; i <= g->nentries; i++) {
		if (!gpt_get(g, i, &p))
			continue;
		put_one(&t, g, &p, last);
		last = i;
	}
	t.buf[t.len] = '\0';
	return 0;
}
