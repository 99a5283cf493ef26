/* SPDX-License-Identifier: BSD-2-Clause */
/* Exception level, caches by address, and the way into a payload. */
#include <arch/cpu.h>

#include <arch/sysreg.h>

/* switch.S */
void handoff_el1(uint64_t entry, uint64_t x0, uint64_t x1, uint64_t x2,
		 uint64_t x3, uint64_t sctlr) never_returns;
void handoff_el2(uint64_t entry, uint64_t x0, uint64_t x1, uint64_t x2,
		 uint64_t x3, uint64_t sctlr) never_returns;

unsigned int cpu_el(void)
{
	return (unsigned int)(sysreg_read(CurrentEL) >> 2);
}

void cpu_halt(void)
{
	for (;;)
		__asm__ volatile("wfi" : : : "memory");
}

/* ID_AA64MMFR0_EL1: TGran4 and TGran64 are 15 when absent, TGran16 is 0. */
bool cpu_has_page_size(unsigned int kib)
{
	uint64_t id = sysreg_read(id_aa64mmfr0_el1);

	if (kib == 16)
		return (id >> 20 & 15) != 0;
	return (id >> (kib == 4 ? 28 : 24) & 15) != 15;
}

/* CTR_EL0: log2 of the smallest line in words, at bit 0 (I) and 16 (D). */
static uint64_t line_size(unsigned int shift)
{
	return UINT64_C(4) << (sysreg_read(ctr_el0) >> shift & 15);
}

void cache_sync_code(uint64_t addr, uint64_t len)
{
	uint64_t dline = line_size(16), iline = line_size(0);
	uint64_t end = addr + len;

	for (uint64_t p = align_down(addr, dline); p < end; p += dline)
		__asm__ volatile("dc cvau, %0" : : "r"(p) : "memory");
	__asm__ volatile("dsb ish" : : : "memory");
	for (uint64_t p = align_down(addr, iline); p < end; p += iline)
		__asm__ volatile("ic ivau, %0" : : "r"(p) : "memory");
	__asm__ volatile("dsb ish\n\tisb" : : : "memory");
}

void cache_clean(uint64_t addr, uint64_t len)
{
	uint64_t line = line_size(16), end = addr + len;
	uint64_t p = align_down(addr, line);

	/* A kernel is half a million lines: sixteen a turn. */
	for (uint64_t turns = (end - p) / (16 * line); turns; turns--)
		__asm__ volatile(".rept 16\n\tdc civac, %0\n\t"
				 "add %0, %0, %1\n\t.endr"
				 : "+r"(p)
				 : "r"(line)
				 : "memory");
	for (; p < end; p += line)
		__asm__ volatile("dc civac, %0" : : "r"(p) : "memory");
	__asm__ volatile("dsb sy" : : : "memory");
}

void cpu_handoff(uint64_t entry, uint64_t x0, uint64_t x1, uint64_t x2,
		 uint64_t x3)
{
	if (cpu_el() == 2)
		handoff_el2(entry, x0, x1, x2, x3, SCTLR_EL2_RES1);
	handoff_el1(entry, x0, x1, x2, x3, SCTLR_EL1_RES1);
}

uint64_t cpu_call(uint64_t entry, uint64_t x0, uint64_t x1)
{
	uint64_t (*fn)(uint64_t, uint64_t) = (uint64_t(*)(uint64_t, uint64_t))(
		uintptr_t)entry;

	return fn(x0, x1);
}
