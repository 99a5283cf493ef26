/* SPDX-License-Identifier: BSD-2-Clause */
/* The counter's frequency (Arm ARM D11.2.2; Devicetree binding arm,arch_timer). */
#include <arch/timer.h>

#include <arch/sysreg.h>

static uint64_t given;

void timer_set_hz(uint64_t hz)
{
	given = hz;
}

uint64_t timer_hz(void)
{
	return given ? given : sysreg_read(cntfrq_el0);
}
