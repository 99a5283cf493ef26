/* SPDX-License-Identifier: BSD-2-Clause */
/* date: the real-time clock, shown and set. Texts are U-Boot's. */
#include <errno.h>
#include <string.h>

#include <core/clock.h>
#include <core/console.h>
#include <lib/calendar.h>
#include <lib/ctype.h>
#include <shell/command.h>

static int show(const struct cmd_call *call)
{
	static const char *const weekdays[] = { "Sun",    "Mon",   "Tues",
						"Wednes", "Thurs", "Fri",
						"Satur" };
	struct calendar_time t;
	uint64_t seconds;
	int ret = clock_now(&seconds);

	if (ret)
		return cmd_fail(call, "clock", ret);
	calendar_from_seconds(seconds, &t);
	con_printf("Date: %4u-%02u-%02u (%sday)    Time: %2u:%02u:%02u\n",
		   t.year, t.month, t.day, weekdays[t.weekday], t.hour,
		   t.minute, t.second);
	return CMD_OK;
}

/* Two digits at *@text, which moves behind them. */
static bool take(const char **text, unsigned int *value)
{
	const char *p = *text;

	if (!is_digit(p[0]) || !is_digit(p[1]))
		return false;
	*value = (unsigned int)(p[0] - '0') * 10 + (unsigned int)(p[1] - '0');
	*text += 2;
	return true;
}

/* CCYY, YY of this century, or nothing: this year, which @year comes with. */
static bool take_year(const char **text, unsigned int *year)
{
	unsigned int century = *year / 100, in_century;

	if (!**text || **text == '.')
		return true;
	if (!take(text, &in_century))
		return false;
	if (**text && **text != '.') {
		century = in_century;
		if (!take(text, &in_century))
			return false;
	}
	*year = century * 100 + in_century;
	return true;
}

/* MMDDhhmm[[CC]YY][.ss]; @t comes with the time there is now. */
static bool parse(const char *text, struct calendar_time *t)
{
	if (!take(&text, &t->month) || !take(&text, &t->day) ||
	    !take(&text, &t->hour) || !take(&text, &t->minute) ||
	    !take_year(&text, &t->year))
		return false;
	t->second = 0;
	if (*text == '.') {
		text++;
		if (!take(&text, &t->second))
			return false;
	}
	return !*text;
}

static int set(const struct cmd_call *call, const char *text)
{
	uint64_t seconds;
	struct calendar_time t;
	int ret = clock_now(&seconds);

	if (ret)
		return cmd_fail(call, "clock", ret);
	calendar_from_seconds(seconds, &t);
	if (!parse(text, &t) || calendar_to_seconds(&t, &seconds)) {
		con_puts("## Bad date format\n");
		return CMD_FAIL;
	}
	ret = clock_set(seconds);
	if (ret)
		return cmd_fail(call, text, ret);
	return show(call);
}

static int cmd_date(const struct cmd_call *call)
{
	if (call->argc == 1)
		return show(call);
	if (strcmp(call->argv[1], "reset") != 0)
		return set(call, call->argv[1]);
	con_puts("Reset RTC...\n");
	return set(call, "010100002000.00");
}

COMMAND(date, cmd_date, 0, 1, true, "get/set/reset date & time",
	"[MMDDhhmm[[CC]YY][.ss]]\n"
	"date reset\n"
	"  - without arguments: print date & time\n"
	"  - with numeric argument: set the system date & time\n"
	"  - with 'reset' argument: reset the RTC");
