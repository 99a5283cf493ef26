/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Booting: payload types, where they go in RAM, the device tree a kernel gets,
 * and the handoff. A payload type is one file that registers itself:
 * TABLE_ENTRY(payload, &arm64_image).
 */
#ifndef VIREO_BOOT_BOOT_H
#define VIREO_BOOT_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>
#include <lib/table.h>

/* Where a payload wants to be, worked out from its header only. */
struct payload_plan {
	uint64_t entry;      /* address to jump to */
	uint64_t base, size; /* RAM it occupies when running, bytes, BSS too */
	uint64_t file_size;  /* bytes of it that must be in memory */
};

struct payload_type {
	const char *name; /* "arm64 Image", "ELF" */
	/* Pure: looks at @len bytes, touches nothing. Return: 0; -ENOEXEC not this
	 * type; -EBADMSG it is, but its header is absurd (*why says how) */
	int (*probe)(const void *data, uint64_t len, const char **why);
	/* Plan for the bytes at @addr. Return: 0; -EBADMSG, -EACCES, -EFAULT, -ENOMEM */
	int (*plan)(uint64_t addr, uint64_t len, struct payload_plan *plan,
		    const char **why);
	/* Move it into place; every destination was checked. */
	int (*place)(uint64_t addr, uint64_t len,
		     const struct payload_plan *plan);
};

TABLE_DECLARE(payload, const struct payload_type);

/* boot_fdt - the working device tree (what "fdt addr" shows), never NULL once
 * board set it; boot_fdt_set checks it fully. Return: 0; -EBADMSG */
void *boot_fdt(void);
must_check int boot_fdt_set(void *fdt);
void *boot_control_fdt(void); /* the firmware's own copy of QEMU's tree */
void boot_control_fdt_set(void *fdt);

#endif
