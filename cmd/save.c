/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * save, fatwrite: memory into a file. What is to be read is checked against the memory
 * map before the disk is asked for anything that changes it.
 */
#include <errno.h>

#include <core/console.h>
#include <core/deadline.h>

#include "complete.h"
#include "mem_priv.h"
#include "rate.h"
#include "where.h"

static int cmd_save(const struct cmd_call *call)
{
	const char *path = call->argv[4];
	uint64_t addr, len, pos = 0, start;
	struct fs_where w;
	int ret;

	if (cmd_number(call, 3, &addr) || cmd_number(call, 5, &len) ||
	    (call->argc > 6 && cmd_number(call, 6, &pos)))
		return CMD_FAIL;
	if (where_fs(call, 1, &w) || mem_readable(call, addr, len))
		return CMD_FAIL;
	start = time_us();
	ret = fs_write(&w.fs, path, pos, len, (void *)(uintptr_t)addr);
	if (!ret) {
		rate_print("written", len, time_us() - start);
		return CMD_OK;
	}
	if (ret != -EUCLEAN)
		where_say("** Unable to write file ", path, " **\n");
	if (ret == -ERANGE)
		return where_fail(call, 1, path,
				  "the position is past its end");
	return where_fail_at(call, path, &w.fs, ret);
}

#define SAVE_USAGE \
	"IF DEV[:PART] addr file bytes [pos]\n" \
	"    - write bytes from addr to file, which ends behind them; " \
	"numbers " \
	"are\n" \
	"      hexadecimal. pos: from there on, at most the end; " \
	"ffffffffffffffff: append"

COMMAND(save, cmd_save, 5, 6, false, "save memory to a file", SAVE_USAGE,
	.complete = complete_addr_file);
COMMAND(fatwrite, cmd_save, 5, 6, false, "save memory to a file", SAVE_USAGE,
	.complete = complete_addr_file);
