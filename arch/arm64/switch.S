/* SPDX-License-Identifier: BSD-2-Clause */
/* What must be done without touching memory in between, or is an instruction. */
#include <arch/sysreg.h>

/*
 * mmu_switch_el1/2 - run with new translation tables.
 * In: x0 table, x1 MAIR, x2 TCR, x3 SCTLR to end with. Clobbers x4.
 */
	.macro	mmu_switch el, tlbi
	.section .text.mmu_switch_\el, "ax"
	.global	mmu_switch_\el
mmu_switch_\el:
	dsb	sy
	mrs	x4, sctlr_\el
	bic	x4, x4, #SCTLR_M
	msr	sctlr_\el, x4
	isb
	msr	ttbr0_\el, x0
	msr	mair_\el, x1
	msr	tcr_\el, x2
	isb
	tlbi	\tlbi
	ic	iallu
	dsb	sy
	isb
	msr	sctlr_\el, x3
	isb
	ret
	.endm

	mmu_switch el1, vmalle1
	mmu_switch el2, alle2

/*
 * handoff_el1/2 - caches and MMU off, then the payload.
 * In: x0 entry, x1 - x4 its x0 - x3, x5 SCTLR to end with. Does not return.
 */
	.macro	handoff el, tlbi
	.section .text.handoff_\el, "ax"
	.global	handoff_\el
handoff_\el:
	dsb	sy
	msr	sctlr_\el, x5
	isb
	tlbi	\tlbi
	ic	iallu
	dsb	sy
	isb
	msr	spsel, #1
	mov	x9, x0
	mov	x0, x1
	mov	x1, x2
	mov	x2, x3
	mov	x3, x4
	br	x9
	.endm

	handoff el1, vmalle1
	handoff el2, alle2

/*
 * image_jump - continue in a moved copy of the image, on a new stack.
 * In: x0 function there, x1 stack top, x2 its argument. Does not return.
 */
	.section .text.image_jump, "ax"
	.global image_jump
image_jump:
	mov	sp, x1
	mov	x29, xzr
	mov	x30, xzr
	mov	x3, x0
	mov	x0, x2
	br	x3

/* psci_hvc, psci_smc - In: w0 function. Out: x0. */
	.section .text.psci, "ax"
	.global	psci_hvc
psci_hvc:
	hvc	#0
	ret
	.global	psci_smc
psci_smc:
	smc	#0
	ret
