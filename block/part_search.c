/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Partitions by what they are called, not by where they are: "label=ROOT". All disks
 * that may have it are looked at, so that the order in which they were found plays no
 * role: of two that answer neither is taken. One that fails hides nothing on the others;
 * it is named when nothing is found.
 */
#include "part_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <lib/ctype.h>

struct search {
	const struct part_key *key;
	const char *value;
	struct blkdev *found, *twin;
	struct blkdev *failed; /* the first of those that cannot be looked at */
	int error;             /* why */
};

const struct part_key *part_key_of(const char *text, const char **value)
{
	const char *equals = strchr(text, '=');
	char name[16];

	if (!equals || equals - text >= (ptrdiff_t)sizeof(name))
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
	*value = equals + 1;
	for_each_entry (part_key, const struct part_key, it)
		if (is_same_text((*it)->name, name))
			return *it;
	return NULL;
}

/* Return: 0; 1 the rest of this disk is not looked at; -EINTR */
static int note_failure(struct search *s, struct blkdev *dev, int err)
{
	if (err == -EINTR)
		return err;
	if (!s->failed) {
		s->failed = dev;
		s->error = err;
	}
	/* What did not answer once is not waited for again. */
	return err == -ETIMEDOUT;
}

/* Return: as note_failure */
static int look_at(struct search *s, struct blkdev *dev,
		   const struct part *part)
{
	int ret = s->key->is(dev, part, s->value);

	if (ret < 0)
		return note_failure(s, dev, ret);
	if (ret && !s->found)
		s->found = dev;
	else if (ret && !s->twin)
		s->twin = dev;
	return 0;
}

/* The table is asked for again each time: looking at a partition may have reset its
 * device. Return: as note_failure */
static int look_at_disk(struct search *s, struct blkdev *disk)
{
	const struct part_list *list;
	struct blkdev *dev;
	struct part part;
	int ret;

	for (unsigned int i = 0;; i++) {
		ret = part_table(disk, &list);
		if (ret == -ENOENT)
			return i ? 0 : look_at(s, disk, NULL);
		if (ret)
			return note_failure(s, disk, ret);
		if (i >= list->count)
			return 0;
		part = list->parts[i];
		if (part_is_extended(part.sys_ind))
			continue;
		ret = part_open(disk, part.number, &dev);
		ret = ret ? note_failure(s, disk, ret) : look_at(s, dev, &part);
		if (ret)
			return ret;
	}
}

/* Return: @err */
static int explain(const struct search *s, int err, const char **why)
{
	static char text[160];
	char one[BLK_NAME_MAX], two[BLK_NAME_MAX];

	if (err == -EINTR)
		snprintf(text, sizeof(text), "interrupted");
	else if (s->twin)
		snprintf(text, sizeof(text), "%s and %s both have this %s",
			 blk_name(s->found, one), blk_name(s->twin, two),
			 s->key->name);
	else if (s->failed)
		snprintf(text, sizeof(text),
			 "nothing has this %s, but %s cannot be looked at: %s",
			 s->key->name, blk_name(s->failed, one),
			 blk_error(s->failed, s->error));
	else
		snprintf(text, sizeof(text), "nothing has this %s",
			 s->key->name);
	*why = text;
	return err;
}

int part_search(const struct part_key *key, const char *value,
		struct part_search_in in, struct blkdev **dev, const char **why)
{
	struct search s = { .key = key, .value = value };
	int ret = 0;

	if (!*value) {
		*why = "nothing stands behind the =";
		return -EINVAL;
	}
	if (in.disk)
		ret = look_at_disk(&s, in.disk);
	for (struct blkdev *d = in.disk ? NULL : blk_next(NULL); d && ret >= 0;
	     d = blk_next(d))
		if (blk_is(d, in.type))
			ret = look_at_disk(&s, d);
	if (ret < 0)
		return explain(&s, ret, why);
	if (s.twin)
		return explain(&s, -EINVAL, why);
	if (!s.found)
		return explain(&s,
			       s.failed  ? s.error
			       : in.disk ? -ENOENT
					 : -ENODEV,
			       why);
	*dev = s.found;
	return 0;
}

/* ---- what the table itself tells ---- */

static int is_partuuid(struct blkdev *dev, const struct part *part,
		       const char *value)
{
	(void)dev;
	return part && is_same_text(part->uuid, value);
}

static int is_partlabel(struct blkdev *dev, const struct part *part,
			const char *value)
{
	(void)dev;
	return part && !strcmp(part->name, value);
}

static const struct part_key partuuid = { "partuuid", is_partuuid };
static const struct part_key partlabel = { "partlabel", is_partlabel };

TABLE_ENTRY(part_key, &partuuid);
TABLE_ENTRY(part_key, &partlabel);
