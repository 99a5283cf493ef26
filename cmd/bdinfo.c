/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bdinfo: where things are. Lines that scripts read are U-Boot's to the letter
 * ("-> start    = 0x…" is a bank of RAM); reservations are ranges with a name.
 */
#include <libfdt.h>

#include <arch/cpu.h>
#include <arch/image.h>
#include <boot/fdt.h>
#include <core/console.h>
#include <core/ram.h>
#include <net/netdev.h>
#include <shell/command.h>

static void number(const char *name, uint64_t v)
{
	con_printf("%-12s= 0x%016llx\n", name, (unsigned long long)v);
}

static void text(const char *name, const char *v)
{
	con_printf("%-12s= %s\n", name, v);
}

static void print_banks(void)
{
	const struct ram_range *r;

	for (size_t i = 0; (r = ram_bank(i)); i++) {
		number("DRAM bank", i);
		number("-> start", r->base);
		number("-> size", r->size);
	}
}

static void print_net(void)
{
	struct netdev *dev = net_find(0);
	int ret = dev ? net_attach(dev) : 0;

	text("current eth", dev ? dev->name : "<NULL>");
	if (ret)
		text("ethaddr", net_error(dev, ret));
	else if (dev)
		con_printf("%-12s= %02x:%02x:%02x:%02x:%02x:%02x\n", "ethaddr",
			   dev->mac[0], dev->mac[1], dev->mac[2], dev->mac[3],
			   dev->mac[4], dev->mac[5]);
}

static void print_reservations(void)
{
	const struct ram_range *r;

	con_puts("reserved memory:\n");
	for (size_t i = 0; (r = ram_reserved(i)); i++)
		con_printf(" reserved[%zu]\t[0x%llx-0x%llx], 0x%08llx bytes, "
			   "%s\n",
			   i, (unsigned long long)r->base,
			   (unsigned long long)(r->base + r->size - 1),
			   (unsigned long long)r->size, r->name);
}

static int do_bdinfo(const struct cmd_call *call)
{
	const void *control = boot_control_fdt();
	uint64_t image = (uint64_t)(uintptr_t)__image_start;

	(void)call;
	print_banks();
	number("relocaddr", image);
	number("reloc off", image - IMAGE_LINK_ADDRESS);
	text("Build", "64-bit");
	con_printf("%-12s= EL%u\n", "entered at", cpu_el());
	print_net();
	number("fdt_blob", (uint64_t)(uintptr_t)control);
	number("new_fdt", (uint64_t)(uintptr_t)boot_fdt());
	number("fdt_size", control ? fdt_totalsize(control) : 0);
	print_reservations();
	return CMD_OK;
}

COMMAND(bdinfo, do_bdinfo, 0, 0, true, "print Board Info structure", "");
