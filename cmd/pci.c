/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pci: the functions the scan found, one function's header by field names, and its base
 * addresses, as U-Boot shows them.
 */
#include <drivers/pci.h>

#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <lib/parse.h>
#include <shell/command.h>
#include <shell/shell.h>

static const char *class_name(unsigned int class)
{
	static const char *const names[] = {
		"Build before PCI Rev2.0", "Mass storage controller",
		"Network controller",      "Display controller",
		"Multimedia device",       "Memory controller",
		"Bridge device",           "Simple comm. controller",
		"Base system peripheral",  "Input device",
		"Docking station",         "Processor",
		"Serial bus controller",   "Wireless controller",
		"Intelligent controller",  "Satellite controller",
		"Cryptographic device",    "DSP",
	};

	if (class < array_size(names))
		return names[class];
	return class == 0xff ? "Does not fit any class" : "???";
}

static void print_name(const struct pci_dev *dev, const char *end)
{
	con_printf("%02x.%02x.%02x%s", dev->rid >> 8, dev->rid >> 3 & 31u,
		   dev->rid & 7u, end);
}

/* ---- list ---- */

/* @bus: UINT64_MAX all */
static int list(const struct cmd_call *call, uint64_t bus)
{
	unsigned int shown = 0;

	for (struct pci_dev *dev = pci_first(); dev; dev = dev->next) {
		if (bus != UINT64_MAX && bus != dev->rid >> 8)
			continue;
		if (!shown++)
			con_puts("BusDevFun  VendorId   DeviceId   "
				 "Device Class       Sub-Class\n"
				 "__________________________________________"
				 "___________________\n");
		print_name(dev, "   ");
		con_printf("0x%.4x     0x%.4x     %-23s 0x%.2x\n", dev->vendor,
			   dev->device, class_name(pci_read(dev, PCI_CLASS, 1)),
			   pci_read(dev, PCI_SUBCLASS, 1));
	}
	if (shown)
		return CMD_OK;
	if (bus == UINT64_MAX)
		con_printf("%s: no PCI\n", call->name);
	else
		con_printf("%s: bus %jx: nothing there\n", call->name,
			   (uintmax_t)bus);
	return CMD_FAIL;
}

/* ---- header ---- */

struct field {
	uint8_t off, width;
	char name[30]; /* no pointer: nothing to relocate */
};

static const struct field common[] = {
	{ PCI_VENDOR_ID, 2, "vendor ID" },
	{ PCI_DEVICE_ID, 2, "device ID" },
	{ PCI_COMMAND, 2, "command register ID" },
	{ PCI_STATUS, 2, "status register" },
	{ PCI_REVISION_ID, 1, "revision ID" },
	{ PCI_CLASS, 1, "class code" },
	{ PCI_SUBCLASS, 1, "sub class code" },
	{ PCI_CLASS_PROG, 1, "programming interface" },
	{ PCI_CACHE_LINE_SIZE, 1, "cache line" },
	{ PCI_LATENCY_TIMER, 1, "latency time" },
	{ PCI_HEADER_TYPE, 1, "header type" },
	{ PCI_BIST, 1, "BIST" },
	{ 0x10, 4, "base address 0" },
	{ 0x14, 4, "base address 1" },
};

static const struct field normal[] = {
	{ 0x18, 4, "base address 2" },
	{ 0x1c, 4, "base address 3" },
	{ 0x20, 4, "base address 4" },
	{ 0x24, 4, "base address 5" },
	{ 0x28, 4, "cardBus CIS pointer" },
	{ PCI_SUBSYSTEM_VENDOR_ID, 2, "sub system vendor ID" },
	{ PCI_SUBSYSTEM_ID, 2, "sub system ID" },
	{ 0x30, 4, "expansion ROM base address" },
	{ 0x3c, 1, "interrupt line" },
	{ 0x3d, 1, "interrupt pin" },
	{ 0x3e, 1, "min Grant" },
	{ 0x3f, 1, "max Latency" },
};

static const struct field bridge[] = {
	{ 0x18, 1, "primary bus number" },
	{ 0x19, 1, "secondary bus number" },
	{ 0x1a, 1, "subordinate bus number" },
	{ 0x1b, 1, "secondary latency timer" },
	{ 0x1c, 1, "IO base" },
	{ 0x1d, 1, "IO limit" },
	{ 0x1e, 2, "secondary status register" },
	{ 0x20, 2, "memory base" },
	{ 0x22, 2, "memory limit" },
	{ 0x24, 2, "prefetch memory base" },
	{ 0x26, 2, "prefetch memory limit" },
	{ 0x28, 4, "prefetch memory base upper" },
	{ 0x2c, 4, "prefetch memory limit upper" },
	{ 0x30, 2, "IO base upper 16 bits" },
	{ 0x32, 2, "IO limit upper 16 bits" },
	{ 0x38, 4, "expansion ROM base address" },
	{ 0x3c, 1, "interrupt line" },
	{ 0x3d, 1, "interrupt pin" },
	{ 0x3e, 2, "bridge control" },
};

static void print_fields(const struct pci_dev *dev, const struct field *f,
			 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		con_printf("  %-28s= 0x%.*x", f[i].name, 2 * f[i].width,
			   pci_read(dev, f[i].off, f[i].width));
		if (f[i].off == PCI_CLASS)
			con_printf(" (%s)",
				   class_name(pci_read(dev, PCI_CLASS, 1)));
		con_putc('\n');
	}
}

/* "b.d.f", hexadecimal */
static struct pci_dev *parse_function(const char *text)
{
	uint64_t part[3];
	const char *end;

	for (unsigned int i = 0; i < 3; i++) {
		if (parse_prefix_u64(text, 16, &part[i], &end) ||
		    part[i] > 0xff || *end != (i < 2 ? '.' : 0))
			return NULL;
		text = end + 1;
	}
	return pci_find((unsigned int)part[0], (unsigned int)part[1],
			(unsigned int)part[2]);
}

static struct pci_dev *find(const struct cmd_call *call)
{
	struct pci_dev *dev = parse_function(call->argv[1]);

	if (!dev)
		con_printf("%s: %s: no such function\n", call->name,
			   call->argv[1]);
	return dev;
}

static int cmd_header(const struct cmd_call *call)
{
	struct pci_dev *dev = find(call);

	if (!dev)
		return CMD_FAIL;
	print_fields(dev, common, array_size(common));
	if (dev->header == PCI_HEADER_BRIDGE)
		print_fields(dev, bridge, array_size(bridge));
	else if (!dev->header)
		print_fields(dev, normal, array_size(normal));
	return CMD_OK;
}

/* ---- bar ---- */

static int cmd_bar(const struct cmd_call *call)
{
	struct pci_dev *dev = find(call);

	if (!dev)
		return CMD_FAIL;
	pci_size(dev);
	con_puts(
		"ID   Base                Size                Width  Type\n"
		"----------------------------------------------------------\n");
	for (unsigned int i = 0; i < PCI_BARS; i++) {
		const struct pci_bar *bar = &dev->bar[i];

		if (bar->size)
			con_printf(" %u   0x%016jx  0x%016jx  %d     %s   %s\n",
				   i, (uintmax_t)bar->pci, (uintmax_t)bar->size,
				   bar->is64 ? 64 : 32, bar->io ? "I/O" : "MEM",
				   bar->prefetch ? "Prefetchable" : "");
	}
	return CMD_OK;
}

static const struct subcommand subs[] = {
	{ "bar", cmd_bar, 1, 1 },
	{ "header", cmd_header, 1, 1 },
};

static int cmd_pci(const struct cmd_call *call)
{
	uint64_t bus = UINT64_MAX;

	/* A number is a bus: "ba" is no short "bar". */
	if (call->argc > 2 ||
	    (call->argc == 2 && parse_u64(call->argv[1], 16, &bus)))
		return cmd_dispatch(call, subs, array_size(subs));
	if (call->argc == 2 && bus == UINT64_MAX)
		bus--;
	return list(call, bus);
}

static void complete(const struct cmd_call *call)
{
	char name[12];

	cmd_offer_subs(call, subs, array_size(subs));
	if (call->argc != 3)
		return;
	for (struct pci_dev *dev = pci_first(); dev; dev = dev->next) {
		snprintf(name, sizeof(name), "%x.%x.%x", dev->rid >> 8,
			 dev->rid >> 3 & 31u, dev->rid & 7u);
		shell_offer(name);
	}
}

COMMAND(pci, cmd_pci, 0, 2, true, "list and look into PCI functions",
	"[bus]               - list the functions of one bus, or of all\n"
	"pci header b.d.f        - the header's fields\n"
	"pci bar b.d.f           - base addresses: where and how large; 0 "
	"when\n"
	"                          nobody needed the function yet\n"
	"    bus, b, d and f (bus, device, function) are hexadecimal",
	.complete = complete);
