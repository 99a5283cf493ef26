/* SPDX-License-Identifier: BSD-2-Clause */
/* The generic timer's virtual counter, read only; no timer interrupt is armed. */
#ifndef VIREO_ARCH_TIMER_H
#define VIREO_ARCH_TIMER_H

#include <stdint.h>

static inline uint64_t timer_ticks(void)
{
	uint64_t v;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(v) : : "memory");
	return v;
}

static inline uint64_t timer_hz(void)
{
	uint64_t v;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(v));
	return v;
}

#endif
