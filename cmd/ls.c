/* SPDX-License-Identifier: BSD-2-Clause */
/* ls, fatls, ext4ls, ext2ls: a directory as U-Boot lists it. */
#include <errno.h>

#include <core/console.h>

#include "complete.h"
#include "where.h"

struct counts {
	unsigned int files, dirs;
};

static int print_entry(void *arg, const struct fs_dirent *ent)
{
	struct counts *n = arg;

	if (con_ctrlc())
		return -EINTR;
	if (ent->is_dir) {
		n->dirs++;
		con_puts("            ");
		con_put_safe(ent->name, "");
		con_puts("/\n");
	} else {
		n->files++;
		if (ent->is_link)
			con_puts("    <SYM>   ");
		else
			con_printf("%9llu   ", (unsigned long long)ent->size);
		con_put_safe(ent->name, "");
		con_putc('\n');
	}
	return 0;
}

static int cmd_ls(const struct cmd_call *call)
{
	const char *path = call->argc > 3 ? call->argv[3] : "/";
	struct counts n = { 0 };
	struct fs_where w;
	struct fs_file dir;
	int ret;

	if (where_open(call, 1, path, &w, &dir))
		return CMD_FAIL;
	ret = fs_readdir(&w.fs, &dir, print_entry, &n);
	if (ret)
		return where_fail(call, 1, path, fs_error(&w.fs, ret));
	con_printf("\n%u file(s), %u dir(s)\n\n", n.files, n.dirs);
	return CMD_OK;
}

#define LS_USAGE \
	"IF DEV[:PART] [directory]\n" \
	"    - list files; without directory, the root"

COMMAND(ls, cmd_ls, 1, 3, true, "list files in a directory", LS_USAGE,
	.complete = complete_file);
COMMAND(fatls, cmd_ls, 1, 3, true, "list files in a directory", LS_USAGE,
	.complete = complete_file);
COMMAND(ext4ls, cmd_ls, 1, 3, true, "list files in a directory", LS_USAGE,
	.complete = complete_file);
COMMAND(ext2ls, cmd_ls, 1, 3, true, "list files in a directory", LS_USAGE,
	.complete = complete_file);
