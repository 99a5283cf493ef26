/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fdt: which tree the others work on, how large it is, and the table of
 * subcommands. A tree in memory somebody named is checked fully each time.
 */
#include "fdt.h"

#include <string.h>

#include <libfdt.h>

#include <boot/fdt.h>
#include <core/console.h>
#include <env/env.h>

#include "mem_priv.h"

static uint64_t address(const void *fdt)
{
	return (uint64_t)(uintptr_t)fdt;
}

static void *pointer(uint64_t addr)
{
	return (void *)(uintptr_t)addr;
}

int fdt_failed(const char *function, int err)
{
	con_printf("libfdt %s(): %s\n", function, fdt_strerror(err));
	return CMD_FAIL;
}

int fdt_find(const void *fdt, const char *path)
{
	int node;

	if (path[0] != '/' && !boot_fdt_aliases_ok(fdt)) {
		con_puts("fdt: /aliases: one of them is no path\n");
		return -1;
	}
	node = fdt_path_offset(fdt, path);
	if (node >= 0)
		return node;
	con_printf("libfdt fdt_path_offset() returned %s\n",
		   fdt_strerror(node));
	return -1;
}

void fdt_use(uint64_t addr)
{
	boot_fdt_set(pointer(addr));
	if (env_set_hex("fdtaddr", addr))
		con_puts("fdt: cannot set variable fdtaddr\n");
	con_printf("Working FDT set to %llx\n", (unsigned long long)addr);
}

void *fdt_working(const struct cmd_call *call)
{
	struct boot_why why;
	void *fdt = boot_fdt();

	(void)call;
	if (!boot_fdt_check(address(fdt), &why))
		return fdt;
	con_printf("%s\n", why.text);
	return NULL;
}

/* May the tree there be changed? The control tree in its own place, too. */
static bool writable(const struct cmd_call *call, const void *fdt, uint64_t len)
{
	if (fdt != boot_control_fdt())
		return !mem_writable(call, address(fdt), len);
	if (len <= boot_fdt_room(fdt))
		return true;
	con_printf("%s: 0x%llx: the control tree has room for 0x%llx bytes\n",
		   call->name, (unsigned long long)address(fdt),
		   (unsigned long long)boot_fdt_room(fdt));
	return false;
}

void *fdt_edit(const struct cmd_call *call, size_t more)
{
	void *fdt = fdt_working(call);
	uint64_t size;
	int err;

	if (!fdt)
		return NULL;
	size = fdt_totalsize(fdt) + more;
	if (fdt == boot_control_fdt())
		size = min_u64(size, boot_fdt_room(fdt));
	else
		size = fdt_totalsize(fdt);
	if (!writable(call, fdt, size))
		return NULL;
	err = fdt_open_into(fdt, fdt, (int)size);
	if (!err)
		return fdt;
	fdt_failed("fdt_open_into", err);
	return NULL;
}

int fdt_edit_node(const struct cmd_call *call, const char *path, size_t more,
		  void **fdt)
{
	const void *tree = fdt_working(call);
	int node = tree ? fdt_find(tree, path) : -1;

	if (node < 0)
		return -1;
	*fdt = fdt_edit(call, more);
	return *fdt ? node : -1;
}

int fdt_edited(void *fdt, const char *function, int err)
{
	int packed = fdt == boot_control_fdt() ? fdt_pack(fdt) : 0;

	if (err < 0) {
		fdt_failed(function, err);
		if (err == -FDT_ERR_NOSPACE)
			con_puts("fdt: the tree is full: use fdt resize\n");
		return CMD_FAIL;
	}
	return packed ? fdt_failed("fdt_pack", packed) : CMD_OK;
}

static int show_address(bool control)
{
	const void *fdt = control ? boot_control_fdt() : boot_fdt();

	con_printf("%s fdt: %08llx\n", control ? "Control" : "Working",
		   (unsigned long long)address(fdt));
	return CMD_OK;
}

/* fdt_open_into to a new size, in place. */
static int grow(const struct cmd_call *call, void *fdt, uint64_t size)
{
	int err;

	if (size > INT32_MAX) {
		con_printf("%s: 0x%llx bytes are too many\n", call->name,
			   (unsigned long long)size);
		return CMD_FAIL;
	}
	if (!writable(call, fdt, size))
		return CMD_FAIL;
	err = fdt_open_into(fdt, fdt, (int)size);
	return err ? fdt_failed("fdt_open_into", err) : CMD_OK;
}

static int set_address(const struct cmd_call *call, int i, bool quiet)
{
	struct boot_why why;
	uint64_t addr, len;

	if (cmd_number(call, i, &addr))
		return CMD_FAIL;
	if (boot_fdt_check(addr, &why)) {
		if (!quiet)
			con_printf("%s\n", why.text);
		return CMD_FAIL;
	}
	fdt_use(addr);
	if (call->argc <= i + 1)
		return CMD_OK;
	if (cmd_number(call, i + 1, &len))
		return CMD_FAIL;
	if (len < fdt_totalsize(pointer(addr))) {
		con_printf("New length 0x%llX < existing length 0x%X, "
			   "ignoring.\n",
			   (unsigned long long)len,
			   fdt_totalsize(pointer(addr)));
		return CMD_OK;
	}
	return grow(call, pointer(addr), len);
}

static int do_fdt_addr(const struct cmd_call *call)
{
	bool control = false, quiet = false;
	int i = 1;

	for (; i < call->argc && call->argv[i][0] == '-'; i++) {
		control |= !strcmp(call->argv[i], "-c");
		quiet |= !strcmp(call->argv[i], "-q");
	}
	if (i == call->argc)
		return show_address(control);
	if (control) {
		con_puts("fdt addr: the control tree is the firmware's own\n");
		return CMD_FAIL;
	}
	return set_address(call, i, quiet);
}

static int do_fdt_resize(const struct cmd_call *call)
{
	uint64_t extra = 0, size;
	void *fdt = fdt_working(call);

	if (!fdt || (call->argc > 1 && cmd_number(call, 1, &extra)))
		return CMD_FAIL;
	if (extra > INT32_MAX) {
		con_printf("%s: 0x%llx bytes are too many\n", call->name,
			   (unsigned long long)extra);
		return CMD_FAIL;
	}
	size = fdt_off_dt_strings(fdt) + (uint64_t)fdt_size_dt_strings(fdt);
	size = align_up(size + extra, 4096);
	return grow(call, fdt, max_u64(size, fdt_totalsize(fdt)));
}

static int do_fdt_move(const struct cmd_call *call)
{
	uint64_t from, to, len;
	struct boot_why why;
	int err;

	if (cmd_number(call, 1, &from) || cmd_number(call, 2, &to))
		return CMD_FAIL;
	if (boot_fdt_check(from, &why)) {
		con_printf("%s\n", why.text);
		return CMD_FAIL;
	}
	len = fdt_totalsize(pointer(from));
	if (call->argc > 3 && cmd_number(call, 3, &len))
		return CMD_FAIL;
	if (len > INT32_MAX || len < fdt_totalsize(pointer(from))) {
		con_printf("%s: length 0x%llx does not hold a tree of 0x%x\n",
			   call->name, (unsigned long long)len,
			   fdt_totalsize(pointer(from)));
		return CMD_FAIL;
	}
	if (mem_writable(call, to, len))
		return CMD_FAIL;
	err = fdt_move(pointer(from), pointer(to), (int)len);
	if (!err)
		err = fdt_open_into(pointer(to), pointer(to), (int)len);
	if (err)
		return fdt_failed("fdt_open_into", err);
	fdt_use(to);
	return CMD_OK;
}

static const struct subcommand subs[] = {
	{ "addr", do_fdt_addr, 0, 4 },       { "apply", do_fdt_apply, 1, 1 },
	{ "bootcpu", do_fdt_bootcpu, 1, 1 }, { "chosen", do_fdt_chosen, 0, 2 },
	{ "get", do_fdt_get, 3, 5 },         { "header", do_fdt_header, 0, 3 },
	{ "list", do_fdt_list, 0, 2 },       { "memory", do_fdt_memory, 2, 2 },
	{ "mknode", do_fdt_mknode, 2, 2 },   { "move", do_fdt_move, 2, 3 },
	{ "print", do_fdt_print, 0, 2 },     { "resize", do_fdt_resize, 0, 1 },
	{ "rm", do_fdt_rm, 1, 2 },           { "rsvmem", do_fdt_rsvmem, 1, 3 },
	{ "set", do_fdt_set, 2, -1 },
};

static int do_fdt(const struct cmd_call *call)
{
	return cmd_dispatch(call, subs, array_size(subs));
}

static void complete_fdt(const struct cmd_call *call)
{
	cmd_offer_subs(call, subs, array_size(subs));
}

COMMAND(fdt, do_fdt, 1, -1, false, "flattened device tree utility commands",
	"addr [-c] [-q] [<addr> [<size>]] - Set the working fdt location, or "
	"show it\n"
	"fdt apply <addr>                 - Apply overlay to the DT\n"
	"fdt move <fdt> <newaddr> [<length>] - Copy the fdt and make it "
	"active\n"
	"fdt resize [<extrasize>]         - Resize fdt to its size, padded to "
	"4k, and <extrasize>\n"
	"fdt print [<path> [<prop>]]      - Recursive print starting at "
	"<path>\n"
	"fdt list [<path> [<prop>]]       - Print one level starting at "
	"<path>\n"
	"fdt get value <var> <path> <prop> [<index>] - Get <prop> and store in "
	"<var>\n"
	"fdt get name <var> <path> <index> - Get name of node <index> and "
	"store in <var>\n"
	"fdt get addr <var> <path> <prop> - Get start address of <prop> and "
	"store in <var>\n"
	"fdt get size <var> <path> [<prop>] - Get size of <prop> or number of "
	"nodes\n"
	"fdt set <path> <prop> [<val>]    - Set <prop> to \"text\" ..., <1 0x2 "
	"...> or [00 11 ...]\n"
	"fdt mknode <path> <node>         - Create a new node under <path>\n"
	"fdt rm <path> [<prop>]           - Delete the node or <prop>\n"
	"fdt header [get <var> <member>]  - Display header info\n"
	"fdt bootcpu <id>                 - Set boot cpuid\n"
	"fdt memory <addr> <size>         - Add/Update memory node\n"
	"fdt rsvmem print                 - Show current mem reserves\n"
	"fdt rsvmem add <addr> <size>     - Add a mem reserve\n"
	"fdt rsvmem delete <index>        - Delete a mem reserve\n"
	"fdt chosen [<start> <size>]      - Add/update the /chosen node, with "
	"an initrd\n"
	"NOTE: Dereference aliases by omitting the leading '/', e.g. fdt print "
	"serial0.",
	.complete = complete_fdt);
