/* SPDX-License-Identifier: BSD-2-Clause */
/* gpt and mbr typed at a console: what the tests of both share. */
#ifndef GPT_CMD_TEST_H
#define GPT_CMD_TEST_H

#include <stdio.h>
#include <stdlib.h>

#include "fake/terminal.h"
#include "part_test.h"

#include <core/random.h>
#include <env/env.h>
#include <shell/shell.h>

#define MIB  (1u << 20)
#define DISK (4 * MIB)

static inline int give_random(struct random_source *src, void *buf, size_t len)
{
	static uint8_t n = 0x11;

	(void)src;
	memset(buf, n++, len);
	return 0;
}

static struct random_source source = { .name = "r", .read = give_random };

static inline int start(void **state)
{
	(void)state;
	fake_terminal_start();
	fake_heap();
	return 0;
}

static inline int start_random(void **state)
{
	random_register(&source);
	return start(state);
}

static inline void expect(const char *line, int rc, const char *text)
{
	fake_output_clear();
	if (shell_run(line) != rc || strcmp(fake_output(), text) != 0)
		fprintf(stderr, "%s\n%s", line, fake_output());
	assert_string_equal(fake_output(), text);
}

static inline void ok(const char *line)
{
	fake_output_clear();
	if (shell_run(line))
		fail_msg("%s\n%s", line, fake_output());
}

static inline void says(const char *line, int rc, const char *part)
{
	fake_output_clear();
	assert_int_equal(shell_run(line), rc);
	if (!strstr(fake_output(), part))
		fail_msg("%s\n%s", line, fake_output());
}

struct refusal {
	const char *desc, *why;
};

/* Each is refused with exactly this reason, and the disk stays as it is. */
static inline void all_refused(struct fake_disk *d, const char *command,
			       const char *begin, const struct refusal *r)
{
	uint8_t *before = malloc(d->size);

	memcpy(before, d->data, d->size);
	for (; r->desc; r++) {
		const char *incomplete = "";
		char line[1024], text[512];

		if (!strncmp(begin, "Writing", 7) &&
		    (strstr(r->why, ": no ") || strstr(r->why, "are no")))
			incomplete = "Partition list incomplete\n";
		snprintf(line, sizeof(line), "%s virtio 0 '%s'", command,
			 r->desc);
		snprintf(text, sizeof(text), "%s%serror!\n%s: virtio 0: %s\n",
			 begin, incomplete, command, r->why);
		expect(line, 1, text);
		assert_memory_equal(before, d->data, d->size);
	}
	free(before);
}

#endif
