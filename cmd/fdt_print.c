/* SPDX-License-Identifier: BSD-2-Clause */
/* fdt print, list and header: listings that look like device tree source. */
#include "fdt.h"

#include <string.h>

#include <libfdt.h>

#include <core/console.h>
#include <env/env.h>
#include <lib/byteorder.h>
#include <lib/ctype.h>

#define MAX_LEVEL 32
#define MAX_DUMP  64 /* bytes of one value shown in a listing */

bool fdt_is_text(const char *data, int len)
{
	if (!len || data[len - 1])
		return false;
	for (int i = 0; i < len; i++) {
		if (data[i] ? !is_print((unsigned char)data[i])
			    : i + 1 < len && !data[i + 1])
			return false;
	}
	return true;
}

static void print_strings(const char *s, int len)
{
	for (int i = 0; i < len; i += (int)strlen(s + i) + 1)
		con_printf("%s\"%s\"", i ? ", " : "", s + i);
}

static void print_value(const char *data, int len, bool whole)
{
	if (fdt_is_text(data, len)) {
		print_strings(data, len);
		return;
	}
	if (len > MAX_DUMP && !whole) {
		con_printf("* 0x%016llx [0x%08x]",
			   (unsigned long long)(uintptr_t)data,
			   (unsigned int)len);
		return;
	}
	if (len % 4) {
		for (int i = 0; i < len; i++)
			con_printf("%s%02x", i ? " " : "[",
				   (unsigned char)data[i]);
		con_puts("]");
		return;
	}
	for (int i = 0; i < len; i += 4)
		con_printf("%s0x%08x", i ? " " : "<", get_be32(data + i));
	con_puts(">");
}

static int print_one(const void *fdt, int node, const char *path,
		     const char *name)
{
	int len;
	const char *data = fdt_getprop(fdt, node, name, &len);

	if (!data)
		return fdt_failed("fdt_getprop", len);
	if (!len) {
		con_put_safe(path, "");
		con_putc(' ');
		con_put_safe(name, "");
		con_putc('\n');
		return CMD_OK;
	}
	con_put_safe(name, "");
	con_puts(" = ");
	print_value(data, len, true);
	con_puts("\n");
	return CMD_OK;
}

static void indent(int level)
{
	while (level-- > 0)
		con_putc('\t');
}

static void print_prop(const void *fdt, int offset, int level)
{
	const char *name;
	int len;
	const char *data = fdt_getprop_by_offset(fdt, offset, &name, &len);

	if (!data)
		return;
	indent(level);
	con_put_safe(name, ""); /* libfdt takes any bytes */
	if (len) {
		con_puts(" = ");
		print_value(data, len, false);
	}
	con_puts(";\n");
}

/* One tag of the tree; @level counts open nodes. */
static void print_tag(const void *fdt, uint32_t tag, int offset, int *level,
		      int depth)
{
	const char *name;

	switch (tag) {
	case FDT_BEGIN_NODE:
		name = fdt_get_name(fdt, offset, NULL);
		if (*level <= depth) {
			indent(*level);
			con_put_safe(name && *name ? name : "/", "");
			con_puts(" {\n");
		}
		++*level;
		break;
	case FDT_END_NODE:
		--*level;
		if (*level <= depth) {
			indent(*level);
			con_puts("};\n");
		}
		break;
	case FDT_PROP:
		if (*level <= depth)
			print_prop(fdt, offset, *level);
		break;
	default:
		break;
	}
}

static int print_node(const void *fdt, int offset, int depth)
{
	int level = 0, next;

	do {
		uint32_t tag = fdt_next_tag(fdt, offset, &next);

		if (tag == FDT_END || next < 0)
			return fdt_failed("fdt_next_tag", next);
		print_tag(fdt, tag, offset, &level, depth);
		if (level >= MAX_LEVEL) {
			con_puts("Nested too deep, aborting.\n");
			return CMD_FAIL;
		}
		if (con_ctrlc())
			return CMD_FAIL;
		offset = next;
	} while (level);
	return CMD_OK;
}

static int print(const struct cmd_call *call, int depth)
{
	const char *path = call->argc > 1 ? call->argv[1] : "/";
	const void *fdt = fdt_working(call);
	int node;

	if (!fdt)
		return CMD_FAIL;
	node = fdt_find(fdt, path);
	if (node < 0)
		return CMD_FAIL;
	if (call->argc > 2)
		return print_one(fdt, node, path, call->argv[2]);
	return print_node(fdt, node, depth);
}

int do_fdt_print(const struct cmd_call *call)
{
	return print(call, MAX_LEVEL);
}

int do_fdt_list(const struct cmd_call *call)
{
	return print(call, 1);
}

/* ---- header ---- */

struct member {
	const char *name, *tabs, *format;
	unsigned int offset; /* of a 32-bit field */
};

static const struct member members[] = {
	{ "magic", "\t\t\t", "0x%x", 0 },
	{ "totalsize", "\t\t", "0x%x (%u)", 4 },
	{ "off_dt_struct", "\t\t", "0x%x", 8 },
	{ "off_dt_strings", "\t\t", "0x%x", 12 },
	{ "off_mem_rsvmap", "\t\t", "0x%x", 16 },
	{ "version", "\t\t", "%u", 20 },
	{ "last_comp_version", "\t", "%u", 24 },
	{ "boot_cpuid_phys", "\t", "0x%x", 28 },
	{ "size_dt_strings", "\t", "0x%x", 32 },
	{ "size_dt_struct", "\t\t", "0x%x", 36 },
};

static int get_member(const struct cmd_call *call, const char *fdt)
{
	const char *var = call->argv[2], *name = call->argv[3];

	for (size_t i = 0; i < array_size(members); i++) {
		if (strcmp(members[i].name, name))
			continue;
		if (!env_set_hex(var, get_be32(fdt + members[i].offset)))
			return CMD_OK;
		con_printf("fdt header get: cannot set '%s'\n", var);
		return CMD_FAIL;
	}
	con_printf("fdt header get: no member '%s'\n", name);
	return CMD_FAIL;
}

int do_fdt_header(const struct cmd_call *call)
{
	const char *fdt = fdt_working(call);

	if (!fdt)
		return CMD_FAIL;
	if (call->argc > 1)
		return call->argc == 4 && !strcmp(call->argv[1], "get")
			       ? get_member(call, fdt)
			       : CMD_USAGE;
	for (size_t i = 0; i < array_size(members); i++) {
		uint32_t v = get_be32(fdt + members[i].offset);

		con_printf("%s:%s", members[i].name, members[i].tabs);
		con_printf(members[i].format, v, v);
		con_puts("\n");
	}
	con_printf("number mem_rsv:\t\t0x%x\n\n",
		   (unsigned int)fdt_num_mem_rsv(fdt));
	return CMD_OK;
}
