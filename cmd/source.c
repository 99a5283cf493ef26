/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * source: runs a script image from memory. The text is copied first: it may
 * load something else over itself.
 */
#include <boot/script.h>

#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <core/heap.h>
#include <env/env.h>
#include <shell/command.h>
#include <shell/shell.h>

static int do_source(const struct cmd_call *call)
{
	struct boot_why why;
	struct script s;
	uint64_t addr = 0;
	char *text;
	int ret;

	if (call->argc > 1 && cmd_number(call, 1, &addr))
		return CMD_FAIL;
	if (call->argc == 1)
		addr = env_get_hex("fileaddr", env_get_hex("loadaddr", addr));
	if (script_find(addr, &s, &why)) {
		con_printf("Wrong image format for \"source\" command\n"
			   "source: 0x%llx: %s\n",
			   (unsigned long long)addr, why.text);
		return CMD_FAIL;
	}
	text = heap_alloc(s.len + 1); /* zeroed */
	if (!text)
		return cmd_fail(call, "script", -ENOMEM);
	memcpy(text, s.text, s.len);
	con_printf("## Executing script at %08llx\n", (unsigned long long)addr);
	ret = shell_run(text);
	heap_free(text);
	return ret;
}

COMMAND(source, do_source, 0, 1, false, "run script from memory",
	"[addr]\n"
	"    - run the script image at 'addr' (default $fileaddr, else "
	"$loadaddr)\n"
	"      that 'mkimage -T script' made");
