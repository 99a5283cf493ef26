/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address translation: one identity map built from a const region table the
 * board defines. 4 KiB granule, 40-bit addresses, EL1 or EL2.
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
	uint64_t base; /* 4 KiB multiples */
	uint64_t size;
	enum mem_kind kind;
};

/*
 * mmu_build - make new tables for @regions (a later one covers what an earlier one
 * says about the same address) and switch to them.
 * @pool: page-aligned memory for tables, @pool_size bytes
 * Return: 0; -ENOMEM pool too small; -EINVAL not a page multiple or above 2^40
 */
must_check int mmu_build(const struct mem_region *regions, size_t count,
			 void *pool, size_t pool_size);

/* mmu_remap - change the kind of a range in the live tables (break before make).
 * Return: 0; -ENOMEM; -EINVAL */
must_check int mmu_remap(uint64_t base, uint64_t size, enum mem_kind kind);

#endif
