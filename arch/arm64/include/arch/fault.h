/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Synchronous exceptions: described, and caught when somebody waits for them.
 * Everything here works before the console does, except fault_print.
 */
#ifndef VIREO_ARCH_FAULT_H
#define VIREO_ARCH_FAULT_H

#include <stdint.h>

#include <lib/compiler.h>

/* The frame that vectors.S saves. */
struct fault_frame {
	uint64_t x[31];
	uint64_t sp, elr, spsr, esr, far;
	uint64_t vector; /* 0 … 15: which slot */
	uint64_t pad;
};

/* Saved by fault_catch; callee-saved state of the point to return to. */
struct fault_catch {
	uint64_t x19_x30[12];
	uint64_t sp;
	uint64_t d8_d15[8];
	struct fault_frame frame; /* filled when a fault was caught */
	struct fault_catch *outer;
};

/*
 * fault_catch_call - run @fn(@arg); a synchronous fault inside it comes back
 * here with @c->frame filled instead of reaching the handler.
 * Return: 0 and *ret = fn's value; 1 when it trapped
 */
must_check int fault_catch_call(struct fault_catch *c, int (*fn)(void *arg),
				void *arg, int *ret);

/* fault_handler_set - called for a fault nobody catches; must not return. */
void fault_handler_set(void (*fn)(const struct fault_frame *f));

/* fault_describe - cause in words: "data abort: translation fault level 2, read of
 * 0x…". Writes at most @size bytes. */
void fault_describe(const struct fault_frame *f, char *buf, unsigned long size);

/* fault_walk_stack - return addresses from frame pointer @fp, inner first,
 * stopping at a pointer outside [lo, hi). @fn is called for each. */
void fault_walk_stack(uint64_t fp, uint64_t lo, uint64_t hi,
		      void (*fn)(uint64_t pc));

#endif
