/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * "IF DEV[:PART]", the address form of all commands that name a partition:
 * numbers are hexadecimal, 0 is the whole disk, "#name" goes by GPT name,
 * ":auto" means the first bootable partition, or the first when none is. A disk
 * also goes by its serial number: "serial=ABC:1".
 */
#include <block/part.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <lib/errstr.h>
#include <lib/parse.h>

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

/* The disk whose serial number is @serial[0 .. len). A disk that cannot tell its own
 * is not the one. */
static int by_serial(const char *type, const char *serial, size_t len,
		     struct blkdev **disk, const char **why)
{
	struct blkdev *found = NULL;
	char id[21];
	int ret;

	if (!len)
		return fail(-EINVAL, why, "no serial number given");
	for (struct blkdev *d = blk_next(NULL); d; d = blk_next(d)) {
		if (strcmp(d->type, type) != 0)
			continue;
		ret = blk_get_id(d, id);
		if (ret == -EINTR)
			return fail(ret, why, "interrupted");
		if (ret || strlen(id) != len || memcmp(id, serial, len) != 0)
			continue;
		if (found)
			return fail(
				-EINVAL, why,
				"more than one disk has this serial number");
		found = d;
	}
	*disk = found;
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

int part_disk(const char *type, const char *spec, struct blkdev **disk,
	      const char **rest, const char **why)
{
	size_t len = 0, skip = strlen(SERIAL);
	int ret;

	*disk = NULL;
	while (spec[len] && spec[len] != ':' && spec[len] != '#')
		len++;
	*rest = spec + len;
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
	const char *rest;
	int ret = part_disk(type, spec, disk, &rest, why);

	*dev = NULL;
	if (ret)
		return ret;
	ret = resolve_part(*disk, rest, dev);
	return ret ? fail(ret, why, reason(*disk, ret)) : 0;
}

bool part_is_chosen(const char *spec)
{
	return strchr(spec, ':') || strchr(spec, '#');
}
