/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine from its device tree, in one walk over the root's children. Nodes
 * are known by compatible and device_type, never by name or address. Source:
 * Devicetree Specification 0.4, chapter 3; QEMU hw/arm/virt.c for what is there.
 */
#include "board_priv.h"

#include <errno.h>
#include <string.h>

#include <libfdt.h>

#include <lib/byteorder.h>
#include <lib/checked.h>

/* Linux takes no larger one either, and map_early maps no more. */
#define TREE_MAX (2 * MIB)

static bool is_tree(const void *p)
{
	return !fdt_check_header(p) && fdt_totalsize(p) <= TREE_MAX;
}

static const char *whats_wrong(const void *p)
{
	if (get_be32(p) != FDT_MAGIC)
		return "there is none at RAM base";
	return fdt_check_header(p) ? "its header is damaged"
				   : "it is larger than 2 MiB";
}

const void *machine_find_tree(uint64_t hint, const char **why)
{
	const void *base = (const void *)(uintptr_t)VIRT_RAM_BASE;
	const void *given = (const void *)(uintptr_t)hint;

	*why = NULL;
	if (hint && !(hint & 7) && hint >= VIRT_RAM_BASE &&
	    hint < UINT64_C(1) << 39 && is_tree(given))
		return given;
	if (is_tree(base))
		return base;
	*why = whats_wrong(base);
	return NULL;
}

/* The (address, size) pair @index of "reg", with the root's two cells each. */
static bool read_reg(const void *fdt, int node, unsigned int index,
		     struct machine_device *d)
{
	int len;
	const char *reg = fdt_getprop(fdt, node, "reg", &len);
	uint64_t end;

	if (!reg || len < 16 * (int)(index + 1))
		return false;
	d->base = get_be64(reg + 16 * index);
	d->size = get_be64(reg + 16 * index + 8);
	return d->size && add_ok(d->base, d->size, &end) &&
	       end <= UINT64_C(1) << 40;
}

static void read_memory(const void *fdt, int node, struct machine *m)
{
	struct machine_device d;

	for (unsigned int i = 0; read_reg(fdt, node, i, &d); i++)
		if (m->nbanks < MAX_BANKS && !((d.base | d.size) % PAGE_SIZE))
			m->bank[m->nbanks++] = d;
}

static void read_psci(const void *fdt, int node, struct machine *m)
{
	int len;
	const char *method = fdt_getprop(fdt, node, "method", &len);

	if (!method || len < 4)
		return;
	if (!memcmp(method, "hvc", 4))
		m->conduit = PSCI_HVC;
	else if (!memcmp(method, "smc", 4))
		m->conduit = PSCI_SMC;
}

static uint64_t read_number(const void *fdt, int node, const char *name)
{
	int len;
	const void *p = fdt_getprop(fdt, node, name, &len);

	if (p && len == 4)
		return get_be32(p);
	return p && len == 8 ? get_be64(p) : 0;
}

static void read_chosen(const void *fdt, int node, struct machine *m)
{
	int len, uart;
	const char *path = fdt_getprop(fdt, node, "stdout-path", &len);
	const char *colon;

	m->initrd_start = read_number(fdt, node, "linux,initrd-start");
	m->initrd_end = read_number(fdt, node, "linux,initrd-end");
	if (m->initrd_end <= m->initrd_start)
		m->initrd_start = m->initrd_end = 0;
	if (!path || len < 2 || path[len - 1])
		return;
	colon = strchr(path, ':');
	uart = fdt_path_offset_namelen(
		fdt, path, colon ? (int)(colon - path) : (int)strlen(path));
	if (uart >= 0 && !fdt_node_check_compatible(fdt, uart, "arm,pl011"))
		read_reg(fdt, uart, 0, &m->uart);
}

static void add_virtio(struct machine *m, struct machine_device d)
{
	size_t i = m->nvirtio;

	if (i == MAX_DEVICES)
		return;
	for (; i && m->virtio[i - 1].base > d.base; i--)
		m->virtio[i] = m->virtio[i - 1];
	m->virtio[i] = d;
	m->nvirtio++;
}

static void add_other(const void *fdt, int node, struct machine *m)
{
	struct machine_device d;

	for (unsigned int i = 0; i < 2; i++)
		if (m->nother < array_size(m->other) &&
		    read_reg(fdt, node, i, &d))
			m->other[m->nother++] = d;
}

/* Everything else with registers worth a look by md. */
static bool is_other(const char *c)
{
	static const char *const known[] = {
		"arm,cortex-a15-gic",
		"arm,gic-v3",
		"arm,pl031",
		"arm,pl061",
	};

	for (size_t i = 0; i < array_size(known); i++)
		if (!strcmp(c, known[i]))
			return true;
	return false;
}

static void read_device(const void *fdt, int node, const char *compatible,
			struct machine *m)
{
	struct machine_device d;

	if (!strcmp(compatible, "virtio,mmio")) {
		if (read_reg(fdt, node, 0, &d))
			add_virtio(m, d);
	} else if (!strcmp(compatible, "qemu,fw-cfg-mmio")) {
		read_reg(fdt, node, 0, &m->fw_cfg);
	} else if (!strncmp(compatible, "arm,psci", 8)) {
		read_psci(fdt, node, m);
	} else if (is_other(compatible)) {
		add_other(fdt, node, m);
	}
}

static const char *text(const void *fdt, int node, const char *name)
{
	int len;
	const char *p = fdt_getprop(fdt, node, name, &len);

	return p && len > 0 && !p[len - 1] ? p : NULL;
}

static bool is_memory(const void *fdt, int node)
{
	const char *type = text(fdt, node, "device_type");

	return type && !strcmp(type, "memory");
}

/* A node for the secure world, or switched off (Devicetree 2.3.4). */
static bool disabled(const void *fdt, int node)
{
	const char *status = text(fdt, node, "status");

	return status && strcmp(status, "okay") && strcmp(status, "ok");
}

int machine_read(const void *fdt, struct machine *m, const char **why)
{
	int node;

	*why = "#address-cells and #size-cells of the root are not 2";
	if (fdt_address_cells(fdt, 0) != 2 || fdt_size_cells(fdt, 0) != 2)
		return -EBADMSG;
	fdt_for_each_subnode(node, fdt, 0)
	{
		const char *compatible = text(fdt, node, "compatible");

		if (disabled(fdt, node))
			continue;
		if (compatible)
			read_device(fdt, node, compatible, m);
		else if (is_memory(fdt, node))
			read_memory(fdt, node, m);
		else if (!strcmp(fdt_get_name(fdt, node, NULL), "chosen"))
			read_chosen(fdt, node, m);
	}
	*why = m->nbanks ? NULL : "it has no memory node";
	return m->nbanks ? 0 : -EBADMSG;
}
