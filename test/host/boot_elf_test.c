/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF files, good and malformed. Each bad case is the good file with a few fields
 * changed; it must be refused with its reason, and nothing in memory may change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <boot/boot.h>
#include <errno.h>
#include <lib/byteorder.h>
#include <lib/hash.h>

#include "fake/boot.h"

#define FILE_AT   0x41000000u
#define FILE_SIZE 0x3000u
#define TEXT_AT   0x42000000u
#define BSS_AT    0x42010000u

#define PHOFF     64u
#define SHOFF     0x2000u
#define PHDR(n)   (PHOFF + 56 * (n))
#define SHDR(n)   (SHOFF + 64 * (n))

static uint8_t *const file = (uint8_t *)(uintptr_t)FILE_AT;

static void phdr(unsigned int n, uint64_t offset, uint64_t to, uint64_t filesz,
		 uint64_t memsz)
{
	uint8_t *h = file + PHDR(n);

	put_le32(h, 1);
	put_le64(h + 8, offset);
	put_le64(h + 16, to);
	put_le64(h + 24, to);
	put_le64(h + 32, filesz);
	put_le64(h + 40, memsz);
}

static void shdr(unsigned int n, uint32_t type, uint64_t flags, uint64_t to,
		 uint64_t offset, uint64_t size)
{
	uint8_t *h = file + SHDR(n);

	put_le32(h + 4, type);
	put_le64(h + 8, flags);
	put_le64(h + 16, to);
	put_le64(h + 24, offset);
	put_le64(h + 32, size);
}

/* Two segments: text of 0x800 bytes, data of 0x100 and BSS up to 0x400; a note
 * between them. The same as sections, with one that is not loaded. */
static void good(void)
{
	memset(file, 0, FILE_SIZE);
	memcpy(file, "\177ELF\2\1\1", 7);
	put_le16(file + 16, 2);
	put_le16(file + 18, 183);
	put_le32(file + 20, 1);
	put_le64(file + 24, TEXT_AT + 0x10);
	put_le64(file + 32, PHOFF);
	put_le64(file + 40, SHOFF);
	put_le16(file + 54, 56);
	put_le16(file + 56, 3);
	put_le16(file + 58, 64);
	put_le16(file + 60, 5);
	phdr(0, 0x1000, TEXT_AT, 0x800, 0x800);
	phdr(1, 0x1000, 0x10, 0x10, 0x10);
	put_le32(file + PHDR(1), 4); /* PT_NOTE */
	phdr(2, 0x1800, BSS_AT, 0x100, 0x400);
	shdr(1, 1, 6, TEXT_AT, 0x1000, 0x800);
	shdr(2, 1, 3, BSS_AT, 0x1800, 0x100);
	shdr(3, 8, 3, BSS_AT + 0x100, 0x1900, 0x300);
	shdr(4, 3, 0, 0, UINT64_MAX, UINT64_MAX); /* .strtab */
	for (unsigned int i = 0x1000; i < 0x1900; i++)
		file[i] = (uint8_t)(i * 7 | 1);
}

static int plan(struct payload_plan *p, bool by_sections, uint64_t limit,
		struct boot_why *why)
{
	why->text[0] = '\0';
	*p = (struct payload_plan){ .by_sections = by_sections };
	return payload_plan(&elf_payload, FILE_AT, limit, p, why);
}

static void check_placed(void)
{
	const uint8_t *bss = fake_at(BSS_AT);

	assert_memory_equal(fake_at(TEXT_AT), file + 0x1000, 0x800);
	assert_memory_equal(bss, file + 0x1800, 0x100);
	for (unsigned int i = 0x100; i < 0x400; i++)
		assert_int_equal(bss[i], 0);
	assert_int_equal(bss[0x400], 0xee);
	assert_int_equal(bss[-1], 0xee);
}

static void test_good(void **state)
{
	struct payload_plan p;
	struct boot_why why;

	(void)state;
	good();
	for (int by_sections = 0; by_sections < 2; by_sections++) {
		memset(fake_at(TEXT_AT - 0x1000), 0xee, 0x20000);
		assert_int_equal(plan(&p, by_sections, 0, &why), 0);
		assert_int_equal(p.entry, TEXT_AT + 0x10);
		assert_int_equal(p.base, TEXT_AT);
		assert_int_equal(p.base + p.size, BSS_AT + 0x400);
		assert_int_equal(p.src, FILE_AT);
		elf_payload.place(&p);
		check_placed();
	}
	/* exactly as long as needed */
	assert_int_equal(plan(&p, false, 0x1900, &why), 0);
	assert_int_equal(plan(&p, true, SHDR(5), &why), 0);
}

/* A change to the good file. width 0 ends the list. */
struct change {
	unsigned int offset, width;
	uint64_t value;
};

static const struct {
	struct change change[4];
	int err;
	const char *why;
} bad[] = {
	{ { { 4, 1, 1 } }, -EBADMSG, "not a 64-bit" },
	{ { { 5, 1, 2 } }, -EBADMSG, "not a little-endian" },
	{ { { 6, 1, 0 } }, -EBADMSG, "version 0" },
	{ { { 16, 2, 1 } }, -EBADMSG, "type 1 is not a program" },
	{ { { 16, 2, 4 } }, -EBADMSG, "type 4 is not a program" },
	{ { { 18, 2, 62 } }, -EBADMSG, "machine 62" },
	{ { { 18, 2, 40 } }, -EBADMSG, "machine 40" },
	/* the table */
	{ { { 56, 2, 0 } }, -EBADMSG, "no program headers" },
	{ { { 54, 2, 55 } }, -EBADMSG, "headers of 55 bytes" },
	{ { { 54, 2, 0 } }, -EBADMSG, "headers of 0 bytes" },
	{ { { 54, 2, 0xffff } }, -EBADMSG, "headers of 65535 bytes" },
	{ { { 32, 8, UINT64_MAX } }, -EBADMSG, "past the end of the file" },
	{ { { 32, 8, UINT64_MAX - 167 } }, -EBADMSG, "past the end" },
	{ { { 32, 8, 0x7000000 } }, -EBADMSG, "past the end" },
	/* nothing, or too much, to load */
	{ { { PHDR(0), 4, 0 }, { PHDR(2), 4, 6 } }, -EBADMSG, "nothing" },
	/* sizes */
	{ { { PHDR(0) + 32, 8, 0x801 } }, -EBADMSG, "segment 0: filesz" },
	{ { { PHDR(2) + 40, 8, 0 } }, -EBADMSG, "segment 2: filesz" },
	{ { { PHDR(2) + 40, 8, UINT64_MAX } }, -EOVERFLOW, "passes the end" },
	{ { { PHDR(2) + 40, 8, UINT64_MAX - BSS_AT } }, -EFAULT, "not all in" },
	{ { { PHDR(0) + 8, 8, UINT64_MAX } }, -EBADMSG, "end of the file" },
	{ { { PHDR(0) + 8, 8, UINT64_MAX - 0x7ff } }, -EBADMSG, "end of the" },
	{ { { PHDR(0) + 32, 8, 0x7000000 }, { PHDR(0) + 40, 8, 0x7000000 } },
	  -EBADMSG,
	  "end of the file" },
	/* destinations */
	{ { { PHDR(0) + 24, 8, 0 } }, -EFAULT, "not all in RAM" },
	{ { { PHDR(0) + 24, 8, 0x9000000 } }, -EFAULT, "not all in RAM" },
	{ { { PHDR(0) + 24, 8, 0x3fffffff } }, -EFAULT, "not all in RAM" },
	{ { { PHDR(0) + 24, 8, 0x47fffff0 } }, -EFAULT, "not all in RAM" },
	{ { { PHDR(0) + 24, 8, UINT64_MAX - 4 } }, -EOVERFLOW, "passes" },
	{ { { PHDR(0) + 24, 8, FAKE_FW_BASE } }, -EACCES, "firmware" },
	{ { { PHDR(0) + 24, 8, FAKE_FW_BASE - 1 } }, -EACCES, "firmware" },
	{ { { PHDR(2) + 24, 8, FILE_AT } }, -EACCES, "the ELF file" },
	{ { { PHDR(2) + 24, 8, FILE_AT + 0x18ff } }, -EACCES, "the ELF file" },
	{ { { PHDR(2) + 24, 8, FILE_AT - 0x3ff } }, -EACCES, "the ELF file" },
	{ { { PHDR(2) + 24, 8, TEXT_AT + 0x7ff } },
	  -EACCES,
	  "overlaps segment" },
	/* the entry */
	{ { { 24, 8, 0 } }, -EBADMSG, "entry 0x0" },
	{ { { 24, 8, TEXT_AT + 0x800 } }, -EBADMSG, "entry 0x42000800" },
	{ { { 24, 8, TEXT_AT - 4 } }, -EBADMSG, "entry 0x41fffffc" },
	{ { { 24, 8, TEXT_AT + 2 } }, -EBADMSG, "entry 0x42000002" },
	{ { { 24, 8, UINT64_MAX } }, -EBADMSG, "entry 0xffffffffffffffff" },
};

static void apply(const struct change *c)
{
	for (; c->width; c++) {
		uint8_t *p = file + c->offset;

		if (c->width == 1)
			*p = (uint8_t)c->value;
		else if (c->width == 2)
			put_le16(p, (uint16_t)c->value);
		else if (c->width == 4)
			put_le32(p, (uint32_t)c->value);
		else
			put_le64(p, c->value);
	}
}

/* Of everywhere a bad file tries to write. */
static uint32_t checksum(void)
{
	uint32_t crc = crc32(0, fake_at(FILE_AT - 0x1000), 0x8000);

	crc = crc32(crc, fake_at(TEXT_AT - 0x1000), 0x13000);
	return crc32(crc, fake_at(FAKE_FW_BASE - 0x1000), 0x3000);
}

static void test_malformed(void **state)
{
	struct payload_plan p;
	struct boot_why why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint32_t before;
		int ret;

		good();
		apply(bad[i].change);
		before = checksum();
		ret = plan(&p, false, 0, &why);
		if (ret != bad[i].err || !strstr(why.text, bad[i].why))
			fail_msg("case %zu: %d '%s', expected %d '%s'", i, ret,
				 why.text, bad[i].err, bad[i].why);
		assert_int_equal(checksum(), before);
	}
}

/* The destinations right beside the file and each other are fine. */
static void test_neighbours(void **state)
{
	static const uint64_t to[] = { FILE_AT + 0x1900,     FILE_AT - 0x400,
				       TEXT_AT + 0x800,      TEXT_AT - 0x400,
				       FAKE_FW_BASE - 0x400, FAKE_RAM_BASE };
	struct payload_plan p;
	struct boot_why why;

	(void)state;
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		good();
		put_le64(file + PHDR(2) + 24, to[i]);
		assert_int_equal(plan(&p, false, 0, &why), 0);
	}
}

static void test_too_many_pieces(void **state)
{
	struct payload_plan p;
	struct boot_why why;

	(void)state;
	good();
	for (unsigned int n = 0; n < 65; n++) {
		assert_int_equal(n ? plan(&p, false, 0, &why) : 0, 0);
		put_le64(file + 32, 0x4000);
		memset(file + 0x4000 + (size_t)56 * n, 0, 56);
		memcpy(file + 0x4000 + (size_t)56 * n, file + PHDR(0), 56);
		put_le64(file + 0x4000 + (size_t)56 * n + 24,
			 TEXT_AT + 0x800 * n);
		put_le16(file + 56, (uint16_t)(n + 1));
	}
	assert_int_equal(plan(&p, false, 0, &why), -EBADMSG);
	assert_non_null(strstr(why.text, "more than 64 segments"));
}

static void test_sections(void **state)
{
	struct payload_plan p;
	struct boot_why why;

	(void)state;
	good();
	put_le16(file + 60, 0);
	assert_int_equal(plan(&p, true, 0, &why), -EBADMSG);
	assert_non_null(strstr(why.text, "no section headers"));
	good();
	put_le16(file + 58, 63);
	assert_int_equal(plan(&p, true, 0, &why), -EBADMSG);
	good();
	put_le64(file + SHDR(3) + 32, UINT64_MAX);
	assert_int_equal(plan(&p, true, 0, &why), -EOVERFLOW);
	good();
	put_le64(file + SHDR(1) + 24, FILE_SIZE);
	assert_int_equal(plan(&p, true, FILE_SIZE, &why), -EBADMSG);
	/* NOBITS has no contents: where it would be does not matter */
	good();
	put_le64(file + SHDR(3) + 24, UINT64_MAX);
	assert_int_equal(plan(&p, true, 0, &why), 0);
}

/* A load that was cut short anywhere is refused, or needs none of the rest. */
static void test_truncated(void **state)
{
	struct payload_plan p;
	struct boot_why why;

	(void)state;
	good();
	for (uint64_t len = 1; len < 0x1900; len += 31)
		assert_int_not_equal(plan(&p, false, len, &why), 0);
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
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_too_many_pieces),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
