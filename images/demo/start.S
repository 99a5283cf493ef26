/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The demo payload's head: an arm64 Image header (Linux,
 * Documentation/arm64/booting.rst), then a call of demo() on a stack of its
 * own. Runs at any address, with the MMU on or off.
 *
 * In:  x0 device tree (booti) or argc (go, bootelf), x1 argv, x30 caller
 * Out: x0 what demo() gives; the other registers as a C function leaves them
 */
	.section .head, "ax"
	.global _start
_start:
	b	1f			/* code0 */
	.long	0			/* code1 */
	.quad	0			/* text_offset */
	.quad	_size			/* image_size, BSS included */
	.quad	0xa			/* flags: little-endian, 4K pages, anywhere */
	.quad	0, 0, 0			/* res2, res3, res4 */
	.ascii	"ARM\x64"		/* magic */
	.long	0			/* res5: no PE header */

1:	adr	x9, stack_top
	mov	x10, sp
	stp	x30, x10, [x9, #-16]!
	mov	sp, x9
	adr	x2, _start
	bl	demo
	ldp	x30, x10, [sp]
	mov	sp, x10
	ret

	.bss
	.balign	16
	.skip	4096
stack_top:
