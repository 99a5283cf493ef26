/* SPDX-License-Identifier: BSD-2-Clause */
/* The calendar, counted through year by year: there are few. */
#include <lib/calendar.h>

#include <errno.h>
#include <stdbool.h>

#define EPOCH_YEAR    1970
#define EPOCH_WEEKDAY 4 /* a Thursday */
#define DAY_S         86400u
#define DAYS_MAX      2932897 /* from the epoch to the end of the last year */

static bool is_leap(unsigned int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned int year_days(unsigned int year)
{
	return is_leap(year) ? 366 : 365;
}

static unsigned int month_days(unsigned int year, unsigned int month)
{
	if (month == 2)
		return is_leap(year) ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

void calendar_from_seconds(uint64_t seconds, struct calendar_time *t)
{
	unsigned int days, rest;

	seconds = min_u64(seconds, (uint64_t)DAYS_MAX * DAY_S - 1);
	days = (unsigned int)(seconds / DAY_S);
	rest = (unsigned int)(seconds % DAY_S);
	*t = (struct calendar_time){
		.year = EPOCH_YEAR,
		.month = 1,
		.hour = rest / 3600,
		.minute = rest / 60 % 60,
		.second = rest % 60,
		.weekday = (EPOCH_WEEKDAY + days) % 7,
	};
	while (days >= year_days(t->year))
		days -= year_days(t->year++);
	while (days >= month_days(t->year, t->month))
		days -= month_days(t->year, t->month++);
	t->day = days + 1;
}

int calendar_to_seconds(const struct calendar_time *t, uint64_t *seconds)
{
	unsigned int days = t->day - 1;

	if (t->year < EPOCH_YEAR || t->year > CALENDAR_YEAR_MAX ||
	    t->month < 1 || t->month > 12 || t->day < 1 ||
	    t->day > month_days(t->year, t->month) || t->hour > 23 ||
	    t->minute > 59 || t->second > 59)
		return -EINVAL;
	for (unsigned int y = EPOCH_YEAR; y < t->year; y++)
		days += year_days(y);
	for (unsigned int m = 1; m < t->month; m++)
		days += month_days(t->year, m);
	*seconds = (uint64_t)days * DAY_S + t->hour * 3600 + t->minute * 60 +
		   t->second;
	return 0;
}
