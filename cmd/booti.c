/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * booti: an arm64 Linux Image from memory. Everything is checked before anything
 * is touched; texts are U-Boot's.
 */
#include "boot.h"

#include <errno.h>
#include <string.h>

#include <libfdt.h>

#include <core/console.h>
#include <env/env.h>
#include <lib/errstr.h>
#include <lib/parse.h>

int boot_refused(const struct cmd_call *call, int err,
		 const struct boot_why *why)
{
	con_printf("%s: %s\n", call->name,
		   why->text[0] ? why->text : err_str(err));
	return CMD_FAIL;
}

uint64_t boot_loaded_size(uint64_t addr)
{
	if (env_get_hex("fileaddr", ~addr) != addr)
		return 0;
	return env_get_hex("filesize", 0);
}

static int refused(const struct cmd_call *call, int err,
		   const struct boot_why *why)
{
	if (err == -ENOEXEC)
		con_puts("Bad Linux ARM64 Image magic!\n");
	if (err == -ENOEXEC && !why->text[0])
		return CMD_FAIL;
	return boot_refused(call, err, why);
}

static void print_plan(const struct linux_boot *b)
{
	if (b->image.base != b->image.src)
		con_printf("Moving Image from 0x%llx to 0x%llx, end=0x%llx\n",
			   (unsigned long long)b->image.src,
			   (unsigned long long)b->image.base,
			   (unsigned long long)(b->image.base + b->image.size));
	con_printf("## Flattened Device Tree blob at %08llx\n"
		   "   Booting using the fdt blob at 0x%llx\n",
		   (unsigned long long)b->fdt, (unsigned long long)b->fdt);
	if (b->chosen.initrd_size)
		con_printf("   Using Ramdisk at %016llx, end %016llx\n",
			   (unsigned long long)b->chosen.initrd,
			   (unsigned long long)(b->chosen.initrd +
						b->chosen.initrd_size));
}

static void print_loaded(const struct linux_boot *b)
{
	const void *fdt = (const void *)(uintptr_t)b->fdt_to;

	con_printf("   Loading Device Tree to %016llx, end %016llx ... OK\n",
		   (unsigned long long)b->fdt_to,
		   (unsigned long long)(b->fdt_to + fdt_totalsize(fdt) - 1));
	if (b->chosen.seed_error && b->chosen.seed_error != -ENODEV)
		con_printf("   No fresh random seed: %s\n",
			   err_str(b->chosen.seed_error));
	bootstage_at_start();
	con_puts("\nStarting kernel ...\n\n");
}

int boot_linux(const struct cmd_call *call, struct linux_boot *b)
{
	struct boot_why why;
	int ret;

	b->chosen.bootargs = env_get("bootargs");
	ret = linux_plan(b, &why);
	if (ret)
		return refused(call, ret, &why);
	print_plan(b);
	ret = linux_load(b, &why);
	if (ret)
		return boot_refused(call, ret, &why);
	print_loaded(b);
	linux_start(b);
}

/* R is "-", or ADDR:SIZE: a plain ramdisk does not say how long it is. */
static int parse_ramdisk(const struct cmd_call *call, const char *text,
			 struct boot_chosen *c)
{
	const char *end, *name = call->argv[0];

	if (!strcmp(text, "-"))
		return 0;
	if (parse_prefix_u64(text, 16, &c->initrd, &end) ||
	    (*end && *end != ':')) {
		con_printf("%s: ramdisk '%s' is not ADDR:SIZE\n", name, text);
		return -EINVAL;
	}
	if (!*end) {
		con_printf("%s: ramdisk %s: size missing, use %s:SIZE\n", name,
			   text, text);
		return -EINVAL;
	}
	if (parse_u64(end + 1, 16, &c->initrd_size)) {
		con_printf("%s: '%s' is not a number\n", name, end + 1);
		return -EINVAL;
	}
	if (!c->initrd_size) {
		con_printf("%s: ramdisk %s is empty\n", name, text);
		return -EINVAL;
	}
	return 0;
}

static int do_booti(const struct cmd_call *call)
{
	struct linux_boot b = { .fdt = (uint64_t)(uintptr_t)boot_fdt() };

	if (call->argc > 1 && cmd_number(call, 1, &b.kernel))
		return CMD_FAIL;
	if (call->argc == 1)
		b.kernel = env_get_hex("loadaddr", 0);
	if (call->argc > 2 && parse_ramdisk(call, call->argv[2], &b.chosen))
		return CMD_FAIL;
	if (call->argc > 3 && cmd_number(call, 3, &b.fdt))
		return CMD_FAIL;
	b.kernel_len = boot_loaded_size(b.kernel);
	return boot_linux(call, &b);
}

COMMAND(booti, do_booti, 0, 3, false,
	"boot Linux kernel 'Image' format from memory",
	"[addr [initrd[:size]] [fdt]]\n"
	"    - boot the arm64 Linux Image at 'addr' (default $loadaddr)\n"
	"\t'initrd' is the address of a ramdisk, with its size; '-' for none\n"
	"\t'fdt' is the address of a device tree (default: the working one)");
