/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The working and the control tree, and the check every tree named by an
 * address passes before libfdt walks it. Source: Devicetree Specification 0.4, 5.
 */
#include <boot/fdt.h>

#include <errno.h>
#include <string.h>

#include <libfdt.h>

#include <lib/checked.h>

#include "boot_priv.h"

static struct {
	void *control, *working;
} trees;

void *boot_control_fdt(void)
{
	return trees.control;
}

void boot_control_fdt_set(void *fdt)
{
	trees.control = fdt;
	if (!trees.working)
		trees.working = fdt;
}

void *boot_fdt(void)
{
	return trees.working;
}

void boot_fdt_set(void *fdt)
{
	trees.working = fdt;
}

uint64_t boot_fdt_room(const void *fdt)
{
	uint64_t at = (uint64_t)(uintptr_t)fdt;
	const struct ram_range *r;

	if (fdt != trees.control)
		return fdt_totalsize(fdt);
	for (size_t i = 0; (r = ram_reserved(i)); i++)
		if (at >= r->base && at - r->base < r->size)
			return r->base + r->size - at;
	return fdt_totalsize(fdt);
}

/* fdt_check_header was fine: the strings block is inside the tree. */
static bool names_end(const void *fdt)
{
	const char *s = (const char *)fdt + fdt_off_dt_strings(fdt);
	uint32_t left = fdt_size_dt_strings(fdt);
	const char *end;

	while (left) {
		end = memchr(s, '\0', min_u64(left, BOOT_FDT_NAME_MAX + 1));
		if (!end)
			return false;
		left -= (uint32_t)(end + 1 - s);
		s = end + 1;
	}
	return true;
}

int boot_fdt_check(uint64_t addr, struct boot_why *why)
{
	const void *fdt = (const void *)(uintptr_t)addr;
	int err;

	if (trees.control && fdt == trees.control)
		return 0;
	if (ram_check_read(addr, FDT_V17_SIZE))
		return refuse(why, -EFAULT, "0x%llx is not RAM",
			      (unsigned long long)addr);
	if (addr % 8) /* libfdt has no words for it */
		return refuse(why, -EBADMSG,
			      "device tree at 0x%llx is not 8-byte aligned",
			      (unsigned long long)addr);
	err = fdt_check_header(fdt);
	/* Before 17 libfdt does not bound names by size_dt_strings when it reads, but
	 * copies only that much. dtc has written 17 since 2005. */
	if (!err && fdt_version(fdt) < 17)
		err = -FDT_ERR_BADVERSION;
	if (err)
		return refuse(why, -EBADMSG, "libfdt fdt_check_header(): %s",
			      fdt_strerror(err));
	if (ram_check_read(addr, fdt_totalsize(fdt)))
		return refuse(why, -EFAULT,
			      "device tree of 0x%x bytes at 0x%llx passes the "
			      "end of RAM",
			      fdt_totalsize(fdt), (unsigned long long)addr);
	if (!names_end(fdt))
		return refuse(why, -EBADMSG,
			      "device tree: a property name does not end");
	err = fdt_check_full(fdt, fdt_totalsize(fdt));
	if (err)
		return refuse(why, -EBADMSG, "libfdt fdt_check_full(): %s",
			      fdt_strerror(err));
	return 0;
}
