/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bring-up, in order. early_main runs at the link address with 128 MiB mapped: it
 * reads the device tree, and moves the firmware to the top of RAM. vireo_main goes on
 * there: final map, memory, devices, environment, autoboot, prompt.
 */
#include "board_priv.h"

#include <errno.h>
#include <string.h>

#include <libfdt.h>

#include <arch/cpu.h>
#include <arch/fault.h>
#include <arch/image.h>
#include <arch/timer.h>
#include <boot/boot.h>
#include <core/bootstage.h>
#include <core/console.h>
#include <core/deadline.h>
#include <core/dma.h>
#include <core/guard.h>
#include <core/heap.h>
#include <core/panic.h>
#include <core/ram.h>
#include <core/random.h>
#include <drivers/cfi.h>
#include <drivers/pci.h>
#include <drivers/pl011.h>
#include <drivers/pl031.h>
#include <drivers/virtio.h>
#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/errstr.h>
#include <lib/version.h>
#include <shell/shell.h>

void early_main(uint64_t x0, uint64_t reset) never_returns;
void relocated(uint64_t base);
void vireo_main(const struct machine *early) never_returns;

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

static bool in_the_way(uint64_t base, const struct machine *m)
{
	uint64_t tree = (uint64_t)(uintptr_t)m->fdt;

	for (size_t i = 0; i < m->nreserved; i++)
		if (overlaps(base, FW_SIZE, m->reserved[i].base,
			     m->reserved[i].size))
			return true;
	return overlaps(base, FW_SIZE, tree, fdt_totalsize(m->fdt)) ||
	       overlaps(base, FW_SIZE, m->initrd_start,
			m->initrd_end - m->initrd_start) ||
	       overlaps(base, FW_SIZE, at(__image_start), image_bytes());
}

/* The top of the highest bank that has room, below whatever QEMU put there. */
static uint64_t choose_high(const struct machine *m)
{
	for (size_t i = m->nbanks; i--;) {
		const struct machine_device *b = &m->bank[i];
		uint64_t base = align_down(b->base + b->size, 2 * MIB);

		while (base >= b->base + FW_SIZE) {
			if (!in_the_way(base - FW_SIZE, m))
				return base - FW_SIZE;
			base -= 2 * MIB;
		}
	}
	return 0;
}

/*
 * relocated - where debuggers learn the new address: images/debug.gdb stops here
 * and loads the symbols again at @base.
 */
__attribute__((noinline)) void relocated(uint64_t base)
{
	__asm__ volatile("" : : "r"(base) : "memory");
}

static uint64_t text_bytes(void)
{
	return at(__text_end) - at(__image_start);
}

/* Text is cleaned to memory, because mmu_switch and the handoff run it with caches
 * off, and read back, because the tree may tell of RAM that is not there. */
static int copy_image(void *arg)
{
	uint64_t high = *(const uint64_t *)arg;

	image_move(high);
	cache_clean(high, text_bytes());
	return memcmp((const void *)(uintptr_t)high, __image_start, 64);
}

/* mmu_remap drops what the instruction cache has. */
static void move_to(uint64_t high)
{
	int differs = 1;

	if (guard_call("high RAM", copy_image, &high, &differs) || differs)
		stop_here("the device tree cannot be used",
			  "there is no RAM at the end of its memory");
	if (mmu_remap(high, text_bytes(), MEM_CODE))
		stop_here("no page tables", "for the moved text");
}

void early_main(uint64_t x0, uint64_t reset)
{
	static struct machine m; /* large, and BSS is zero already */
	uint64_t high;
	const char *why;
	const void *fdt;

	m.reset = reset;
	m.entered = timer_ticks();
	fault_setup();
	pl011_console(VIRT_UART_BASE);
	fault_report_install();
	panic_stack_set(at(__early_stack_top) - EARLY_STACK_SIZE,
			at(__early_stack_top));
	if (map_early(x0, 0))
		stop_here("no page tables", "for the first map");
	con_printf("\n%s\n\n", vireo_version);
	fdt = machine_find_tree(x0, &why);
	if (!fdt)
		stop_here("no device tree", why);
	if (machine_read(fdt, &m, &why))
		stop_here("the device tree cannot be used", why);
	/* Every wait is bounded by this clock (Arm ARM D11.2). */
	timer_set_hz(m.timer_hz);
	if (!timer_hz())
		stop_here("no clock", "CNTFRQ_EL0 is 0");
	high = choose_high(&m);
	if (!high)
		stop_here("not enough RAM", "Vireo needs 128 MiB");
	if (map_early((uint64_t)(uintptr_t)fdt, high))
		stop_here("no page tables", "for the move to high RAM");
	move_to(high);
	relocated(high);
	image_jump((uint64_t)(uintptr_t)vireo_main - at(__image_start) + high,
		   place_at(high).stack_top, &m);
}

/* The bytes of a tree that carry something; QEMU pads it to 1 MiB. */
static uint64_t fdt_used(const void *fdt)
{
	uint64_t s = (uint64_t)fdt_off_dt_struct(fdt) + fdt_size_dt_struct(fdt);
	uint64_t t = (uint64_t)fdt_off_dt_strings(fdt) +
		     fdt_size_dt_strings(fdt);
	uint64_t r = (uint64_t)fdt_off_mem_rsvmap(fdt) +
		     sizeof(struct fdt_reserve_entry) *
			     ((uint64_t)fdt_num_mem_rsv(fdt) + 1);

	return max_u64(max_u64(s, t), r);
}

static void take_tree(const void *from, const struct place *p)
{
	void *to = (void *)(uintptr_t)p->fdt;
	uint64_t used = fdt_used(from);

	if (used > FW_FDT_SIZE / 2)
		stop_here("the device tree cannot be used", "it is too large");
	memcpy(to, from, used);
	put_be32((char *)to + 4, (uint32_t)used);
	boot_control_fdt_set(to);
}

/* QEMU's for the kernel, which gets them as they are; dtb-randomness=off: none. */
static void take_seeds(const struct machine *m)
{
	static const char *const names[] = { "rng-seed", "kaslr-seed" };
	const void *seed;
	int len;

	for (size_t i = 0; m->chosen_node && i < array_size(names); i++) {
		seed = fdt_getprop(m->fdt, m->chosen_node, names[i], &len);
		if (seed)
			random_seed(seed, (size_t)len);
	}
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
	for (size_t i = 0; i < m->nreserved; i++)
		must(ram_keep(m->reserved[i].base, m->reserved[i].size,
			      "reserved memory"),
		     "reserved memory");
}

/* What the tree says of devices may be wrong: looking at one that is not there
 * faults, which costs that device and a line. */
static int look_at_uart(void *arg)
{
	const struct machine *m = arg;

	return pl011_present(m->uart.base) ? 0 : -ENODEV;
}

static void use_uart(struct machine *m)
{
	int ret = -ENODEV;

	if (!m->uart.base || m->uart.base == VIRT_UART_BASE)
		return;
	if (guard_call("UART", look_at_uart, m, &ret) || ret)
		con_printf("UART at 0x%llx: not a PL011\n",
			   (unsigned long long)m->uart.base);
	else
		pl011_console(m->uart.base);
}

static int look_at_rtc(void *arg)
{
	const struct machine *m = arg;

	return pl031_init(m->rtc.base);
}

static void add_rtc(struct machine *m)
{
	int ret = -ENODEV;

	if (m->rtc.base && (guard_call("RTC", look_at_rtc, m, &ret) || ret))
		con_printf("RTC at 0x%llx: not a PL031\n",
			   (unsigned long long)m->rtc.base);
}

struct slot {
	uint64_t base;
	unsigned int number;
};

static int look_at_slot(void *arg)
{
	const struct slot *s = arg;

	return virtio_mmio_add(s->base, s->number);
}

static int look_at_pci(void *arg)
{
	int ret = pci_scan(arg);

	return ret ? ret : virtio_pci_add_all();
}

static void add_pci(const struct machine *m)
{
	struct pci_host host = m->pci;
	int ret = 0;

	if (!host.ecam_size || guard_call("PCI", look_at_pci, &host, &ret))
		return;
	if (ret)
		con_printf("PCI: %s\n", err_str(ret));
}

static void add_devices(struct machine *m)
{
	add_rtc(m);
	for (size_t i = 0; i < m->nvirtio; i++) {
		const struct machine_device *d = &m->virtio[i];
		uint64_t n = (d->base - m->virtio[0].base) / d->size;
		struct slot s = { d->base, (unsigned int)n };
		int ret = -ENODEV;

		if (guard_call("virtio-mmio", look_at_slot, &s, &ret) || ret)
			con_printf("virtio-mmio slot %u at 0x%llx: no device "
				   "registers\n",
				   s.number, (unsigned long long)s.base);
	}
	add_pci(m);
	if (m->flash.size)
		cfi_add(m->flash.base, m->flash.size);
	virtio_announce_all();
}

void vireo_main(const struct machine *early)
{
	struct place p = place_at(at(__image_start));
	struct machine m = *early; /* in the old BSS, soon free RAM */

	bootstage_mark_at("reset", ticks_to_us(m.reset));
	bootstage_mark_at("early_main", ticks_to_us(m.entered));
	bootstage_mark("relocated");
	fault_setup();
	pl011_console(VIRT_UART_BASE);
	fault_report_install();
	panic_stack_set(p.stack, p.stack_top);
	take_tree(m.fdt, &p);
	take_seeds(&m);
	must(map_final(&m), "memory map");
	use_uart(&m);
	psci_set_conduit(m.conduit);
	timer_set_hz(m.timer_hz);
	set_up_memory(&m, &p);
	bootstage_mark("memory");
	add_devices(&m);
	bootstage_mark("devices");
	board_env(&m);
	bootstage_mark("environment");
	autoboot(shell_run);
	bootstage_mark("main_loop");
	shell_loop();
}
