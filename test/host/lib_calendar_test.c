/* SPDX-License-Identifier: BSD-2-Clause */
/* The calendar beside the C library's: every day there is, both ways; what is no date. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include <lib/calendar.h>

#define DAY 86400

static void check(uint64_t seconds)
{
	time_t s = (time_t)seconds;
	struct calendar_time t;
	uint64_t back;
	struct tm tm;

	gmtime_r(&s, &tm);
	calendar_from_seconds(seconds, &t);
	assert_int_equal(t.year, tm.tm_year + 1900);
	assert_int_equal(t.month, tm.tm_mon + 1);
	assert_int_equal(t.day, tm.tm_mday);
	assert_int_equal(t.hour, tm.tm_hour);
	assert_int_equal(t.minute, tm.tm_min);
	assert_int_equal(t.second, tm.tm_sec);
	assert_int_equal(t.weekday, tm.tm_wday);
	assert_int_equal(calendar_to_seconds(&t, &back), 0);
	assert_int_equal(back, seconds);
}

/* Both ends of each day until 2200, by which every kind of year has been. */
static void every_day(void **state)
{
	(void)state;
	for (uint64_t day = 0; day < 230 * 365; day++) {
		check(day * DAY);
		check(day * DAY + DAY - 1);
		check(day * DAY + day % DAY);
	}
}

static void last_year(void **state)
{
	struct calendar_time t = { 9999, 12, 31, 23, 59, 59, 0 };
	uint64_t end;

	(void)state;
	assert_int_equal(calendar_to_seconds(&t, &end), 0);
	check(end);
	check(end - 366 * (uint64_t)DAY);
	for (uint64_t s = end + 1; s; s *= 2) {
		calendar_from_seconds(s, &t);
		assert_int_equal(t.year, 9999);
		assert_int_equal(t.second, 59);
	}
}

static void no_date(void **state)
{
	static const struct calendar_time bad[] = {
		{ 1969, 12, 31, 23, 59, 59, 0 }, { 0, 1, 1, 0, 0, 0, 0 },
		{ 10000, 1, 1, 0, 0, 0, 0 },     { 2000, 0, 1, 0, 0, 0, 0 },
		{ 2000, 13, 1, 0, 0, 0, 0 },     { 2000, 1, 0, 0, 0, 0, 0 },
		{ 2000, 1, 32, 0, 0, 0, 0 },     { 2000, 4, 31, 0, 0, 0, 0 },
		{ 2000, 2, 30, 0, 0, 0, 0 },     { 2001, 2, 29, 0, 0, 0, 0 },
		{ 2100, 2, 29, 0, 0, 0, 0 },     { 2000, 1, 1, 24, 0, 0, 0 },
		{ 2000, 1, 1, 0, 60, 0, 0 },     { 2000, 1, 1, 0, 0, 60, 0 },
	};
	static const struct calendar_time good[] = {
		{ 2000, 2, 29, 0, 0, 0, 9 },
		{ 2104, 2, 29, 0, 0, 0, 0 },
	};
	uint64_t s = 7;

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++)
		assert_int_equal(calendar_to_seconds(&bad[i], &s), -EINVAL);
	assert_int_equal(s, 7);
	for (size_t i = 0; i < array_size(good); i++)
		assert_int_equal(calendar_to_seconds(&good[i], &s), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day),
		cmocka_unit_test(last_year),
		cmocka_unit_test(no_date),
	};

	return cmocka_run_group_tests_name("lib_calendar", tests, NULL, NULL);
}
