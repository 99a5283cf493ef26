/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as a stored copy of the environment, with the CRC as they have it or made
 * right: what is taken from them is stored again, and comes back equal.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <env/env.h>
#include <env/env_block.h>
#include <env/text.h>
#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/compiler.h>
#include <lib/hash.h>

#include "terminal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t copy[2 * ENV_BLOCK_SIZE];

static int set(void *arg, const char *name, const char *value, const char **why)
{
	(void)arg;
	(void)why;
	return env_set(name, value);
}

static void take(const struct env_block *b)
{
	const struct env_sink to = { set, NULL, NULL };
	struct env_bad bad = { 0, NULL };

	env_clear();
	if (env_read_data(b->data, b->len, &to, &bad) && !bad.why)
		abort();
}

/* What came from @size bytes takes about as many. */
static void again(size_t size)
{
	static char first[3 * ENV_MAX_SIZE], second[3 * ENV_MAX_SIZE];
	struct env_block b = { .flags = 1 };

	(void)env_export_text(first, sizeof(first));
	if (env_block_make(copy, size, &b) || env_block_open(copy, size, &b) ||
	    b.single || b.flags != 1)
		abort();
	take(&b);
	(void)env_export_text(second, sizeof(second));
	if (strcmp(first, second) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);
	static bool started;
	struct env_block b;

	if (!started)
		fake_terminal_start();
	started = true;
	memcpy(exact, data, size);
	if (size >= ENV_BLOCK_MIN && (data[0] & 3)) {
		size_t head = data[0] & 1 ? 5 : 4;

		put_le32(exact, crc32(0, exact + head, size - head));
	}
	if (!env_block_open(exact, size, &b)) {
		take(&b);
		again(min_u64(size + 512, sizeof(copy)));
	}
	free(exact);
	return 0;
}
