/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests that each start from a firmware which has never run: the firmware's
 * rooms keep one static instance and have no way back, so every test is a child
 * process. A crash, a sanitizer report or a hang fails that test alone.
 *
 *	struct CMUnitTest tests[] = { fake_isolated(fn, setup, teardown), … };
 */
#ifndef FAKE_ISOLATED_H
#define FAKE_ISOLATED_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define FAKE_ISOLATED_SECONDS 60

#define fake_isolated(fn, setup, teardown) \
	{ \
#fn, fake_isolated_run, NULL, NULL, &(struct CMUnitTest) \
		{ \
#fn, fn, setup, teardown, NULL \
		} \
	}

void fake_isolated_run(void **state);

#endif
