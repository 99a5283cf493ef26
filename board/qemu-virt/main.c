/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bring-up, in order. early_main runs at the link address with 128 MiB mapped: it
 * finds the device tree, and moves the firmware to the top of RAM. vireo_main goes on
 * there: final map, memory, devices, environment, autoboot, prompt.
 */
#include "board_priv.h"

#include <errno.h>
#include <string.h>

#include <libfdt.h>

#include <arch/cpu.h>
#include <arch/fault.h>
#include <arch/image.h>
#include <boot/boot.h>
#include <core/console.h>
#include <core/dma.h>
#include <core/heap.h>
#include <core/panic.h>
#include <core/ram.h>
#include <drivers/pl011.h>
#include <drivers/virtio.h>
#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/errstr.h>
#include <lib/version.h>
#include <shell/shell.h>

void early_main(uint64_t x0) never_returns;
void relocated(uint64_t base);
void vireo_main(void *fdt) never_returns;

static uint64_t at(const char *symbol)
{
	return (uint64_t)(uintptr_t)symbol;
}

static uint64_t image_bytes(void)
{
	return at(__image_end) - at(__image_start);
}

/* The firmware's place in high RAM; see FW_* in board_priv.h. */
struct place {
	uint64_t base; /* the image */
	uint64_t fdt, stack, stack_top, dma, heap, end;
};

static struct place place_at(uint64_t base)
{
	struct place p = { .base = base };

	p.fdt = base + FW_IMAGE_SIZE;
	p.stack = p.fdt + FW_FDT_SIZE + FW_GUARD_SIZE;
	p.stack_top = p.stack + FW_STACK_SIZE;
	p.dma = p.stack_top;
	p.heap = p.dma + FW_DMA_SIZE;
	p.end = base + FW_SIZE;
	return p;
}

static bool in_the_way(uint64_t base, const struct machine *m, const void *fdt)
{
	uint64_t tree = (uint64_t)(uintptr_t)fdt;

	return overlaps(base, FW_SIZE, tree, fdt_totalsize(fdt)) ||
	       overlaps(base, FW_SIZE, m->initrd_start,
			m->initrd_end - m->initrd_start) ||
	       overlaps(base, FW_SIZE, at(__image_start), image_bytes());
}

/* The top of the highest bank, below whatever QEMU put there. */
static uint64_t choose_high(const struct machine *m, const void *fdt)
{
	const struct machine_device *top = &m->bank[0];
	uint64_t base;

	for (size_t i = 1; i < m->nbanks; i++)
		if (m->bank[i].base > top->base)
			top = &m->bank[i];
	if (top->size < VIRT_RAM_MIN / 2)
		top = &m->bank[0];
	base = align_down(top->base + top->size - FW_SIZE, 2 * MIB);
	while (base > top->base && in_the_way(base, m, fdt))
		base -= 2 * MIB;
	return base > top->base ? base : 0;
}

/*
 * relocated - where debuggers learn the new address: images/debug.gdb stops here
 * and loads the symbols again at @base.
 */
__attribute__((noinline)) void relocated(uint64_t base)
{
	__asm__ volatile("" : : "r"(base) : "memory");
}

void early_main(uint64_t x0)
{
	struct machine m = { 0 };
	uint64_t high;
	const char *why;
	const void *fdt;

	fault_setup();
	if (map_early(x0, 0))
		cpu_halt();
	pl011_console(VIRT_UART_BASE);
	fault_report_install();
	fdt = machine_find_tree(x0, &why);
	if (!fdt)
		stop_here("no device tree", why);
	if (machine_read(fdt, &m, &why))
		stop_here("the device tree cannot be used", why);
	high = choose_high(&m, fdt);
	if (!high)
		stop_here("not enough RAM", "Vireo needs 128 MiB");
	if (map_early((uint64_t)(uintptr_t)fdt, high))
		stop_here("no page tables", "for the move to high RAM");
	/* The copy is written through the data cache and then executed, later
	 * (at handoff) with caches off. */
	image_move(high);
	cache_clean(high, image_bytes());
	cache_sync_code(high, image_bytes());
	if (mmu_remap(high, at(__text_end) - at(__image_start), MEM_CODE))
		stop_here("no page tables", "for the moved text");
	relocated(high);
	image_jump((uint64_t)(uintptr_t)vireo_main - at(__image_start) + high,
		   place_at(high).stack_top, (void *)(uintptr_t)fdt);
}

/* The bytes of a tree that carry something; QEMU pads it to 1 MiB. */
static uint64_t fdt_used(const void *fdt)
{
	uint64_t s = (uint64_t)fdt_off_dt_struct(fdt) + fdt_size_dt_struct(fdt);
	uint64_t t = (uint64_t)fdt_off_dt_strings(fdt) +
		     fdt_size_dt_strings(fdt);

	return max_u64(s, t);
}

static void take_tree(const void *from, const struct place *p)
{
	void *to = (void *)(uintptr_t)p->fdt;
	uint64_t used = fdt_used(from);
	int ret;

	if (used > FW_FDT_SIZE / 2)
		stop_here("the device tree cannot be used", "it is too large");
	memcpy(to, from, used);
	put_be32((char *)to + 4, (uint32_t)used);
	ret = fdt_check_full(to, used);
	if (ret)
		stop_here("the device tree is damaged", fdt_strerror(ret));
	boot_control_fdt_set(to);
}

static void must(int ret, const char *what)
{
	if (ret)
		stop_here(what, err_str(ret));
}

static void set_up_memory(const struct machine *m, const struct place *p)
{
	heap_init((void *)(uintptr_t)p->heap, p->end - p->heap);
	dma_init((void *)(uintptr_t)p->dma, FW_DMA_SIZE);
	for (size_t i = 0; i < m->nbanks; i++)
		must(ram_add_bank(m->bank[i].base, m->bank[i].size),
		     "memory bank");
	must(ram_reserve(p->base, FW_IMAGE_SIZE, "firmware"), "firmware");
	must(ram_reserve(p->fdt, FW_FDT_SIZE, "device tree"), "device tree");
	must(ram_reserve(p->stack - FW_GUARD_SIZE,
			 FW_GUARD_SIZE + FW_STACK_SIZE, "stack"),
	     "stack");
	must(ram_reserve(p->dma, FW_DMA_SIZE, "DMA"), "DMA");
	must(ram_reserve(p->heap, p->end - p->heap, "heap"), "heap");
	if (m->initrd_end)
		must(ram_reserve(m->initrd_start,
				 m->initrd_end - m->initrd_start, "ramdisk"),
		     "ramdisk");
}

static void add_devices(const struct machine *m)
{
	for (size_t i = 0; i < m->nvirtio; i++) {
		const struct machine_device *d = &m->virtio[i];
		uint64_t slot = (d->base - m->virtio[0].base) / d->size;

		if (virtio_mmio_add(d->base, (unsigned int)slot))
			con_printf("virtio-mmio slot %u at 0x%llx: no device "
				   "registers\n",
				   (unsigned int)slot,
				   (unsigned long long)d->base);
	}
	virtio_probe_all();
}

void vireo_main(void *fdt)
{
	struct place p = place_at(at(__image_start));
	struct machine m = { 0 };
	const char *why;

	fault_setup();
	pl011_console(VIRT_UART_BASE);
	fault_report_install();
	panic_stack_set(p.stack, p.stack_top);
	if (machine_read(fdt, &m, &why))
		stop_here("the device tree cannot be used", why);
	take_tree(fdt, &p);
	must(map_final(&m), "memory map");
	if (m.uart.base)
		pl011_console(m.uart.base);
	psci_set_conduit(m.conduit);
	set_up_memory(&m, &p);
	con_printf("\n%s\n\n", vireo_version);
	add_devices(&m);
	board_env(&m);
	autoboot(shell_run);
	shell_loop();
}
