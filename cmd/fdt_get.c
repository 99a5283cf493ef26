/* SPDX-License-Identifier: BSD-2-Clause */
/* fdt get: properties, names, addresses and sizes into variables. */
#include "fdt.h"

#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include <core/console.h>
#include <env/env.h>
#include <lib/byteorder.h>
#include <lib/errstr.h>

#define MAX_CELLS 5 /* a SHA-1 digest */

/* argv: get, what, variable, path, … */
static int stored(const struct cmd_call *call, int err)
{
	return err ? cmd_fail(call, call->argv[2], err) : CMD_OK;
}

static int get_string(const struct cmd_call *call, const char *data, int len,
		      uint64_t index)
{
	uint64_t n = 0;

	for (int i = 0; i < len; i += (int)strlen(data + i) + 1, n++)
		if (n == index)
			return stored(call, env_set(call->argv[2], data + i));
	con_printf("%s: %s has %llu string(s)\n", call->name, call->argv[4],
		   (unsigned long long)n);
	return CMD_FAIL;
}

static int get_cells(const struct cmd_call *call, const char *data, int len,
		     uint64_t index)
{
	char text[8 * MAX_CELLS + 1];

	if (len == 4 || call->argc > 5) {
		if (index >= (uint64_t)len / 4) {
			con_printf("%s: %s has %d cell(s)\n", call->name,
				   call->argv[4], len / 4);
			return CMD_FAIL;
		}
		snprintf(text, sizeof(text), "0x%08X",
			 get_be32(data + 4 * index));
		return stored(call, env_set(call->argv[2], text));
	}
	if (len > 4 * MAX_CELLS) {
		con_puts("error: unprintable value\n");
		return CMD_FAIL;
	}
	for (int i = 0; i < len; i += 4)
		snprintf(text + 2 * i, 9, "%08x", get_be32(data + i));
	return stored(call, env_set(call->argv[2], text));
}

static int get_value(const struct cmd_call *call, const void *fdt, int node)
{
	uint64_t index = 0;
	const char *data;
	int len;

	if (call->argc < 5)
		return CMD_USAGE;
	if (call->argc > 5 && cmd_number(call, 5, &index))
		return CMD_FAIL;
	data = fdt_getprop(fdt, node, call->argv[4], &len);
	if (!data)
		return fdt_failed("fdt_getprop", len);
	if (!len)
		return stored(call, env_set(call->argv[2], ""));
	if (fdt_is_text(data, len))
		return get_string(call, data, len, index);
	if (len % 4 == 0)
		return get_cells(call, data, len, index);
	con_puts("error: unprintable value\n");
	return CMD_FAIL;
}

static int get_name(const struct cmd_call *call, const void *fdt, int node)
{
	uint64_t index, n = 0;
	int child;

	if (call->argc < 5)
		return CMD_USAGE;
	if (cmd_number(call, 4, &index))
		return CMD_FAIL;
	fdt_for_each_subnode(child, fdt, node) if (n++ == index) return stored(
		call, env_set(call->argv[2], fdt_get_name(fdt, child, NULL)));
	con_puts("libfdt node not found\n");
	return CMD_FAIL;
}

static int get_addr(const struct cmd_call *call, const void *fdt, int node)
{
	const char *data;
	int len;

	if (call->argc < 5)
		return CMD_USAGE;
	data = fdt_getprop(fdt, node, call->argv[4], &len);
	if (!data)
		return fdt_failed("fdt_getprop", len);
	return stored(call,
		      env_set_hex(call->argv[2], (uint64_t)(uintptr_t)data));
}

static int get_size(const struct cmd_call *call, const void *fdt, int node)
{
	int child, count = 0;

	if (call->argc > 4) {
		if (!fdt_getprop(fdt, node, call->argv[4], &count))
			return fdt_failed("fdt_getprop", count);
	} else {
		fdt_for_each_subnode(child, fdt, node) count++;
	}
	return stored(call, env_set_hex(call->argv[2], (uint64_t)count));
}

int do_fdt_get(const struct cmd_call *call)
{
	static const struct {
		const char *name;
		int (*fn)(const struct cmd_call *call, const void *fdt,
			  int node);
	} kinds[] = {
		{ "addr", get_addr },
		{ "name", get_name },
		{ "size", get_size },
		{ "value", get_value },
	};
	const void *fdt = fdt_working(call);
	size_t typed = strlen(call->argv[1]);
	int node;

	if (!fdt)
		return CMD_FAIL;
	for (size_t i = 0; i < array_size(kinds); i++) {
		if (!typed || strncmp(kinds[i].name, call->argv[1], typed))
			continue;
		node = fdt_find(fdt, call->argv[3]);
		return node < 0 ? CMD_FAIL : kinds[i].fn(call, fdt, node);
	}
	return CMD_USAGE;
}
