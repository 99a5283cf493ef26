/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry, by reset (-bios, pflash: at 0, in flash) or by QEMU's -kernel (the arm64
 * Image header: at RAM base + 2 MiB, device tree in x0). Brings the image to its link
 * address, and C to life: FP on, a stack, relocations, BSS. Alignment is checked
 * until the MMU is on: memory is Device then, where KVM faults and not every QEMU
 * does. Source: Linux Documentation/arch/arm64/booting; Arm ARM for the registers.
 */
#include <arch/sysreg.h>
#include <arch/image.h>

	.section .head, "ax"
	.global _start
_start:
	b	entry				/* code0 */
	nop					/* code1 */
	.quad	0				/* text_offset */
	.long	__image_size, 0			/* image_size */
	.quad	0xa				/* flags: little-endian, 4 KiB, anywhere */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

entry:
	msr	daifset, #15
	mrs	x1, CurrentEL
	lsr	x1, x1, #2
	cmp	x1, #3
	b.eq	entered_el3
	/* Other cores wait in PSCI; should one come here all the same, hold it
	 * before it touches RAM. */
	mrs	x2, mpidr_el1
	and	x2, x2, #0xffffff
	cbnz	x2, park
	cmp	x1, #2
	b.eq	1f
	mov	x2, #(3 << 20)			/* CPACR_EL1.FPEN: no traps */
	msr	cpacr_el1, x2
	ldr	w2, =(SCTLR_EL1_RES1 | SCTLR_A)
	msr	sctlr_el1, x2
	b	2f
1:	mov	x2, #(1 << 31)			/* HCR_EL2.RW: EL1 is AArch64; no E2H */
	msr	hcr_el2, x2
	isb					/* E2H decides how CPTR is read */
	mov	x2, #0x33ff			/* CPTR_EL2 RES1, no FP trap */
	msr	cptr_el2, x2
	msr	cntvoff_el2, xzr		/* CNTVCT is CNTPCT */
	ldr	w2, =(SCTLR_EL2_RES1 | SCTLR_A)
	msr	sctlr_el2, x2
2:	isb
	mrs	x21, cntvct_el0			/* for the boot's timeline */
	mov	x19, x0				/* the device tree, if given */
	ldr	x20, =IMAGE_LINK_ADDRESS
	adr	x1, _start
	tst	x1, #0xfff
	adr	x2, place_text
	b.ne	say				/* adrp would miss */
	cbz	x1, 4f				/* reset: no cache holds anything */
	ldr	x4, =__image_size
	subs	x3, x1, x20
	b.eq	2f
	cneg	x3, x3, mi
	cmp	x3, x4
	b.lo	say				/* it would copy over itself */
2:
	/* An earlier stage may have left lines of what is about to be written
	 * with caches off: they must neither land on it later nor hide it. */
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4			/* DminLine, log2 of words */
	mov	x3, #4
	lsl	x3, x3, x2
	add	x4, x4, x20
	mov	x2, x20
3:	.rept	4
	dc	civac, x2
	add	x2, x2, x3
	.endr
	cmp	x2, x4
	b.lo	3b
	dsb	sy
	/* Linear addresses from here on: link address + offset in the image. */
4:	adrp	x0, __early_stack_top
	add	x0, x0, :lo12:__early_stack_top
	sub	x0, x0, x1
	add	sp, x20, x0
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x20
	bl	image_move
	adrp	x0, early_main
	add	x0, x0, :lo12:early_main
	adr	x1, _start
	sub	x0, x0, x1
	add	x2, x20, x0
	mov	x0, x19
	mov	x1, x21
	br	x2

	/* All cores arrive together at EL3; one says so, none touches RAM. */
entered_el3:
	mrs	x2, mpidr_el1
	and	x2, x2, #0xffffff
	cbnz	x2, park
	adr	x2, el3_text
say:
	ldr	w1, early_uart
	mov	w3, #0x301			/* UARTCR: on, both ways */
	str	w3, [x1, #0x30]
1:	ldrb	w3, [x2], #1
	cbz	w3, park
	str	w3, [x1]
	b	1b
park:
	wfe
	b	park

early_uart:
	.long	__early_uart			/* vireo.lds */
el3_text:
	.asciz	"Vireo: started at EL3 (-machine secure=on with -bios or pflash), which is not supported yet; use -kernel, or secure=off\r\n"
place_text:
	.asciz	"Vireo: started at an address that is neither 0x40200000 nor a multiple of 4 KiB clear of it\r\n"
	.balign	4
	.ltorg
