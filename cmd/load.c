/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load, fatload, ext4load, ext2load: a file, or a part of it, into memory. What will be written is
 * known once the file is open and checked against the memory map before the
 * first byte moves. size, fatsize, ext4size: only how large it is.
 */
#include <errno.h>

#include <core/console.h>
#include <core/deadline.h>
#include <core/ram.h>
#include <env/env.h>
#include <lib/compiler.h>
#include <lib/errstr.h>

#include "complete.h"
#include "mem_priv.h"
#include "rate.h"
#include "where.h"

struct load {
	uint64_t addr, len, pos;
	const char *path;
};

/* What was typed; what was not comes from the environment. */
static int parse(const struct cmd_call *call, struct load *l)
{
	const char *addr = env_get("loadaddr");

	*l = (struct load){ 0 };
	l->path = call->argc > 4 ? call->argv[4] : env_get("bootfile");
	if (!l->path || !*l->path) {
		con_puts("** No boot file defined **\n");
		return -EINVAL;
	}
	if (call->argc > 3 && cmd_number(call, 3, &l->addr))
		return -EINVAL;
	if (call->argc <= 3 && !addr) {
		con_printf("%s: no address, and loadaddr is not set\n",
			   call->name);
		return -EINVAL;
	}
	if (call->argc <= 3)
		l->addr = env_get_hex("loadaddr", 0);
	if (call->argc > 5 && cmd_number(call, 5, &l->len))
		return -EINVAL;
	if (call->argc > 6 && cmd_number(call, 6, &l->pos))
		return -EINVAL;
	return 0;
}

/* May it be written there? Says what is in the way. */
static int check_memory(const struct cmd_call *call, const struct load *l)
{
	if (!ram_check(l->addr, l->len, NULL))
		return 0;
	con_puts("** Reading file would overwrite reserved memory **\n");
	return mem_writable(call, l->addr, l->len);
}

static int set_variables(const struct cmd_call *call, const struct load *l)
{
	int ret = env_set_hex("fileaddr", l->addr);

	if (!ret)
		ret = env_set_hex("filesize", l->len);
	return ret ? cmd_fail(call, "fileaddr, filesize", ret) : CMD_OK;
}

static int failed(const struct load *l)
{
	where_say("Failed to load '", l->path, "'\n");
	return CMD_FAIL;
}

static int cmd_load(const struct cmd_call *call)
{
	struct fs_where w;
	struct fs_file file;
	struct load l;
	uint64_t start;
	int ret;

	if (where_fs(call, 1, &w) || parse(call, &l))
		return CMD_FAIL;
	start = time_us();
	ret = fs_open(&w.fs, l.path, &file);
	if (!ret && file.is_dir)
		ret = -EISDIR;
	if (!ret && l.pos > file.size) {
		where_fail(call, 1, l.path, "the position is past its end");
		return failed(&l);
	}
	if (ret) {
		where_fail_at(call, l.path, &w.fs, ret);
		return failed(&l);
	}
	l.len = min_u64(l.len ? l.len : UINT64_MAX, file.size - l.pos);
	if (check_memory(call, &l))
		return failed(&l);
	ret = fs_read(&w.fs, &file, l.pos, l.len, (void *)(uintptr_t)l.addr);
	if (ret) {
		where_fail(call, 1, l.path, fs_error(&w.fs, ret));
		return failed(&l);
	}
	rate_print("read", l.len, time_us() - start);
	return set_variables(call, &l);
}

static int cmd_size_of(const struct cmd_call *call)
{
	struct fs_where w;
	struct fs_file file;
	int ret;

	if (where_open(call, 1, call->argv[3], &w, &file))
		return CMD_FAIL;
	if (file.is_dir)
		return where_fail(call, 1, call->argv[3], err_str(-EISDIR));
	ret = env_set_hex("filesize", file.size);
	return ret ? cmd_fail(call, "filesize", ret) : CMD_OK;
}

#define LOAD_USAGE \
	"IF [DEV[:PART] [addr [file [bytes [pos]]]]]\n" \
	"    - read file to addr, all of it or bytes from pos on; numbers " \
	"are\n" \
	"      hexadecimal. Without addr: $loadaddr; without file: " \
	"$bootfile.\n" \
	"      DEV may be serial=X; PART, or DEV, label=X. Sets fileaddr and " \
	"filesize"
#define SIZE_USAGE "IF DEV[:PART] file\n    - set filesize to the size of file"

COMMAND(load, cmd_load, 1, 6, false, "load a file into memory", LOAD_USAGE,
	.complete = complete_addr_file);
COMMAND(fatload, cmd_load, 1, 6, false, "load a file into memory", LOAD_USAGE,
	.complete = complete_addr_file);
COMMAND(ext4load, cmd_load, 1, 6, false, "load a file into memory", LOAD_USAGE,
	.complete = complete_addr_file);
COMMAND(ext2load, cmd_load, 1, 6, false, "load a file into memory", LOAD_USAGE,
	.complete = complete_addr_file);
COMMAND(size, cmd_size_of, 3, 3, false, "find the size of a file", SIZE_USAGE,
	.complete = complete_file);
COMMAND(fatsize, cmd_size_of, 3, 3, false, "find the size of a file",
	SIZE_USAGE, .complete = complete_file);
COMMAND(ext4size, cmd_size_of, 3, 3, false, "find the size of a file",
	SIZE_USAGE, .complete = complete_file);
