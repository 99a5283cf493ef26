/* SPDX-License-Identifier: BSD-2-Clause */
/* sleep: decimal seconds with a fraction; Ctrl-C ends it with result 1. */
#include <errno.h>

#include <core/console.h>
#include <core/deadline.h>
#include <lib/ctype.h>
#include <lib/parse.h>
#include <shell/command.h>

#define YEAR_S (366u * 86400)

/* "1.5" to microseconds; digits after the sixth are too fine to matter. More than a
 * year was meant otherwise. Return: 0; -EINVAL; -ERANGE */
static int parse_seconds(const char *text, uint64_t *us)
{
	uint64_t unit = 1000000;
	const char *p = text;
	int err = 0;

	*us = 0;
	if (p[0] == '0' && to_lower(p[1]) == 'x')
		return -EINVAL;
	if (is_digit(*p))
		err = parse_prefix_u64(p, 10, us, &p);
	else if (*p != '.' || !is_digit(p[1]))
		return -EINVAL;
	if (!err && *us > YEAR_S)
		err = -ERANGE;
	if (err)
		return err;
	*us *= unit;
	if (*p == '.')
		for (p++; is_digit(*p); p++) {
			unit /= 10;
			*us += unit * (uint64_t)(*p - '0');
		}
	return *p ? -EINVAL : 0;
}

static int do_sleep(const struct cmd_call *call)
{
	uint64_t us;
	struct wait w;
	int err = parse_seconds(call->argv[1], &us);

	if (err) {
		con_say("sleep: '", call->argv[1],
			err == -ERANGE ? "' is not a number of seconds up to a "
					 "year\n"
				       : "' is not a number of seconds\n");
		return CMD_FAIL;
	}
	w = wait_us(us);
	do
		err = wait_turn(&w);
	while (!err);
	return err == -ETIMEDOUT ? CMD_OK : CMD_FAIL;
}

COMMAND(sleep, do_sleep, 1, 1, true, "delay execution for some time",
	"N\n    - delay execution for N seconds (N is _decimal_ and can be\n"
	"      fractional)");
