/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text imported as variables: what is exported again must come back equal. A ".flags"
 * in it is asked about each. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <env/env.h>
#include <env/flags.h>

#include "terminal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a variable has may be set again, if it is of its type. */
static int ask(void *arg, const char *name, const char *value)
{
	struct env_flags f = env_flags_of(name);

	(void)arg;
	(void)env_type_ok(f.type, value);
	if (env_access_refused(f.access, name, value))
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char first[3 * ENV_MAX_SIZE], second[3 * ENV_MAX_SIZE];
	char *exact = malloc(size ? size : 1);
	static bool started;
	size_t len;

	if (!started)
		fake_terminal_start();
	started = true;
	memcpy(exact, data, size);
	env_clear();
	(void)env_import_text(exact, size, NULL);
	free(exact);
	if (env_size() > ENV_MAX_SIZE)
		abort();
	(void)env_walk(ask, NULL);
	len = env_export_text(first, sizeof(first));
	env_clear();
	if (len >= sizeof(first) || env_import_text(first, len, NULL))
		abort();
	if (env_export_text(second, sizeof(second)) != len ||
	    strcmp(first, second) != 0)
		abort();
	return 0;
}
