/* SPDX-License-Identifier: BSD-2-Clause */
/* Deadlines on the counter; the arithmetic neither wraps nor loses fractions. */
#include <core/deadline.h>

#include <errno.h>

#include <arch/barrier.h>
#include <arch/timer.h>
#include <core/console.h>
#include <lib/checked.h>

#define US_PER_S 1000000u

uint64_t ticks_to_us(uint64_t ticks)
{
	uint64_t hz = timer_hz();

	return ticks / hz * US_PER_S + ticks % hz * US_PER_S / hz;
}

uint64_t time_us(void)
{
	return ticks_to_us(timer_ticks());
}

static uint64_t us_to_ticks(uint64_t us)
{
	uint64_t hz = timer_hz(), whole, part;

	if (!mul_ok(us / US_PER_S, hz, &whole))
		return UINT64_MAX;
	/* Rounded up: a wait is never shorter than it says. */
	part = (us % US_PER_S * hz + US_PER_S - 1) / US_PER_S;
	return add_ok(whole, part, &whole) ? whole : UINT64_MAX;
}

struct wait wait_us(uint64_t us)
{
	uint64_t now = timer_ticks();
	struct wait w = { .next_look = now + timer_hz() / 1000 };

	if (!add_ok(now, us_to_ticks(us), &w.end))
		w.end = UINT64_MAX;
	return w;
}

struct wait wait_ms(uint64_t ms)
{
	uint64_t us;

	return wait_us(mul_ok(ms, 1000, &us) ? us : UINT64_MAX);
}

int wait_turn(struct wait *w)
{
	uint64_t now = timer_ticks();

	if (now >= w->next_look) {
		w->next_look = now + timer_hz() / 1000;
		if (con_ctrlc())
			return -EINTR;
	}
	if (now >= w->end) {
		if (w->late)
			return -ETIMEDOUT;
		w->late = true;
	}
	cpu_relax();
	return 0;
}

bool wait_over(const struct wait *w)
{
	return timer_ticks() >= w->end;
}
