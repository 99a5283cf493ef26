/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPU: exception level, caches, the way out. */
#ifndef VIREO_ARCH_CPU_H
#define VIREO_ARCH_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include <lib/compiler.h>

unsigned int cpu_el(void);         /* 1 or 2 */
void cpu_halt(void) never_returns; /* wfi for ever */

/* cpu_has_page_size - can a kernel use pages of 4, 16 or 64 KiB here? */
bool cpu_has_page_size(unsigned int kib);

/* cache_sync_code - what was written to [addr, addr + len) may be executed:
 * clean data cache to the point of unification and drop instructions. */
void cache_sync_code(uint64_t addr, uint64_t len);

/*
 * cache_clean - write [addr, addr + len) back to memory and drop it, to the
 * point of coherency: for what runs with caches off.
 */
void cache_clean(uint64_t addr, uint64_t len);

/*
 * cpu_handoff - MMU and caches off, then jump to @entry at the current EL with
 * x0 … x3. Everything the payload reads was cleaned before.
 */
void cpu_handoff(uint64_t entry, uint64_t x0, uint64_t x1, uint64_t x2,
		 uint64_t x3) never_returns;

/* cpu_call - @entry(argc, argv) as "go" does, MMU and caches on; its return value. */
uint64_t cpu_call(uint64_t entry, uint64_t x0, uint64_t x1);

#endif
