/* SPDX-License-Identifier: BSD-2-Clause */
/* Describing a disk; the lines are U-Boot's. */
#include "disk.h"

#include <stdint.h>

#include <core/console.h>

/* 64-bit without overflow: a device may claim 2^64 - 1 sectors. */
static void print_tenths(uint64_t sectors, unsigned int shift)
{
	uint64_t whole = sectors >> shift;
	uint64_t rest = sectors & ((UINT64_C(1) << shift) - 1);

	con_printf("%ju.%ju", (uintmax_t)whole,
		   (uintmax_t)(rest * 10 >> shift));
}

static void print_capacity(const struct blkdev *disk)
{
	if (!disk->nsectors) {
		con_puts("            Capacity: not available\n");
		return;
	}
	con_puts("            Capacity: ");
	print_tenths(disk->nsectors, 11);
	con_puts(" MB = ");
	print_tenths(disk->nsectors, 21);
	con_printf(" GB (%ju x %u)\n", (uintmax_t)disk_blocks(disk),
		   disk->block_size);
}

/* What U-Boot does not say comes last: which controller the address is one of. */
void disk_print(const struct blkdev *disk)
{
	if (disk->address[0])
		con_printf("(%s) Vendor: %s Prod.: %s Rev: %s\n", disk->address,
			   disk->vendor, disk->product, disk->revision);
	else
		con_printf("%s %s\n", disk->vendor, disk->product);
	con_printf("            Type: %s%s\n",
		   disk->removable ? "Removable " : "",
		   disk->kind ? disk->kind : "Hard Disk");
	print_capacity(disk);
	if (disk->controller)
		con_printf("            Controller: %s\n", disk->controller);
}
