/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Script images, what "mkimage -T script" makes: a 64-byte header with two
 * checksums, a list of sizes that ends with 0, and the first script's text.
 */
#ifndef VIREO_BOOT_SCRIPT_H
#define VIREO_BOOT_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include <boot/why.h>
#include <lib/compiler.h>

#define SCRIPT_HEAD 64
/* More than the shell takes; bounds the time that the checksum takes. */
#define SCRIPT_DATA_MAX 0x100000u

struct script {
	const char *text; /* in the image; no NUL in it, and none ends it */
	size_t len;       /* at least 1 */
};

/*
 * script_find - check the image at @addr, all of it, and find the text of its
 * first script. Reads RAM only, and only what the header says is there.
 * Return: 0; -EFAULT not all in RAM; -EOVERFLOW; -ENOEXEC no script image;
 *         -ENOSYS compressed, or a FIT; -EFBIG; -EBADMSG damaged, each with @why
 * Source: U-Boot include/image.h, struct legacy_img_hdr
 */
must_check int script_find(uint64_t addr, struct script *s,
			   struct boot_why *why);

#endif
