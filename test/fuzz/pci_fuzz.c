/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configuration space that is the input: either bytes that stay, with the bits
 * that can be set from the input too, or other bytes at each read. Scan, addresses
 * and capability walks end; what they found lies where it must: functions in order,
 * base addresses in their windows, structures in their base addresses.
 */
#include <errno.h>
#include <string.h>

#include <arch/io.h>
#include <core/heap.h>
#include <lib/checked.h>

#include "pci_bus.h"
#include "stream.h"
#include "virtio_pci_priv.h"

#define FUNCTIONS 8u /* each with a space of its own */
#define SPACE     256u
#define READS_MAX 400000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	bool stream;
	unsigned int reads;
	uint8_t config[FUNCTIONS][SPACE], mask[FUNCTIONS][SPACE];
	_Alignas(64) uint8_t heap[4 << 20];
} fuzz;

/* Which of the spaces a function has: some have none, buses repeat. */
static uint8_t *space_of(uint64_t off, uint8_t space[FUNCTIONS][SPACE])
{
	unsigned int rid = (unsigned int)(off >> 12);

	if (rid >> 8 > 40 || (rid >> 3 & 31) >= 4 || (rid & 7) >= 2)
		return NULL;
	return space[(rid >> 3 & 3) * 2 + (rid & 1)];
}

static uint64_t config_read(uint64_t addr, unsigned int width)
{
	uint64_t off = addr - fake_pci_host.ecam, v = 0;
	const uint8_t *at = space_of(off, fuzz.config);

	require(addr >= fake_pci_host.ecam && off < 256 << 20);
	require((off & 0xfff) + width <= SPACE && off % width == 0);
	require(++fuzz.reads < READS_MAX);
	if (!at)
		return UINT64_MAX >> (64 - 8 * width);
	if (fuzz.stream)
		for (unsigned int i = 0; i < width; i++)
			v = v << 8 | next();
	else
		memcpy(&v, at + (off & 0xff), width);
	return v;
}

static void config_write(uint64_t addr, unsigned int width, uint64_t v)
{
	uint64_t off = addr - fake_pci_host.ecam;
	uint8_t *at = space_of(off, fuzz.config);
	uint8_t *mask = space_of(off, fuzz.mask);

	require(addr >= fake_pci_host.ecam && off < 256 << 20);
	require((off & 0xfff) + width <= SPACE && off % width == 0);
	for (unsigned int i = 0; at && i < width; i++, v >>= 8) {
		unsigned int n = (off & 0xff) + i;

		at[n] = (uint8_t)((at[n] & ~mask[n]) | (v & mask[n]));
	}
}

static const struct fake_bus bus = { config_read, config_write, NULL };

/* Runs of bytes at chosen places: the input need not hold whole spaces. */
static void fill(uint8_t space[FUNCTIONS][SPACE])
{
	for (unsigned int runs = next() % 32; runs; runs--) {
		uint8_t *at = space[next() % FUNCTIONS];
		unsigned int off = next();

		for (unsigned int n = 1 + next() % 16; n; n--)
			at[off++ % SPACE] = next();
	}
}

/* What makes the interesting places reachable: see virtio_pci.c. */
static void fill_header(unsigned int i)
{
	uint8_t *c = fuzz.config[i], *m = fuzz.mask[i];
	static const uint8_t id[] = { 0xf4, 0x1a, 0x42, 0x10 };

	memcpy(c, id, sizeof(id));
	c[PCI_STATUS] = 0x10;
	c[PCI_CAPABILITY_LIST] = 0x40;
	c[PCI_HEADER_TYPE] = i % 4 ? 0x80 : 0;
	memset(m + PCI_COMMAND, 0xff, 2);
	memset(m + 0x10, 0xff, 24);
	m[0x10] = 0;
	m[0x11] = m[0x21] = 0xf0;
	m[0x20] = 0;
	c[0x20] = 0xc;
}

static void check_area(const struct pci_dev *pci, const struct vpci_area *a)
{
	bool in = !a->len;

	for (unsigned int i = 0; i < PCI_BARS; i++)
		in = in || (pci->bar[i].cpu && a->addr >= pci->bar[i].cpu &&
			    inside(a->addr - pci->bar[i].cpu, a->len,
				   pci->bar[i].size));
	require(in);
}

static void check_bars(const struct pci_dev *pci)
{
	for (unsigned int i = 0; i < PCI_BARS; i++) {
		const struct pci_bar *b = &pci->bar[i];
		bool in = !b->cpu;

		for (unsigned int s = 0; s < PCI_SPACES; s++) {
			const struct pci_window *w = &fake_pci_host.window[s];

			in = in || (b->cpu >= w->cpu &&
				    inside(b->cpu - w->cpu, b->size, w->size));
		}
		require(in && (!b->cpu || is_pow2(b->size)));
		require(!b->cpu || b->pci % b->size == 0);
	}
}

static void check_virtio(struct pci_dev *pci)
{
	struct vpci v = { .pci = pci };

	if (vpci_modern(&v) == 0) {
		require(v.common.len >= 0x38 && v.common.addr % 4 == 0);
		require(v.notify.len >= 2 && v.isr.len);
		require(v.vd.ops && !v.vd.fixed_size);
	}
	check_area(pci, &v.common);
	check_area(pci, &v.notify);
	check_area(pci, &v.isr);
	check_area(pci, &v.config);
	if (vpci_legacy(&v) == 0)
		require(pci->bar[0].io && pci->bar[0].size >= 20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int n = 0;
	int ret;

	stream_start(data, size);
	fuzz.reads = 0;
	heap_init(fuzz.heap, sizeof(fuzz.heap));
	memset(fuzz.config, 0, sizeof(fuzz.config));
	memset(fuzz.mask, 0, sizeof(fuzz.mask));
	fake_bus_set(&bus);
	fuzz.stream = next() & 1;
	for (unsigned int i = 0; i < FUNCTIONS; i++)
		fill_header(i);
	if (!fuzz.stream) {
		fill(fuzz.config);
		fill(fuzz.mask);
	}
	ret = pci_scan(&fake_pci_host);
	require(ret == 0 || ret == -ENOSPC);
	for (struct pci_dev *pci = pci_first(); pci; pci = pci->next) {
		require(++n <= 1024);
		if (pci_enable(pci) == 0)
			check_virtio(pci);
		check_bars(pci);
	}
	return 0;
}
