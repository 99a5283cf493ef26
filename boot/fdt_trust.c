/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libfdt takes on trust. An alias that is no path it takes for another alias,
 * by recursion, however often. fdt_overlay_apply recurses as deep as nodes are
 * nested, and writes phandles at offsets that the overlay names: past the end of a
 * property (__local_fixups__), or wrapped at 32 bits (__fixups__). A list that names
 * itself would be changed while it is read, so that is refused, too. Source:
 * Devicetree Specification 0.4, 3.3; dtc, Documentation/dt-object-internal.txt.
 */
#include <boot/fdt.h>

#include <errno.h>
#include <string.h>

#include <libfdt.h>

#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/parse.h>

#include "boot_priv.h"

#define MAX_DEPTH    64
#define PHANDLE_SIZE 4

bool boot_fdt_aliases_ok(const void *fdt)
{
	int prop, len, node = fdt_path_offset(fdt, "/aliases");

	if (node < 0)
		return true;
	fdt_for_each_property_offset(prop, fdt, node)
	{
		const char *name, *v;

		v = fdt_getprop_by_offset(fdt, prop, &name, &len);
		if (!v)
			return false;
		/* a phandle, 0 in front, leads to the alias of no name */
		if (len && *v ? *v != '/' : !*name)
			return false;
	}
	return true;
}

static bool too_deep(const void *fdt)
{
	int node = 0, depth = 0;

	while (node >= 0 && depth <= MAX_DEPTH)
		node = fdt_next_node(fdt, node, &depth);
	return depth > MAX_DEPTH;
}

/* Does property @name of @node have room for a phandle at @at? */
static bool has_room(const void *fdt, int node, const char *name, int name_len,
		     uint64_t at)
{
	int len;

	return fdt_getprop_namelen(fdt, node, name, name_len, &len) &&
	       inside(at, PHANDLE_SIZE, (uint64_t)len);
}

/* The properties of @list hold offsets into those of @node that have their names. */
static bool local_node_ok(const void *fdt, int list, int node)
{
	int prop;

	fdt_for_each_property_offset(prop, fdt, list)
	{
		const char *name;
		int len, name_len;
		const uint8_t *at = fdt_getprop_by_offset(fdt, prop, &name,
							  &len);

		/* libfdt changes these before it reads them */
		if (!at || !strcmp(name, "phandle") ||
		    !strcmp(name, "linux,phandle"))
			return false;
		name_len = (int)strlen(name);
		for (; len >= PHANDLE_SIZE; len -= 4, at += 4)
			if (!has_room(fdt, node, name, name_len, get_be32(at)))
				return false;
	}
	return true;
}

/* Below @list are nodes with the names of those in the tree. */
static bool local_fixups_ok(const void *fdt, int list, int fixups)
{
	int node[MAX_DEPTH + 1] = { 0 }, depth = 0;

	for (int at = list; at >= 0 && depth >= 0 && depth <= MAX_DEPTH;
	     at = fdt_next_node(fdt, at, &depth)) {
		const char *name = fdt_get_name(fdt, at, NULL);

		if (depth)
			node[depth] = name ? fdt_subnode_offset(
						     fdt, node[depth - 1], name)
					   : -FDT_ERR_BADSTRUCTURE;
		if (node[depth] < 0 || (depth && node[depth] == list) ||
		    (depth && node[depth] == fixups) ||
		    !local_node_ok(fdt, at, node[depth]))
			return false;
	}
	return true;
}

/* @text: "path:property:offset", as long as @len without its NUL */
static bool fixup_ok(const void *fdt, int fixups, const char *text, size_t len)
{
	const char *name = memchr(text, ':', len), *at;
	uint64_t offset;
	int node;

	if (text[0] != '/' || !name)
		return false;
	node = fdt_path_offset_namelen(fdt, text, (int)(name++ - text));
	at = strchr(name, ':');
	return at && node >= 0 && node != fixups &&
	       !parse_u64(at + 1, 10, &offset) &&
	       has_room(fdt, node, name, (int)(at - name), offset);
}

/* The properties of @fixups are lists of such texts. */
static bool fixups_ok(const void *fdt, int fixups)
{
	int prop;

	fdt_for_each_property_offset(prop, fdt, fixups)
	{
		int len;
		const char *text = fdt_getprop_by_offset(fdt, prop, NULL, &len);

		while (text && len > 0) {
			size_t n = strnlen(text, (size_t)len);

			if (n == (size_t)len || !fixup_ok(fdt, fixups, text, n))
				return false;
			text += n + 1;
			len -= (int)n + 1;
		}
		if (!text)
			return false;
	}
	return true;
}

/* Not by aliases: a fragment before may have changed them. */
static bool targets_ok(const void *fdt)
{
	int node, len;

	fdt_for_each_subnode(node, fdt, 0)
	{
		const char *path = fdt_getprop(fdt, node, "target-path", &len);

		if (path && (!len || *path != '/'))
			return false;
	}
	return true;
}

int boot_fdt_check_overlay(const void *fdt, struct boot_why *why)
{
	int local, fixups;

	if (too_deep(fdt))
		return refuse(why, -EBADMSG, "nested too deep");
	if (!targets_ok(fdt))
		return refuse(why, -EBADMSG, "a target-path without '/'");
	local = fdt_path_offset(fdt, "/__local_fixups__");
	fixups = fdt_path_offset(fdt, "/__fixups__");
	if (local >= 0 && !local_fixups_ok(fdt, local, fixups))
		return refuse(why, -EBADMSG, "bad __local_fixups__");
	if (fixups >= 0 && !fixups_ok(fdt, fixups))
		return refuse(why, -EBADMSG, "bad __fixups__");
	return 0;
}
