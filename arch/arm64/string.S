/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy, memmove and memset through the FP registers: 64 bytes a turn. Addresses
 * may have any alignment once the MMU is on; before that (Device memory)
 * callers pass 16-byte multiples only.
 * In: x0 destination, x1 source or byte, x2 length. Out: x0. Clobbers x3 - x6, q0 - q3.
 */
	.section .text.memcpy, "ax"
	.global	memcpy
	.global	memmove
memmove:
	sub	x4, x0, x1
	cmp	x4, x2
	b.lo	backward		/* the destination begins inside the source */
memcpy:
	mov	x3, x0
	subs	x2, x2, #64
	b.lo	2f
1:	ld1	{v0.16b-v3.16b}, [x1], #64
	st1	{v0.16b-v3.16b}, [x3], #64
	subs	x2, x2, #64
	b.hs	1b
2:	adds	x2, x2, #64
	b.eq	5f
	subs	x2, x2, #8
	b.lo	4f
3:	ldr	x4, [x1], #8
	str	x4, [x3], #8
	subs	x2, x2, #8
	b.hs	3b
4:	adds	x2, x2, #8
	b.eq	5f
6:	ldrb	w4, [x1], #1
	strb	w4, [x3], #1
	subs	x2, x2, #1
	b.ne	6b
5:	ret

backward:
	add	x1, x1, x2
	add	x3, x0, x2
	subs	x2, x2, #64
	b.lo	2f
1:	ldp	q0, q1, [x1, #-32]!
	ldp	q2, q3, [x1, #-32]!
	stp	q0, q1, [x3, #-32]!
	stp	q2, q3, [x3, #-32]!
	subs	x2, x2, #64
	b.hs	1b
2:	adds	x2, x2, #64
	b.eq	4f
3:	ldrb	w4, [x1, #-1]!
	strb	w4, [x3, #-1]!
	subs	x2, x2, #1
	b.ne	3b
4:	ret

	.section .text.memset, "ax"
	.global	memset
memset:
	mov	x3, x0
	dup	v0.16b, w1
	mov	v1.16b, v0.16b
	mov	v2.16b, v0.16b
	mov	v3.16b, v0.16b
	subs	x2, x2, #64
	b.lo	2f
1:	st1	{v0.16b-v3.16b}, [x3], #64
	subs	x2, x2, #64
	b.hs	1b
2:	adds	x2, x2, #64
	b.eq	4f
	subs	x2, x2, #8
	b.lo	5f
6:	str	d0, [x3], #8
	subs	x2, x2, #8
	b.hs	6b
5:	adds	x2, x2, #8
	b.eq	4f
3:	strb	w1, [x3], #1
	subs	x2, x2, #1
	b.ne	3b
4:	ret
