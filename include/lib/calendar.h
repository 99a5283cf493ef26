/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates in the Gregorian calendar and seconds since 1970-01-01 00:00:00. No time zone,
 * no leap second. */
#ifndef VIREO_LIB_CALENDAR_H
#define VIREO_LIB_CALENDAR_H

#include <stdint.h>

#include <lib/compiler.h>

#define CALENDAR_YEAR_MAX 9999

struct calendar_time {
	unsigned int year;  /* 1970 … CALENDAR_YEAR_MAX */
	unsigned int month; /* 1 … 12 */
	unsigned int day;   /* 1 … 31 */
	unsigned int hour, minute, second;
	unsigned int weekday; /* 0 is Sunday */
};

/* calendar_from_seconds - what is after the last year is the end of that year. */
void calendar_from_seconds(uint64_t seconds, struct calendar_time *t);

/* calendar_to_seconds - the weekday is not looked at.
 * Return: 0; -EINVAL there is no such date or time */
must_check int calendar_to_seconds(const struct calendar_time *t,
				   uint64_t *seconds);

#endif
