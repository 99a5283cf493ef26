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

/* timer_hz - ticks in a second: what was set, or CNTFRQ_EL0; 0: not known */
uint64_t timer_hz(void);

/* timer_set_hz - @hz: for firmware that left CNTFRQ_EL0 wrong; 0: do not */
void timer_set_hz(uint64_t hz);

#endif
