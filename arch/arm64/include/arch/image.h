/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware's own image: where it is linked, how it moves. The linker
 * script and start.S rely on the same address.
 */
#ifndef VIREO_ARCH_IMAGE_H
#define VIREO_ARCH_IMAGE_H

#define IMAGE_LINK_ADDRESS 0x40200000

#ifndef __ASSEMBLER__

#include <stdint.h>

#include <lib/compiler.h>

/* vireo.lds; page-aligned up to __rodata_end */
extern char __image_start[], __text_end[], __rodata_end[], __data_end[],
	__bss_end[], __early_stack_top[], __image_end[];

#define EARLY_STACK_SIZE 32768 /* also in vireo.lds */

/*
 * image_move - copy text, constants and initialised data to @to, zero its BSS there
 * and relocate it; from flash to the link address, or from there to high RAM. With
 * @to where it already is: only BSS.
 * @to: 16-byte aligned RAM, room for __image_end - __image_start bytes
 */
void image_move(uint64_t to);

/* image_jump - go on at @fn(@arg) in a moved copy, on a new stack. */
void image_jump(uint64_t fn, uint64_t stack_top, void *arg) never_returns;

#endif
#endif
