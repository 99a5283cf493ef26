/* SPDX-License-Identifier: BSD-2-Clause */
/* The PL031 behind core's clock: what is none, reading, setting, its end in 2106. */
#include <errno.h>
#include <string.h>

#include <arch/io.h>
#include <core/clock.h>
#include <drivers/pl031.h>

#include "isolated.h"

#define BASE 0x9010000

static struct {
	uint32_t dr, lr, cr, id0, id1;
} reg;

static uint32_t *at(uint64_t addr, unsigned int width)
{
	assert_int_equal(width, 4);
	switch (addr - BASE) {
	case 0x000:
		return &reg.dr;
	case 0x008:
		return &reg.lr;
	case 0x00c:
		return &reg.cr;
	case 0xfe0:
		return &reg.id0;
	case 0xfe4:
		return &reg.id1;
	}
	fail_msg("register %#jx", (uintmax_t)addr - BASE);
	return NULL;
}

static uint64_t bus_read(uint64_t addr, unsigned int width)
{
	return *at(addr, width);
}

static void bus_write(uint64_t addr, unsigned int width, uint64_t v)
{
	*at(addr, width) = (uint32_t)v;
	if (addr == BASE + 8)
		reg.dr = (uint32_t)v;
}

static int setup(void **state)
{
	static const struct fake_bus bus = { .read = bus_read,
					     .write = bus_write };

	(void)state;
	memset(&reg, 0, sizeof(reg));
	reg.id0 = 0x31;
	reg.id1 = 0x10;
	fake_bus_set(&bus);
	return 0;
}

static void none(void **state)
{
	uint64_t now;

	(void)state;
	assert_int_equal(clock_now(&now), -ENODEV);
	assert_int_equal(clock_set(1), -ENODEV);
	reg.id0 = 0x11;
	assert_int_equal(pl031_init(BASE), -ENODEV);
	reg.id0 = 0x31;
	reg.id1 = 0x11;
	assert_int_equal(pl031_init(BASE), -ENODEV);
	assert_int_equal(clock_now(&now), -ENODEV);
	assert_int_equal(reg.cr, 0);
}

static void counts(void **state)
{
	uint64_t now;

	(void)state;
	assert_int_equal(pl031_init(BASE), 0);
	assert_int_equal(reg.cr, 1);
	reg.dr = 0xffffffff;
	assert_int_equal(clock_now(&now), 0);
	assert_int_equal(now, 0xffffffff);
	assert_int_equal(clock_set(1234567890), 0);
	assert_int_equal(reg.lr, 1234567890);
	assert_int_equal(clock_now(&now), 0);
	assert_int_equal(now, 1234567890);
	assert_int_equal(clock_set(0x100000000), -EFBIG);
	assert_int_equal(reg.lr, 1234567890);
	assert_int_equal(clock_set(0xffffffff), 0);
}

static int ten(uint64_t *now)
{
	*now = 10;
	return 0;
}

/* Another clock in its place, which cannot be set. */
static void not_set(void **state)
{
	uint64_t now;

	(void)state;
	assert_int_equal(pl031_init(BASE), 0);
	clock_register(ten);
	assert_int_equal(clock_now(&now), 0);
	assert_int_equal(now, 10);
	assert_int_equal(clock_set(1), -ENOSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(none, setup, NULL),
		fake_isolated(counts, setup, NULL),
		fake_isolated(not_set, setup, NULL),
	};

	return cmocka_run_group_tests_name("rtc_pl031", tests, NULL, NULL);
}
