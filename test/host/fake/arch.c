/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's stand-ins for what arch/ and board/ provide: the bus, the clock and
 * the ways out, which a test would notice by an abort.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <arch/cpu.h>
#include <arch/fault.h>
#include <arch/image.h>
#include <arch/io.h>
#include <arch/psci.h>
#include <arch/timer.h>
#include <errno.h>

uint64_t fake_timer_now, fake_timer_step = 625; /* 10 us a look */

char __image_start[1];

static const struct fake_bus *bus;

void fake_bus_set(const struct fake_bus *b)
{
	bus = b;
}

uint64_t fake_mmio_read(uint64_t addr, unsigned int width)
{
	if (!bus) {
		fprintf(stderr, "mmio read of %#jx without a bus\n",
			(uintmax_t)addr);
		abort();
	}
	return bus->read(addr, width);
}

void fake_mmio_write(uint64_t addr, unsigned int width, uint64_t v)
{
	if (!bus) {
		fprintf(stderr, "mmio write of %#jx without a bus\n",
			(uintmax_t)addr);
		abort();
	}
	bus->write(addr, width, v);
}

void fake_turn(void)
{
	if (bus && bus->turn)
		bus->turn();
}

int fault_catch_call(struct fault_catch *c, int (*fn)(void *arg), void *arg,
		     int *ret)
{
	(void)c;
	*ret = fn(arg);
	return 0;
}

void fault_describe(const struct fault_frame *f, char *buf, size_t size)
{
	(void)f;
	snprintf(buf, size, "fault");
}

void fault_walk_stack(uint64_t fp, uint64_t lo, uint64_t hi,
		      void (*fn)(uint64_t pc))
{
	(void)fp;
	(void)lo;
	(void)hi;
	(void)fn;
}

unsigned int cpu_el(void)
{
	return 1;
}

void cpu_halt(void)
{
	abort();
}

int psci_check(void)
{
	return 0;
}

int psci_system_off(void)
{
	return -ENODEV;
}

int psci_system_reset(void)
{
	return -ENODEV;
}
