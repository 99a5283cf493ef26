/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "IF DEV[:PART]", the address form of all commands that name a partition:
 * numbers are hexadecimal, 0 is the whole disk, "#name" goes by GPT name,
 * ":auto" means the first bootable partition, or the first when none is. A disk
 * also goes by its serial number: "serial=ABC:1". What goes by a key is found by
 * part_search.c.
 */
#include <block/part.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <lib/errstr.h>
#include <lib/parse.h>

#include "part_priv.h"

#define SERIAL "serial="

static bool by_name(const struct part *p, const char *name)
{
	return !strcmp(p->name, name);
}

static bool by_boot_flag(const struct part *p, const char *name)
{
	(void)name;
	return p->bootable;
}

/* The first partition that holds data. */
static bool by_order(const struct part *p, const char *name)
{
	(void)name;
	return !part_is_extended(p->sys_ind);
}

/* The first partition that @match takes. */
static int find(struct blkdev *disk,
		bool (*match)(const struct part *p, const char *name),
		const char *name, struct blkdev **dev)
{
	const struct part_list *list;
	int ret = part_table(disk, &list);

	for (unsigned int i = 0; !ret && i < list->count; i++)
		if (match(&list->parts[i], name))
			return part_open(disk, list->parts[i].number, dev);
	return ret ? ret : -ENOENT;
}

static int resolve_part(struct blkdev *disk, const char *rest,
			struct blkdev **dev)
{
	uint64_t number;
	int ret;

	if (*rest == '#')
		return find(disk, by_name, rest + 1, dev);
	if (*rest == ':' && !strcmp(rest + 1, "auto")) {
		ret = find(disk, by_boot_flag, NULL, dev);
		return ret == -ENOENT ? find(disk, by_order, NULL, dev) : ret;
	}
	if (*rest == ':') {
		ret = parse_u64(rest + 1, 16, &number);
		if (ret)
			return -EINVAL;
		if (number > PART_MAX)
			return -ENOENT;
		if (number)
			return part_open(disk, (unsigned int)number, dev);
		*dev = disk;
		return 0;
	}
	if (*rest)
		return -EINVAL;
	ret = find(disk, by_order, NULL, dev);
	if (ret == -ENOENT) {
		*dev = disk;
		ret = 0;
	}
	return ret;
}

static int fail(int ret, const char **why, const char *text)
{
	*why = text;
	return ret;
}

/* A static text, or one until the next; the table's own note says more about a corrupt one. */
static const char *reason(struct blkdev *disk, int err)
{
	const char *fault = disk->ops->fault ? disk->ops->fault(disk) : NULL;
	const struct part_list *list;
	static char text[80];

	if (fault)
		return fault;
	if (err == -EBADMSG)
		return part_table(disk, &list) == -EBADMSG && list
			       ? list->note
			       : "the partition table is corrupt";
	if (err == -ENOENT)
		return part_table(disk, &list) == -ENOENT ? "no partition table"
							  : "no such partition";
	if (err == -EINVAL)
		return "not a partition number";
	snprintf(text, sizeof(text), "the partition table cannot be read: %s",
		 err_str(err));
	return text;
}

/* What went wrong with two disks, or one. */
static int serial_fail(int ret, const char **why, const char *fmt,
		       const struct blkdev *one, const char *two)
{
	static char text[128];
	char name[BLK_NAME_MAX];

	snprintf(text, sizeof(text), fmt, blk_name(one, name), two);
	return fail(ret, why, text);
}

/* The disk whose serial number is @serial[0 .. len). A disk that cannot tell its own
 * is not the one. */
static int by_serial(const char *type, const char *serial, size_t len,
		     struct blkdev **disk, const char **why)
{
	struct blkdev *found = NULL, *failed = NULL;
	char id[21], name[BLK_NAME_MAX];
	int ret, err = 0;

	if (!len)
		return fail(-EINVAL, why, "no serial number given");
	for (struct blkdev *d = blk_next(NULL); d; d = blk_next(d)) {
		if (!blk_is(d, type))
			continue;
		ret = blk_get_id(d, id);
		if (ret == -EINTR)
			return fail(ret, why, "interrupted");
		if (ret && ret != -ENOSYS && !failed) {
			failed = d;
			err = ret;
		}
		if (ret || strlen(id) != len || memcmp(id, serial, len) != 0)
			continue;
		if (found)
			return serial_fail(-EINVAL, why,
					   "%s and %s both have this serial "
					   "number",
					   found, blk_name(d, name));
		found = d;
	}
	*disk = found;
	if (!found && failed)
		return serial_fail(-ENODEV, why,
				   "no disk has this serial number, but %s "
				   "does not tell: %s",
				   failed, blk_error(failed, err));
	return found ? 0 : fail(-ENODEV, why, "no disk has this serial number");
}

static int by_index(const char *type, const char *spec, size_t len,
		    struct blkdev **disk, const char **why)
{
	const char *end;
	uint64_t index;

	if (parse_prefix_u64(spec, 16, &index, &end) || end != spec + len)
		return fail(-EINVAL, why, "not a device number");
	if (index <= UINT32_MAX)
		*disk = blk_find(type, (unsigned int)index);
	return *disk ? 0 : fail(-ENODEV, why, "no such device");
}

size_t part_disk_len(const char *spec)
{
	const char *value;
	size_t len = 0;

	if (part_key_of(spec, &value))
		return strlen(spec);
	while (spec[len] && spec[len] != ':' && spec[len] != '#')
		len++;
	return len;
}

int part_disk(const char *type, const char *spec, struct blkdev **disk,
	      const char **rest, const char **why)
{
	size_t len = part_disk_len(spec), skip = strlen(SERIAL);
	int ret;

	*disk = NULL;
	if (rest)
		*rest = spec + len;
	else if (spec[len])
		return fail(-EINVAL, why, "not the name of a whole disk");
	if (!strncmp(spec, SERIAL, skip))
		ret = by_serial(type, spec + skip, len - skip, disk, why);
	else
		ret = by_index(type, spec, len, disk, why);
	if (ret)
		return ret;
	ret = blk_open(*disk);
	return ret ? fail(ret, why, blk_error(*disk, ret)) : 0;
}

int part_resolve(const char *type, const char *spec, struct blkdev **disk,
		 struct blkdev **dev, const char **why)
{
	struct part_search_in in = { NULL, type };
	const struct part_key *key;
	const char *rest, *value;
	int ret;

	*disk = *dev = NULL;
	key = part_key_of(spec, &value);
	if (!key) {
		ret = part_disk(type, spec, disk, &rest, why);
		if (ret)
			return ret;
		in.disk = *disk;
		if (*rest == ':')
			key = part_key_of(rest + 1, &value);
	}
	if (key) {
		ret = part_search(key, value, in, dev, why);
		if (!ret)
			*disk = (*dev)->parent ? (*dev)->parent : *dev;
		return ret;
	}
	ret = resolve_part(*disk, rest, dev);
	return ret ? fail(ret, why, reason(*disk, ret)) : 0;
}

bool part_is_chosen(const char *spec)
{
	const char *value;

	return spec[part_disk_len(spec)] || part_key_of(spec, &value);
}

int part_named(const char *name, struct blkdev **dev, const char **why)
{
	const char *colon = strchr(name, ':'), *equals = strchr(name, '=');
	const char *spec = colon ? colon + 1 : name;
	struct blkdev *disk;
	const char *rest;
	char type[16] = "any";
	int ret;

	*dev = NULL;
	if (equals && (!colon || equals < colon))
		spec = name;
	else if (!colon || colon - name >= (ptrdiff_t)sizeof(type))
		return fail(-EINVAL, why, "not IF:DEV[:PART]");
	else
		snprintf(type, sizeof(type), "%.*s", (int)(colon - name), name);
	if (part_is_chosen(spec))
		return part_resolve(type, spec, &disk, dev, why);
	ret = part_disk(type, spec, &disk, &rest, why);
	if (!ret)
		*dev = disk;
	return ret;
}
