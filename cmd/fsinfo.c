/* SPDX-License-Identifier: BSD-2-Clause */
/* fatinfo, fstype, fstypes, fsuuid: what is known of a file system as a whole. */
#include <core/console.h>
#include <lib/compiler.h>

#include "complete.h"
#include "disk.h"
#include "where.h"

#define TEXT_MAX 64

static int cmd_fatinfo(const struct cmd_call *call)
{
	struct fs_where w;
	char text[TEXT_MAX];

	if (where_fs(call, 1, &w)) {
		if (call->argc > 2)
			con_printf("** Unable to use %s %s for fatinfo **\n",
				   call->argv[1], call->argv[2]);
		return CMD_FAIL;
	}
	con_printf("Interface:  %s\n  Device %u: ", w.disk->type,
		   w.disk->index);
	disk_print(w.disk);
	w.fs.type->describe(w.fs.vol, text, sizeof(text));
	con_puts("Filesystem: ");
	con_put_safe(text, "");
	con_putc('\n');
	return CMD_OK;
}

static int cmd_fstype(const struct cmd_call *call)
{
	struct fs_where w;

	if (where_fs(call, 1, &w))
		return CMD_FAIL;
	return where_set_or_print(call, 3, w.fs.type->name);
}

static int cmd_fsuuid(const struct cmd_call *call)
{
	struct fs_where w;
	char text[TEXT_MAX];

	if (where_fs(call, 1, &w))
		return CMD_FAIL;
	w.fs.type->uuid(w.fs.vol, text, sizeof(text));
	return where_set_or_print(call, 3, text);
}

static int cmd_fstypes(const struct cmd_call *call)
{
	const char *before = "Supported filesystems: ";

	(void)call;
	for_each_entry (fs, const struct fs_type, it) {
		con_printf("%s%s", before, (*it)->name);
		before = ", ";
	}
	con_putc('\n');
	return CMD_OK;
}

COMMAND(fatinfo, cmd_fatinfo, 1, 2, true,
	"print information about a file system",
	"IF DEV[:PART]\n    - the disk, the kind of file system and the label",
	.complete = complete_file);
COMMAND(fstype, cmd_fstype, 1, 3, true, "look up a file system's type",
	"IF DEV[:PART] [variable]\n    - print it, or set variable to it",
	.complete = complete_file);
COMMAND(fsuuid, cmd_fsuuid, 1, 3, true, "look up a file system's id",
	"IF DEV[:PART] [variable]\n    - print it, or set variable to it",
	.complete = complete_file);
COMMAND(fstypes, cmd_fstypes, 0, 0, true, "list supported file systems",
	"\n    - names that fstype may print");
