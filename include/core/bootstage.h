/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A timeline of the boot from the firmware's own stamps: marks, when something was
 * reached, and sums, how long a kind of work took in all. Recording costs two reads of
 * a table; once it is full, later marks are dropped.
 */
#ifndef VIREO_CORE_BOOTSTAGE_H
#define VIREO_CORE_BOOTSTAGE_H

#include <stddef.h>
#include <stdint.h>

struct bootstage {
	uint64_t us; /* a mark: since the counter's zero; a sum: how long */
	const char *name; /* kept, not copied */
};

/* bootstage_mark - @name has been reached now (at @us: a stamp taken before). */
void bootstage_mark(const char *name);
void bootstage_mark_at(const char *name, uint64_t us);

/* bootstage_add - work of the kind @name went on since @start_us (time_us). */
void bootstage_add(const char *name, uint64_t start_us);

/* The i-th in order of time, or of first use; NULL past the end. */
const struct bootstage *bootstage_get(size_t i);
const struct bootstage *bootstage_sum(size_t i);

#endif
