/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cp and cmp: ranges of RAM, in chunks between which Ctrl-C is looked for. Both
 * ranges are checked before the first byte moves; device registers are neither
 * source nor destination, because the width and number of accesses is not fixed.
 */
#include "mem_priv.h"

#include <stdio.h>
#include <string.h>

#include <core/console.h>

struct ranges {
	uint64_t a, b, len; /* bytes */
	unsigned int unit;
};

static int get_ranges(const struct cmd_call *call, struct ranges *r)
{
	uint64_t len;

	r->unit = cmd_size(call->argv[0]);
	if (mem_address(call, 1, &r->a) || mem_address(call, 2, &r->b) ||
	    mem_length(call, 3, 0, r->a, r->unit, &r->len) ||
	    mem_length(call, 3, 0, r->b, r->unit, &len))
		return CMD_FAIL;
	if (!len) {
		con_printf("%s: %s: zero length\n", call->argv[0],
			   call->argv[3]);
		return CMD_FAIL;
	}
	return mem_readable(call, r->a, len) ? CMD_FAIL : CMD_OK;
}

/* Upwards, or downwards when the destination begins inside the source. */
static int cmd_cp(const struct cmd_call *call)
{
	struct ranges r;
	bool down;

	if (get_ranges(call, &r) || mem_writable(call, r.b, r.len))
		return CMD_FAIL;
	down = r.b > r.a && r.b - r.a < r.len;
	for (uint64_t done = 0; done < r.len;) {
		uint64_t n = min_u64(r.len - done, MEM_CHUNK);
		uint64_t at = down ? r.len - done - n : done;

		memmove((char *)(uintptr_t)r.b + at,
			(const char *)(uintptr_t)r.a + at, n);
		done += n;
		if (mem_interrupted(call, done, r.len))
			return CMD_FAIL;
	}
	return CMD_OK;
}

static const char *unit_name(unsigned int unit)
{
	return unit == 8   ? "double word"
	       : unit == 4 ? "word"
	       : unit == 2 ? "halfword"
			   : "byte";
}

/* The first unit that differs; the length when none does. */
static uint64_t find_difference(const struct ranges *r, uint64_t from)
{
	for (; from < r->len; from += r->unit)
		if (mem_load(r->a + from, r->unit) !=
		    mem_load(r->b + from, r->unit))
			break;
	return from;
}

static void print_difference(const struct ranges *r, uint64_t at)
{
	const char *name = unit_name(r->unit);
	int digits = (int)r->unit * 2;

	con_printf("%s at 0x%016llx (0x%0*llx) != %s at 0x%016llx (0x%0*llx)\n",
		   name, (unsigned long long)(r->a + at), digits,
		   (unsigned long long)mem_load(r->a + at, r->unit), name,
		   (unsigned long long)(r->b + at), digits,
		   (unsigned long long)mem_load(r->b + at, r->unit));
}

static int cmd_cmp(const struct cmd_call *call)
{
	struct ranges r;
	uint64_t same = 0;

	if (get_ranges(call, &r) || mem_readable(call, r.b, r.len))
		return CMD_FAIL;
	while (same < r.len) {
		uint64_t n = min_u64(r.len - same, MEM_CHUNK);

		if (memcmp((const char *)(uintptr_t)r.a + same,
			   (const char *)(uintptr_t)r.b + same, n))
			break;
		same += n;
		if (mem_interrupted(call, same, r.len))
			return CMD_FAIL;
	}
	same = find_difference(&r, same);
	if (same < r.len)
		print_difference(&r, same);
	con_printf("Total of %llu %s(s) were the same\n",
		   (unsigned long long)(same / r.unit), unit_name(r.unit));
	return same < r.len ? CMD_FAIL : CMD_OK;
}

COMMAND(cp, cmd_cp, 3, 3, true, "memory copy",
	"[.b, .w, .l, .q] source target count", .sized = true);
COMMAND(cmp, cmd_cmp, 3, 3, true, "memory compare",
	"[.b, .w, .l, .q] addr1 addr2 count", .sized = true);
