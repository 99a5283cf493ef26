/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Banks and reservations, each a short table sorted by base. A range is RAM when
 * walking the banks upwards covers it without a hole; it may be written when no
 * reservation touches it. Ends are exclusive and never above 2^64 - 1, so sums
 * of a stored range cannot wrap; what callers pass is checked first.
 */
#include <core/ram.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <lib/checked.h>

struct table {
	struct ram_range *entry;
	size_t count, max;
};

static struct ram_range bank_entries[RAM_MAX_BANKS];
static struct ram_range reserved_entries[RAM_MAX_RESERVED];
static struct table banks = { bank_entries, 0, RAM_MAX_BANKS };
static struct table reserved = { reserved_entries, 0, RAM_MAX_RESERVED };

static int insert(struct table *t, uint64_t base, uint64_t size,
		  const char *name)
{
	uint64_t end;
	size_t i;

	if (!size || !add_ok(base, size, &end))
		return -EINVAL;
	if (t->count == t->max)
		return -ENOMEM;
	for (i = t->count++; i && t->entry[i - 1].base > base; i--)
		t->entry[i] = t->entry[i - 1];
	t->entry[i] = (struct ram_range){ base, size, name };
	return 0;
}

static struct ram_range *find_name(const char *name)
{
	for (size_t i = 0; i < reserved.count; i++)
		if (!strcmp(reserved.entry[i].name, name))
			return &reserved.entry[i];
	return NULL;
}

int ram_add_bank(uint64_t base, uint64_t size)
{
	return insert(&banks, base, size, "DRAM");
}

int ram_reserve(uint64_t base, uint64_t size, const char *name)
{
	if (find_name(name))
		return -EEXIST;
	return insert(&reserved, base, size, name);
}

int ram_keep(uint64_t base, uint64_t size, const char *name)
{
	return insert(&reserved, base, size, name);
}

void ram_unreserve(const char *name)
{
	struct ram_range *r = find_name(name);
	size_t i;

	if (!r)
		return;
	reserved.count--;
	for (i = (size_t)(r - reserved.entry); i < reserved.count; i++)
		reserved.entry[i] = reserved.entry[i + 1];
}

/* How far RAM goes on from @addr without a hole: @addr itself when it is none. */
static uint64_t ram_end(uint64_t addr)
{
	uint64_t end = addr;

	for (size_t i = 0; i < banks.count; i++) {
		const struct ram_range *b = &banks.entry[i];

		if (b->base <= end)
			end = max_u64(end, b->base + b->size);
	}
	return end;
}

int ram_check_read(uint64_t addr, uint64_t len)
{
	uint64_t end;

	if (!len)
		return 0;
	if (!add_ok(addr, len, &end))
		return -EOVERFLOW;
	return ram_end(addr) >= end ? 0 : -EFAULT;
}

int ram_check(uint64_t addr, uint64_t len, const struct ram_range **clash)
{
	int ret = ram_check_read(addr, len);

	if (ret)
		return ret;
	for (size_t i = 0; i < reserved.count; i++) {
		const struct ram_range *r = &reserved.entry[i];

		if (!overlaps(addr, len, r->base, r->size))
			continue;
		if (clash)
			*clash = r;
		return -EACCES;
	}
	return 0;
}

uint64_t ram_room(uint64_t addr)
{
	uint64_t end = ram_end(addr);

	for (size_t i = 0; i < reserved.count; i++) {
		const struct ram_range *r = &reserved.entry[i];

		if (r->base + r->size > addr)
			end = min_u64(end, max_u64(r->base, addr));
	}
	return end - addr;
}

/* A search: where a place may be, and the best one found so far. */
struct search {
	uint64_t size, align, lo, hi;
	bool high;
	bool found;
	uint64_t addr;
};

static void consider(struct search *s, uint64_t addr)
{
	uint64_t end;

	if (addr < s->lo || !add_ok(addr, s->size, &end) || end > s->hi)
		return;
	if (s->found && (s->high ? addr <= s->addr : addr >= s->addr))
		return;
	if (ram_check(addr, s->size, NULL))
		return;
	s->found = true;
	s->addr = addr;
}

/* The lowest place begins at the lower limit, or where a bank begins or a
 * reservation ends. */
static void consider_from(struct search *s, uint64_t start)
{
	uint64_t addr;

	if (align_up_ok(max_u64(start, s->lo), s->align, &addr))
		consider(s, addr);
}

/* The highest one ends at the upper limit, or where a bank ends or a
 * reservation begins. */
static void consider_to(struct search *s, uint64_t end)
{
	uint64_t addr;

	if (sub_ok(min_u64(end, s->hi), s->size, &addr))
		consider(s, align_down(addr, s->align));
}

static int search(struct search *s, uint64_t *addr)
{
	if (s->high)
		consider_to(s, s->hi);
	else
		consider_from(s, s->lo);
	for (size_t i = 0; i < banks.count; i++) {
		const struct ram_range *b = &banks.entry[i];

		if (s->high)
			consider_to(s, b->base + b->size);
		else
			consider_from(s, b->base);
	}
	for (size_t i = 0; i < reserved.count; i++) {
		const struct ram_range *r = &reserved.entry[i];

		if (s->high)
			consider_to(s, r->base);
		else
			consider_from(s, r->base + r->size);
	}
	if (!s->found)
		return -ENOMEM;
	*addr = s->addr;
	return 0;
}

int ram_find(uint64_t size, uint64_t align, uint64_t lo, uint64_t hi,
	     uint64_t *addr)
{
	struct search s = { .size = size, .align = align, .lo = lo, .hi = hi };

	return search(&s, addr);
}

int ram_find_high(uint64_t size, uint64_t align, uint64_t lo, uint64_t hi,
		  uint64_t *addr)
{
	struct search s = {
		.size = size, .align = align, .lo = lo, .hi = hi, .high = true
	};

	return search(&s, addr);
}

const struct ram_range *ram_bank(size_t i)
{
	return i < banks.count ? &banks.entry[i] : NULL;
}

const struct ram_range *ram_reserved(size_t i)
{
	return i < reserved.count ? &reserved.entry[i] : NULL;
}
