/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bootelf and go: programs run as functions of the firmware, which takes over
 * again when they return. A program that faults ends; the prompt comes back.
 */
#include "boot.h"

#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <env/env.h>

/* Around a "go" address that no load names: what may have been written there. */
#define GO_BEFORE UINT64_C(0x100000)
#define GO_AFTER  UINT64_C(0x800000)

struct program {
	uint64_t entry, code, code_len;
	int argc;
	char **argv;
};

static int run(const struct cmd_call *call, const struct program *p,
	       uint64_t *rc)
{
	struct boot_why why;
	int ret = boot_call_check(p->entry, &why);

	if (ret)
		return boot_refused(call, ret, &why);
	con_printf("## Starting application at 0x%08llx ...\n",
		   (unsigned long long)p->entry);
	ret = boot_call(p->entry, p->code, p->code_len, p->argc, p->argv, rc,
			&why);
	con_fresh_line();
	if (ret && why.text[0])
		return boot_refused(call, ret, &why);
	if (ret)
		con_puts("## Application ended by a fault\n");
	return ret ? CMD_FAIL : CMD_OK;
}

static int place(const struct cmd_call *call, uint64_t addr, bool by_sections,
		 struct payload_plan *plan)
{
	struct boot_why why = { "" };
	int ret;

	*plan = (struct payload_plan){ .by_sections = by_sections };
	ret = payload_plan(&elf_payload, addr, boot_loaded_size(addr), plan,
			   &why);
	if (ret == -ENOEXEC)
		con_printf("## No elf image at address 0x%08llx\n",
			   (unsigned long long)addr);
	if (ret && (ret != -ENOEXEC || why.text[0]))
		return boot_refused(call, ret, &why);
	if (ret)
		return CMD_FAIL;
	elf_payload.place(plan);
	return CMD_OK;
}

static int do_bootelf(const struct cmd_call *call)
{
	bool by_sections = call->argc > 1 && !strcmp(call->argv[1], "-s");
	bool flag = by_sections ||
		    (call->argc > 1 && !strcmp(call->argv[1], "-p"));
	int first = flag ? 2 : 1;
	struct payload_plan plan;
	struct program p;
	uint64_t addr, rc = 0;
	int ret;

	if (call->argc > first && cmd_number(call, first, &addr))
		return CMD_FAIL;
	if (call->argc <= first)
		addr = env_get_hex("loadaddr", 0);
	ret = place(call, addr, by_sections, &plan);
	if (ret)
		return ret;
	p = (struct program){
		.entry = plan.entry,
		.code = plan.base,
		.code_len = plan.size,
		.argc = call->argc > first ? call->argc - first : 0,
		.argv = call->argv + first,
	};
	ret = run(call, &p, &rc);
	if (ret)
		return ret;
	con_printf("## Application terminated, rc = 0x%llx\n",
		   (unsigned long long)rc);
	return rc ? CMD_FAIL : CMD_OK;
}

static int do_go(const struct cmd_call *call)
{
	struct program p = { .argc = call->argc - 1, .argv = call->argv + 1 };
	uint64_t rc = 0, size;
	int ret;

	if (cmd_number(call, 1, &p.entry))
		return CMD_FAIL;
	size = boot_loaded_size(p.entry);
	p.code = size ? p.entry : p.entry - min_u64(p.entry, GO_BEFORE);
	p.code_len = size ? size : GO_BEFORE + GO_AFTER;
	ret = run(call, &p, &rc);
	if (ret)
		return ret;
	con_printf("## Application terminated, rc = 0x%llX\n",
		   (unsigned long long)rc);
	return rc ? CMD_FAIL : CMD_OK;
}

COMMAND(bootelf, do_bootelf, 0, -1, false, "boot from an ELF image in memory",
	"[-p|-s] [address] [arg ...]\n"
	"    - load the ELF file at 'address' (default $loadaddr) and run it\n"
	"\t-p: by program headers (default)\n"
	"\t-s: by section headers");
COMMAND(go, do_go, 1, -1, false, "start application at address 'addr'",
	"addr [arg ...]\n"
	"    - start application at address 'addr'\n"
	"      passing 'arg' as arguments");
