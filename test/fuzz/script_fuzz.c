/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a script image, at any address (the first four bytes choose it; the
 * fifth, which checksums are made to fit). The page behind what the header claims
 * is poisoned; a text that is accepted lies inside.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#include <boot/script.h>
#include <core/ram.h>
#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/hash.h>

#include "boot.h"

#define PAGE 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fake_ram();
	return 0;
}

static void check(uint64_t addr)
{
	const uint8_t *image = fake_at(addr);
	uint32_t size = get_be32(image + 12);
	struct boot_why why = { "" };
	struct script s;
	int ret = script_find(addr, &s, &why);

	if (!ret != !why.text[0])
		abort();
	if (!ret && (!s.len || memchr(s.text, 0, s.len) ||
		     !inside((uint64_t)((const uint8_t *)s.text - image), s.len,
			     SCRIPT_HEAD + (uint64_t)size)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct boot_why why;
	struct script s;
	uint64_t addr, end;
	uint8_t *image;

	if (size < 5 + SCRIPT_HEAD)
		return 0;
	addr = get_le32(data);
	image = fake_at(addr);
	if (ram_check_read(addr, size - 5)) {
		if (ram_check_read(addr, SCRIPT_HEAD) &&
		    !script_find(addr, &s, &why))
			abort();
		return 0;
	}
	memcpy(image, data + 5, size - 5);
	end = SCRIPT_HEAD + (uint64_t)get_be32(image + 12);
	if ((data[4] & 1) && end <= size - 5)
		put_be32(image + 24, crc32(0, image + SCRIPT_HEAD,
					   (size_t)end - SCRIPT_HEAD));
	if (data[4] & 2) {
		put_be32(image + 4, 0);
		put_be32(image + 4, crc32(0, image, SCRIPT_HEAD));
	}
	if (ram_check_read(addr + end, PAGE)) {
		check(addr);
		return 0;
	}
	__asan_poison_memory_region(image + end, PAGE);
	check(addr);
	__asan_unpoison_memory_region(image + end, PAGE);
	return 0;
}
