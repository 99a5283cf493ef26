/* SPDX-License-Identifier: BSD-2-Clause */
/* The timeline: order, sums by name, and what happens when it is full. */
#include "fake/isolated.h"

#include <core/bootstage.h>
#include <core/deadline.h>

static void nothing_at_first(void **state)
{
	(void)state;
	assert_null(bootstage_get(0));
	assert_null(bootstage_sum(0));
}

static void marks_keep_their_order(void **state)
{
	(void)state;
	bootstage_mark_at("first", 7);
	bootstage_mark("second");
	assert_string_equal(bootstage_get(0)->name, "first");
	assert_int_equal(bootstage_get(0)->us, 7);
	assert_string_equal(bootstage_get(1)->name, "second");
	assert_true(bootstage_get(1)->us <= time_us());
	assert_null(bootstage_get(2));
}

static void sums_are_by_name(void **state)
{
	uint64_t now = time_us();

	(void)state;
	bootstage_add("read", now);
	bootstage_add("write", now);
	bootstage_add("read", now - 1000);
	assert_string_equal(bootstage_sum(0)->name, "read");
	assert_true(bootstage_sum(0)->us >= 1000);
	assert_string_equal(bootstage_sum(1)->name, "write");
	assert_null(bootstage_sum(2));
}

static void full_tables_drop_the_rest(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f" };
	size_t n;

	(void)state;
	bootstage_mark_at("first", 0);
	for (unsigned int i = 0; i < 100; i++) {
		bootstage_mark("more");
		bootstage_add(names[i % 6], 0);
	}
	for (n = 0; bootstage_get(n); n++)
		;
	assert_in_range(n, 20, 99);
	assert_string_equal(bootstage_get(0)->name, "first");
	for (n = 0; bootstage_sum(n); n++)
		;
	assert_in_range(n, 4, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(nothing_at_first, NULL, NULL),
		fake_isolated(marks_keep_their_order, NULL, NULL),
		fake_isolated(sums_are_by_name, NULL, NULL),
		fake_isolated(full_tables_drop_the_rest, NULL, NULL),
	};

	return cmocka_run_group_tests_name("core_bootstage", tests, NULL, NULL);
}
