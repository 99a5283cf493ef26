/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Autoboot. bootdelay is decimal seconds; the countdown's text is U-Boot's, to the
 * letter. A key that stops a countdown is taken; with no delay the key that was
 * already there stays, since it may begin a pasted line.
 */
#include <boot/boot.h>

#include <core/console.h>
#include <core/deadline.h>
#include <env/env.h>
#include <lib/parse.h>

/* Return: true when a key came within a second. */
static bool key_within_second(void)
{
	struct wait w = wait_ms(1000);

	while (!con_has_input() && !wait_over(&w))
		;
	return con_has_input();
}

static bool count_down(uint64_t seconds)
{
	bool stopped = false;

	con_printf("Hit any key to stop autoboot: %2llu ",
		   (unsigned long long)seconds);
	while (seconds && !stopped) {
		stopped = key_within_second();
		seconds = stopped ? 0 : seconds - 1;
		con_printf("\b\b\b%2llu ", (unsigned long long)seconds);
	}
	con_puts("\n");
	if (stopped)
		(void)con_getc();
	con_ctrlc_clear();
	return stopped;
}

/* Return: whether to boot. */
static bool delay_passed(void)
{
	const char *text = env_get("bootdelay");
	uint64_t seconds = 0;

	if (text && *text == '-')
		return false;
	if (text && parse_u64(text, 10, &seconds)) {
		con_puts("bootdelay: '");
		con_put_safe(text, "");
		con_puts("' is not a number\n");
		return false;
	}
	return seconds ? !count_down(seconds) : !con_has_input();
}

void autoboot(int (*run)(const char *text))
{
	const char *command = env_get("bootcmd");

	if (command && delay_passed())
		(void)run(command);
}
