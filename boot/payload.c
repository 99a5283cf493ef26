/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Payload types in general: which one is it, and the checks and refusals
 * they share. Ranges in texts are first and last byte.
 */
#include <boot/boot.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <lib/checked.h>

#include "boot_priv.h"

int refuse(struct boot_why *why, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return err;
}

int check_apart(const struct ram_range *a, const struct ram_range *b,
		struct boot_why *why)
{
	if (!overlaps(a->base, a->size, b->base, b->size))
		return 0;
	return refuse(why, -EACCES,
		      "%s 0x%llx-0x%llx overlaps %s 0x%llx-0x%llx", a->name,
		      (unsigned long long)a->base,
		      (unsigned long long)(a->base + a->size - 1), b->name,
		      (unsigned long long)b->base,
		      (unsigned long long)(b->base + b->size - 1));
}

int check_free(const struct ram_range *r, struct boot_why *why)
{
	const struct ram_range *clash = NULL;
	int ret = ram_check(r->base, r->size, &clash);

	if (ret == -EACCES && clash)
		return check_apart(r, clash, why);
	if (ret == -EFAULT)
		return refuse(why, ret, "%s 0x%llx-0x%llx is not all in RAM",
			      r->name, (unsigned long long)r->base,
			      (unsigned long long)(r->base + r->size - 1));
	if (ret)
		return refuse(why, ret,
			      "%s at 0x%llx of 0x%llx bytes passes the end of "
			      "addresses",
			      r->name, (unsigned long long)r->base,
			      (unsigned long long)r->size);
	return 0;
}

const struct payload_type *payload_find(const uint8_t *head)
{
	for_each_entry (payload, const struct payload_type, it)
		if ((*it)->probe(head))
			return *it;
	return NULL;
}

static int wrong_type(uint64_t addr, const struct payload_type *is,
		      struct boot_why *why)
{
	unsigned long long a = addr;

	why->text[0] = '\0';
	if (!is)
		return -ENOEXEC;
	if (!is->command)
		return refuse(why, -ENOEXEC,
			      "0x%llx: this is %s, not supported yet", a,
			      is->name);
	return refuse(why, -ENOEXEC, "0x%llx: this is %s: use %s", a, is->name,
		      is->command);
}

/* Bytes that may belong to a payload at @addr: a load never crosses into a
 * reservation; one that lies in a reservation is bounded by its end. */
static uint64_t extent(uint64_t addr)
{
	const struct ram_range *clash = NULL;
	uint64_t room = ram_room(addr);

	if (room || ram_check(addr, 1, &clash) != -EACCES || !clash)
		return room;
	return clash->base + clash->size - addr;
}

/* The firmware's own memory looks like an Image and is none: it has run. */
static int check_source(uint64_t addr, struct boot_why *why)
{
	struct ram_range head = { addr, PAYLOAD_HEAD, "payload" };
	const struct ram_range *clash = NULL;

	if (ram_check(addr, 1, &clash) != -EACCES || !clash ||
	    strcmp(clash->name, "firmware") != 0)
		return 0;
	return check_apart(&head, clash, why);
}

int payload_plan(const struct payload_type *type, uint64_t addr, uint64_t limit,
		 struct payload_plan *plan, struct boot_why *why)
{
	const uint8_t *head = (const uint8_t *)(uintptr_t)addr;
	uint64_t len = extent(addr);
	int ret;

	if (len < PAYLOAD_HEAD)
		return refuse(why, -EFAULT, "0x%llx is not RAM",
			      (unsigned long long)addr);
	ret = check_source(addr, why);
	if (ret)
		return ret;
	if (limit)
		len = min_u64(len, limit);
	if (len < PAYLOAD_HEAD)
		return refuse(
			why, -ENOEXEC, "0x%llx: %llu bytes are no payload",
			(unsigned long long)addr, (unsigned long long)len);
	if (!type->probe(head))
		return wrong_type(addr, payload_find(head), why);
	return type->plan(addr, len, plan, why);
}
