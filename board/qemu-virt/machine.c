/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine from its device tree, in one pass over its tags. Nodes are known by
 * compatible and device_type, never by name or address, and only the root's
 * children are looked at. What makes no sense is named in a line and left out.
 * Source: Devicetree Specification 0.4, chapter 3; QEMU hw/arm/virt.c for what is
 * there.
 */
#include "board_priv.h"

#include <errno.h>
#include <string.h>

#include <libfdt.h>

#include <core/console.h>
#include <lib/byteorder.h>
#include <lib/checked.h>

/* QEMU doubles what -dtb gives it, and pads its own to 1 MiB: a tree that dumpdtb
 * wrote comes back with more than 2 MiB. map_early maps no more. */
#define TREE_MAX      (4 * MIB)

#define MIN_REGISTERS 16

static bool is_tree(const void *p)
{
	return !fdt_check_header(p) && fdt_totalsize(p) <= TREE_MAX;
}

/* NULL: it does not look like one. */
static const char *whats_wrong(const void *p)
{
	if (get_be32(p) != FDT_MAGIC)
		return NULL;
	return fdt_check_header(p) ? "its header is damaged"
				   : "it is larger than 4 MiB";
}

const void *machine_find_tree(uint64_t hint, const char **why)
{
	const void *base = (const void *)(uintptr_t)VIRT_RAM_BASE;
	const void *given = (const void *)(uintptr_t)hint;

	*why = NULL;
	if (hint & 7 || hint < VIRT_RAM_BASE || hint >= UINT64_C(1) << 39)
		given = base;
	if (is_tree(given))
		return given;
	if (is_tree(base))
		return base;
	*why = whats_wrong(given);
	if (!*why)
		*why = whats_wrong(base);
	if (!*why)
		*why = "there is none at RAM base; with -dtb use -kernel "
		       "vireo.bin";
	return NULL;
}

/* The properties that are looked at, of one node. */
enum prop {
	COMPATIBLE,
	REG,
	DEVICE_TYPE,
	STATUS,
	METHOD,
	STDOUT_PATH,
	INITRD_START,
	INITRD_END,
	CLOCK_FREQUENCY,
	NPROPS
};

struct node {
	const char *name;
	int offset; /* in the tree, for what few nodes have */
	struct {
		const char *p;
		int len;
	} prop[NPROPS];
};

void machine_ignored(const char *what, const struct machine_device *d,
		     const char *why)
{
	con_printf("device tree: %s at 0x%llx, size 0x%llx: %s\n", what,
		   (unsigned long long)d->base, (unsigned long long)d->size,
		   why);
}

static void take_prop(const void *fdt, int offset, struct node *n)
{
	static const char *const names[NPROPS] = {
		[COMPATIBLE] = "compatible",
		[REG] = "reg",
		[DEVICE_TYPE] = "device_type",
		[STATUS] = "status",
		[METHOD] = "method",
		[STDOUT_PATH] = "stdout-path",
		[INITRD_START] = "linux,initrd-start",
		[INITRD_END] = "linux,initrd-end",
		[CLOCK_FREQUENCY] = "clock-frequency",
	};
	const char *name;
	int len;
	const char *p = fdt_getprop_by_offset(fdt, offset, &name, &len);

	for (size_t i = 0; p && i < NPROPS; i++) {
		if (!strcmp(name, names[i])) {
			n->prop[i].p = p;
			n->prop[i].len = len;
			return;
		}
	}
}

/* A property that is text; NULL when there is none or it does not end. */
static const char *text(const struct node *n, enum prop i)
{
	const char *p = n->prop[i].p;

	return p && n->prop[i].len > 0 && !p[n->prop[i].len - 1] ? p : NULL;
}

static bool is(const struct node *n, enum prop i, const char *value)
{
	const char *p = text(n, i);

	return p && !strcmp(p, value);
}

/* Is @value among the node's compatible strings? */
static bool is_a(const struct node *n, const char *value)
{
	const char *p = text(n, COMPATIBLE);

	return p && fdt_stringlist_contains(p, n->prop[COMPATIBLE].len, value);
}

static uint64_t number(const struct node *n, enum prop i)
{
	const char *p = n->prop[i].p;

	if (p && n->prop[i].len == 4)
		return get_be32(p);
	return p && n->prop[i].len == 8 ? get_be64(p) : 0;
}

/* The (address, size) pair @index of "reg", with the root's two cells each. */
static bool pair(const struct node *n, int index, struct machine_device *d)
{
	const char *p = n->prop[REG].p;

	if (!p || n->prop[REG].len < 16 * (index + 1))
		return false;
	d->base = get_be64(p + 16 * index);
	d->size = get_be64(p + 16 * index + 8);
	return true;
}

/* Registers: the first pair, aligned and of a size that can be mapped. */
static bool registers(const struct node *n, int index, const char *what,
		      struct machine_device *d)
{
	struct machine_device r;
	uint64_t end;

	if (!pair(n, index, &r))
		return false;
	if (r.size < MIN_REGISTERS || r.base % 8 ||
	    !add_ok(r.base, r.size, &end) || end > ADDRESS_END ||
	    overlaps(r.base, r.size, 0, VIRT_DEVICE_BASE)) {
		machine_ignored(what, &r, "no place for registers");
		return false;
	}
	*d = r;
	return true;
}

/* Sorted, and one with all it overlaps or touches. */
static void add_bank(struct machine *m, struct machine_device d)
{
	size_t i, n = 0;

	for (i = 0; i < m->nbanks; i++) {
		struct machine_device *b = &m->bank[i];
		uint64_t end = max_u64(d.base + d.size, b->base + b->size);

		if (d.base > b->base + b->size || b->base > d.base + d.size) {
			m->bank[n++] = *b;
			continue;
		}
		d.base = min_u64(d.base, b->base);
		d.size = end - d.base;
	}
	if (n == MAX_BANKS) {
		machine_ignored("memory", &d, "one bank too many");
		return;
	}
	for (i = n; i && m->bank[i - 1].base > d.base; i--)
		m->bank[i] = m->bank[i - 1];
	m->bank[i] = d;
	m->nbanks = n + 1;
}

static void read_memory(const struct node *n, struct machine *m)
{
	struct machine_device d;
	uint64_t start, end;

	for (int i = 0; pair(n, i, &d); i++) {
		if (!d.size)
			continue;
		if (!add_ok(d.base, d.size, &end)) {
			machine_ignored("memory", &d, "wraps");
			continue;
		}
		start = max_u64(d.base, VIRT_RAM_BASE);
		end = align_down(min_u64(end, ADDRESS_END), PAGE_SIZE);
		if (start < ADDRESS_END)
			start = align_up(start, PAGE_SIZE);
		if (start < end)
			add_bank(m,
				 (struct machine_device){ start, end - start });
		if (start != d.base || end != d.base + d.size)
			machine_ignored("memory", &d,
					start < end ? "used in part"
						    : "not usable");
	}
}

static void read_psci(const struct node *n, struct machine *m)
{
	if (is(n, METHOD, "hvc"))
		m->conduit = PSCI_HVC;
	else if (is(n, METHOD, "smc"))
		m->conduit = PSCI_SMC;
}

/* Its frequency is there when the CPU's register has not got it. */
static void read_timer(const struct node *n, struct machine *m)
{
	uint64_t hz = number(n, CLOCK_FREQUENCY);

	m->has_timer = true;
	if (!n->prop[CLOCK_FREQUENCY].p)
		return;
	if (hz && n->prop[CLOCK_FREQUENCY].len == 4)
		m->timer_hz = (uint32_t)hz;
	else
		con_puts("device tree: timer: bad clock-frequency, CNTFRQ_EL0 "
			 "is "
			 "used\n");
}

/* The console: the node that a path or alias names, up to a colon. */
static void read_stdout(const void *fdt, const char *path, struct machine *m)
{
	const char *colon = strchr(path, ':');
	int node = fdt_path_offset_namelen(
		fdt, path, colon ? (int)(colon - path) : (int)strlen(path));
	struct node n = { .name = path };

	if (node < 0)
		return;
	n.prop[REG].p = fdt_getprop(fdt, node, "reg", &n.prop[REG].len);
	if (!fdt_node_check_compatible(fdt, node, "arm,pl011"))
		registers(&n, 0, "UART", &m->uart);
	else if (!fdt_node_check_compatible(fdt, node, "virtio,mmio"))
		registers(&n, 0, "virtio-mmio", &m->console);
}

static void read_chosen(const void *fdt, const struct node *n,
			struct machine *m)
{
	m->chosen_node = n->offset;
	m->initrd_start = number(n, INITRD_START);
	m->initrd_end = number(n, INITRD_END);
	if (text(n, STDOUT_PATH))
		read_stdout(fdt, text(n, STDOUT_PATH), m);
}

static void read_virtio(const struct node *n, struct machine *m)
{
	struct machine_device d;
	size_t i = m->nvirtio;

	if (!registers(n, 0, "virtio-mmio", &d))
		return;
	for (size_t k = 0; k < m->nvirtio; k++) {
		if (overlaps(d.base, d.size, m->virtio[k].base,
			     m->virtio[k].size)) {
			machine_ignored("virtio-mmio", &d,
					"overlaps another slot");
			return;
		}
	}
	if (i == MAX_DEVICES) {
		machine_ignored("virtio-mmio", &d, "one slot too many");
		return;
	}
	for (; i && m->virtio[i - 1].base > d.base; i--)
		m->virtio[i] = m->virtio[i - 1];
	m->virtio[i] = d;
	m->nvirtio++;
}

static void read_pci(const void *fdt, const struct node *n, struct machine *m)
{
	struct machine_device d;

	if (!m->pci.ecam_size && registers(n, 0, "PCI", &d))
		machine_pci_read(fdt, n->offset, &d, &m->pci);
}

/* The bank that is not the firmware's own; with secure=on that has a node of its own,
 * which is disabled. */
static void read_flash(const struct node *n, struct machine *m)
{
	struct machine_device d;

	for (int i = 0; pair(n, i, &d); i++)
		if (!m->flash.size && d.base >= VIRT_FLASH_BANK1 && d.size &&
		    inside(d.base, d.size, VIRT_DEVICE_BASE) &&
		    d.base % PAGE_SIZE == 0 && d.size % PAGE_SIZE == 0)
			m->flash = d;
}

/* Everything else with registers worth a look by md. */
static void read_other(const struct node *n, struct machine *m)
{
	static const char *const known[] = {
		"arm,cortex-a15-gic",
		"arm,gic-v3",
		"arm,pl061",
	};
	struct machine_device *d;

	for (size_t k = 0; k < array_size(known); k++) {
		if (!is_a(n, known[k]))
			continue;
		for (int i = 0; i < 2 && m->nother < MAX_OTHER; i++) {
			d = &m->other[m->nother];
			m->nother += registers(n, i, known[k], d);
		}
	}
}

/* A node for the secure world, or switched off (Devicetree 2.3.4). */
static bool disabled(const struct node *n)
{
	return n->prop[STATUS].p && !is(n, STATUS, "okay") &&
	       !is(n, STATUS, "ok");
}

static void read_node(const void *fdt, const struct node *n, struct machine *m)
{
	const char *compatible = text(n, COMPATIBLE);

	if (disabled(n))
		return;
	if (!compatible && is(n, DEVICE_TYPE, "memory"))
		read_memory(n, m);
	else if (!compatible && !strcmp(n->name, "chosen"))
		read_chosen(fdt, n, m);
	else if (!compatible && !strcmp(n->name, "reserved-memory"))
		m->reserved_node = n->offset;
	else if (is_a(n, "virtio,mmio"))
		read_virtio(n, m);
	else if (is_a(n, "pci-host-ecam-generic"))
		read_pci(fdt, n, m);
	else if (is_a(n, "cfi-flash"))
		read_flash(n, m);
	else if (is_a(n, "arm,pl011"))
		m->has_uart = true;
	else if (is_a(n, "qemu,fw-cfg-mmio"))
		registers(n, 0, "fw_cfg", &m->fw_cfg);
	else if (is_a(n, "arm,pl031"))
		registers(n, 0, "RTC", &m->rtc);
	else if (is_a(n, "arm,armv8-timer"))
		read_timer(n, m);
	else if (compatible && !strncmp(compatible, "arm,psci", 8))
		read_psci(n, m);
	else
		read_other(n, m);
}

/* fdt_check_full has seen the tree: the tags are in order, and end. */
static void read_nodes(const void *fdt, struct machine *m)
{
	struct node n = { 0 };
	int offset = 0, next, depth = 0;
	uint32_t tag;

	while ((tag = fdt_next_tag(fdt, offset, &next)) != FDT_END) {
		if (tag == FDT_BEGIN_NODE && ++depth == 2)
			n = (struct node){
				.name = fdt_get_name(fdt, offset, NULL),
				.offset = offset,
			};
		else if (tag == FDT_PROP && depth == 2)
			take_prop(fdt, offset, &n);
		else if (tag == FDT_END_NODE && depth-- == 2)
			read_node(fdt, &n, m);
		offset = next;
	}
}

int machine_read(const void *fdt, struct machine *m, const char **why)
{
	int ret = fdt_check_full(fdt, fdt_totalsize(fdt));

	*why = fdt_strerror(ret);
	if (ret)
		return -EBADMSG;
	*why = "#address-cells and #size-cells of the root are not 2";
	if (fdt_address_cells(fdt, 0) != 2 || fdt_size_cells(fdt, 0) != 2)
		return -EBADMSG;
	m->fdt = fdt;
	read_nodes(fdt, m);
	machine_read_reserved(m);
	if (!m->has_timer)
		con_puts("device tree: no timer in use, CNTFRQ_EL0 is used\n");
	machine_pci_check(m);
	*why = m->nbanks ? NULL : "it has no usable memory node";
	return m->nbanks ? 0 : -EBADMSG;
}
