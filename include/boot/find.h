/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What to boot from a volume without being told: names in its root directory or in
 * /boot, upper or lower case.
 *
 * The kernel is the first of: Image; vmlinuz; vmlinuz-VERSION, the highest version,
 * numbers compared as numbers; anything else that begins with vmlinuz, likewise.
 * A name that ends in .old comes after all others.
 *
 * The ramdisk (initrd, initrd.img, initrd-VERSION, initrd.img-VERSION,
 * initrd-VERSION.img) is the one of the kernel's version; else one without a
 * version; else, for a kernel without one, that of the highest version; else the
 * only one there is. One of several that are for other versions is never used.
 */
#ifndef VIREO_BOOT_FIND_H
#define VIREO_BOOT_FIND_H

#include <boot/why.h>
#include <fs/fs.h>

struct boot_files {
	const char *dir;          /* "/" or "/boot/" */
	char kernel[FS_NAME_MAX]; /* in it; "" none */
	char initrd[FS_NAME_MAX]; /* likewise */
};

/*
 * find_kernel - the first in @found->dir by the order above; of those behind
 * @found->kernel when that is not "".
 * Return: 0; -ENOENT no (other) kernel; what fs returned
 */
must_check int find_kernel(const struct fs *fs, struct boot_files *found);

/* Both open, and where they go: the kernel needs no move there. */
struct boot_load {
	struct fs_file kernel, initrd;
	uint64_t kernel_addr, initrd_addr;
};

/*
 * find_places - open @files, read the kernel's header and choose addresses: the
 * kernel at the lowest 2 MiB that it may run at, the ramdisk behind it.
 * Return: 0; -ENOEXEC, -EBADMSG, -ENOMEM with @why; what fs returned
 */
must_check int find_places(const struct fs *fs, const struct boot_files *files,
			   struct boot_load *load, struct boot_why *why);

#endif
