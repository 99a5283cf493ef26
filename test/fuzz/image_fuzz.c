/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any 64 bytes as an Image header, at any address (the first four bytes choose it).
 * A plan that is accepted lies in free RAM at an allowed place, and placing it stays
 * there: the firmware's 16 MiB are poisoned.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#include <boot/linux.h>
#include <core/ram.h>
#include <lib/byteorder.h>

#include "boot.h"

#define SMALL UINT64_C(0x100000) /* more is checked, but not moved */

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

static void check(uint64_t addr, const struct payload_plan *p)
{
	struct image_header h;
	struct boot_why why;

	if (image_parse(fake_at(addr), &h, &why) ||
	    (p->base - h.text_offset) % IMAGE_ALIGN ||
	    p->size != h.image_size || p->src != addr || p->entry != p->base ||
	    ram_check(p->base, p->size, NULL) ||
	    ram_check(p->src, p->src_len, NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct payload_plan plan = { 0 };
	struct boot_why why = { "" };
	uint64_t addr;

	if (size < 4 + PAYLOAD_HEAD)
		return 0;
	addr = get_le32(data);
	if (!ram_check(addr, PAYLOAD_HEAD, NULL))
		memcpy(fake_at(addr), data + 4, PAYLOAD_HEAD);
	else if (!ram_check_read(addr, 1))
		return 0; /* poisoned */
	if (payload_plan(&arm64_image, addr, size & 1 ? size : 0, &plan, &why))
		return 0;
	check(addr, &plan);
	if (plan.src_len <= SMALL)
		arm64_image.place(&plan);
	return 0;
}
