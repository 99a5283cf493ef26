/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The heap: first fit over one block of RAM given at start, neighbours joined
 * on free. Memory comes back zeroed and 16-byte aligned.
 */
#ifndef VIREO_CORE_HEAP_H
#define VIREO_CORE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

#include <lib/compiler.h>

void heap_init(void *base, size_t size);

/* heap_alloc - @size bytes, zeroed; NULL when there is no room or @size is 0. */
must_check void *heap_alloc(size_t size);

/* heap_free - give back what heap_alloc returned; NULL is allowed. A pointer
 * that is not a live allocation panics. */
void heap_free(void *p);

/* heap_keep_all - what is allocated now is never given to anybody else, freed or
 * not: a device that cannot be stopped may still write to it. */
void heap_keep_all(void);

/* heap_has - is @p in the heap, whoever it was given to? */
bool heap_has(const void *p);

/* heap_strdup - a copy of @s; NULL when there is no room. */
must_check char *heap_strdup(const char *s);

size_t heap_used(void);

#endif
