/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table of variables as one sorted array of "name=value" strings: printenv
 * wants them sorted, and a few hundred names do not need a hash. Each string is
 * its own allocation, so a value stays where it is while others change.
 */
#include <env/vars.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/heap.h>

#define VARS_NAME_MAX 255 /* bytes; longer names are refused */

/* Where @item's name ends: it always holds a '='. */
static size_t name_len(const char *item)
{
	return (size_t)(strchr(item, '=') - item);
}

/* strcmp of an item's name with @name[0 .. len). */
static int compare(const char *item, const char *name, size_t len)
{
	size_t ilen = name_len(item);
	int diff = memcmp(item, name, ilen < len ? ilen : len);

	if (diff)
		return diff;
	return (ilen > len) - (ilen < len);
}

/* Index of @name, or where it would be inserted. */
static size_t find(const struct vars *v, const char *name, bool *found)
{
	size_t len = strlen(name), lo = 0, hi = v->count;

	*found = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int diff = compare(v->items[mid], name, len);

		if (!diff) {
			*found = true;
			return mid;
		}
		if (diff < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool vars_name_ok(const char *name)
{
	size_t len = strnlen(name, VARS_NAME_MAX + 1);

	if (!len || len > VARS_NAME_MAX || *name == '#')
		return false;
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (c <= ' ' || c == 0x7f || c == '=' || c == '\\')
			return false;
	}
	return true;
}

const char *vars_get(const struct vars *v, const char *name)
{
	bool found;
	size_t i = find(v, name, &found);

	return found ? v->items[i] + name_len(v->items[i]) + 1 : NULL;
}

static void delete_at(struct vars *v, size_t i)
{
	v->bytes -= strlen(v->items[i]) + 1;
	heap_free(v->items[i]);
	v->count--;
	memmove(&v->items[i], &v->items[i + 1],
		(v->count - i) * sizeof(v->items[0]));
}

static int grow(struct vars *v)
{
	size_t room = v->room ? v->room * 2 : 32;
	char **items = heap_alloc(room * sizeof(*items));

	if (!items)
		return -ENOMEM;
	if (v->count)
		memcpy(items, v->items, v->count * sizeof(*items));
	heap_free(v->items);
	v->items = items;
	v->room = room;
	return 0;
}

static char *make_item(const char *name, const char *value)
{
	size_t size = strlen(name) + strlen(value) + 2;
	char *item = heap_alloc(size);

	if (item)
		snprintf(item, size, "%s=%s", name, value);
	return item;
}

int vars_set(struct vars *v, const char *name, const char *value)
{
	bool found;
	size_t i, old, need;
	char *item;

	if (!vars_name_ok(name))
		return -EINVAL;
	i = find(v, name, &found);
	if (!value || !*value) {
		if (found)
			delete_at(v, i);
		return 0;
	}
	old = found ? strlen(v->items[i]) + 1 : 0;
	need = strlen(name) + strlen(value) + 2;
	if (v->bytes - old + need > v->max)
		return -ENOSPC;
	if (!found && v->count == v->room && grow(v))
		return -ENOMEM;
	/* Before the old one goes: @value may point into it. */
	item = make_item(name, value);
	if (!item)
		return -ENOMEM;
	v->bytes += need - old;
	if (found) {
		heap_free(v->items[i]);
		v->items[i] = item;
		return 0;
	}
	memmove(&v->items[i + 1], &v->items[i],
		(v->count - i) * sizeof(v->items[0]));
	v->items[i] = item;
	v->count++;
	return 0;
}

int vars_walk(const struct vars *v,
	      int (*fn)(void *arg, const char *name, const char *value),
	      void *arg)
{
	char name[VARS_NAME_MAX + 1];

	for (size_t i = 0; i < v->count; i++) {
		size_t len = name_len(v->items[i]);
		int ret;

		memcpy(name, v->items[i], len);
		name[len] = '\0';
		ret = fn(arg, name, v->items[i] + len + 1);
		if (ret)
			return ret;
	}
	return 0;
}

void vars_clear(struct vars *v)
{
	while (v->count)
		delete_at(v, v->count - 1);
}
