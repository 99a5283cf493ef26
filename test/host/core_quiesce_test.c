/* SPDX-License-Identifier: BSD-2-Clause */
/* Stopping devices: newest first, each once. */
#include <stdio.h>
#include <string.h>

#include "fake/isolated.h"

#include <core/quiesce.h>
#include <lib/compiler.h>

static char stopped[16];

static void stop(void *ctx)
{
	strcat(stopped, ctx);
}

static void order(void **state)
{
	static char names[3][2] = { "a", "b", "c" };
	static struct quiesce q[3];

	(void)state;
	quiesce_all();
	for (size_t i = 0; i < 3; i++) {
		q[i] = (struct quiesce){ .stop = stop, .ctx = names[i] };
		quiesce_register(&q[i]);
	}
	quiesce_all();
	assert_string_equal(stopped, "cba");
	quiesce_all();
	assert_string_equal(stopped, "cba");
	/* Registered again after all: a device that came back. */
	quiesce_register(&q[1]);
	quiesce_all();
	assert_string_equal(stopped, "cbab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(order, NULL, NULL),
	};

	return cmocka_run_group_tests_name("core_quiesce", tests, NULL, NULL);
}
