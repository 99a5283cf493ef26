/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's stand-ins for what running a payload needs: see boot.h. */
#include "boot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <arch/cpu.h>
#include <core/ram.h>

struct fake_boot fake_boot;

void fake_ram(void)
{
	void *at = fake_at(FAKE_RAM_BASE);

	if (mmap(at, FAKE_RAM_SIZE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			 MAP_FIXED_NOREPLACE,
		 -1, 0) != at ||
	    ram_add_bank(FAKE_RAM_BASE, FAKE_RAM_SIZE) ||
	    ram_reserve(FAKE_FW_BASE,
			FAKE_RAM_BASE + FAKE_RAM_SIZE - FAKE_FW_BASE,
			"firmware")) {
		perror("fake_ram");
		abort();
	}
}

bool cpu_has_page_size(unsigned int kib)
{
	return kib != fake_boot.no_pages;
}

void cache_sync_code(uint64_t addr, uint64_t len)
{
	if (fake_boot.nsyncs < FAKE_BOOT_MAX) {
		fake_boot.sync[fake_boot.nsyncs].addr = addr;
		fake_boot.sync[fake_boot.nsyncs++].len = len;
	}
}

void cache_clean(uint64_t addr, uint64_t len)
{
	if (fake_boot.ncleans < FAKE_BOOT_MAX) {
		fake_boot.clean[fake_boot.ncleans].addr = addr;
		fake_boot.clean[fake_boot.ncleans++].len = len;
	}
}

int mmu_remap(uint64_t base, uint64_t size, enum mem_kind kind)
{
	int ret = fake_boot.remap_error;

	fake_boot.remap_error = 0;
	if (!ret && fake_boot.nremaps < FAKE_BOOT_MAX)
		fake_boot.remap[fake_boot.nremaps++] = (struct mem_region){
			base, size, kind
		};
	return ret;
}

uint64_t cpu_call(uint64_t entry, uint64_t x0, uint64_t x1)
{
	fake_boot.call[0] = entry;
	fake_boot.call[1] = x0;
	fake_boot.call[2] = x1;
	return fake_boot.call_ret;
}

void cpu_handoff(uint64_t entry, uint64_t x0, uint64_t x1, uint64_t x2,
		 uint64_t x3)
{
	uint64_t args[5] = { entry, x0, x1, x2, x3 };

	memcpy(fake_boot.handoff, args, sizeof(args));
	if (fake_boot.leave)
		longjmp(*fake_boot.leave, 1);
	fprintf(stderr, "handoff to %#jx nobody expected\n", (uintmax_t)entry);
	abort();
}
