/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptions of partition tables, typed or from a variable, into struct part_new
 * and back. The syntax is U-Boot's: partitions are separated by ';' and their fields
 * by ','; a value "${name}" is the environment's; BYTES are in C notation with K, M, G
 * or T. Of our own are number=, attrs= and a backslash before what would separate:
 * without them not every table could be told.
 *
 * What is not understood is refused: a key with a typing error would otherwise make
 * another table than was meant.
 */
#include "part_desc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/heap.h>
#include <env/env.h>
#include <lib/checked.h>
#include <lib/ctype.h>
#include <lib/parse.h>

#define FOR_GPT 1
#define FOR_MBR 2

struct parser {
	const struct blkdev *disk;
	struct part_desc *d;
	struct part_why *why;
	struct part_new *p; /* NULL: the disk itself */
	unsigned int seen;  /* a bit for each of fields[] */
};

struct field {
	const char *key;
	unsigned int kinds, needed;
	int (*set)(struct parser *s, const char *key, const char *value);
};

static int refuse(struct parser *s, const char *key, const char *what)
{
	if (!s->p)
		return part_refuse(s->why, "%s=: %s", key, what);
	return part_refuse(s->why, "partition %u: %s=: %s", s->d->count, key,
			   what);
}

/* ---- values ---- */

static int get_number(struct parser *s, const char *key, const char *value,
		      uint64_t *out)
{
	const char *end = value;

	if (parse_prefix_u64(value, value[0] == '0' ? 8 : 10, out, &end) ||
	    *end)
		return refuse(s, key, "not a number");
	return 0;
}

/* Bytes as the disk's blocks. */
static int get_blocks(struct parser *s, const char *key, const char *value,
		      uint64_t *out)
{
	static const char units[] = "kmgt";
	const char *end = value, *unit;
	uint64_t v = 0;

	if (parse_prefix_u64(value, value[0] == '0' ? 8 : 10, &v, &end))
		return refuse(s, key, "not a number of bytes");
	unit = *end ? strchr(units, to_lower(*end)) : NULL;
	for (long i = unit ? unit - units + 1 : 0; i; i--)
		if (!mul_ok(v, 1024, &v))
			return refuse(s, key, "too large");
	if (unit)
		end++;
	if (unit && *end == 'i')
		end++;
	if (unit && *end == 'B')
		end++;
	if (*end)
		return refuse(s, key, "not a number of bytes");
	if (v % s->disk->block_size)
		return refuse(s, key, "not a multiple of the disk's blocks");
	*out = v / s->disk->block_size;
	return 0;
}

static int set_uuid_disk(struct parser *s, const char *key, const char *value)
{
	uint64_t v;

	if (!s->d->mbr)
		return parse_uuid(value, s->d->disk_guid)
			       ? refuse(s, key, "not a UUID")
			       : 0;
	if (get_number(s, key, value, &v))
		return -EINVAL;
	s->d->signature = (uint32_t)v;
	return v == s->d->signature ? 0 : refuse(s, key, "too large");
}

static int set_name(struct parser *s, const char *key, const char *value)
{
	const char *why;

	/* An MBR has no names; they are there for the reader's sake. */
	if (s->d->mbr)
		return 0;
	why = part_set_name(s->p, value);
	return why ? refuse(s, key, why) : 0;
}

static int set_start(struct parser *s, const char *key, const char *value)
{
	return get_blocks(s, key, value, &s->p->lba);
}

static int set_size(struct parser *s, const char *key, const char *value)
{
	return strcmp(value, "-") != 0
		       ? get_blocks(s, key, value, &s->p->nblocks)
		       : 0;
}

static int set_type(struct parser *s, const char *key, const char *value)
{
	static const uint8_t unused[16];

	if (part_type_guid(value, s->p->type_guid) &&
	    parse_uuid(value, s->p->type_guid))
		return refuse(s, key, "neither a known type nor a UUID");
	if (!memcmp(s->p->type_guid, unused, sizeof(unused)))
		return refuse(s, key, "this one means an unused entry");
	return 0;
}

static int set_uuid(struct parser *s, const char *key, const char *value)
{
	return parse_uuid(value, s->p->guid) ? refuse(s, key, "not a UUID") : 0;
}

static int set_attrs(struct parser *s, const char *key, const char *value)
{
	uint64_t attrs;
	int ret = get_number(s, key, value, &attrs);

	if (!ret)
		s->p->attrs |= attrs;
	return ret;
}

static int set_number(struct parser *s, const char *key, const char *value)
{
	uint64_t v;

	if (get_number(s, key, value, &v))
		return -EINVAL;
	s->p->number = (unsigned int)v;
	return v && v <= PART_MAX ? 0 : refuse(s, key, "not from 1 to 256");
}

static int set_id(struct parser *s, const char *key, const char *value)
{
	uint64_t v;

	if (get_number(s, key, value, &v))
		return -EINVAL;
	s->p->sys_ind = (uint8_t)v;
	return v == s->p->sys_ind ? 0 : refuse(s, key, "larger than 0xff");
}

static const struct field fields[] = {
	{ "name", FOR_GPT | FOR_MBR, FOR_GPT, set_name },
	{ "start", FOR_GPT | FOR_MBR, 0, set_start },
	{ "size", FOR_GPT | FOR_MBR, FOR_GPT | FOR_MBR, set_size },
	{ "type", FOR_GPT, 0, set_type },
	{ "uuid", FOR_GPT, 0, set_uuid },
	{ "attrs", FOR_GPT, 0, set_attrs },
	{ "number", FOR_GPT, 0, set_number },
	{ "id", FOR_MBR, FOR_MBR, set_id },
};

/* ---- texts ---- */

/* Cut @*rest at the next @sep that has no backslash before it; NULL at the end. */
static char *cut(char **rest, char sep)
{
	char *start = *rest, *p = start;

	if (!start)
		return NULL;
	while (*p && *p != sep) {
		if (*p == '\\' && p[1])
			p++;
		p++;
	}
	*rest = *p ? p + 1 : NULL;
	*p = '\0';
	return start;
}

static char *skip_blanks(char *p)
{
	while (is_space(*p))
		p++;
	return p;
}

/* Take off blanks at the end that have no backslash before them. */
static void trim(char *p)
{
	char *end = p;

	for (; *p; p++) {
		bool escaped = *p == '\\' && p[1];

		p += escaped;
		if (escaped || !is_space(*p))
			end = p + 1;
	}
	*end = '\0';
}

static void unescape(char *p)
{
	char *to = p;

	for (; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		*to++ = *p;
	}
	*to = '\0';
}

/* A UUID that is not set is made, and kept in the variable for the next time. */
static int make_uuid(struct parser *s, const char *name, char text[37])
{
	uint8_t guid[16];
	int ret = part_random_guid(guid, s->why);

	if (ret)
		return ret;
	format_uuid(guid, text);
	return env_set(name, text);
}

/* "${name}" to its value. Return: 0, *value NULL when nothing is to be set */
static int from_env(struct parser *s, const char *key, const char **value,
		    char text[37])
{
	const char *name = *value;
	bool is_uuid = !s->d->mbr && !strncmp(key, "uuid", 4);

	*value = env_get(name);
	if (*value || (is_uuid && s->d->verify))
		return 0;
	if (!is_uuid)
		return refuse(s, key, "the variable is not set");
	*value = text;
	return make_uuid(s, name, text);
}

static int set_field(struct parser *s, const struct field *f, char *value)
{
	size_t len = strlen(value);
	const char *v = value;
	char text[37];
	int ret = 0;

	if (len > 3 && !strncmp(value, "${", 2) && value[len - 1] == '}') {
		value[len - 1] = '\0';
		v = value + 2;
		ret = from_env(s, f->key, &v, text);
	} else {
		unescape(value);
	}
	return ret || !v ? ret : f->set(s, f->key, v);
}

static unsigned int kind(const struct parser *s)
{
	return s->d->mbr ? FOR_MBR : FOR_GPT;
}

static const struct field *find_field(const struct parser *s, const char *key)
{
	static const struct field disk = { .key = "uuid_disk",
					   .set = set_uuid_disk };

	if (!s->p)
		return strcmp(key, disk.key) != 0 ? NULL : &disk;
	for (size_t i = 0; i < array_size(fields); i++)
		if (fields[i].kinds & kind(s) && !strcmp(fields[i].key, key))
			return &fields[i];
	return NULL;
}

static int parse_field(struct parser *s, char *text)
{
	char *key = skip_blanks(text);
	char *value = strchr(key, '=');
	const struct field *f;
	unsigned int bit;

	trim(key);
	if (!*key)
		return 0;
	if (!value && s->p && !strcmp(key, "bootable")) {
		if (s->p->bootable)
			return refuse(s, key, "there twice");
		s->p->bootable = true;
		s->p->attrs |= GPT_ATTR_BOOTABLE;
		return 0;
	}
	if (value) {
		*value = '\0';
		value = skip_blanks(value + 1);
		trim(key);
	}
	f = value ? find_field(s, key) : NULL;
	if (!f && s->p)
		return part_refuse(s->why, "partition %u: unknown '%.32s'",
				   s->d->count, key);
	if (!f)
		return part_refuse(s->why, "unknown '%.32s'", key);
	bit = s->p ? 1u << (f - fields) : 0;
	if (s->seen & bit)
		return refuse(s, key, "there twice");
	s->seen |= bit;
	return set_field(s, f, value);
}

/* ---- partitions ---- */

static int missing(struct parser *s, const char *what)
{
	part_refuse(s->why, "partition %u: no %s=", s->d->count, what);
	return -ENOENT;
}

static int parse_one(struct parser *s, char *text)
{
	unsigned int count = s->d->count;
	char *field;
	int ret = 0;

	if (count == PART_MAX)
		return part_refuse(s->why, "more than %u partitions", PART_MAX);
	s->seen = 0;
	s->p = &s->d->parts[s->d->count++];
	s->p->number = count ? s->p[-1].number + 1 : 1;
	while (!ret && (field = cut(&text, ',')))
		ret = parse_field(s, field);
	if (ret)
		return ret;
	for (size_t i = 0; i < array_size(fields); i++)
		if (fields[i].needed & kind(s) && !(s->seen & 1u << i))
			return missing(s, fields[i].key);
	return 0;
}

static int parse_all(struct parser *s, char *text)
{
	char *one;
	int ret = 0;

	if (!strncmp(skip_blanks(text), "uuid_disk", 9))
		ret = parse_field(s, cut(&text, ';'));
	while (!ret && (one = cut(&text, ';')))
		/* A ';' may end the last, too. */
		if (text || *skip_blanks(one))
			ret = parse_one(s, one);
	if (!ret && !s->d->count) {
		part_refuse(s->why, "there are no partitions");
		ret = -ENOENT;
	}
	return ret;
}

int part_desc_parse(const struct blkdev *disk, const char *text,
		    struct part_desc *d, struct part_why *why)
{
	struct parser s = { .disk = disk, .d = d, .why = why };
	char *copy = heap_strdup(text);
	int ret = -ENOMEM;

	d->count = 0;
	d->parts = heap_alloc(PART_MAX * sizeof(*d->parts));
	if (copy && d->parts)
		ret = parse_all(&s, copy);
	heap_free(copy);
	return ret;
}

void part_desc_free(struct part_desc *d)
{
	heap_free(d->parts);
}
