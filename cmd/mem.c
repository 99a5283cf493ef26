/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory commands' common part; see mem_priv.h. */
#include "mem_priv.h"

#include <errno.h>
#include <string.h>

#include <arch/io.h>
#include <core/console.h>
#include <core/ram.h>
#include <lib/checked.h>

static uint64_t offset; /* what "base" has set */

uint64_t mem_base(void)
{
	return offset;
}

void mem_base_set(uint64_t base)
{
	offset = base;
}

int mem_address(const struct cmd_call *call, int i, uint64_t *addr)
{
	int ret = cmd_number(call, i, addr);

	if (ret)
		return ret;
	if (add_ok(*addr, offset, addr))
		return 0;
	con_printf("%s: %s: wraps past the top of memory with base 0x%llx\n",
		   call->name, call->argv[i], (unsigned long long)offset);
	return -EOVERFLOW;
}

static int wraps(const struct cmd_call *call, uint64_t addr)
{
	con_printf("%s: 0x%llx: wraps past the top of memory\n", call->name,
		   (unsigned long long)addr);
	return -EOVERFLOW;
}

int mem_length(const struct cmd_call *call, int i, uint64_t count,
	       uint64_t addr, unsigned int unit, uint64_t *len)
{
	uint64_t end;
	int ret = i < call->argc ? cmd_number(call, i, &count) : 0;

	if (ret)
		return ret;
	if (!mul_ok(count, unit, len) || !add_ok(addr, *len, &end))
		return wraps(call, addr);
	return 0;
}

int mem_value(const struct cmd_call *call, int i, unsigned int unit,
	      uint64_t *v)
{
	int ret = cmd_number(call, i, v);

	if (ret)
		return ret;
	if (unit == 8 || !(*v >> 8 * unit))
		return 0;
	con_printf("%s: %s: does not fit %u byte%s\n", call->name,
		   call->argv[i], unit, unit == 1 ? "" : "s");
	return -ERANGE;
}

static int not_ram(const struct cmd_call *call, uint64_t addr, uint64_t len)
{
	bool starts = !ram_check_read(addr, 1);

	con_printf("%s: 0x%llx: not %sRAM", call->name,
		   (unsigned long long)addr, starts ? "all " : "");
	if (starts)
		con_printf(" up to 0x%llx",
			   (unsigned long long)(addr + len - 1));
	con_putc('\n');
	return -EFAULT;
}

int mem_readable(const struct cmd_call *call, uint64_t addr, uint64_t len)
{
	int ret = ram_check_read(addr, len);

	if (ret == -EOVERFLOW)
		return wraps(call, addr);
	return ret ? not_ram(call, addr, len) : 0;
}

int mem_writable(const struct cmd_call *call, uint64_t addr, uint64_t len)
{
	const struct ram_range *clash;
	int ret = ram_check(addr, len, &clash);

	if (ret != -EACCES)
		return ret ? mem_readable(call, addr, len) : 0;
	con_printf("%s: 0x%llx: %s is there\n", call->name,
		   (unsigned long long)max_u64(addr, clash->base), clash->name);
	return ret;
}

static bool touches_ram(uint64_t addr, uint64_t len)
{
	const struct ram_range *b;

	for (size_t i = 0; (b = ram_bank(i)); i++)
		if (overlaps(addr, len, b->base, b->size))
			return true;
	return false;
}

int mem_storable(const struct cmd_call *call, uint64_t addr, uint64_t len,
		 bool *device)
{
	*device = !touches_ram(addr, len);
	return *device ? 0 : mem_writable(call, addr, len);
}

uint64_t mem_load(uint64_t addr, unsigned int unit)
{
	uint64_t v = 0;

	if (!ram_check_read(addr, unit)) {
		memcpy(&v, (const void *)(uintptr_t)addr, unit);
		return v;
	}
	switch (unit) {
	case 1:
		return mmio_read8(addr);
	case 2:
		return mmio_read16(addr);
	case 4:
		return mmio_read32(addr);
	default:
		return mmio_read64(addr);
	}
}

void mem_store(uint64_t addr, unsigned int unit, uint64_t v)
{
	if (!ram_check_read(addr, unit)) {
		memcpy((void *)(uintptr_t)addr, &v, unit);
		return;
	}
	switch (unit) {
	case 1:
		mmio_write8(addr, (uint8_t)v);
		break;
	case 2:
		mmio_write16(addr, (uint16_t)v);
		break;
	case 4:
		mmio_write32(addr, (uint32_t)v);
		break;
	default:
		mmio_write64(addr, v);
	}
}

bool mem_interrupted(const struct cmd_call *call, uint64_t done, uint64_t len)
{
	if (!con_ctrlc())
		return false;
	con_printf("%s: interrupted after 0x%llx of 0x%llx bytes\n", call->name,
		   (unsigned long long)done, (unsigned long long)len);
	return true;
}
