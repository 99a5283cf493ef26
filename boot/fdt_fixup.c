/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree a kernel gets: a copy of the working one, with /chosen completed. What
 * an earlier stage left there (a command line, a ramdisk, seeds) stays only where it
 * is still true. Memory nodes stay when all they name is RAM; otherwise one node with
 * the real banks takes their place. Source: Devicetree Specification 0.4, 3.4
 * and 3.6; Linux Documentation/devicetree/bindings/chosen.txt.
 */
#include <boot/fdt.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include <core/ram.h>
#include <core/random.h>
#include <lib/byteorder.h>

#include "boot_priv.h"

#define FIXUP_ROOM       1024 /* /chosen, its properties and names; a memory node */
#define BANK_ROOM        16
#define SEED_SIZE        32 /* bytes of rng-seed */

#define MAX_MEMORY_NODES 256 /* QEMU has 128 NUMA nodes at most */

uint64_t boot_fdt_copy_size(const void *fdt, const struct boot_chosen *c)
{
	uint64_t args = c->bootargs ? strlen(c->bootargs) + 1 : 0;

	return align_up(fdt_totalsize(fdt) + args + FIXUP_ROOM +
				(uint64_t)RAM_MAX_BANKS * BANK_ROOM,
			4096);
}

/* Absence is what was asked for. */
static int remove_prop(void *fdt, int node, const char *name)
{
	int err = fdt_delprop(fdt, node, name);

	return err == -FDT_ERR_NOTFOUND ? 0 : err;
}

static int set_initrd(void *fdt, int node, const struct boot_chosen *c)
{
	int err;

	if (!c->initrd_size) {
		err = remove_prop(fdt, node, "linux,initrd-start");
		return err ? err : remove_prop(fdt, node, "linux,initrd-end");
	}
	err = fdt_setprop_u64(fdt, node, "linux,initrd-start", c->initrd);
	if (err)
		return err;
	return fdt_setprop_u64(fdt, node, "linux,initrd-end",
			       c->initrd + c->initrd_size);
}

/* Without a device that gives it the firmware leaves what QEMU put there: what could
 * be made of that is no better. */
static int set_seeds(void *fdt, int node, struct boot_chosen *c)
{
	uint8_t seed[8 + SEED_SIZE];
	int err;

	c->seed_error = random_device_bytes(seed, sizeof(seed));
	if (c->seed_error)
		return 0;
	err = fdt_setprop(fdt, node, "kaslr-seed", seed, 8);
	if (!err)
		err = fdt_setprop(fdt, node, "rng-seed", seed + 8, SEED_SIZE);
	return err;
}

/* At @node, or in a new node when that is negative. */
static int set_chosen(void *fdt, int node, struct boot_chosen *c)
{
	int err = 0;

	if (node < 0)
		node = fdt_add_subnode(fdt, 0, "chosen");
	if (node < 0)
		return node;
	if (c->bootargs)
		err = fdt_setprop_string(fdt, node, "bootargs", c->bootargs);
	if (!err)
		err = set_initrd(fdt, node, c);
	if (!err)
		err = set_seeds(fdt, node, c);
	return err;
}

int boot_fdt_set_chosen(void *fdt, struct boot_chosen *c)
{
	int node = fdt_path_offset(fdt, "/chosen");

	if (node < 0 && node != -FDT_ERR_NOTFOUND)
		return node;
	return set_chosen(fdt, node, c);
}

static uint64_t get_cells(const uint8_t *p, int cells)
{
	return cells == 2 ? get_be64(p) : get_be32(p);
}

/* Does "reg" of memory node @node name RAM only, and at least one byte of it? */
static bool names_ram(const void *fdt, int node, int acells, int scells)
{
	int len, entry = 4 * (acells + scells);
	const uint8_t *reg = fdt_getprop(fdt, node, "reg", &len);
	bool any = false;

	if (!reg || len % entry)
		return false;
	for (; len; len -= entry, reg += entry) {
		uint64_t size = get_cells(reg + 4 * acells, scells);

		if (ram_check_read(get_cells(reg, acells), size))
			return false;
		any |= size != 0;
	}
	return any;
}

static bool cells_ok(int cells)
{
	return cells == 1 || cells == 2;
}

static bool is_memory(const void *fdt, int node)
{
	int len;
	const char *type = fdt_getprop(fdt, node, "device_type", &len);

	return type && len == sizeof("memory") && !memcmp(type, "memory", len);
}

/* What libfdt, and with it the kernel, takes for "/chosen". */
static bool is_chosen(const char *name)
{
	size_t len = strlen("chosen");

	return !strncmp(name, "chosen", len) &&
	       (!name[len] || name[len] == '@');
}

/* What a walk over the root's children finds: one walk, because each costs a look at
 * every property of the tree. */
struct survey {
	int chosen; /* the first, as the kernel finds it; -1: none */
	unsigned int memories;
	bool memory_wrong;
};

static struct survey survey(const void *fdt)
{
	int acells = fdt_address_cells(fdt, 0), scells = fdt_size_cells(fdt, 0);
	struct survey s = { .chosen = -1 };
	int node;

	s.memory_wrong = !cells_ok(acells) || !cells_ok(scells);
	fdt_for_each_subnode(node, fdt, 0)
	{
		const char *name = fdt_get_name(fdt, node, NULL);

		if (s.chosen < 0 && name && is_chosen(name))
			s.chosen = node;
		if (s.memory_wrong || !is_memory(fdt, node))
			continue;
		s.memories++;
		s.memory_wrong = !names_ram(fdt, node, acells, scells);
	}
	return s;
}

static uint8_t *put_cells(uint8_t *p, int cells, uint64_t v)
{
	if (cells == 2)
		put_be64(p, v);
	else
		put_be32(p, (uint32_t)v);
	return p + 4 * cells;
}

static int set_reg(void *fdt, int node, const struct ram_range *banks,
		   size_t count)
{
	int acells = fdt_address_cells(fdt, 0), scells = fdt_size_cells(fdt, 0);
	uint8_t reg[16 * RAM_MAX_BANKS], *p = reg;

	if (!cells_ok(acells) || !cells_ok(scells))
		return -FDT_ERR_BADNCELLS;
	for (size_t i = 0; i < count; i++) {
		uint64_t base = banks[i].base, size = banks[i].size;

		if ((acells == 1 && base >> 32) || (scells == 1 && size >> 32))
			return -FDT_ERR_BADVALUE;
		p = put_cells(p, acells, base);
		p = put_cells(p, scells, size);
	}
	return fdt_setprop(fdt, node, "reg", reg, (int)(p - reg));
}

static int first_memory(const void *fdt)
{
	int node;

	fdt_for_each_subnode(node, fdt,
			     0) if (is_memory(fdt, node)) return node;
	return -FDT_ERR_NOTFOUND;
}

/* Each removal moves the rest of the tree, so their number is bounded. */
static int remove_memory(void *fdt)
{
	for (unsigned int n = 0; n < MAX_MEMORY_NODES; n++) {
		int node = first_memory(fdt);
		int err = node < 0 ? node : fdt_del_node(fdt, node);

		if (err)
			return err == -FDT_ERR_NOTFOUND ? 0 : err;
	}
	return -FDT_ERR_BADVALUE;
}

int boot_fdt_set_memory(void *fdt, const struct ram_range *banks, size_t count)
{
	char name[32];
	int node, err;

	if (!count || count > RAM_MAX_BANKS)
		return -FDT_ERR_BADVALUE;
	err = remove_memory(fdt);
	if (err)
		return err;
	snprintf(name, sizeof(name), "memory@%llx",
		 (unsigned long long)banks[0].base);
	node = fdt_add_subnode(fdt, 0, name);
	if (node == -FDT_ERR_EXISTS)
		node = fdt_subnode_offset(fdt, 0, name);
	if (node < 0)
		return node;
	err = fdt_setprop_string(fdt, node, "device_type", "memory");
	return err ? err : set_reg(fdt, node, banks, count);
}

static int set_banks(void *fdt)
{
	struct ram_range banks[RAM_MAX_BANKS];
	const struct ram_range *r;
	size_t count = 0;

	for (; count < RAM_MAX_BANKS && (r = ram_bank(count)); count++)
		banks[count] = *r;
	return boot_fdt_set_memory(fdt, banks, count);
}

/* Memory nodes first: that moves /chosen, and a tree that calls it a memory node
 * loses it. */
static int complete(void *fdt, struct boot_chosen *c)
{
	struct survey s = survey(fdt);
	int err = 0;

	if (s.memory_wrong || !s.memories) {
		err = set_banks(fdt);
		s = survey(fdt);
	}
	if (!err)
		err = set_chosen(fdt, s.chosen, c);
	return err ? err : fdt_pack(fdt);
}

int boot_fdt_copy(const void *from, void *to, size_t room,
		  struct boot_chosen *c, struct boot_why *why)
{
	int err = fdt_open_into(from, to, (int)room);

	if (!err)
		err = complete(to, c);
	if (err)
		return refuse(why, err == -FDT_ERR_NOSPACE ? -ENOSPC : -EBADMSG,
			      "cannot complete the device tree: %s",
			      fdt_strerror(err));
	return 0;
}
