/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an Image, a ramdisk and a tree in memory to a running kernel. All that can
 * fail is done in linux_plan and linux_load. Places are kept apart by reserving them
 * while they are chosen, the ramdisk first: so every search avoids it.
 */
#include <boot/linux.h>

#include <errno.h>
#include <string.h>

#include <libfdt.h>

#include <arch/cpu.h>
#include <core/quiesce.h>
#include <lib/checked.h>

#include "boot_priv.h"

#define WINDOW_ALIGN (UINT64_C(1) << 30)
#define WINDOW_SIZE  (UINT64_C(32) << 30)
#define FDT_WINDOW   (UINT64_C(512) << 20)

static const char initrd_name[] = "initrd", image_name[] = "kernel",
		  source_name[] = "loaded Image", tree_name[] = "given tree";

void linux_cancel(void)
{
	ram_unreserve(initrd_name);
	ram_unreserve(image_name);
	ram_unreserve(source_name);
	ram_unreserve(tree_name);
}

static int reserve(uint64_t base, uint64_t size, const char *name,
		   struct boot_why *why)
{
	int ret = ram_reserve(base, size, name);

	return ret ? refuse(why, ret, "no room to reserve %s", name) : 0;
}

/* A ramdisk may lie where QEMU put one: that reservation is for it. */
static int plan_initrd(const struct boot_chosen *c, struct boot_why *why)
{
	struct ram_range r = { c->initrd, c->initrd_size, initrd_name };
	const struct ram_range *clash = NULL;
	int ret;

	if (!r.size)
		return 0;
	ret = ram_check(r.base, r.size, &clash);
	if (ret == -EACCES && clash && !strcmp(clash->name, "ramdisk") &&
	    r.base >= clash->base &&
	    inside(r.base - clash->base, r.size, clash->size))
		ret = 0;
	if (ret)
		return check_free(&r, why);
	return reserve(r.base, r.size, r.name, why);
}

static int plan_tree(const struct linux_boot *b, struct boot_why *why)
{
	const void *fdt = (const void *)(uintptr_t)b->fdt;
	int ret = boot_fdt_check(b->fdt, why);

	if (ret)
		return ret;
	if (boot_fdt_copy_size(fdt, &b->chosen) > BOOT_FDT_MAX)
		return refuse(why, -EBADMSG,
			      "device tree of 0x%x bytes: Linux takes 2 MiB",
			      fdt_totalsize(fdt));
	return 0;
}

/* Neither the file nor what it becomes may lie on the ramdisk or the tree. A
 * file of unknown length may be as long as image_size says. */
static int plan_image(struct linux_boot *b, struct boot_why *why)
{
	const void *fdt = (const void *)(uintptr_t)b->fdt;
	struct ram_range tree = { b->fdt, fdt_totalsize(fdt), "device tree" };
	struct ram_range initrd = { b->chosen.initrd, b->chosen.initrd_size,
				    initrd_name };
	struct ram_range file = { b->kernel, PAYLOAD_HEAD, "Image" };
	int ret = 0;

	if (b->kernel < UINT64_MAX - PAYLOAD_HEAD)
		ret = check_apart(&file, &initrd, why);
	if (ret)
		return ret;
	ret = payload_plan(&arm64_image, b->kernel, b->kernel_len, &b->image,
			   why);
	if (ret)
		return ret;
	file.size = b->kernel_len ? b->kernel_len : b->image.size;
	ret = check_apart(&file, &initrd, why);
	if (!ret)
		ret = check_apart(&file, &tree, why);
	if (!ret)
		ret = reserve(b->image.base, b->image.size, image_name, why);
	if (!ret)
		ret = reserve(b->image.src, b->image.src_len, source_name, why);
	return ret;
}

/* One aligned window must hold both (booting.rst, 4). */
static int check_window(const struct linux_boot *b, struct boot_why *why)
{
	uint64_t low = min_u64(b->image.base, b->chosen.initrd);
	uint64_t high = max_u64(b->image.base + b->image.size,
				b->chosen.initrd + b->chosen.initrd_size);

	if (!b->chosen.initrd_size ||
	    high - align_down(low, WINDOW_ALIGN) <= WINDOW_SIZE)
		return 0;
	return refuse(why, -ERANGE,
		      "kernel at 0x%llx and initrd at 0x%llx are more than "
		      "32 GiB apart",
		      (unsigned long long)b->image.base,
		      (unsigned long long)b->chosen.initrd);
}

/* Near the kernel when there is room: before Linux 4.2 it had to be. */
static int plan_fdt_place(struct linux_boot *b, struct boot_why *why)
{
	const void *fdt = (const void *)(uintptr_t)b->fdt;
	uint64_t near = align_down(b->image.base, FDT_WINDOW);
	int ret;

	b->fdt_room = boot_fdt_copy_size(fdt, &b->chosen);
	ret = reserve(b->fdt, fdt_totalsize(fdt), tree_name, why);
	if (ret)
		return ret;
	if (!ram_find_high(b->fdt_room, 4096, near, near + FDT_WINDOW,
			   &b->fdt_to) ||
	    !ram_find_high(b->fdt_room, 4096, 0, BOOT_RAM_MAX, &b->fdt_to))
		return 0;
	return refuse(why, -ENOMEM, "no free RAM for the device tree");
}

int linux_plan(struct linux_boot *b, struct boot_why *why)
{
	int ret;

	/* A fault may have ended the last attempt between plan and start. */
	linux_cancel();
	why->text[0] = '\0';
	ret = plan_initrd(&b->chosen, why);
	if (!ret)
		ret = plan_tree(b, why);
	if (!ret)
		ret = plan_image(b, why);
	if (!ret)
		ret = check_window(b, why);
	if (!ret)
		ret = plan_fdt_place(b, why);
	if (ret)
		linux_cancel();
	return ret;
}

/* The tree first: a kernel that wants the start of RAM may go over the original. */
int linux_load(struct linux_boot *b, struct boot_why *why)
{
	int ret = boot_fdt_copy((const void *)(uintptr_t)b->fdt,
				(void *)(uintptr_t)b->fdt_to, b->fdt_room,
				&b->chosen, why);

	if (ret) {
		linux_cancel();
		return ret;
	}
	arm64_image.place(&b->image);
	return 0;
}

void linux_start(const struct linux_boot *b)
{
	const void *fdt = (const void *)(uintptr_t)b->fdt_to;

	quiesce_all();
	cache_clean(b->image.base, b->image.size);
	cache_clean(b->fdt_to, fdt_totalsize(fdt));
	if (b->chosen.initrd_size)
		cache_clean(b->chosen.initrd, b->chosen.initrd_size);
	cpu_handoff(b->image.entry, b->fdt_to, 0, 0, 0);
}
