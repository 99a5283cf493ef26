/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hex dump, line by line: whatever the bytes are, only printable ASCII
 * reaches the terminal. Each line looks for Ctrl-C.
 */
#include "hexdump.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include <core/console.h>
#include <lib/ctype.h>

#define PER_LINE 16

static void dump_line(uint64_t label, const uint8_t *p, size_t n,
		      unsigned int group)
{
	static const char digits[] = "0123456789abcdef";
	char line[96];
	size_t at;

	at = (size_t)snprintf(line, sizeof(line), "%08jx:", (uintmax_t)label);
	for (unsigned int i = 0; i < PER_LINE; i++) {
		if (i % group == 0)
			line[at++] = ' ';
		line[at++] = i < n ? digits[p[i] >> 4] : ' ';
		line[at++] = i < n ? digits[p[i] & 15] : ' ';
	}
	line[at++] = ' ';
	line[at++] = ' ';
	for (unsigned int i = 0; i < n; i++)
		line[at++] = is_print(p[i]) ? (char)p[i] : '.';
	line[at++] = '\n';
	con_write(line, at);
}

int hexdump(uint64_t label, const void *data, size_t len, unsigned int group)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i += PER_LINE) {
		if (con_ctrlc())
			return -EINTR;
		dump_line(label + i, p + i, (size_t)min_u64(len - i, PER_LINE),
			  group);
	}
	return 0;
}
