/* SPDX-License-Identifier: BSD-2-Clause */
/* The PL031 real-time clock. ARM DDI 0224. */
#ifndef VIREO_DRIVERS_PL031_H
#define VIREO_DRIVERS_PL031_H

#include <stdint.h>

#include <lib/compiler.h>

/* pl031_init - make the one whose registers are at @base the clock.
 * Return: 0; -ENODEV the identification registers say no */
must_check int pl031_init(uint64_t base);

#endif
