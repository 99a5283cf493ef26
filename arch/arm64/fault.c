/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults in words, and the way back to whoever catches them. The syndrome is
 * decoded as the Arm ARM (DDI 0487) D19.2.37, ESR_ELx, has it.
 */
#include <arch/fault.h>

#include <stdbool.h>
#include <stdio.h>

#include <arch/cpu.h>
#include <lib/compiler.h>

/* vectors.S */
__attribute__((returns_twice)) int fault_mark(struct fault_catch *c);
void fault_resume(struct fault_catch *c, void *stack_top) never_returns;
void fault_entry(const struct fault_frame *f) never_returns;
void fault_init(void *stack_top);

#define EXCEPTION_STACK 16384

static struct {
	struct fault_catch *catch; /* the innermost, or NULL */
	void (*handler)(const struct fault_frame *f);
	bool reported; /* a fault while one is reported stops at once */
} state;

static uint8_t exception_stack[EXCEPTION_STACK]
	__attribute__((aligned(16), section(".noinit")));

#define ESR_EC(esr)         ((esr) >> 26 & 0x3f)
#define ESR_WNR(esr)        ((esr) >> 6 & 1)
#define ESR_FSC(esr)        ((esr)&0x3f)

#define EC_UNKNOWN          0x00
#define EC_FP               0x07
#define EC_ILLEGAL          0x0e
#define EC_SVC64            0x15
#define EC_HVC64            0x16
#define EC_SMC64            0x17
#define EC_SYSREG           0x18
#define EC_INST_ABORT_LOWER 0x20
#define EC_INST_ABORT       0x21
#define EC_PC_ALIGN         0x22
#define EC_DATA_ABORT_LOWER 0x24
#define EC_DATA_ABORT       0x25
#define EC_SP_ALIGN         0x26
#define EC_BREAKPOINT       0x31
#define EC_STEP             0x33
#define EC_WATCHPOINT       0x35
#define EC_BRK              0x3c

/* Slots 0, 4, 8, 12 are the synchronous ones. */
static bool synchronous(const struct fault_frame *f)
{
	return f->vector % 4 == 0;
}

void fault_setup(void)
{
	fault_init(exception_stack + EXCEPTION_STACK);
}

void fault_handler_set(void (*fn)(const struct fault_frame *f))
{
	state.handler = fn;
}

int fault_catch_call(struct fault_catch *c, int (*fn)(void *arg), void *arg,
		     int *ret)
{
	int trapped;

	c->outer = state.catch;
	state.catch = c;
	trapped = fault_mark(c);
	if (!trapped)
		*ret = fn(arg);
	state.catch = c->outer;
	return trapped;
}

void fault_entry(const struct fault_frame *f)
{
	struct fault_catch *c = state.catch;

	if (c && synchronous(f)) {
		c->frame = *f;
		fault_resume(c, exception_stack + EXCEPTION_STACK);
	}
	state.catch = NULL;
	if (state.handler && !state.reported) {
		state.reported = true;
		state.handler(f);
	}
	cpu_halt();
}

static const char *status_text(unsigned int fsc)
{
	switch (fsc & 0x3c) {
	case 0x00:
		return "address size fault";
	case 0x04:
		return "translation fault";
	case 0x08:
		return "access flag fault";
	case 0x0c:
		return "permission fault";
	}
	switch (fsc) {
	case 0x10:
		return "external abort";
	case 0x21:
		return "alignment fault";
	case 0x30:
		return "TLB conflict";
	}
	return fsc >= 0x14 && fsc <= 0x17 ? "external abort on a table walk"
					  : "unknown fault status";
}

static const char *class_text(unsigned int ec)
{
	static const struct {
		unsigned int ec;
		const char *text;
	} names[] = {
		{ EC_UNKNOWN, "undefined instruction" },
		{ EC_FP, "FP or SIMD instruction not allowed" },
		{ EC_ILLEGAL, "illegal execution state" },
		{ EC_SVC64, "svc instruction" },
		{ EC_HVC64, "hvc instruction" },
		{ EC_SMC64, "smc instruction" },
		{ EC_SYSREG, "system register access not allowed" },
		{ EC_PC_ALIGN, "misaligned program counter" },
		{ EC_SP_ALIGN, "misaligned stack pointer" },
		{ EC_BREAKPOINT, "hardware breakpoint" },
		{ EC_STEP, "single step" },
		{ EC_WATCHPOINT, "watchpoint" },
		{ EC_BRK, "breakpoint instruction" },
	};

	for (size_t i = 0; i < array_size(names); i++)
		if (names[i].ec == ec)
			return names[i].text;
	return "unknown exception";
}

static const char *async_text(const struct fault_frame *f)
{
	static const char *const kinds[] = { "IRQ", "FIQ", "SError" };

	return kinds[f->vector % 4 - 1];
}

void fault_describe(const struct fault_frame *f, char *buf, size_t size)
{
	unsigned int ec = ESR_EC(f->esr), fsc = ESR_FSC(f->esr);

	if (!synchronous(f)) {
		snprintf(buf, size, "unexpected %s", async_text(f));
		return;
	}
	switch (ec) {
	case EC_DATA_ABORT:
	case EC_DATA_ABORT_LOWER:
		snprintf(buf, size, "data abort: %s, %s 0x%llx",
			 status_text(fsc),
			 ESR_WNR(f->esr) ? "writing" : "reading",
			 (unsigned long long)f->far);
		break;
	case EC_INST_ABORT:
	case EC_INST_ABORT_LOWER:
		snprintf(buf, size, "instruction abort: %s, fetching 0x%llx",
			 status_text(fsc), (unsigned long long)f->far);
		break;
	default:
		snprintf(buf, size, "%s at 0x%llx", class_text(ec),
			 (unsigned long long)f->elr);
	}
}

void fault_walk_stack(uint64_t fp, uint64_t lo, uint64_t hi,
		      void (*fn)(uint64_t pc))
{
	/* Frames only ever go up the stack, so the walk ends. */
	while (fp >= lo && fp <= hi - 16 && !(fp & 7)) {
		const uint64_t *frame = (const uint64_t *)(uintptr_t)fp;

		if (!frame[1])
			return;
		fn(frame[1]);
		if (frame[0] <= fp)
			return;
		fp = frame[0];
	}
}
