/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's stand-in for <arch/timer.h>: a clock that the test owns. Each look
 * at it moves it by fake_timer_step ticks, so every bounded wait ends. */
#ifndef FAKE_ARCH_TIMER_H
#define FAKE_ARCH_TIMER_H

#include <stdint.h>

extern uint64_t fake_timer_now, fake_timer_step;

static inline uint64_t timer_ticks(void)
{
	fake_timer_now += fake_timer_step;
	return fake_timer_now;
}
static inline uint64_t timer_hz(void)
{
	return 62500000;
}

#endif
