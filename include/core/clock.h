/* SPDX-License-Identifier: BSD-2-Clause */
/* The time of day: a real-time clock registers itself here. */
#ifndef VIREO_CORE_CLOCK_H
#define VIREO_CORE_CLOCK_H

#include <stdint.h>

#include <lib/compiler.h>

/* clock_register - @now gives seconds since 1970-01-01 UTC. Return: 0; -EIO */
void clock_register(int (*now)(uint64_t *seconds));

/* clock_register_set - the same clock can be set. Return: 0; -EFBIG too late for it */
void clock_register_set(int (*set)(uint64_t seconds));

/* clock_now - seconds since 1970-01-01 UTC. Return: 0; -ENODEV no clock; -EIO */
must_check int clock_now(uint64_t *seconds);

/* clock_set - Return: 0; -ENODEV no clock; -ENOSYS it cannot be set; -EFBIG */
must_check int clock_set(uint64_t seconds);

#endif
