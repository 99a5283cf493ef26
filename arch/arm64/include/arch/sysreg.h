/* SPDX-License-Identifier: BSD-2-Clause */
/* System registers by name. Source: Arm ARM (DDI 0487), chapter D. */
#ifndef VIREO_ARCH_SYSREG_H
#define VIREO_ARCH_SYSREG_H

#define SCTLR_M (1 << 0)  /* MMU */
#define SCTLR_A (1 << 1)  /* alignment checks */
#define SCTLR_C (1 << 2)  /* data cache */
#define SCTLR_I (1 << 12) /* instruction cache */

/* Reserved-one bits, MMU and caches off, little-endian (D19.2). */
#define SCTLR_EL1_RES1 0x30d00800
#define SCTLR_EL2_RES1 0x30c50830

#ifndef __ASSEMBLER__

#include <stdint.h>

#define sysreg_read(name) \
	__extension__({ \
		uint64_t v_; \
		__asm__ volatile("mrs %0, " #name : "=r"(v_) : : "memory"); \
		v_; \
	})

#endif
#endif
