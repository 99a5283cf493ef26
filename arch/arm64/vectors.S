/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exception vectors. The firmware runs on SP_EL0, exceptions on SP_ELx, so that a
 * stack that overflowed still gets its fault described. Every slot saves all
 * general and FP registers as struct fault_frame and calls fault_entry, which
 * never comes back: a fault somebody catches leaves through fault_resume, any other
 * stops the machine. No interrupt is ever enabled: all sixteen are faults.
 */
#define FRAME_SIZE	832

	/* .org cannot go back, so a slot that overflows does not assemble. */
	.macro	vector n
slot\n:	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp]
	mov	x0, #\n
	b	save
	.org	slot\n + 0x80
	.endm

	.section .text.vectors, "ax"
	.global	vectors
	.balign	0x800
vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector	\n
	.endr

save:
	stp	x2, x3, [sp, #16 * 1]
	stp	x4, x5, [sp, #16 * 2]
	stp	x6, x7, [sp, #16 * 3]
	stp	x8, x9, [sp, #16 * 4]
	stp	x10, x11, [sp, #16 * 5]
	stp	x12, x13, [sp, #16 * 6]
	stp	x14, x15, [sp, #16 * 7]
	stp	x16, x17, [sp, #16 * 8]
	stp	x18, x19, [sp, #16 * 9]
	stp	x20, x21, [sp, #16 * 10]
	stp	x22, x23, [sp, #16 * 11]
	stp	x24, x25, [sp, #16 * 12]
	stp	x26, x27, [sp, #16 * 13]
	stp	x28, x29, [sp, #16 * 14]
	mrs	x1, sp_el0
	stp	x30, x1, [sp, #16 * 15]
	mrs	x5, CurrentEL
	cmp	x5, #(2 << 2)
	b.eq	1f
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	mrs	x3, esr_el1
	mrs	x4, far_el1
	b	2f
1:	mrs	x1, elr_el2
	mrs	x2, spsr_el2
	mrs	x3, esr_el2
	mrs	x4, far_el2
2:	stp	x1, x2, [sp, #16 * 16]
	stp	x3, x4, [sp, #16 * 17]
	stp	x0, xzr, [sp, #16 * 18]
	stp	q0, q1, [sp, #304 + 32 * 0]
	stp	q2, q3, [sp, #304 + 32 * 1]
	stp	q4, q5, [sp, #304 + 32 * 2]
	stp	q6, q7, [sp, #304 + 32 * 3]
	stp	q8, q9, [sp, #304 + 32 * 4]
	stp	q10, q11, [sp, #304 + 32 * 5]
	stp	q12, q13, [sp, #304 + 32 * 6]
	stp	q14, q15, [sp, #304 + 32 * 7]
	stp	q16, q17, [sp, #304 + 32 * 8]
	stp	q18, q19, [sp, #304 + 32 * 9]
	stp	q20, q21, [sp, #304 + 32 * 10]
	stp	q22, q23, [sp, #304 + 32 * 11]
	stp	q24, q25, [sp, #304 + 32 * 12]
	stp	q26, q27, [sp, #304 + 32 * 13]
	stp	q28, q29, [sp, #304 + 32 * 14]
	stp	q30, q31, [sp, #304 + 32 * 15]
	mrs	x1, fpsr
	mrs	x2, fpcr
	mov	x0, sp
	add	x3, x0, #(304 + 512)
	stp	x1, x2, [x3]
	bl	fault_entry
3:	wfi
	b	3b

/*
 * fault_init - vectors, the exception stack, and SP_EL0 for everything else.
 * In: x0 top of the exception stack. Clobbers x1, x2.
 */
	.section .text.fault_init, "ax"
	.global	fault_init
fault_init:
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	mrs	x2, CurrentEL
	cmp	x2, #(2 << 2)
	b.eq	1f
	msr	vbar_el1, x1
	b	2f
1:	msr	vbar_el2, x1
2:	mov	x1, sp
	msr	spsel, #1
	mov	sp, x0
	msr	spsel, #0
	mov	sp, x1
	isb
	ret

/*
 * fault_mark - save the callee-saved state of the point to come back to.
 * In: x0 struct fault_catch. Out: 0; 1 when fault_resume came back.
 */
	.section .text.fault_mark, "ax"
	.global	fault_mark
fault_mark:
	mov	x1, sp
	stp	x19, x20, [x0, #16 * 0]
	stp	x21, x22, [x0, #16 * 1]
	stp	x23, x24, [x0, #16 * 2]
	stp	x25, x26, [x0, #16 * 3]
	stp	x27, x28, [x0, #16 * 4]
	stp	x29, x30, [x0, #16 * 5]
	str	x1, [x0, #96]
	stp	d8, d9, [x0, #104]
	stp	d10, d11, [x0, #120]
	stp	d12, d13, [x0, #136]
	stp	d14, d15, [x0, #152]
	mov	w0, #0
	ret

/*
 * fault_resume - from exception context back to fault_mark's caller.
 * In: x0 struct fault_catch, x1 top of the exception stack. Does not return.
 */
	.section .text.fault_resume, "ax"
	.global	fault_resume
fault_resume:
	mov	sp, x1
	msr	spsel, #0
	ldr	x1, [x0, #96]
	mov	sp, x1
	ldp	x19, x20, [x0, #16 * 0]
	ldp	x21, x22, [x0, #16 * 1]
	ldp	x23, x24, [x0, #16 * 2]
	ldp	x25, x26, [x0, #16 * 3]
	ldp	x27, x28, [x0, #16 * 4]
	ldp	x29, x30, [x0, #16 * 5]
	ldp	d8, d9, [x0, #104]
	ldp	d10, d11, [x0, #120]
	ldp	d12, d13, [x0, #136]
	ldp	d14, d15, [x0, #152]
	mov	w0, #1
	ret
