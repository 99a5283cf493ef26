/* SPDX-License-Identifier: BSD-2-Clause */
/* The flash driver on chips that are stricter than QEMU's, that lie, and that hang. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <block/flash.h>
#include <drivers/cfi.h>
#include <lib/compiler.h>

#include "flash.h"
#include "isolated.h"
#include "terminal.h"

static struct fake_flash *chips;
static struct flash *f;
static uint8_t buf[4096];

static int setup(void **state)
{
	(void)state;
	chips = fake_flash();
	cfi_add(FAKE_FLASH_BASE, FAKE_FLASH_SIZE);
	f = flash_next(NULL);
	return f && !flash_next(f) ? 0 : -1;
}

static void fill(void)
{
	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(i * 7 + i / 256);
}

static void test_query(void **state)
{
	(void)state;
	assert_int_equal(flash_open(f), 0);
	assert_int_equal(f->erase_block, FAKE_FLASH_BLOCK);
	assert_string_equal(f->kind, "CFI, Intel command set, 2 x 16 bit");
	assert_int_equal(chips->command, 0xff);
}

static void test_write(void **state)
{
	uint8_t back[sizeof(buf)];

	(void)state;
	fill();
	memset(chips->data, 0, sizeof(chips->data));
	chips->busy = 3;
	assert_int_equal(flash_erase(f, FAKE_FLASH_BLOCK, FAKE_FLASH_BLOCK), 0);
	assert_int_equal(
		flash_program(f, FAKE_FLASH_BLOCK + 8, sizeof(buf), buf), 0);
	assert_memory_equal(chips->data + FAKE_FLASH_BLOCK + 8, buf,
			    sizeof(buf));
	assert_int_equal(chips->data[FAKE_FLASH_BLOCK + 7], 0xff);
	assert_int_equal(chips->data[FAKE_FLASH_BLOCK - 1], 0);
	assert_int_equal(chips->data[2 * FAKE_FLASH_BLOCK], 0);
	/* the query, the erase, and one for all the words */
	assert_int_equal(chips->to_array, 3);
	assert_int_equal(
		flash_read(f, FAKE_FLASH_BLOCK + 8, sizeof(back), back), 0);
	assert_memory_equal(back, buf, sizeof(buf));
}

/* Words of ones cost nothing; without an erase the bits do not come back. */
static void test_bits(void **state)
{
	static const uint8_t one[4] = { 0xff, 0x0f, 0xff, 0xff },
			     two[4] = { 0xff, 0xff, 0xff, 0x7f };

	(void)state;
	memset(buf, 0xff, sizeof(buf));
	assert_int_equal(flash_program(f, 0, sizeof(buf), buf), 0);
	assert_int_equal(chips->changes, 0);
	assert_int_equal(flash_program(f, 0, 4, one), 0);
	assert_int_equal(flash_program(f, 0, 4, two), -EIO);
	assert_string_equal(flash_error(f, -EIO),
			    "what was programmed reads back otherwise");
	assert_int_equal(chips->command, 0xff);
}

static void test_bounds(void **state)
{
	(void)state;
	assert_int_equal(flash_read(f, 2, 4, buf), -EINVAL);
	assert_int_equal(flash_program(f, 0, 3, buf), -EINVAL);
	assert_int_equal(flash_program(f, FAKE_FLASH_SIZE - 4, 8, buf),
			 -ERANGE);
	assert_int_equal(flash_read(f, UINT64_MAX - 3, 8, buf), -ERANGE);
	assert_int_equal(flash_erase(f, 4, FAKE_FLASH_BLOCK), -EINVAL);
	assert_int_equal(flash_erase(f, FAKE_FLASH_SIZE, FAKE_FLASH_BLOCK),
			 -ERANGE);
	assert_int_equal(chips->changes, 0);
}

static void no_answer(void)
{
	chips->dead = true;
}

static void amd(void)
{
	chips->query[0x13] = 0x02;
}

static void other_size(void)
{
	chips->query[0x2d]++;
}

static void odd_blocks(void)
{
	chips->query[0x2f] = 1;
}

static void two_regions(void)
{
	chips->query[0x2c] = 2;
}

static void other_device_size(void)
{
	chips->query[0x27] = 63;
}

/* Return: as flash_erase, with the chips made so */
static int erase_with(void (*make)(void))
{
	make();
	return flash_erase(f, 0, FAKE_FLASH_BLOCK);
}

static void test_strangers(void **state)
{
	static const struct {
		void (*make)(void);
		const char *why;
	} cases[] = {
		{ no_answer, "no answer to the CFI query" },
		{ amd, "the chips do not have Intel's commands" },
		{ other_size,
		  "the chips are not of the size the device tree says" },
		{ odd_blocks,
		  "the chips are not of the size the device tree says" },
		{ other_device_size,
		  "the chips are not of the size the device tree says" },
		{ two_regions, "the chips have no equal erase blocks" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		chips = fake_flash();
		memset(chips->data, 0x5a, sizeof(chips->data));
		assert_int_equal(erase_with(cases[i].make), -ENODEV);
		assert_string_equal(flash_error(f, -ENODEV), cases[i].why);
		assert_int_equal(chips->changes, 0);
		assert_int_equal(chips->command, 0xff);
	}
}

static void test_errors(void **state)
{
	(void)state;
	assert_int_equal(flash_open(f), 0);
	fill();
	chips->errors = 0x20;
	assert_int_equal(flash_erase(f, 0, FAKE_FLASH_BLOCK), -EIO);
	assert_string_equal(flash_error(f, -EIO),
			    "a block is not erased: is the drive read-only?");
	assert_int_equal(chips->command, 0xff);
	chips->errors = 0x10;
	assert_int_equal(flash_program(f, 0, 8, buf), -EIO);
	assert_string_equal(flash_error(f, -EIO),
			    "a word is not programmed: is the drive "
			    "read-only?");
	chips->errors = 0x02;
	assert_int_equal(flash_program(f, 0, 8, buf), -EROFS);
	assert_string_equal(flash_error(f, -EROFS), "the block is locked");
	chips->errors = 0;
	assert_int_equal(flash_program(f, 0, 8, buf), 0);
}

static void test_lies(void **state)
{
	(void)state;
	assert_int_equal(flash_open(f), 0);
	memset(chips->data, 0, sizeof(chips->data));
	chips->deaf = true;
	assert_int_equal(flash_erase(f, 0, FAKE_FLASH_BLOCK), -EIO);
	assert_string_equal(flash_error(f, -EIO),
			    "an erased block is not empty");
	memset(chips->data, 0xff, sizeof(chips->data));
	fill();
	assert_int_equal(flash_program(f, 0, 8, buf), -EIO);
}

static void test_hang(void **state)
{
	(void)state;
	assert_int_equal(flash_open(f), 0);
	fill();
	chips->busy_for_ever = true;
	assert_int_equal(flash_program(f, 0, 8, buf), -ETIMEDOUT);
	assert_string_equal(flash_error(f, -ETIMEDOUT),
			    "the chips do not get ready");
	assert_int_equal(flash_erase(f, 0, FAKE_FLASH_BLOCK), -ETIMEDOUT);
	assert_int_equal(chips->command, 0xff);
	fake_terminal_start();
	fake_type("\3", 1, 0);
	assert_int_equal(flash_erase(f, 0, FAKE_FLASH_BLOCK), -EINTR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(test_query, setup, NULL),
		fake_isolated(test_write, setup, NULL),
		fake_isolated(test_bits, setup, NULL),
		fake_isolated(test_bounds, setup, NULL),
		fake_isolated(test_strangers, setup, NULL),
		fake_isolated(test_errors, setup, NULL),
		fake_isolated(test_lies, setup, NULL),
		fake_isolated(test_hang, setup, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
