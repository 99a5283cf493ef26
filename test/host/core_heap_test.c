/* SPDX-License-Identifier: BSD-2-Clause */
/* The heap and DMA memory: random use against a model, exhaustion, and that our
 * own mistakes are found. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake/isolated.h"

#include <core/dma.h>
#include <core/heap.h>

#define HEAP_SIZE 65536
#define SLOTS     100

/* From malloc, so that the sanitizer sees what leaves it. */
static char *arena;

static int setup(void **state)
{
	(void)state;
	arena = malloc(HEAP_SIZE);
	/* RAM is not zero when the firmware starts. */
	memset(arena, 0xa5, HEAP_SIZE);
	heap_init(arena, HEAP_SIZE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(arena);
	return 0;
}

static uint32_t next_random(void)
{
	static uint32_t x = 1;

	x = x * 1664525 + 1013904223;
	return x >> 8;
}

/* Bytes of a heap in which nothing is allocated. */
static size_t total(void)
{
	size_t n = HEAP_SIZE;
	void *p;

	assert_int_equal(heap_used(), 0);
	while (!(p = heap_alloc(n)))
		n--;
	heap_free(p);
	return n + 16;
}

struct slot {
	uint8_t *p;
	size_t len;
	uint8_t fill;
};

static void take(struct slot *s)
{
	size_t len = next_random() % 2000 + 1;

	s->p = heap_alloc(len);
	if (!s->p)
		return;
	assert_int_equal((uintptr_t)s->p % 16, 0);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(s->p[i], 0);
	s->len = len;
	s->fill = (uint8_t)next_random();
	memset(s->p, s->fill, len);
}

static void give(struct slot *s)
{
	for (size_t i = 0; i < s->len; i++)
		assert_int_equal(s->p[i], s->fill);
	heap_free(s->p);
	s->p = NULL;
}

static void random_use(void **state)
{
	struct slot slots[SLOTS] = { 0 };
	size_t whole = total();

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		struct slot *s = &slots[next_random() % SLOTS];

		if (s->p)
			give(s);
		else
			take(s);
	}
	for (size_t i = 0; i < SLOTS; i++)
		if (slots[i].p)
			give(&slots[i]);
	/* All joined again: the whole of it in one piece. */
	assert_int_equal(heap_used(), 0);
	assert_int_equal(total(), whole);
}

static void exhaustion(void **state)
{
	void *p[HEAP_SIZE / 32 + 1];
	size_t n = 0, whole = total();

	(void)state;
	assert_null(heap_alloc(0));
	assert_null(heap_alloc(whole));
	assert_null(heap_alloc(SIZE_MAX));
	assert_null(heap_alloc(SIZE_MAX - 15));
	assert_null(heap_alloc((size_t)1 << 36));
	while ((p[n] = heap_alloc(1)))
		n++;
	assert_int_equal(n, whole / 32);
	assert_int_equal(heap_used(), whole);
	/* Every second, then the rest: each free joins both neighbours. */
	for (size_t i = 0; i < n; i += 2)
		heap_free(p[i]);
	assert_null(heap_alloc(17));
	for (size_t i = 1; i < n; i += 2)
		heap_free(p[i]);
	p[0] = heap_alloc(whole - 16);
	assert_non_null(p[0]);
	heap_free(p[0]);
	heap_free(NULL);
	assert_int_equal(heap_used(), 0);
}

/* Any start and size: aligned inside, nothing outside is touched. */
static void odd_regions(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 16; shift++)
		for (size_t size = 64; size < 100; size++) {
			char *block = malloc(shift + size), *p;

			heap_init(block + shift, size);
			assert_in_range(total(), size - 31, size);
			p = heap_alloc(total() - 16);
			assert_non_null(p);
			assert_true(p >= block + shift);
			heap_free(p);
			free(block);
		}
}

static void copies(void **state)
{
	char *s = heap_strdup("text");

	(void)state;
	assert_string_equal(s, "text");
	heap_free(s);
	s = heap_strdup("");
	assert_string_equal(s, "");
	heap_free(s);
	assert_int_equal(heap_used(), 0);
}

/* A device that cannot be stopped may write to all of this. */
static void kept(void **state)
{
	char *p = heap_alloc(100), *q = heap_alloc(100), *r;
	size_t used;

	(void)state;
	heap_free(q);
	heap_keep_all();
	used = heap_used();
	heap_free(p);
	memset(p, 0x5a, 100);
	while ((r = heap_alloc(1000)))
		assert_true(r > p + 100 || r + 1000 <= p);
	q = heap_alloc(10);
	heap_free(q);
	assert_true(heap_used() > used);
	assert_int_equal(p[99], 0x5a);
}

/* Does @mistake stop the firmware? */
static bool panics(void (*mistake)(void))
{
	pid_t child = fork();
	int status;

	if (!child) {
		mistake();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void free_twice(void)
{
	char *p = heap_alloc(10);

	heap_free(p);
	heap_free(p);
}

static void free_twice_joined(void)
{
	char *p = heap_alloc(10), *q = heap_alloc(10);

	heap_free(p);
	heap_free(q);
	heap_free(q);
}

static void free_inside(void)
{
	char *p = heap_alloc(100);

	heap_free(p + 32);
}

static void free_outside(void)
{
	static char elsewhere[64] __attribute__((aligned(16)));

	heap_free(elsewhere + 16);
}

static void free_overrun(void)
{
	char *p = heap_alloc(16), *q = heap_alloc(16);

	memset(p, 'x', 32);
	(void)q;
	heap_free(p);
}

static void mistakes(void **state)
{
	(void)state;
	assert_true(panics(free_twice));
	assert_true(panics(free_twice_joined));
	assert_true(panics(free_inside));
	assert_true(panics(free_outside));
	assert_true(panics(free_overrun));
}

static void dma(void **state)
{
	char *start = arena, *p;
	uint64_t last = 0;

	(void)state;
	dma_init(start + 8, 4096);
	assert_null(dma_alloc(0, 16));
	assert_null(dma_alloc(SIZE_MAX, 16));
	assert_null(dma_alloc(64, (size_t)1 << 63));
	for (size_t size = 1; (p = dma_alloc(size, 1)); size += 13) {
		assert_int_equal(dma_addr(p) % 64, 0);
		assert_true(dma_addr(p) >= last);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		last = dma_addr(p) + size;
		assert_true(last <= dma_addr(start) + 8 + 4096);
	}
	dma_init(start, HEAP_SIZE);
	for (size_t align = 64; align <= 4096; align *= 2)
		assert_int_equal(dma_addr(dma_alloc(1, align)) % align, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(random_use, setup, teardown),
		fake_isolated(exhaustion, setup, teardown),
		fake_isolated(odd_regions, setup, teardown),
		fake_isolated(copies, setup, teardown),
		fake_isolated(kept, setup, teardown),
		fake_isolated(mistakes, setup, teardown),
		fake_isolated(dma, setup, teardown),
	};

	return cmocka_run_group_tests_name("core_heap", tests, NULL, NULL);
}
