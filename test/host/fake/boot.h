/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What payloads ask of arch/: caches, executable memory, calls and the handoff, all
 * recorded. And a machine's RAM: host memory at the addresses of the real one.
 */
#ifndef FAKE_BOOT_H
#define FAKE_BOOT_H

#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <arch/mmu.h>

#define FAKE_BOOT_MAX 16

#define FAKE_RAM_BASE 0x40000000u
#define FAKE_RAM_SIZE 0x8000000u  /* 128 MiB, zero */
#define FAKE_FW_BASE  0x47000000u /* its last 16 MiB, reserved as "firmware" */

struct fake_boot {
	struct {
		uint64_t addr, len;
	} clean[FAKE_BOOT_MAX], sync[FAKE_BOOT_MAX];
	unsigned int ncleans, nsyncs;
	struct mem_region remap[FAKE_BOOT_MAX];
	unsigned int nremaps;
	int remap_error;  /* set by the test: what the next mmu_remap returns */
	uint64_t call[3]; /* entry, x0, x1 of the last cpu_call */
	uint64_t call_ret;     /* set by the test */
	unsigned int no_pages; /* set by the test: KiB the CPU does not have */
	uint64_t handoff[5];
	jmp_buf *
		leave; /* set by the test: where a handoff comes out, or abort */
};

extern struct fake_boot fake_boot;

/* fake_ram - map RAM, add the bank and reserve "firmware"; once a process. */
void fake_ram(void);

static inline void *fake_at(uint64_t addr)
{
	return (void *)(uintptr_t)addr;
}

#endif
