/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is mapped where: the two region tables of this board. Later regions cover
 * earlier ones. Page 0 is never mapped by the second, so a null pointer faults.
 */
#include "board_priv.h"

#include <errno.h>

#include <arch/image.h>
#include <lib/checked.h>

#define MAX_MAP 60 /* of 64 the MMU's room keeps; "go" adds one */

struct map {
	struct mem_region r[MAX_MAP];
	size_t count;
	bool full;
} __attribute__((aligned(16))); /* copied before the MMU is on */

static void add(struct map *m, uint64_t base, uint64_t size, enum mem_kind kind)
{
	uint64_t low = align_down(base, PAGE_SIZE);
	struct mem_region *last = m->count ? &m->r[m->count - 1] : NULL;

	if (!size)
		return;
	/* What adjoins is one: PCI's windows make large blocks only together. */
	if (last && last->kind == kind && last->base + last->size == low) {
		last->size = align_up(base + size, PAGE_SIZE) - last->base;
		return;
	}
	if (m->count == MAX_MAP) {
		m->full = true;
		return;
	}
	m->r[m->count++] = (struct mem_region){
		.base = low,
		.size = align_up(base + size, PAGE_SIZE) - low,
		.kind = kind,
	};
}

static uint64_t at(const char *symbol)
{
	return (uint64_t)(uintptr_t)symbol;
}

/* Where this code runs: text executable, constants read-only. */
static void add_image(struct map *m)
{
	uint64_t text = at(__image_start), ro = at(__text_end);

	add(m, text, ro - text, MEM_CODE);
	add(m, ro, at(__rodata_end) - ro, MEM_RO);
}

int map_early(uint64_t fdt, uint64_t high)
{
	static struct map m;

	m.count = 0;
	add(&m, VIRT_FLASH_BASE, VIRT_FLASH_SIZE, MEM_DEVICE_RO);
	add(&m, VIRT_UART_BASE, PAGE_SIZE, MEM_DEVICE);
	add(&m, VIRT_RAM_BASE, VIRT_RAM_MIN, MEM_RW);
	/* A tree is at most 4 MiB; its address is somebody's x0. */
	if (fdt >= VIRT_RAM_BASE && fdt < UINT64_C(1) << 39)
		add(&m, align_down(fdt, 2 * MIB), 6 * MIB, MEM_RW);
	add_image(&m);
	if (high)
		add(&m, high, FW_SIZE, MEM_RW);
	return mmu_build(m.r, m.count);
}

/* Slots share pages: each run of them is mapped once. */
static void add_virtio(struct map *m, const struct machine *mach)
{
	uint64_t start = 0, end = 0;

	for (size_t i = 0; i < mach->nvirtio; i++) {
		const struct machine_device *d = &mach->virtio[i];

		if (d->base > align_up(end, PAGE_SIZE)) {
			add(m, start, end - start, MEM_DEVICE);
			start = d->base;
		}
		end = d->base + d->size;
	}
	add(m, start, end - start, MEM_DEVICE);
}

static void add_pci(struct map *m, const struct pci_host *pci)
{
	const struct pci_window *w = pci->window;

	add(m, w[PCI_MEM32].cpu, w[PCI_MEM32].size, MEM_DEVICE);
	add(m, w[PCI_IO].cpu, w[PCI_IO].size, MEM_DEVICE);
	add(m, pci->ecam, pci->ecam_size, MEM_DEVICE);
	add(m, w[PCI_MEM64].cpu, w[PCI_MEM64].size, MEM_DEVICE);
}

int map_final(const struct machine *mach)
{
	static struct map m;
	uint64_t image = at(__image_start);

	m.count = 0;
	add_pci(&m, &mach->pci);
	for (size_t i = 0; i < mach->nother; i++)
		add(&m, mach->other[i].base, mach->other[i].size, MEM_DEVICE);
	add(&m, VIRT_FLASH_BASE, VIRT_FLASH_SIZE, MEM_DEVICE_RO);
	add(&m, VIRT_FLASH_BASE, PAGE_SIZE, MEM_NONE);
	add(&m, mach->flash.base, mach->flash.size, MEM_DEVICE);
	add(&m, VIRT_UART_BASE, PAGE_SIZE, MEM_DEVICE);
	add(&m, mach->uart.base, mach->uart.size, MEM_DEVICE);
	add(&m, mach->fw_cfg.base, mach->fw_cfg.size, MEM_DEVICE);
	add(&m, mach->rtc.base, mach->rtc.size, MEM_DEVICE);
	add_virtio(&m, mach);
	for (size_t i = 0; i < mach->nbanks; i++)
		add(&m, mach->bank[i].base, mach->bank[i].size, MEM_RW);
	add_image(&m);
	add(&m, image + FW_IMAGE_SIZE + FW_FDT_SIZE, FW_GUARD_SIZE, MEM_NONE);
	return m.full ? -ENOMEM : mmu_build(m.r, m.count);
}
