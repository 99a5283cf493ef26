/* SPDX-License-Identifier: BSD-2-Clause */
/* Deadlines on a clock that the test moves. */
#include <errno.h>
#include <string.h>

#include "fake/isolated.h"

#include <arch/timer.h>
#include <core/console.h>
#include <core/deadline.h>

static unsigned int looks; /* at the device, for Ctrl-C */
static int typed = -1;

static void put(void *ctx, const char *buf, size_t len)
{
	(void)ctx;
	(void)buf;
	(void)len;
}

static int get(void *ctx)
{
	int c = typed;

	(void)ctx;
	looks++;
	typed = -1;
	return c;
}

static const struct console_ops ops = { .put = put, .get = get };

static int setup(void **state)
{
	(void)state;
	console_set(&ops, NULL);
	fake_timer_now = 0;
	fake_timer_step = 0;
	return 0;
}

/* Odd microseconds are half a tick short: the tests use even ones. */
static void advance_us(uint64_t us)
{
	fake_timer_now += us * (timer_hz() / 1000000) +
			  us * (timer_hz() % 1000000) / 1000000;
}

static void microseconds(void **state)
{
	(void)state;
	assert_int_equal(time_us(), 0);
	advance_us(12346);
	assert_int_equal(time_us(), 12346);
	/* No overflow anywhere in the counter's range. */
	fake_timer_now = UINT64_MAX - timer_hz();
	assert_true(time_us() > UINT64_MAX / timer_hz() * 999999);
}

static void exact_end(void **state)
{
	struct wait w = wait_us(500);

	(void)state;
	advance_us(498);
	assert_false(wait_over(&w));
	assert_int_equal(wait_turn(&w), 0);
	advance_us(2);
	assert_true(wait_over(&w));
	/* One more look for the caller, then the end. */
	assert_int_equal(wait_turn(&w), 0);
	assert_int_equal(wait_turn(&w), -ETIMEDOUT);
	assert_int_equal(wait_turn(&w), -ETIMEDOUT);
}

/* A virtual machine that stood still: the device may well have answered. */
static void jump(void **state)
{
	struct wait w = wait_ms(5000);

	(void)state;
	assert_int_equal(wait_turn(&w), 0);
	advance_us(3600 * UINT64_C(1000000));
	assert_int_equal(wait_turn(&w), 0);
	assert_int_equal(wait_turn(&w), -ETIMEDOUT);
}

static void looks_once_a_millisecond(void **state)
{
	struct wait w = wait_ms(100);
	unsigned int turns;

	(void)state;
	advance_us(998);
	assert_int_equal(wait_turn(&w), 0);
	assert_int_equal(looks, 0);
	for (turns = 0; turns < 4500; turns++) {
		advance_us(2);
		assert_int_equal(wait_turn(&w), 0);
	}
	assert_in_range(looks, 8, 10);
}

static void ctrlc_ends_it(void **state)
{
	struct wait w = wait_ms(100);

	(void)state;
	typed = 3;
	assert_int_equal(wait_turn(&w), 0);
	advance_us(1000);
	assert_int_equal(wait_turn(&w), -EINTR);
	/* It stays so: a second wait ends at its first look. */
	w = wait_ms(100);
	advance_us(1000);
	assert_int_equal(wait_turn(&w), -EINTR);
	con_ctrlc_clear();
	w = wait_ms(100);
	advance_us(1000);
	assert_int_equal(wait_turn(&w), 0);
}

static void zero_and_endless(void **state)
{
	struct wait w = wait_us(0);

	(void)state;
	assert_true(wait_over(&w));
	assert_int_equal(wait_turn(&w), 0);
	assert_int_equal(wait_turn(&w), -ETIMEDOUT);
	fake_timer_now = UINT64_MAX / 2;
	w = wait_ms(UINT64_MAX);
	assert_false(wait_over(&w));
	assert_int_equal(wait_turn(&w), 0);
	w = wait_us(UINT64_MAX / 2);
	assert_false(wait_over(&w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(microseconds, setup, NULL),
		fake_isolated(exact_end, setup, NULL),
		fake_isolated(jump, setup, NULL),
		fake_isolated(looks_once_a_millisecond, setup, NULL),
		fake_isolated(ctrlc_ends_it, setup, NULL),
		fake_isolated(zero_and_endless, setup, NULL),
	};

	return cmocka_run_group_tests_name("core_deadline", tests, NULL, NULL);
}
