/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting an arm64 Linux kernel:
 *
 *	linux_plan	everything is checked and every place chosen; nothing moves
 *	linux_load	the tree is copied and completed, the Image moved if need be
 *	linux_start	devices quiesced, caches, jump: does not return
 *
 * Between plan and start the places are reserved in <core/ram.h>; linux_cancel
 * gives them back. Source: Linux Documentation/arch/arm64/booting.rst.
 */
#ifndef VIREO_BOOT_LINUX_H
#define VIREO_BOOT_LINUX_H

#include <stdbool.h>
#include <stdint.h>

#include <boot/boot.h>

#define IMAGE_ALIGN \
	UINT64_C(0x200000) /* of the address text_offset counts from */

/* The Image header, decoded and found sane. */
struct image_header {
	uint64_t text_offset;
	uint64_t image_size;   /* BSS too; an old kernel's 0 is replaced */
	bool anywhere;         /* flags bit 3: not only at the start of RAM */
	unsigned int page_kib; /* 4, 16, 64; 0: not said */
};

/* image_parse - Return: 0; -ENOEXEC no magic; -EBADMSG with @why */
must_check int image_parse(const uint8_t *head, struct image_header *h,
			   struct boot_why *why);

struct linux_boot {
	/* set by the caller */
	uint64_t kernel;     /* where the Image is */
	uint64_t kernel_len; /* bytes of it; 0: not known */
	uint64_t fdt;        /* the tree to copy */
	struct boot_chosen chosen;

	/* set by linux_plan */
	struct payload_plan image;
	uint64_t fdt_to, fdt_room;
};

/* Return: 0; -ENOEXEC, -EBADMSG, -EACCES, -EFAULT, -EOVERFLOW, -ENOMEM with @why;
 * then nothing stays reserved */
must_check int linux_plan(struct linux_boot *b, struct boot_why *why);

/* Return: 0; as boot_fdt_copy, and then everything was cancelled */
must_check int linux_load(struct linux_boot *b, struct boot_why *why);

void linux_cancel(void);
void linux_start(const struct linux_boot *b) never_returns;

#endif
