/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every scheme does before it writes: find the starts and sizes that were
 * left open, and refuse what is outside or overlaps.
 */
#include <block/part_write.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <core/random.h>
#include <lib/checked.h>
#include <lib/compiler.h>
#include <lib/utf.h>

#include "part_priv.h"

int part_refuse(struct part_why *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

void part_new_name(const struct part_new *p, char out[PART_NAME_SIZE])
{
	utf16le_to_utf8(p->name, PART_NAME_UNITS, out, PART_NAME_SIZE);
}

const char *part_set_name(struct part_new *p, const char *name)
{
	char back[PART_NAME_SIZE];

	memset(p->name, 0, sizeof(p->name));
	if (utf8_to_utf16le(name, p->name, PART_NAME_UNITS) > PART_NAME_UNITS)
		return "more than 36 characters";
	part_new_name(p, back);
	return strcmp(back, name) != 0 ? "not UTF-8" : NULL;
}

int part_flush(struct blkdev *disk)
{
	int ret = blk_flush(disk);

	return ret == -ENOSYS ? 0 : ret;
}

int part_random_guid(uint8_t guid[16], struct part_why *why)
{
	int ret = random_bytes(guid, 16);

	if (ret == -ENODEV)
		part_refuse(why,
			    "no source of random numbers: give every uuid");

	guid[7] = (guid[7] & 0x0f) | 0x40;
	guid[8] = (guid[8] & 0x3f) | 0x80;
	return ret;
}

/* The end of parts[@i], which takes what is left: up to the next that has a start,
 * less what those between need. 0: no room for them. */
static uint64_t end_of_rest(const struct part_new *parts, unsigned int count,
			    unsigned int i, const struct part_room *room)
{
	uint64_t end = room->end;
	unsigned int next = i + 1;

	while (next < count && !parts[next].lba)
		next++;
	if (next < count)
		end = parts[next].lba - min_u64(room->gap, parts[next].lba);
	if (next < count && room->gap)
		end = align_down(end, room->align);
	while (--next > i) {
		uint64_t n = parts[next].nblocks;

		if (!n || n > end)
			return 0;
		end = align_down(end - n, room->align);
		if (room->gap && end)
			end = align_down(end - room->gap, room->align);
	}
	return end;
}

static int inside_room(const struct part_new *p, const struct part_room *room,
		       struct part_why *why)
{
	if (p->lba < room->first + room->gap)
		return part_refuse(
			why,
			"partition %u begins before block %llu, the "
			"first it may have",
			p->number,
			(unsigned long long)(room->first + room->gap));
	if (!inside(p->lba, p->nblocks, room->end))
		return part_refuse(why,
				   "partition %u ends behind block %llu, the "
				   "last it may have",
				   p->number,
				   (unsigned long long)(room->end - 1));
	return 0;
}

static int apart(const struct part_new *parts, unsigned int i,
		 struct part_why *why)
{
	for (unsigned int j = 0; j < i; j++)
		if (overlaps(parts[i].lba, parts[i].nblocks, parts[j].lba,
			     parts[j].nblocks))
			return part_refuse(why, "partitions %u and %u overlap",
					   parts[j].number, parts[i].number);
	return 0;
}

int part_layout(struct part_new *parts, unsigned int count,
		const struct part_room *room, struct part_why *why)
{
	uint64_t end = room->first;
	int ret = 0;

	for (unsigned int i = 0; !ret && i < count; i++) {
		struct part_new *p = &parts[i];

		if (!p->lba)
			p->lba = align_up(end + room->gap, room->align);
		if (!p->nblocks) {
			end = end_of_rest(parts, count, i, room);
			if (end <= p->lba)
				return part_refuse(
					why,
					"there is no room for partition %u",
					p->number);
			p->nblocks = end - p->lba;
		}
		ret = inside_room(p, room, why);
		if (!ret)
			ret = apart(parts, i, why);
		end = p->lba + p->nblocks;
	}
	return ret;
}
