/* SPDX-License-Identifier: BSD-2-Clause */
/* fdt rm, mknode, memory, chosen, rsvmem, bootcpu, apply: changing the tree. */
#include "fdt.h"

#include <errno.h>
#include <string.h>

#include <libfdt.h>

#include <boot/fdt.h>
#include <core/console.h>
#include <core/heap.h>
#include <core/ram.h>
#include <env/env.h>

#define NODE_ROOM 256 /* a node or property and its name */

int do_fdt_rm(const struct cmd_call *call)
{
	void *fdt;
	int node = fdt_edit_node(call, call->argv[1], 0, &fdt);

	if (node < 0)
		return CMD_FAIL;
	if (call->argc > 2)
		return fdt_edited(fdt, "fdt_delprop",
				  fdt_delprop(fdt, node, call->argv[2]));
	if (!node) {
		con_puts("fdt rm: the root node must stay\n");
		return CMD_FAIL;
	}
	return fdt_edited(fdt, "fdt_del_node", fdt_del_node(fdt, node));
}

int do_fdt_mknode(const struct cmd_call *call)
{
	const char *name = call->argv[2];
	void *fdt;
	int node;

	if (!*name || strchr(name, '/') || strlen(name) > BOOT_FDT_NAME_MAX) {
		con_printf("fdt mknode: '%s' is no name for a node\n", name);
		return CMD_FAIL;
	}
	node = fdt_edit_node(call, call->argv[1], NODE_ROOM + strlen(name),
			     &fdt);
	if (node < 0)
		return CMD_FAIL;
	return fdt_edited(fdt, "fdt_add_subnode",
			  fdt_add_subnode(fdt, node, name));
}

int do_fdt_memory(const struct cmd_call *call)
{
	struct ram_range bank = { .name = "memory" };
	void *fdt;

	if (cmd_number(call, 1, &bank.base) || cmd_number(call, 2, &bank.size))
		return CMD_FAIL;
	fdt = fdt_edit(call, NODE_ROOM);
	if (!fdt)
		return CMD_FAIL;
	return fdt_edited(fdt, "fdt_setprop",
			  boot_fdt_set_memory(fdt, &bank, 1));
}

int do_fdt_chosen(const struct cmd_call *call)
{
	struct boot_chosen c = { .bootargs = env_get("bootargs") };
	size_t args = c.bootargs ? strlen(c.bootargs) : 0;
	void *fdt;

	if (call->argc == 2)
		return CMD_USAGE;
	if (call->argc > 2 && (cmd_number(call, 1, &c.initrd) ||
			       cmd_number(call, 2, &c.initrd_size)))
		return CMD_FAIL;
	fdt = fdt_edit(call, 2 * NODE_ROOM + args);
	if (!fdt)
		return CMD_FAIL;
	return fdt_edited(fdt, "fdt_setprop", boot_fdt_set_chosen(fdt, &c));
}

static int print_rsvmem(const void *fdt)
{
	int count = fdt_num_mem_rsv(fdt);

	con_puts("index\t\t   start\t\t    size\n"
		 "------------------------------------------------\n");
	for (int i = 0; i < count && !con_ctrlc(); i++) {
		uint64_t base, size;

		if (fdt_get_mem_rsv(fdt, i, &base, &size))
			break;
		con_printf("    %x\t%016llx\t%016llx\n", (unsigned int)i,
			   (unsigned long long)base, (unsigned long long)size);
	}
	return CMD_OK;
}

int do_fdt_rsvmem(const struct cmd_call *call)
{
	uint64_t v[2] = { 0, 0 };
	char kind = call->argv[1][0];
	int args = kind == 'a' ? 2 : kind == 'd' ? 1 : 0;
	void *fdt = kind == 'p' ? fdt_working(call) : fdt_edit(call, NODE_ROOM);

	if (!fdt)
		return CMD_FAIL;
	if (call->argc != 2 + args || !strchr("adp", kind))
		return CMD_USAGE;
	for (int i = 0; i < args; i++)
		if (cmd_number(call, 2 + i, &v[i]))
			return CMD_FAIL;
	if (kind == 'p')
		return print_rsvmem(fdt);
	if (kind == 'a')
		return fdt_edited(fdt, "fdt_add_mem_rsv",
				  fdt_add_mem_rsv(fdt, v[0], v[1]));
	return fdt_edited(fdt, "fdt_del_mem_rsv",
			  v[0] > INT32_MAX ? -FDT_ERR_NOTFOUND
					   : fdt_del_mem_rsv(fdt, (int)v[0]));
}

int do_fdt_bootcpu(const struct cmd_call *call)
{
	uint64_t id;
	void *fdt;

	if (cmd_number(call, 1, &id))
		return CMD_FAIL;
	fdt = fdt_edit(call, 0);
	if (!fdt)
		return CMD_FAIL;
	fdt_set_boot_cpuid_phys(fdt, (uint32_t)id);
	return CMD_OK;
}

/* A failure leaves neither tree whole, so both are copies. */
static int apply(const struct cmd_call *call, void *fdt, const void *overlay,
		 char *copy)
{
	uint32_t len = fdt_totalsize(overlay);
	uint64_t room = fdt == boot_control_fdt() ? boot_fdt_room(fdt)
						  : fdt_totalsize(fdt);
	uint64_t size = fdt_totalsize(fdt) + 2 * (uint64_t)len + NODE_ROOM;
	void *merged = copy + align_up(len, 8);
	int err;

	memcpy(copy, overlay, len);
	err = fdt_open_into(fdt, merged, (int)size);
	if (!err)
		err = fdt_overlay_apply(merged, copy);
	if (!err)
		err = fdt_pack(merged);
	if (err)
		return fdt_failed("fdt_overlay_apply", err);
	if (fdt_totalsize(merged) > room)
		return fdt_edited(fdt, "fdt_overlay_apply", -FDT_ERR_NOSPACE);
	if (!fdt_edit(call, 0))
		return CMD_FAIL;
	err = fdt_open_into(merged, fdt, (int)room);
	return fdt_edited(fdt, "fdt_open_into", err);
}

/* libfdt passes over what has none, and calls it a success. */
static bool has_overlay(const void *fdt)
{
	int node;

	fdt_for_each_subnode(node, fdt, 0)
	{
		if (fdt_subnode_offset(fdt, node, "__overlay__") >= 0)
			return true;
	}
	return false;
}

int do_fdt_apply(const struct cmd_call *call)
{
	void *fdt = fdt_working(call);
	const void *overlay;
	struct boot_why why;
	uint64_t addr, size;
	char *copy;
	int ret;

	if (!fdt || cmd_number(call, 1, &addr))
		return CMD_FAIL;
	if (boot_fdt_check(addr, &why)) {
		con_printf("%s\n", why.text);
		return CMD_FAIL;
	}
	if (!boot_fdt_aliases_ok(fdt)) {
		con_puts("fdt: /aliases: one of them is no path\n");
		return CMD_FAIL;
	}
	overlay = (const void *)(uintptr_t)addr;
	if (boot_fdt_check_overlay(overlay, &why)) {
		con_printf("fdt apply: 0x%llx: %s\n", (unsigned long long)addr,
			   why.text);
		return CMD_FAIL;
	}
	if (!has_overlay(overlay)) {
		con_printf("fdt apply: 0x%llx: no overlay: no node has an "
			   "__overlay__\n",
			   (unsigned long long)addr);
		return CMD_FAIL;
	}
	size = fdt_totalsize(fdt) + 3 * (uint64_t)fdt_totalsize(overlay);
	copy = heap_alloc(size + 2 * NODE_ROOM);
	if (!copy)
		return cmd_fail(call, "the trees", -ENOMEM);
	ret = apply(call, fdt, overlay, copy);
	heap_free(copy);
	return ret;
}
