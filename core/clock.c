/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock there is, if any. */
#include <core/clock.h>

#include <errno.h>
#include <stddef.h>

static struct {
	int (*now)(uint64_t *seconds);
	int (*set)(uint64_t seconds);
} rtc;

void clock_register(int (*now)(uint64_t *seconds))
{
	rtc.now = now;
	rtc.set = NULL;
}

void clock_register_set(int (*set)(uint64_t seconds))
{
	rtc.set = set;
}

int clock_now(uint64_t *seconds)
{
	return rtc.now ? rtc.now(seconds) : -ENODEV;
}

int clock_set(uint64_t seconds)
{
	if (!rtc.now)
		return -ENODEV;
	return rtc.set ? rtc.set(seconds) : -ENOSYS;
}
