/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine ready to boot Linux: an Image, a ramdisk and a tree at addresses in
 * fake RAM, for the tests of linux_plan and what follows.
 */
#ifndef TEST_BOOT_LINUX_H
#define TEST_BOOT_LINUX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include <boot/linux.h>
#include <core/ram.h>
#include <lib/byteorder.h>

#include "fake/boot.h"

#define MIB       UINT64_C(0x100000)
#define KERNEL    0x40400000u
#define KSIZE     (16 * MIB)
#define INITRD    0x44000000u
#define TREE      0x40100000u
#define TREE_SIZE 0x4000

static inline void put_kernel(uint64_t at)
{
	uint8_t *h = fake_at(at);

	memset(h, 0, PAYLOAD_HEAD);
	put_le64(h + 16, KSIZE);
	put_le64(h + 24, 0xa);
	memcpy(h + 56, "ARM\x64", 4);
}

/* A small tree as QEMU makes them; @reg: of its memory node, "" for none. */
static inline void *put_tree(uint64_t at, const void *reg, int reg_len)
{
	void *fdt = fake_at(at);
	int node;

	assert_int_equal(fdt_create_empty_tree(fdt, TREE_SIZE), 0);
	assert_int_equal(fdt_setprop_u32(fdt, 0, "#address-cells", 2), 0);
	assert_int_equal(fdt_setprop_u32(fdt, 0, "#size-cells", 2), 0);
	node = fdt_add_subnode(fdt, 0, "chosen");
	assert_int_equal(fdt_setprop_string(fdt, node, "bootargs", "old"), 0);
	assert_int_equal(fdt_setprop_u32(fdt, node, "linux,initrd-start", 1),
			 0);
	assert_int_equal(fdt_setprop_u32(fdt, node, "linux,initrd-end", 2), 0);
	assert_int_equal(fdt_setprop_u64(fdt, node, "kaslr-seed", 99), 0);
	if (reg) {
		node = fdt_add_subnode(fdt, 0, "memory@40000000");
		fdt_setprop_string(fdt, node, "device_type", "memory");
		assert_int_equal(fdt_setprop(fdt, node, "reg", reg, reg_len),
				 0);
	}
	return fdt;
}

static const uint8_t whole_ram[16] = { 0, 0, 0, 0, 0x40, 0, 0, 0,
				       0, 0, 0, 0, 0x08, 0, 0, 0 };

static inline struct linux_boot usual(void)
{
	put_kernel(KERNEL);
	put_tree(TREE, whole_ram, 16);
	return (struct linux_boot){ .kernel = KERNEL,
				    .fdt = TREE,
				    .chosen = { .bootargs = "console=x",
						.initrd = INITRD,
						.initrd_size = 0x1234 } };
}

static inline size_t reservations(void)
{
	size_t n = 0;

	while (ram_reserved(n))
		n++;
	return n;
}

#endif
