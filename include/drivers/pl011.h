/* SPDX-License-Identifier: BSD-2-Clause */
/* The PL011 UART as the console, polled. ARM DDI 0183. */
#ifndef VIREO_DRIVERS_PL011_H
#define VIREO_DRIVERS_PL011_H

#include <stdbool.h>
#include <stdint.h>

/* pl011_present - do the identification registers say PL011? */
bool pl011_present(uint64_t base);

/* pl011_console - make the UART whose registers are at @base the console. */
void pl011_console(uint64_t base);

#endif
