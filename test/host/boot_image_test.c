/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Image header swept over its fields, and where an Image goes: stays when
 * it may, moves when it must, is refused when there is no place. Source: Linux
 * Documentation/arch/arm64/booting.rst, 4.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <boot/linux.h>
#include <core/ram.h>
#include <errno.h>
#include <lib/byteorder.h>

#include "fake/boot.h"

#define MIB        UINT64_C(0x100000)
#define ANYWHERE   8
#define BIG_ENDIAN 1

static uint8_t *header(uint8_t *h, uint64_t text_offset, uint64_t size,
		       uint64_t flags)
{
	memset(h, 0, PAYLOAD_HEAD);
	put_le64(h + 8, text_offset);
	put_le64(h + 16, size);
	put_le64(h + 24, flags);
	memcpy(h + 56, "ARM\x64", 4);
	return h;
}

static void test_fields(void **state)
{
	static const struct {
		uint64_t text_offset, size, flags;
		int ret;
		const char *why;
	} cases[] = {
		{ 0, 0x1000000, 0xa, 0, "" },
		{ 0x80000, 0x1000000, 2, 0, "" },
		{ 0x1ff000, 64, 8, 0, "" },
		{ 0x200000, 0x1000, 8, -EBADMSG, "text_offset 0x200000" },
		{ 0x800, 0x1000, 8, -EBADMSG, "text_offset 0x800" },
		{ UINT64_MAX, 0x1000, 8, -EBADMSG, "text_offset" },
		{ 0, 63, 8, -EBADMSG, "image_size 0x3f" },
		{ 0, 1, 8, -EBADMSG, "image_size 0x1" },
		{ 0, 0x1000, 9, -EBADMSG, "big-endian" },
	};
	uint8_t h[PAYLOAD_HEAD];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct image_header out;
		struct boot_why why = { "" };

		header(h, cases[i].text_offset, cases[i].size, cases[i].flags);
		assert_int_equal(image_parse(h, &out, &why), cases[i].ret);
		assert_non_null(strstr(why.text, cases[i].why));
		if (cases[i].ret)
			continue;
		assert_int_equal(out.text_offset, cases[i].text_offset);
		assert_int_equal(out.image_size, cases[i].size);
		assert_int_equal(out.anywhere, !!(cases[i].flags & ANYWHERE));
	}
}

static void test_every_magic_byte_counts(void **state)
{
	struct image_header out;
	struct boot_why why;
	uint8_t h[PAYLOAD_HEAD];

	(void)state;
	for (unsigned int i = 56; i < 60; i++) {
		header(h, 0, 0x1000, ANYWHERE);
		h[i] ^= 0x20;
		assert_int_equal(image_parse(h, &out, &why), -ENOEXEC);
	}
}

/* Before 3.17: fixed offset, a guess at the size, at the start of RAM. */
static void test_old_kernel(void **state)
{
	struct image_header out;
	struct boot_why why;
	uint8_t h[PAYLOAD_HEAD];

	(void)state;
	header(h, 0x123, 0, 0);
	assert_int_equal(image_parse(h, &out, &why), 0);
	assert_int_equal(out.text_offset, 0x80000);
	assert_int_equal(out.image_size, 16 * MIB);
	assert_false(out.anywhere);
}

/* Where does an Image at @addr go? 0 when it is refused. */
static uint64_t place(uint64_t addr, uint64_t text_offset, uint64_t size,
		      uint64_t flags)
{
	struct payload_plan plan = { 0 };
	struct boot_why why = { "" };
	int ret;

	header(fake_at(addr), text_offset, size, flags);
	ret = payload_plan(&arm64_image, addr, 0, &plan, &why);
	if (ret) {
		assert_true(why.text[0]);
		return 0;
	}
	assert_int_equal(plan.entry, plan.base);
	assert_int_equal(plan.size, size ? size : 16 * MIB);
	assert_int_equal(ram_check(plan.base, plan.size, NULL), 0);
	assert_true(plan.src == addr && plan.src_len <= plan.size);
	assert_int_equal(ram_check(plan.src, plan.src_len, NULL), 0);
	return plan.base;
}

static void test_stays(void **state)
{
	(void)state;
	assert_int_equal(place(0x40400000, 0, 32 * MIB, ANYWHERE), 0x40400000);
	assert_int_equal(place(0x40200000, 0, 64, ANYWHERE), 0x40200000);
	assert_int_equal(place(0x40480000, 0x80000, MIB, ANYWHERE), 0x40480000);
	/* to the last free byte below the firmware */
	assert_int_equal(place(0x46e00000, 0, 2 * MIB, ANYWHERE), 0x46e00000);
	/* one that wants to be low, and is */
	assert_int_equal(place(0x40080000, 0x80000, MIB, 0), 0x40080000);
}

static void test_moves(void **state)
{
	(void)state;
	/* not on its boundary: the next one up, as U-Boot does */
	assert_int_equal(place(0x40300000, 0, 32 * MIB, ANYWHERE), 0x40400000);
	assert_int_equal(place(0x40400040, 0, MIB, ANYWHERE), 0x40600000);
	assert_int_equal(place(0x40400000, 0x80000, MIB, ANYWHERE), 0x40480000);
	/* no room upwards: the lowest place there is */
	assert_int_equal(place(0x46e00000, 0, 2 * MIB + 1, ANYWHERE),
			 0x40000000);
	assert_int_equal(place(0x46d00000, 0, 2 * MIB + 1, ANYWHERE),
			 0x40000000);
	assert_int_equal(place(0x42000000, 0x80000, MIB, 0), 0x40080000);
	assert_int_equal(place(0x42000000, 0, 0, 0), 0x40080000);
}

static void test_refused(void **state)
{
	static const uint64_t sizes[] = {
		FAKE_FW_BASE - FAKE_RAM_BASE + 1,
		FAKE_RAM_SIZE,
		UINT64_C(1) << 40,
		(UINT64_C(1) << 40) + 1,
		UINT64_C(1) << 63,
		UINT64_MAX - 0x40400000,
		UINT64_MAX - 4095,
		UINT64_MAX,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (unsigned int flags = 0; flags <= ANYWHERE; flags += 8)
			assert_int_equal(place(0x40400000, 0, sizes[i], flags),
					 0);
	/* the largest there is room for */
	assert_int_equal(
		place(0x40400000, 0, FAKE_FW_BASE - FAKE_RAM_BASE, ANYWHERE),
		0x40000000);
}

/* flags bits 1 and 2: 4, 16 or 64 KiB pages, if it says so at all */
static void test_page_size(void **state)
{
	static const unsigned int kib[] = { 0, 4, 16, 64 };

	(void)state;
	for (unsigned int has_not = 1; has_not < 4; has_not++) {
		fake_boot.no_pages = kib[has_not];
		for (unsigned int i = 0; i < 4; i++)
			assert_int_equal(
				place(0x40400000, 0, MIB, ANYWHERE | i << 1),
				i == has_not ? 0 : 0x40400000);
	}
	fake_boot.no_pages = 0;
}

static void refused_at(uint64_t addr, uint64_t limit, int err, const char *text)
{
	struct payload_plan plan;
	struct boot_why why = { "" };

	assert_int_equal(payload_plan(&arm64_image, addr, limit, &plan, &why),
			 err);
	assert_non_null(strstr(why.text, text));
	assert_int_equal(strlen(text) == 0, strlen(why.text) == 0);
}

static void test_no_image(void **state)
{
	uint8_t *at = fake_at(0x44000000);

	(void)state;
	memset(at, 0, PAYLOAD_HEAD);
	refused_at(0x44000000, 0, -ENOEXEC, "");
	memcpy(at, "\177ELF", 4);
	refused_at(0x44000000, 0, -ENOEXEC, "an ELF file: use bootelf");
	memcpy(at, "\x1f\x8b", 2);
	refused_at(0x44000000, 0, -ENOEXEC,
		   "gzip-compressed file, not supported yet");
	memcpy(at, "MZ\0\0zimg", 8);
	refused_at(0x44000000, 0, -ENOEXEC, "zboot");
	refused_at(0, 0, -EFAULT, "0x0 is not RAM");
	refused_at(0x3fffffff, 0, -EFAULT, "not RAM");
	refused_at(FAKE_RAM_BASE + FAKE_RAM_SIZE - 63, 0, -EFAULT, "not RAM");
	refused_at(UINT64_MAX, 0, -EFAULT, "not RAM");
	header(at, 0, MIB, ANYWHERE);
	refused_at(0x44000000, 63, -ENOEXEC, "63 bytes are no payload");
}

/* Moving keeps every byte, also when the places overlap. */
static void test_place_moves_bytes(void **state)
{
	uint8_t *from = fake_at(0x40300000), *to = fake_at(0x40400000);
	uint64_t size = 3 * MIB;
	struct payload_plan plan = { 0 };
	struct boot_why why;

	(void)state;
	for (uint64_t i = 0; i < size; i++)
		from[i] = (uint8_t)(i * 13 ^ i >> 9);
	header(from, 0, size, ANYWHERE);
	assert_int_equal(payload_plan(&arm64_image, 0x40300000, 0, &plan, &why),
			 0);
	arm64_image.place(&plan);
	assert_memory_equal(to + 56, "ARM\x64", 4);
	for (uint64_t i = PAYLOAD_HEAD; i < size; i++)
		if (to[i] != (uint8_t)(i * 13 ^ i >> 9))
			fail_msg("byte %ju", (uintmax_t)i);
}

static int setup(void **state)
{
	(void)state;
	fake_ram();
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_every_magic_byte_counts),
		cmocka_unit_test(test_old_kernel),
		cmocka_unit_test(test_stays),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_page_size),
		cmocka_unit_test(test_no_image),
		cmocka_unit_test(test_place_moves_bytes),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
