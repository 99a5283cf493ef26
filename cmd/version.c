/* SPDX-License-Identifier: BSD-2-Clause */
/* version: the banner's line, and what the firmware was built with. */
#include <core/console.h>
#include <lib/version.h>
#include <shell/command.h>

static int do_version(const struct cmd_call *call)
{
	(void)call;
	con_printf("%s\n\n%s\n%s\n", vireo_version, vireo_compiler,
		   vireo_linker);
	return CMD_OK;
}

COMMAND(version, do_version, 0, 0, true,
	"print monitor, compiler and linker version", "");
