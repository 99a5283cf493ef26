/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The heap: blocks that lie end to end, each with a header that knows its own
 * size and its lower neighbour's, and a list of the free ones. Freeing joins a
 * block with free neighbours at once, so no two free blocks ever touch; allocating
 * takes the first that fits and gives back the rest. Headers carry a magic
 * number: a double free, a stray pointer or an overrun is found and stops the
 * firmware, because only our own code can cause it.
 */
#include <core/heap.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <core/panic.h>

#define UNIT       16u /* sizes are counted in units: alignment comes for free */
#define MAGIC_LIVE 0x4c495645u /* "LIVE" */
#define MAGIC_FREE 0x46524545u /* "FREE" */
#define MAGIC_KEPT 0x4b455054u /* "KEPT": live, and stays so */
#define MIN_UNITS  2u          /* a header, and room for the list links */

struct block {
	uint32_t magic;
	uint32_t units; /* of the whole block, header included */
	uint32_t below; /* units of the block before this one; 0: none */
	uint32_t pad;
	/* What follows is the user's, or, in a free block: */
	struct block *next, *prev;
};

#define HEADER offsetof(struct block, next)
_Static_assert(HEADER == UNIT, "the user's part is aligned like the block");
_Static_assert(sizeof(struct block) == MIN_UNITS * UNIT, "links fit");

static struct {
	struct block *first;
	struct block *end; /* past the last block */
	struct block free; /* head of the list, itself not a block */
	uint64_t used;     /* units */
} heap;

static struct block *step(struct block *b, uint32_t units)
{
	return (struct block *)(void *)((char *)b + (size_t)units * UNIT);
}

static struct block *block_above(struct block *b)
{
	return step(b, b->units);
}

static struct block *block_below(struct block *b)
{
	return (struct block *)(void *)((char *)b - (size_t)b->below * UNIT);
}

static void list_add(struct block *b)
{
	b->magic = MAGIC_FREE;
	b->next = heap.free.next;
	b->prev = &heap.free;
	b->next->prev = b;
	heap.free.next = b;
}

static void list_remove(struct block *b)
{
	b->next->prev = b->prev;
	b->prev->next = b->next;
	b->magic = 0;
}

/* Set the size of @b and tell the block above it. */
static void resize(struct block *b, uint32_t units)
{
	struct block *above = step(b, units);

	b->units = units;
	if (above != heap.end)
		above->below = units;
}

void heap_init(void *base, size_t size)
{
	uintptr_t start = ((uintptr_t)base + UNIT - 1) & ~(uintptr_t)(UNIT - 1);
	size_t units = ((uintptr_t)base + size - start) / UNIT;

	assert(size >= 2 * sizeof(struct block) && units <= UINT32_MAX);
	heap.first = (struct block *)start;
	heap.end = step(heap.first, (uint32_t)units);
	heap.free.next = heap.free.prev = &heap.free;
	heap.used = 0;
	heap.first->below = 0;
	heap.first->units = (uint32_t)units;
	list_add(heap.first);
}

static struct block *find_fit(uint64_t units)
{
	if (!heap.first)
		return NULL;
	for (struct block *b = heap.free.next; b != &heap.free; b = b->next)
		if (b->units >= units)
			return b;
	return NULL;
}

void *heap_alloc(size_t size)
{
	uint64_t units = size / UNIT + (size % UNIT != 0) + 1;
	struct block *b;
	uint32_t rest;

	if (!size)
		return NULL;
	if (units < MIN_UNITS)
		units = MIN_UNITS;
	b = find_fit(units);
	if (!b)
		return NULL;
	list_remove(b);
	rest = b->units - (uint32_t)units;
	if (rest >= MIN_UNITS) {
		struct block *spare = step(b, (uint32_t)units);

		resize(spare, rest);
		resize(b, (uint32_t)units);
		list_add(spare);
	}
	b->magic = MAGIC_LIVE;
	heap.used += b->units;
	return memset((char *)b + HEADER, 0, size);
}

static void check_live(struct block *b, const void *p)
{
	struct block *above;

	if (b < heap.first || b >= heap.end || (uintptr_t)p % UNIT)
		panic("heap_free: %p is outside the heap", p);
	if (b->magic != MAGIC_LIVE && b->magic != MAGIC_KEPT)
		panic("heap_free: %p is not allocated%s", p,
		      b->magic == MAGIC_FREE ? ": freed twice" : "");
	above = block_above(b);
	if (b->units < MIN_UNITS || above > heap.end ||
	    (above != heap.end && above->below != b->units))
		panic("heap_free: %p was written past its end", p);
}

void heap_free(void *p)
{
	struct block *b, *near;

	if (!p)
		return;
	b = (struct block *)(void *)((char *)p - HEADER);
	check_live(b, p);
	if (b->magic == MAGIC_KEPT)
		return;
	heap.used -= b->units;
	near = block_above(b);
	if (near != heap.end && near->magic == MAGIC_FREE) {
		list_remove(near);
		resize(b, b->units + near->units);
	}
	near = block_below(b);
	if (near != b && near->magic == MAGIC_FREE) {
		list_remove(near);
		b->magic = 0;
		resize(near, near->units + b->units);
		b = near;
	}
	list_add(b);
}

void heap_keep_all(void)
{
	for (struct block *b = heap.first; b != heap.end; b = block_above(b))
		if (b->magic == MAGIC_LIVE)
			b->magic = MAGIC_KEPT;
}

bool heap_has(const void *p)
{
	return p >= (const void *)heap.first && p < (const void *)heap.end;
}

char *heap_strdup(const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = heap_alloc(size);

	return copy ? memcpy(copy, s, size) : NULL;
}

size_t heap_used(void)
{
	return heap.used * UNIT;
}
