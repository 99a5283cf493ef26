/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running a program as a function ("go", "bootelf"). RAM is never executable,
 * so for the time of the call the whole free stretch of RAM around its entry is:
 * a program may put code anywhere in it. The firmware's own memory stays as it is.
 */
#include <boot/boot.h>

#include <errno.h>

#include <arch/cpu.h>
#include <arch/mmu.h>
#include <core/guard.h>
#include <lib/checked.h>

#include "boot_priv.h"

#define PAGE 4096

struct call {
	uint64_t entry, rc;
	int argc;
	char **argv;
};

static int enter(void *arg)
{
	struct call *c = arg;

	c->rc = cpu_call(c->entry, (uint64_t)(unsigned int)c->argc,
			 (uint64_t)(uintptr_t)c->argv);
	return 0;
}

/* Whole pages of free RAM around @addr, which is free. */
static struct ram_range stretch_around(uint64_t addr)
{
	uint64_t low = 0, high = addr + ram_room(addr);
	const struct ram_range *r;

	for (size_t i = 0; (r = ram_bank(i)); i++)
		if (r->base <= addr)
			low = r->base;
	for (size_t i = 0; (r = ram_reserved(i)); i++)
		if (r->base + r->size <= addr)
			low = max_u64(low, r->base + r->size);
	low = align_up(low, PAGE);
	return (struct ram_range){ low, align_down(high, PAGE) - low, "" };
}

static void sync(const struct ram_range *s, uint64_t code, uint64_t len)
{
	uint64_t from = max_u64(code, s->base);
	uint64_t to = s->base + s->size;

	if (len < to - from && from < to)
		to = from + len;
	if (from < to)
		cache_sync_code(from, to - from);
}

int boot_call_check(uint64_t entry, struct boot_why *why)
{
	struct ram_range first = { entry, 4, "code" }, s;
	int ret;

	if (entry % 4)
		return refuse(why, -EINVAL, "0x%llx is not 4-byte aligned",
			      (unsigned long long)entry);
	ret = check_free(&first, why);
	if (ret)
		return ret;
	s = stretch_around(entry);
	if (entry < s.base || !inside(entry - s.base, 4, s.size))
		return refuse(why, -EACCES,
			      "0x%llx shares a page with reserved memory",
			      (unsigned long long)entry);
	return 0;
}

int boot_call(uint64_t entry, uint64_t code, uint64_t code_len, int argc,
	      char **argv, uint64_t *rc, struct boot_why *why)
{
	struct call c = { .entry = entry, .argc = argc, .argv = argv };
	int ret = boot_call_check(entry, why), unused, back;
	struct ram_range s;

	if (ret)
		return ret;
	s = stretch_around(entry);
	ret = mmu_remap(s.base, s.size, MEM_RWX);
	if (ret)
		return refuse(why, ret, "cannot make RAM executable");
	sync(&s, code, code_len);
	ret = guard_call("program", enter, &c, &unused);
	back = mmu_remap(s.base, s.size, MEM_RW);
	why->text[0] = '\0';
	if (!ret && back)
		return refuse(why, back, "cannot make RAM plain again");
	*rc = c.rc;
	return ret;
}
