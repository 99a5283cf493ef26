/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time and bounded waiting, on the generic timer's counter. Every wait in the
 * firmware is one of these loops:
 *
 *	struct wait w = wait_ms(5000);
 *
 *	while (!done()) {
 *		ret = wait_turn(&w);	(0, -ETIMEDOUT or -EINTR)
 *		if (ret)
 *			return ret;	(after resetting the device)
 *	}
 */
#ifndef VIREO_CORE_DEADLINE_H
#define VIREO_CORE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include <lib/compiler.h>

uint64_t time_us(void); /* microseconds since the counter's zero */
uint64_t ticks_to_us(uint64_t ticks);

struct wait {
	uint64_t end;       /* counter value at which time is up */
	uint64_t next_look; /* when to look for Ctrl-C next */
	bool late;          /* time was up one turn ago */
};

struct wait wait_us(uint64_t us);
struct wait wait_ms(uint64_t ms);

/* wait_turn - one turn of a polling loop. Ctrl-C is looked for from 1 ms on and
 * then once a millisecond, so a short wait costs counter reads only. The end of
 * time is reported one turn late: the caller looks once more first, so a virtual
 * machine that stood still after its last look does not make the device guilty.
 * Return: 0 go on; -ETIMEDOUT; -EINTR Ctrl-C */
must_check int wait_turn(struct wait *w);

/* wait_over - only whether the time is up; Ctrl-C is not looked at. */
bool wait_over(const struct wait *w);

#endif
