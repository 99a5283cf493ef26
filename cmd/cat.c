/* SPDX-License-Identifier: BSD-2-Clause */
/* cat and xxd: a file to the terminal, as it is or in hexadecimal. */
#include <errno.h>

#include <core/console.h>
#include <core/heap.h>
#include <lib/compiler.h>

#include "complete.h"
#include "hexdump.h"
#include "where.h"

#define CHUNK (64u * 1024) /* read in one go */
#define BURST 512u         /* printed between two looks for Ctrl-C */

static int show_text(uint64_t pos, const char *data, size_t len)
{
	(void)pos;
	for (size_t i = 0; i < len; i += BURST) {
		if (con_ctrlc())
			return -EINTR;
		con_write(data + i, (size_t)min_u64(len - i, BURST));
	}
	return 0;
}

/* Bytes one by one, as U-Boot's xxd shows them. */
static int show_hex(uint64_t pos, const char *data, size_t len)
{
	return hexdump(pos, data, len, 1);
}

static int show(const struct cmd_call *call,
		int (*fn)(uint64_t pos, const char *data, size_t len))
{
	const char *path = call->argv[3];
	struct fs_where w;
	struct fs_file file;
	char *buf;
	int ret = 0;

	if (where_open(call, 1, path, &w, &file))
		return CMD_FAIL;
	buf = heap_alloc(CHUNK);
	if (!buf)
		return cmd_fail(call, "buffer", -ENOMEM);
	if (file.is_dir)
		ret = -EISDIR;
	for (uint64_t pos = 0; !ret && pos < file.size; pos += CHUNK) {
		size_t n = (size_t)min_u64(CHUNK, file.size - pos);

		ret = fs_read(&w.fs, &file, pos, n, buf);
		if (!ret)
			ret = fn(pos, buf, n);
	}
	heap_free(buf);
	if (!ret)
		return CMD_OK;
	con_fresh_line();
	return where_fail(call, 1, path, fs_error(&w.fs, ret));
}

static int cmd_cat(const struct cmd_call *call)
{
	return show(call, show_text);
}

static int cmd_xxd(const struct cmd_call *call)
{
	return show(call, show_hex);
}

COMMAND(cat, cmd_cat, 3, 3, false, "print a file",
	"IF DEV[:PART] file\n    - its bytes go to the terminal as they are",
	.complete = complete_file);
COMMAND(xxd, cmd_xxd, 3, 3, false, "print a file in hexadecimal",
	"IF DEV[:PART] file\n    - 16 bytes a line, and as text",
	.complete = complete_file);
