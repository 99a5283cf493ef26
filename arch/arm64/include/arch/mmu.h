/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address translation: one identity map built from a region table the board
 * defines. 4 KiB granule, 40-bit addresses, EL1 or EL2.
 */
#ifndef VIREO_ARCH_MMU_H
#define VIREO_ARCH_MMU_H

#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

enum mem_kind {
	MEM_NONE,      /* unmapped: any access faults */
	MEM_DEVICE,    /* Device-nGnRE, never executable */
	MEM_DEVICE_RO, /* the same, read-only: flash */
	MEM_RW,        /* Normal write-back, never executable */
	MEM_RO,        /* Normal write-back, read-only, never executable */
	MEM_CODE,      /* Normal write-back, read-only, executable */
	MEM_RWX,       /* only the payload of "go", for as long as it runs */
};

struct mem_region {
	uint64_t base; /* 4 KiB multiples, below 2^40 */
	uint64_t size;
	enum mem_kind kind;
};

/*
 * mmu_build - make tables for @regions (a later one covers what an earlier one
 * says about the same address) and run with them, MMU and caches on.
 * @regions: copied
 * Return: 0; -ENOMEM too many regions or tables; -EINVAL not a page multiple, or
 *         above 2^40. On an error the tables in use stay.
 */
must_check int mmu_build(const struct mem_region *regions, size_t count);

/*
 * mmu_remap - the regions of mmu_build, and [base, base + size) as @kind on top. A
 * second call replaces the first.
 * Return: as mmu_build
 */
must_check int mmu_remap(uint64_t base, uint64_t size, enum mem_kind kind);

#endif
