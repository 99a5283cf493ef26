/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a device tree: checked, copied for a kernel, and worked on by
 * three of the fdt commands, chosen by the last byte. Beyond its total size memory is poisoned. A copy that
 * was made is sound.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>
#include <sanitizer/asan_interface.h>

#include <boot/linux.h>
#include <core/ram.h>
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
	if (fdt_check_full(to, room) || fdt_path_offset(to, "/chosen") < 0)
		abort();
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
	memset(fake_at(TREE_AT), 0, 2 * LARGE);
	memcpy(fake_at(TREE_AT), data, size);
	if (boot_fdt_check(TREE_AT, &why))
		return 0;
	total = fdt_totalsize(fake_at(TREE_AT));
	if (total > LARGE)
		return 0;
	total = (total + 7) & ~7u;
	__asan_poison_memory_region(fake_at(TREE_AT + total), LARGE);
	copy();
	__asan_unpoison_memory_region(fake_at(TREE_AT + total), LARGE);
	commands(data[size - 1]);
	return 0;
}
