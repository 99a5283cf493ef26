/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake virtio-mmio bus: its slots, the trace of accesses, and the fixtures
 * that start and judge a test.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include <arch/io.h>
#include <arch/timer.h>
#include <core/console.h>
#include <core/dma.h>
#include <core/heap.h>
#include <drivers/virtio.h>

#include "pci_bus.h"
#include "virtio_dev.h"

static struct fake_vdev *slots[FAKE_SLOTS];

bool fake_virtio_on_pci;
unsigned int fake_violations;
char fake_violation_text[256];

void fake_violation(struct fake_vdev *d, const char *fmt, ...)
{
	va_list ap;

	if (d->lenient)
		return;
	va_start(ap, fmt);
	vsnprintf(fake_violation_text, sizeof(fake_violation_text), fmt, ap);
	va_end(ap);
	fake_violations++;
	fprintf(stderr, "violation: slot %u (v%u, type %u): %s\n", d->slot,
		d->version, d->device_id, fake_violation_text);
}

/* ---- accesses ---- */

static struct fake_vdev *at(uint64_t addr, unsigned int *reg)
{
	uint64_t off = addr - FAKE_BASE;

	if (addr < FAKE_BASE || off >= FAKE_SLOTS * FAKE_STRIDE ||
	    !slots[off / FAKE_STRIDE]) {
		fprintf(stderr, "mmio access to nothing at %#jx\n",
			(uintmax_t)addr);
		abort();
	}
	*reg = off % FAKE_STRIDE;
	return slots[off / FAKE_STRIDE];
}

static void record(struct fake_vdev *d, unsigned int reg, unsigned int width,
		   bool write, uint32_t v)
{
	d->accesses++;
	if (d->ntrace < FAKE_TRACE)
		d->trace[d->ntrace++] = (struct fake_access){ (uint16_t)reg,
							      (uint8_t)width,
							      write, v };
}

uint32_t fake_vdev_read(struct fake_vdev *d, unsigned int reg,
			unsigned int width)
{
	uint32_t v = UINT32_MAX;

	if (d->on_read)
		d->on_read(d, reg);
	if (d->gone)
		v = UINT32_MAX >> (32 - 8 * (width < 4 ? width : 4));
	else if (fake_reg_allowed(d, reg, width, false))
		v = fake_reg_read(d, reg, width);
	record(d, reg, width, false, v);
	return v;
}

void fake_vdev_write(struct fake_vdev *d, unsigned int reg, unsigned int width,
		     uint32_t v)
{
	if (d->on_write)
		d->on_write(d, reg, v);
	record(d, reg, width, true, v);
	if (!d->gone && fake_reg_allowed(d, reg, width, true))
		fake_reg_write(d, reg, width, v);
}

static uint64_t bus_read(uint64_t addr, unsigned int width)
{
	unsigned int reg;
	struct fake_vdev *d;
	uint64_t v = 0;

	if (fake_pci_read(addr, width, &v))
		return v;
	d = at(addr, &reg);
	return fake_vdev_read(d, reg, width);
}

static void bus_write(uint64_t addr, unsigned int width, uint64_t v)
{
	unsigned int reg;
	struct fake_vdev *d;

	if (fake_pci_write(addr, width, v))
		return;
	d = at(addr, &reg);
	fake_vdev_write(d, reg, width, (uint32_t)v);
}

static void bus_turn(void)
{
	for (unsigned int i = 0; i < FAKE_SLOTS; i++)
		if (slots[i] && !slots[i]->gone)
			fake_ring_turn(slots[i]);
}

static const struct fake_bus virtio_bus = { bus_read, bus_write, bus_turn };

uint64_t fake_slot_base(unsigned int slot)
{
	return FAKE_BASE + slot * (uint64_t)FAKE_STRIDE;
}

struct fake_vdev *fake_vdev_add(unsigned int slot, enum fake_type type,
				uint32_t version)
{
	struct fake_vdev *d = calloc(1, sizeof(*d));

	if (!d || slot >= FAKE_SLOTS || slots[slot])
		abort();
	d->slot = slot;
	d->magic = 0x74726976;
	d->version = version;
	d->device_id = type;
	fake_type_init(d);
	fake_reg_reset(d);
	d->resets = 0;
	slots[slot] = d;
	snprintf(d->where, sizeof(d->where), "slot%u", slot);
	if (!fake_virtio_on_pci)
		return d;
	snprintf(d->where, sizeof(d->where), "00:%02x.0", slot);
	fake_vpci_add(NULL, slot << 3, d);
	for (unsigned int i = 0; version == 1 && i < FAKE_QUEUES; i++)
		d->queue_max[i] = 256; /* as QEMU's: not to be chosen */
	return d;
}

void fake_virtio_announce(void)
{
	for (unsigned int i = 0; i < FAKE_SLOTS; i++)
		if (slots[i] && !slots[i]->pci &&
		    virtio_mmio_add(fake_slot_base(i), i) != 0)
			fprintf(stderr, "slot %u: not added\n", i);
	if (pci_scan(&fake_pci_host) || virtio_pci_add_all())
		fprintf(stderr, "PCI: not added\n");
	virtio_announce_all();
}

void fake_virtio_probe(void)
{
	fake_virtio_announce();
	virtio_probe_all();
}

/* ---- the start and the end of a test ---- */

static uint8_t *dma;
static unsigned int looks;
int fake_ctrlc_after;
char fake_console_text[65536];
static size_t console_len;

static void put(void *ctx, const char *buf, size_t len)
{
	(void)ctx;
	for (size_t i = 0; i < len; i++)
		if (console_len + 1 < sizeof(fake_console_text))
			fake_console_text[console_len++] = buf[i];
}

void fake_console_clear(void)
{
	console_len = 0;
	memset(fake_console_text, 0, sizeof(fake_console_text));
}

static int get(void *ctx)
{
	(void)ctx;
	return fake_ctrlc_after && ++looks == (unsigned int)fake_ctrlc_after
		       ? 3
		       : -1;
}

static const struct console_ops console = { .put = put, .get = get };

bool fake_in_dma(const void *p, size_t len)
{
	uintptr_t off = (uintptr_t)p - (uintptr_t)dma;

	return off < FAKE_DMA_BYTES && len <= FAKE_DMA_BYTES - off;
}

void fake_dma_guard(bool on)
{
	if (on)
		ASAN_POISON_MEMORY_REGION(dma, FAKE_DMA_BYTES);
	else
		ASAN_UNPOISON_MEMORY_REGION(dma, FAKE_DMA_BYTES);
}

void fake_dma_allow(const void *p, size_t len)
{
	ASAN_UNPOISON_MEMORY_REGION(p, len);
}

/* Rings lie low in the address space: a version 1 device takes 2^44 bytes. */
int fake_virtio_setup(void **state)
{
	static _Alignas(64) uint8_t heap[8 << 20];

	(void)state;
	dma = mmap(NULL, FAKE_DMA_BYTES, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (dma == MAP_FAILED)
		return -1;
	heap_init(heap, sizeof(heap));
	dma_init(dma, FAKE_DMA_BYTES);
	console_set(&console, NULL);
	fake_bus_set(&virtio_bus);
	return 0;
}

int fake_virtio_teardown(void **state)
{
	(void)state;
	return fake_violations ? -1 : 0;
}

/* ---- the trace ---- */

unsigned int fake_trace_find(const struct fake_vdev *d, unsigned int from,
			     unsigned int reg, bool write)
{
	for (unsigned int i = from; i < d->ntrace; i++)
		if (d->trace[i].reg == reg && d->trace[i].write == write)
			return i;
	return FAKE_TRACE;
}

const char *fake_trace_values(const struct fake_vdev *d, unsigned int reg,
			      bool write, unsigned int from)
{
	static char text[1024];
	size_t n = 0;

	text[0] = 0;
	for (unsigned int i = fake_trace_find(d, from, reg, write);
	     i != FAKE_TRACE && n + 12 < sizeof(text);
	     i = fake_trace_find(d, i + 1, reg, write))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%x",
				      n ? " " : "", d->trace[i].v);
	return text;
}
