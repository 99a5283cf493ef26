/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * md, mw, mm, nm and base: memory object by object. They alone also reach device
 * registers, each by one access of the named width. What is written must be RAM
 * that nobody reserved, or no RAM at all.
 */
#include "mem_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <lib/checked.h>
#include <lib/ctype.h>
#include <shell/shell.h>

#define LINE_BYTES 16u
#define MD_DEFAULT 0x40u /* objects */
#define MM_INPUT   64u

/* One line: up to 16 bytes, the hexadecimal part padded to its full width. */
static void print_line(uint64_t addr, unsigned int unit, unsigned int bytes)
{
	uint64_t v[LINE_BYTES];
	char ascii[LINE_BYTES];

	/* Read first: a fault in the middle leaves no half line. */
	for (unsigned int i = 0; i < bytes; i += unit) {
		v[i / unit] = mem_load(addr + i, unit);
		memcpy(ascii + i, &v[i / unit], unit);
	}
	con_printf("%08llx:", (unsigned long long)addr);
	for (unsigned int i = 0; i < bytes; i += unit)
		con_printf(" %0*llx", (int)unit * 2,
			   (unsigned long long)v[i / unit]);
	for (unsigned int i = 0; i < bytes; i++)
		if (!is_print(ascii[i]))
			ascii[i] = '.';
	con_printf("%*s  %.*s\n",
		   (int)((LINE_BYTES - bytes) / unit * (unit * 2 + 1)), "",
		   (int)bytes, ascii);
}

/* Where an empty line goes on. */
static struct {
	uint64_t addr, len;
	unsigned int unit;
} md;

static int md_arguments(const struct cmd_call *call)
{
	uint64_t addr, len;
	unsigned int unit = cmd_size(call->argv[0]);

	if (mem_address(call, 1, &addr) ||
	    mem_length(call, 2, MD_DEFAULT, addr, unit, &len))
		return CMD_FAIL;
	md.addr = addr;
	md.len = len;
	md.unit = unit;
	return CMD_OK;
}

static int cmd_md(const struct cmd_call *call)
{
	uint64_t left, end;

	if (!call->repeat && md_arguments(call))
		return CMD_FAIL;
	if (!add_ok(md.addr, md.len, &end)) {
		con_printf("%s: 0x%llx: no memory from there on\n",
			   call->argv[0], (unsigned long long)md.addr);
		return CMD_FAIL;
	}
	for (left = md.len; left;) {
		unsigned int n = (unsigned int)min_u64(left, LINE_BYTES);

		print_line(md.addr, md.unit, n);
		md.addr += n;
		left -= n;
		if (con_ctrlc())
			return CMD_FAIL;
	}
	return CMD_OK;
}

/* Fill one chunk object by object and copy it to the rest. */
static int fill_ram(const struct cmd_call *call, uint64_t addr, uint64_t len,
		    unsigned int unit, uint64_t v)
{
	char *p = (char *)(uintptr_t)addr;
	uint64_t first = min_u64(len, MEM_CHUNK);

	for (uint64_t i = 0; i < first; i += unit)
		memcpy(p + i, &v, unit);
	for (uint64_t done = first; done < len;) {
		uint64_t n = min_u64(len - done, MEM_CHUNK);

		if (mem_interrupted(call, done, len))
			return CMD_FAIL;
		memcpy(p + done, p, n);
		done += n;
	}
	return CMD_OK;
}

static int fill_device(const struct cmd_call *call, uint64_t addr, uint64_t len,
		       unsigned int unit, uint64_t v)
{
	for (uint64_t i = 0; i < len; i += unit) {
		mem_store(addr + i, unit, v);
		if (mem_interrupted(call, i + unit, len))
			return CMD_FAIL;
	}
	return CMD_OK;
}

static int cmd_mw(const struct cmd_call *call)
{
	unsigned int unit = cmd_size(call->argv[0]);
	uint64_t addr, v, len;
	bool device;

	if (mem_address(call, 1, &addr) || mem_value(call, 2, unit, &v) ||
	    mem_length(call, 3, 1, addr, unit, &len) ||
	    mem_storable(call, addr, len, &device))
		return CMD_FAIL;
	return device ? fill_device(call, addr, len, unit, v)
		      : fill_ram(call, addr, len, unit, v);
}

/* What a line typed at "mm" asks for. */
enum answer { NEXT, BACK, STORE, AGAIN, END };

static enum answer understand(const struct cmd_call *call, const char *text,
			      unsigned int unit, uint64_t *v)
{
	char *words[] = { call->argv[0], (char *)(uintptr_t)text, NULL };
	struct cmd_call typed = { 2, words, false, call->name };

	if (!*text)
		return NEXT;
	if (!strcmp(text, "-"))
		return BACK;
	if (!strcmp(text, ".") || !strcmp(text, "q")) /* as in U-Boot */
		return END;
	return mem_value(&typed, 1, unit, v) ? AGAIN : STORE;
}

/* One object shown and asked for. @step: what Enter and '-' move by; 0 for nm. */
static int modify(const struct cmd_call *call, uint64_t addr, uint64_t step)
{
	unsigned int unit = cmd_size(call->argv[0]);
	char prompt[64], text[MM_INPUT];
	uint64_t v, end;
	bool device;

	while (add_ok(addr, unit, &end)) {
		enum answer answer;
		int ret;

		snprintf(prompt, sizeof(prompt), "%08llx: %0*llx ? ",
			 (unsigned long long)addr, (int)unit * 2,
			 (unsigned long long)mem_load(addr, unit));
		text[0] = '\0';
		ret = line_read(prompt, text, sizeof(text), false);
		if (ret == -EINTR)
			return CMD_FAIL;
		answer = ret ? AGAIN : understand(call, text, unit, &v);
		if (answer == END)
			return CMD_OK;
		if (answer == STORE) {
			if (mem_storable(call, addr, unit, &device))
				return CMD_FAIL;
			mem_store(addr, unit, v);
		}
		if (answer == BACK && addr >= step)
			addr -= step;
		else if (answer == NEXT || answer == STORE)
			addr += step;
	}
	con_printf("%s: 0x%llx: no memory from there on\n", call->argv[0],
		   (unsigned long long)addr);
	return CMD_FAIL;
}

static int cmd_mm(const struct cmd_call *call)
{
	uint64_t addr;

	if (mem_address(call, 1, &addr))
		return CMD_FAIL;
	return modify(call, addr, cmd_size(call->argv[0]));
}

static int cmd_nm(const struct cmd_call *call)
{
	uint64_t addr;

	if (mem_address(call, 1, &addr))
		return CMD_FAIL;
	return modify(call, addr, 0);
}

static int cmd_base(const struct cmd_call *call)
{
	uint64_t v;

	if (call->argc > 1) {
		if (cmd_number(call, 1, &v))
			return CMD_FAIL;
		mem_base_set(v);
	}
	con_printf("Base Address: 0x%08llx\n", (unsigned long long)mem_base());
	return CMD_OK;
}

COMMAND(md, cmd_md, 1, 2, true, "memory display",
	"[.b, .w, .l, .q] address [# of objects]", .sized = true);
COMMAND(mw, cmd_mw, 2, 3, true, "memory write (fill)",
	"[.b, .w, .l, .q] address value [count]", .sized = true);
COMMAND(mm, cmd_mm, 1, 1, true, "memory modify (auto-incrementing address)",
	"[.b, .w, .l, .q] address\n"
	"    - a value and Enter stores, Enter goes on, - goes back, . ends",
	.sized = true);
COMMAND(nm, cmd_nm, 1, 1, true, "memory modify (constant address)",
	"[.b, .w, .l, .q] address\n"
	"    - a value and Enter stores, Enter reads again, . ends",
	.sized = true);
COMMAND(base, cmd_base, 0, 1, true, "print or set address offset",
	"\n    - print address offset for memory commands\n"
	"base off\n    - set address offset for memory commands to 'off'");
