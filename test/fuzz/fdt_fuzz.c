/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a device tree: checked, copied for a kernel, and worked on by
 * three of the fdt commands, chosen by the last byte. Beyond its total size
 * memory is poisoned. A copy that was made is sound, says what was asked for
 * where a kernel looks, and names no memory that is not RAM.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>
#include <sanitizer/asan_interface.h>

#include <boot/linux.h>
#include <core/ram.h>
#include <env/env.h>
#include <lib/byteorder.h>
#include <shell/shell.h>

#include "boot.h"
#include "terminal.h"

#define TREE_AT 0x41000000u
#define COPY_AT 0x42000000u
#define LARGE   0x1000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fake_ram();
	fake_terminal_start();
	return 0;
}

static void must(bool ok)
{
	if (!ok)
		abort();
}

static bool has(const void *fdt, int node, const char *name, const void *value,
		int len)
{
	int n;
	const void *p = fdt_getprop(fdt, node, name, &n);

	return p && n == len && !memcmp(p, value, len);
}

static uint64_t cells(const uint8_t **p, int n)
{
	uint64_t v = 0;

	for (; n; n--, *p += 4)
		v = v << 32 | get_be32(*p);
	return v;
}

/* All of a memory node is RAM. Return: there is some. */
static bool check_memory(const void *fdt, int node)
{
	int na = fdt_address_cells(fdt, 0), ns = fdt_size_cells(fdt, 0), len;
	const uint8_t *p = fdt_getprop(fdt, node, "reg", &len), *end = p + len;
	bool any = false;

	must(p && na > 0 && na < 3 && ns > 0 && ns < 3);
	while (p < end) {
		uint64_t base = cells(&p, na), size = cells(&p, ns);

		must(!ram_check_read(base, size));
		any |= size != 0;
	}
	must(p == end);
	return any;
}

static void check_copy(const void *fdt, uint64_t room,
		       const struct boot_chosen *c)
{
	int node = fdt_path_offset(fdt, "/chosen"), memories = 0;
	uint8_t start[8], end[8];

	must(!fdt_check_full(fdt, room) && node > 0);
	put_be64(start, c->initrd);
	put_be64(end, c->initrd + c->initrd_size);
	must(has(fdt, node, "bootargs", c->bootargs, strlen(c->bootargs) + 1));
	must(has(fdt, node, "linux,initrd-start", start, 8));
	must(has(fdt, node, "linux,initrd-end", end, 8));
	fdt_for_each_subnode(node, fdt, 0)
	{
		if (has(fdt, node, "device_type", "memory", 7))
			memories += check_memory(fdt, node);
	}
	must(memories > 0);
}

static void copy(void)
{
	static const char args[] = "console=ttyAMA0";
	struct boot_chosen c = { .bootargs = args,
				 .initrd = 0x44000000,
				 .initrd_size = 4096 };
	const void *from = fake_at(TREE_AT);
	void *to = fake_at(COPY_AT);
	uint64_t room = boot_fdt_copy_size(from, &c);
	struct boot_why why;

	if (room > BOOT_FDT_MAX || boot_fdt_copy(from, to, room, &c, &why))
		return;
	check_copy(to, room, &c);
}

static void commands(unsigned int first)
{
	static const char *const texts[] = {
		"fdt header",
		"fdt list /",
		"fdt print",
		"fdt print / compatible",
		"fdt rsvmem print",
		"fdt get value v / compatible 1",
		"fdt get value v /chosen reg",
		"fdt get name v / 1",
		"fdt get size v /",
		"fdt set / model a <1>",
		"fdt set / compatible <1 2 3>",
		"fdt mknode / x",
		"fdt set /x y [00 11]",
		"fdt chosen 44000000 1000",
		"fdt memory 40000000 1000",
		"fdt rm / compatible",
		"fdt rm /chosen",
		"fdt rsvmem add 1 2",
		"fdt rsvmem delete 0",
		"fdt apply 41000000",
		"fdt resize 100",
		"fdt print /",
		"fdt move 41000000 42000000",
	};

	env_clear();
	(void)shell_run("fdt addr 41000000");
	for (unsigned int i = first; i < first + 3; i++)
		(void)shell_run(texts[i % (sizeof(texts) / sizeof(texts[0]))]);
	fake_output_clear();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct boot_why why;
	uint32_t total;

	if (size < 40 || size > LARGE)
		return 0;
	/* Longer ones are mostly zeros, and slow; those that end after RAM are not. */
	total = get_be32(data + 4);
	if (total > LARGE && total <= FAKE_RAM_BASE + FAKE_RAM_SIZE - TREE_AT)
		return 0;
	memset(fake_at(TREE_AT), 0, 2 * LARGE);
	memcpy(fake_at(TREE_AT), data, size);
	if (boot_fdt_check(TREE_AT, &why))
		return 0;
	total = (total + 7) & ~7u;
	__asan_poison_memory_region(fake_at(TREE_AT + total), LARGE);
	copy();
	__asan_unpoison_memory_region(fake_at(TREE_AT + total), LARGE);
	commands(data[size - 1]);
	return 0;
}
