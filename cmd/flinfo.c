/* SPDX-License-Identifier: BSD-2-Clause */
/* flinfo: the flash that may be written. */
#include <block/flash.h>
#include <core/console.h>
#include <shell/command.h>

static int do_flinfo(const struct cmd_call *call)
{
	struct flash *f = flash_next(NULL);
	int ret;

	if (!f) {
		con_printf("%s: no flash but the firmware's own\n", call->name);
		return CMD_FAIL;
	}
	ret = flash_open(f);
	if (ret) {
		con_printf("%s: flash %u: %s\n", call->name, f->index,
			   flash_error(f, ret));
		return CMD_FAIL;
	}
	con_printf("\nBank # %u: %s\n  Size: %llu MB in %llu Sectors of "
		   "0x%x bytes\n  Base: 0x%08llx\n",
		   f->index + 1, f->kind, (unsigned long long)f->size >> 20,
		   (unsigned long long)f->size / f->erase_block, f->erase_block,
		   (unsigned long long)f->base);
	return CMD_OK;
}

COMMAND(flinfo, do_flinfo, 0, 0, false, "print FLASH memory information", "");
