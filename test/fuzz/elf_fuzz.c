/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as an ELF file at 0x41000000, by segments and by sections. What is
 * accepted is placed: the file and the firmware may not change, the entry is
 * inside.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#include <boot/boot.h>
#include <core/ram.h>

#include "boot.h"

#define FILE_AT 0x41000000u
#define LARGE   0x100000u /* a longer BSS is checked, but not cleared */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fake_ram();
	__asan_poison_memory_region(fake_at(FAKE_FW_BASE),
				    FAKE_RAM_BASE + FAKE_RAM_SIZE -
					    FAKE_FW_BASE);
	return 0;
}

static void load(const uint8_t *data, size_t size, bool by_sections)
{
	struct payload_plan p = { .by_sections = by_sections };
	struct boot_why why = { "" };

	if (payload_plan(&elf_payload, FILE_AT, size, &p, &why))
		return;
	if (p.entry - p.base >= p.size || p.src_len > size ||
	    ram_check_read(p.base, p.size))
		abort();
	if (p.size > LARGE)
		return;
	elf_payload.place(&p);
	if (memcmp(fake_at(FILE_AT), data, p.src_len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > LARGE)
		return 0;
	memcpy(fake_at(FILE_AT), data, size);
	__asan_poison_memory_region(fake_at(FILE_AT + 8 * ((size + 7) / 8)),
				    4096);
	load(data, size, false);
	load(data, size, true);
	__asan_unpoison_memory_region(fake_at(FILE_AT), size + 8192);
	return 0;
}
