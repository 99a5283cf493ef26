/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Script images: each field of the header swept, with and without checksums that
 * fit, the list of sizes, the end of RAM; then "source" itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <boot/script.h>
#include <env/env.h>
#include <errno.h>
#include <lib/byteorder.h>
#include <lib/hash.h>
#include <shell/shell.h>

#include "fake/boot.h"
#include "fake/terminal.h"

#define AT      0x41000003u /* any alignment */
#define RAM_END (FAKE_RAM_BASE + FAKE_RAM_SIZE)
#define TEXT    "echo one\n"
#define LEN     (sizeof(TEXT) - 1)
#define SIZE    (8 + LEN) /* of the data */
#define TOTAL   (SCRIPT_HEAD + SIZE)

static void seal_header(uint8_t *h)
{
	put_be32(h + 4, 0);
	put_be32(h + 4, crc32(0, h, SCRIPT_HEAD));
}

static void seal(uint8_t *h, uint32_t size)
{
	put_be32(h + 12, size);
	put_be32(h + 24, crc32(0, h + SCRIPT_HEAD, size));
	seal_header(h);
}

/* The image of one script at @addr. */
static uint8_t *make(uint64_t addr, const char *text)
{
	uint8_t *h = fake_at(addr);
	uint32_t len = (uint32_t)strlen(text);

	memset(h, 0, SCRIPT_HEAD + 8);
	put_be32(h, 0x27051956);
	put_be32(h + 8, 0x12345678); /* time */
	h[28] = 5;                   /* Linux */
	h[29] = 22;                  /* AArch64 */
	h[30] = 6;
	memcpy(h + 32, "a name", 6);
	put_be32(h + 64, len);
	memcpy(h + 72, text, len);
	seal(h, 8 + len);
	return h;
}

static void good_part(uint64_t addr, const char *text, size_t len)
{
	struct boot_why why = { "" };
	struct script s;

	if (script_find(addr, &s, &why))
		fail_msg("0x%jx: %s", (uintmax_t)addr, why.text);
	assert_int_equal(s.len, len);
	assert_memory_equal(s.text, text, s.len);
}

static void good(uint64_t addr, const char *text)
{
	good_part(addr, text, strlen(text));
}

static void refused(uint64_t addr, int err, const char *reason)
{
	struct boot_why why = { "" };
	struct script s;

	assert_int_equal(script_find(addr, &s, &why), err);
	if (!why.text[0] || !strstr(why.text, reason))
		fail_msg("\"%s\", not \"%s\"", why.text, reason);
}

/* CRC-32 finds every single wrong bit, so none may pass. */
static void test_every_bit_counts(void **state)
{
	uint8_t *h = make(AT, TEXT);

	(void)state;
	good(AT, TEXT);
	for (unsigned int i = 0; i < TOTAL * 8; i++) {
		uint8_t bit = (uint8_t)(1u << i % 8);

		h[i / 8] ^= bit;
		if (i / 8 < 4)
			refused(AT, -ENOEXEC, "no image header");
		else if (i / 8 < SCRIPT_HEAD)
			refused(AT, -EBADMSG, "bad header checksum");
		else
			refused(AT, -EBADMSG, "bad data checksum");
		h[i / 8] ^= bit;
	}
	good(AT, TEXT);
	put_be32(h, 0xd00dfeed);
	refused(AT, -ENOSYS, "FIT is not supported");
}

static void test_type_and_compression(void **state)
{
	uint8_t *h = make(AT, TEXT);
	char reason[32];

	(void)state;
	for (unsigned int v = 0; v < 256; v++) {
		h[30] = (uint8_t)v;
		seal_header(h);
		snprintf(reason, sizeof(reason), "type %u, not a script", v);
		if (v != 6)
			refused(AT, -ENOEXEC, reason);
	}
	h[30] = 6;
	for (unsigned int v = 1; v < 256; v++) {
		h[31] = (uint8_t)v;
		seal_header(h);
		refused(AT, -ENOSYS, "compressed");
	}
}

/* What the header does not check by itself: time, addresses, system, name. */
static void test_other_fields(void **state)
{
	uint8_t *h = make(AT, TEXT);

	(void)state;
	for (unsigned int i = 8; i < SCRIPT_HEAD; i++) {
		if ((i >= 12 && i < 16) || (i >= 24 && i < 28) || i == 30 ||
		    i == 31)
			continue;
		h[i] = 0xff;
		seal_header(h);
		good(AT, TEXT);
	}
}

static void test_size(void **state)
{
	uint8_t *h = make(AT, TEXT);

	(void)state;
	for (uint32_t size = 0; size <= 2 * SIZE; size++) {
		put_be32(h + 12, size);
		seal_header(h);
		if (size == SIZE)
			good(AT, TEXT);
		else
			refused(AT, -EBADMSG, "bad data checksum");
		seal(h, size);
		if (size < 8)
			refused(AT, -EBADMSG, "sizes without an end");
		else if (size < SIZE)
			refused(AT, -EBADMSG, "longer than its data");
		else
			good(AT, TEXT); /* and something behind it */
		seal(h, SIZE);
	}
	make(AT, TEXT);
	for (unsigned int bit = 21; bit < 33; bit++) {
		uint32_t size = (uint32_t)((UINT64_C(1) << bit) - 1);

		put_be32(h + 12, size);
		seal_header(h);
		if (AT + SCRIPT_HEAD + (uint64_t)size > RAM_END)
			refused(AT, -EFAULT, "longer than memory");
		else
			refused(AT, -EFBIG, "above 1 MiB");
	}
	memset(h + TOTAL, 0, SCRIPT_DATA_MAX);
	seal(h, SCRIPT_DATA_MAX);
	good(AT, TEXT);
	seal(h, SCRIPT_DATA_MAX + 1);
	refused(AT, -EFBIG, "0x100001 bytes");
}

static void test_list(void **state)
{
	uint8_t *h = make(AT, TEXT);

	(void)state;
	for (uint32_t len = 0; len < 2 * LEN; len++) {
		put_be32(h + 64, len);
		put_be32(h + 68, 0);
		seal(h, SIZE);
		if (!len) /* ends the list */
			refused(AT, -EBADMSG, "empty script");
		else if (len > LEN)
			refused(AT, -EBADMSG, "longer than its data");
		else
			good_part(AT, TEXT, len);
	}
	put_be32(h + 64, UINT32_MAX);
	seal(h, SIZE);
	refused(AT, -EBADMSG, "longer than its data");
	/* several scripts: the first; a list that fills the data; none ends it */
	memset(h + 64, 0, 64);
	put_be32(h + 64, 4);
	put_be32(h + 68, 3);
	memcpy(h + 76, "truefoo", 7);
	seal(h, 19);
	good(AT, "true");
	put_be32(h + 72, 1);
	seal(h, 12);
	refused(AT, -EBADMSG, "sizes without an end");
	seal(h, 15);
	refused(AT, -EBADMSG, "sizes without an end");
}

static void test_nul(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < LEN; i++) {
		uint8_t *h = make(AT, TEXT);
		char reason[32];

		h[72 + i] = 0;
		seal(h, SIZE);
		snprintf(reason, sizeof(reason), "NUL at byte 0x%x of", i);
		refused(AT, -EBADMSG, reason);
	}
}

/* Nothing behind RAM is mapped: a byte read there ends the test. */
static void test_end_of_memory(void **state)
{
	static const uint64_t bad[] = {
		0,           FAKE_RAM_BASE - 1, RAM_END - SCRIPT_HEAD + 1,
		RAM_END - 1, RAM_END,           UINT64_MAX - SCRIPT_HEAD,
		UINT64_MAX
	};
	uint8_t *h = make(RAM_END - TOTAL, TEXT);

	(void)state;
	good(RAM_END - TOTAL, TEXT);
	put_be32(h + 12, SIZE + 1);
	seal_header(h);
	refused(RAM_END - TOTAL, -EFAULT, "longer than memory");
	memmove(fake_at(RAM_END - SCRIPT_HEAD), h, SCRIPT_HEAD);
	refused(RAM_END - SCRIPT_HEAD, -EFAULT, "longer than memory");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct boot_why why = { "" };
		struct script s;

		assert_int_not_equal(script_find(bad[i], &s, &why), 0);
		assert_string_equal(why.text, "not RAM");
	}
}

static void check(const char *line, int status, const char *output)
{
	fake_output_clear();
	assert_int_equal(shell_run(line), status);
	assert_string_equal(fake_output(), output);
}

#define RUNS "## Executing script at 41000000\n"

static void test_command(void **state)
{
	(void)state;
	fake_terminal_start();
	make(0x41000000, "# a comment\nx='a b'\necho \"$x\" && false\n\n");
	check("source 41000000", 1, RUNS "a b\n");
	check("source 0x41000000 || echo no", 0, RUNS "a b\nno\n");
	check("setenv fileaddr 41000000; setenv loadaddr 0; source", 1,
	      RUNS "a b\n");
	check("setenv fileaddr; setenv loadaddr 41000000; source", 1,
	      RUNS "a b\n");
	make(0x41000000, "exit 0; echo no");
	check("false; source 41000000", 0, RUNS);
	make(0x41000000, "# nothing");
	check("false; source 41000000", 0, RUNS);
	/* what is being run is gone */
	make(0x41000000, "mw.b 41000000 0 1000; echo still; true");
	check("source 41000000", 0, RUNS "still\n");
	check("source 41000000", 1,
	      "Wrong image format for \"source\" command\nsource: 0x41000000: "
	      "no image header: mkimage -T script makes one\n");
	check("source 10", 1,
	      "Wrong image format for \"source\" command\n"
	      "source: 0x10: not RAM\n");
	check("source zz", 1, "source: 'zz' is not a number\n");
}

static void test_nested(void **state)
{
	static char long_text[70000];
	char expected[2048] = "";

	(void)state;
	fake_terminal_start();
	make(0x42000000, "echo inner; exit 1; echo no");
	make(0x41000000, "source 42000000 || echo $?");
	check("source 41000000", 0,
	      RUNS "## Executing script at 42000000\ninner\n1\n");
	/* the line is a text, too */
	for (int i = 0; i < SHELL_RUN_DEPTH; i++)
		strcat(expected, RUNS);
	strcat(expected, "shell: more than 32 texts inside each other\n");
	make(0x41000000, "source 41000000; source 41000000; echo no");
	check("source 41000000", 1, expected);
	memset(long_text, 'a', sizeof(long_text) - 1);
	make(0x41000000, long_text);
	check("source 41000000", 1, RUNS "line too long\n");
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
		cmocka_unit_test(test_every_bit_counts),
		cmocka_unit_test(test_type_and_compression),
		cmocka_unit_test(test_other_fields),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_end_of_memory),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_nested),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
