/* SPDX-License-Identifier: BSD-2-Clause */
/* NOR flash with the Common Flash Interface and Intel's commands. */
#ifndef VIREO_DRIVERS_CFI_H
#define VIREO_DRIVERS_CFI_H

#include <stdint.h>

/* cfi_add - there is such a flash, says the device tree; it is not touched. One at most:
 * others are not taken. @base, @size: multiples of 4 */
void cfi_add(uint64_t base, uint64_t size);

#endif
