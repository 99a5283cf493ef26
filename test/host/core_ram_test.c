/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The RAM map against a model with one flag a byte: a small space, every address
 * and length, many sets of reservations; and the ends of the 64-bit space.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "fake/isolated.h"

#include <core/ram.h>
#include <lib/compiler.h>

#define SPACE  64u
#define ROUNDS 60

static struct {
	bool ram[SPACE], reserved[SPACE];
} model;

static void bank(unsigned int base, unsigned int size)
{
	assert_int_equal(ram_add_bank(base, size), 0);
	memset(model.ram + base, true, size);
}

/* Two that adjoin, one apart, added out of order. */
static int setup(void **state)
{
	(void)state;
	bank(48, 12);
	bank(10, 14);
	bank(24, 8);
	return 0;
}

static bool all(const bool *flags, bool value, unsigned int from,
		unsigned int len)
{
	for (unsigned int i = from; i < from + len; i++)
		if (i >= SPACE ? value : flags[i] != value)
			return false;
	return true;
}

static int model_check(unsigned int addr, unsigned int len)
{
	if (!all(model.ram, true, addr, len))
		return -EFAULT;
	return all(model.reserved, false, addr, len) ? 0 : -EACCES;
}

static unsigned int model_room(unsigned int addr)
{
	unsigned int n = 0;

	while (addr + n < SPACE && !model_check(addr + n, 1))
		n++;
	return n;
}

static void compare_checks(void)
{
	for (unsigned int addr = 0; addr < SPACE; addr++) {
		assert_int_equal(ram_room(addr), model_room(addr));
		for (unsigned int len = 0; addr + len <= SPACE; len++) {
			const struct ram_range *clash = NULL;
			int ret = ram_check(addr, len, &clash);

			assert_int_equal(ret, model_check(addr, len));
			assert_int_equal(ret == -EACCES, clash != NULL);
			assert_int_equal(ram_check_read(addr, len),
					 ret == -EFAULT ? -EFAULT : 0);
		}
	}
}

/* The lowest and highest place by trying every one; SPACE: none. */
static void model_find(unsigned int size, unsigned int align, unsigned int lo,
		       unsigned int hi, unsigned int *low, unsigned int *high)
{
	*low = *high = SPACE;
	for (unsigned int a = 0; a + size <= hi; a += align) {
		if (a < lo || model_check(a, size))
			continue;
		if (*low == SPACE)
			*low = a;
		*high = a;
	}
}

static void compare_find(unsigned int size, unsigned int align, unsigned int lo,
			 unsigned int hi)
{
	unsigned int low, high;
	uint64_t addr = SPACE;

	model_find(size, align, lo, hi, &low, &high);
	assert_int_equal(ram_find(size, align, lo, hi, &addr),
			 low == SPACE ? -ENOMEM : 0);
	assert_int_equal(addr, low);
	addr = SPACE;
	assert_int_equal(ram_find_high(size, align, lo, hi, &addr),
			 low == SPACE ? -ENOMEM : 0);
	assert_int_equal(addr, high);
}

static void compare_finds(void)
{
	for (unsigned int size = 1; size < 26; size++)
		for (unsigned int align = 1; align <= 16; align *= 2)
			for (unsigned int lo = 0; lo < SPACE; lo += 5)
				for (unsigned int hi = lo; hi <= SPACE; hi += 7)
					compare_find(size, align, lo, hi);
}

static uint32_t next_random(void)
{
	static uint32_t x = 7;

	x = x * 1664525 + 1013904223;
	return x >> 12;
}

static const char *const names[] = { "one", "two", "three", "four" };

static void sweep(void **state)
{
	(void)state;
	compare_checks();
	compare_finds();
	for (unsigned int round = 0; round < ROUNDS; round++) {
		unsigned int n = next_random() % 4 + 1;

		memset(model.reserved, 0, sizeof(model.reserved));
		for (unsigned int i = 0; i < n; i++) {
			unsigned int base = next_random() % (SPACE - 8);
			unsigned int size = next_random() % 8 + 1;

			assert_int_equal(ram_reserve(base, size, names[i]), 0);
			memset(model.reserved + base, true, size);
		}
		compare_checks();
		compare_finds();
		for (unsigned int i = 0; i < n; i++)
			ram_unreserve(names[i]);
		assert_null(ram_reserved(0));
	}
}

static void ends_of_space(void **state)
{
	uint64_t top = UINT64_MAX - 15, addr;

	(void)state;
	assert_int_equal(ram_add_bank(0, 0), -EINVAL);
	assert_int_equal(ram_add_bank(top, 16), -EINVAL);
	assert_int_equal(ram_add_bank(top, UINT64_MAX), -EINVAL);
	assert_int_equal(ram_reserve(1, UINT64_MAX, "all"), -EINVAL);
	assert_int_equal(ram_reserve(0, 0, "none"), -EINVAL);
	assert_int_equal(ram_add_bank(top, 15), 0);
	assert_int_equal(ram_check(top, 15, NULL), 0);
	assert_int_equal(ram_check(top, 16, NULL), -EOVERFLOW);
	assert_int_equal(ram_check(11, UINT64_MAX, NULL), -EOVERFLOW);
	assert_int_equal(ram_check_read(UINT64_MAX, 1), -EOVERFLOW);
	assert_int_equal(ram_check(UINT64_MAX, 0, NULL), 0);
	assert_int_equal(ram_check(10, UINT64_MAX - 10, NULL), -EFAULT);
	assert_int_equal(ram_room(UINT64_MAX), 0);
	assert_int_equal(ram_room(top), 15);
	assert_int_equal(ram_find(15, 1, 60, UINT64_MAX, &addr), 0);
	assert_int_equal(addr, top);
	assert_int_equal(ram_find(UINT64_MAX, 4096, 0, UINT64_MAX, &addr),
			 -ENOMEM);
	assert_int_equal(
		ram_find_high(4, UINT64_C(1) << 63, 0, UINT64_MAX, &addr),
		-ENOMEM);
}

static void tables(void **state)
{
	static char name[RAM_MAX_RESERVED + 1][2];
	const struct ram_range *r;

	(void)state;
	assert_int_equal(ram_reserve(11, 1, "one"), 0);
	assert_int_equal(ram_reserve(12, 1, "one"), -EEXIST);
	ram_unreserve("other");
	ram_unreserve("one");
	/* For good, and under one name */
	assert_int_equal(ram_keep(0, 0, "kept"), -EINVAL);
	assert_int_equal(ram_keep(11, 1, "kept"), 0);
	assert_int_equal(ram_keep(12, 1, "kept"), 0);
	assert_int_equal(ram_reserved(1)->base, 12);
	ram_unreserve("kept");
	ram_unreserve("kept");
	for (unsigned int i = 0; i <= RAM_MAX_RESERVED; i++) {
		/* downwards, so that each insertion moves all */
		uint64_t base = 100 - i;

		name[i][0] = (char)('A' + i);
		assert_int_equal(ram_reserve(base, 1, name[i]),
				 i < RAM_MAX_RESERVED ? 0 : -ENOMEM);
	}
	for (unsigned int i = 0; i < RAM_MAX_RESERVED; i++)
		assert_int_equal(ram_reserved(i)->base,
				 100 - RAM_MAX_RESERVED + 1 + i);
	assert_null(ram_reserved(RAM_MAX_RESERVED));
	for (unsigned int i = 0; (r = ram_bank(i)); i++) {
		assert_true(!i || ram_bank(i - 1)->base < r->base);
		assert_string_equal(r->name, "DRAM");
	}
	for (unsigned int i = 3; i <= RAM_MAX_BANKS; i++)
		assert_int_equal(ram_add_bank(1000 + i, 1),
				 i < RAM_MAX_BANKS ? 0 : -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(sweep, setup, NULL),
		fake_isolated(ends_of_space, setup, NULL),
		fake_isolated(tables, setup, NULL),
	};

	return cmocka_run_group_tests_name("core_ram", tests, NULL, NULL);
}
