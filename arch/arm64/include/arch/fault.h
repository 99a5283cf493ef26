/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions: described, and caught when somebody waits for them. The
 * firmware enables no interrupt, so every exception is a fault.
 */
#ifndef VIREO_ARCH_FAULT_H
#define VIREO_ARCH_FAULT_H

#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

/* What vectors.S saves; it knows the offsets. */
struct fault_frame {
	uint64_t x[31];
	uint64_t sp, elr, spsr, esr, far;
	uint64_t vector; /* 0 ... 15: which slot */
	uint64_t pad;
	uint64_t q[64]; /* q0 ... q31, low half first */
	uint64_t fpsr, fpcr;
};

/* A point to come back to; vectors.S knows the offsets up to d8_d15. */
struct fault_catch {
	uint64_t x19_x30[12];
	uint64_t sp;
	uint64_t d8_d15[8];
	struct fault_frame frame; /* filled when a fault was caught */
	struct fault_catch *outer;
};

/*
 * fault_setup - install the vectors and give exceptions their own stack.
 * Called twice: at the link address and after the move to high RAM.
 */
void fault_setup(void);

/* fault_handler_set - called for a fault nobody catches; must not return. */
void fault_handler_set(void (*fn)(const struct fault_frame *f));

/*
 * fault_catch_call - run @fn(@arg); a synchronous fault inside it comes back
 * here with @c->frame filled instead of reaching the handler. Calls nest.
 * Return: 0 and *ret = fn's value; 1 when it trapped
 */
must_check int fault_catch_call(struct fault_catch *c, int (*fn)(void *arg),
				void *arg, int *ret);

/* fault_describe - the cause in words and the address: "data abort: translation
 * fault, reading 0xb000000". */
void fault_describe(const struct fault_frame *f, char *buf, size_t size);

/* fault_walk_stack - return addresses from frame pointer @fp, inner first,
 * stopping at a pointer outside [lo, hi). @fn is called for each. */
void fault_walk_stack(uint64_t fp, uint64_t lo, uint64_t hi,
		      void (*fn)(uint64_t pc));

#endif
