/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The subcommands of fdt, one file per kind, and what they share. Messages about
 * a libfdt call are U-Boot's: "libfdt fdt_getprop(): FDT_ERR_NOTFOUND".
 */
#ifndef VIREO_CMD_FDT_H
#define VIREO_CMD_FDT_H

#include <stdbool.h>
#include <stdint.h>

#include <lib/compiler.h>
#include <shell/command.h>

/* fdt_use - make @addr the working tree, and say so. */
void fdt_use(uint64_t addr);

/* fdt_working - the working tree, checked. NULL: printed why it cannot be used. */
void *fdt_working(const struct cmd_call *call);

/*
 * fdt_edit - the same for writing, with @more bytes to spare when it is the
 * control tree; another has what its total size leaves. fdt_edited packs
 * the control tree again and prints what went wrong.
 */
void *fdt_edit(const struct cmd_call *call, size_t more);
int fdt_edited(void *fdt, const char *function, int err);

/* fdt_edit_node - find @path, then fdt_edit. Return: the node's offset; -1, printed */
int fdt_edit_node(const struct cmd_call *call, const char *path, size_t more,
		  void **fdt);

/* fdt_failed - "libfdt FUNCTION(): FDT_ERR_…". Return: CMD_FAIL */
int fdt_failed(const char *function, int err);

/* fdt_find - the node at @path, or alias. Return: its offset; -1, printed */
int fdt_find(const void *fdt, const char *path);

/* fdt_is_text - does a property hold strings that can be printed? */
bool fdt_is_text(const char *data, int len);

int do_fdt_print(const struct cmd_call *call);
int do_fdt_list(const struct cmd_call *call);
int do_fdt_header(const struct cmd_call *call);
int do_fdt_get(const struct cmd_call *call);
int do_fdt_set(const struct cmd_call *call);
int do_fdt_rm(const struct cmd_call *call);
int do_fdt_mknode(const struct cmd_call *call);
int do_fdt_memory(const struct cmd_call *call);
int do_fdt_chosen(const struct cmd_call *call);
int do_fdt_rsvmem(const struct cmd_call *call);
int do_fdt_bootcpu(const struct cmd_call *call);
int do_fdt_apply(const struct cmd_call *call);

#endif
