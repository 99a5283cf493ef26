/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The environment of a fresh machine. The names are those that U-Boot's scripts
 * expect. Places are offsets from the start of RAM, whose first megabyte holds
 * QEMU's device tree when the firmware started from flash, and grow with it:
 *
 *	fdt_addr_r        1 MiB   1 MiB for a tree of one's own
 *	scriptaddr        2 MiB   1 MiB; also loadaddr
 *	pxefile_addr_r    3 MiB   1 MiB
 *	kernel_addr_r     4 MiB   up to the ramdisk: 60 MiB on a 128 MiB machine,
 *	                          124 MiB on 256 MiB, 252 MiB from 512 MiB on
 *	ramdisk_addr_r    half of RAM, 64 to 256 MiB
 *	fdt_addr          the firmware's copy of QEMU's tree, as fdtcontroladdr
 */
#include <boot/boot.h>

#include <stdio.h>

#include <core/console.h>
#include <env/env.h>
#include <lib/errstr.h>

#define MIB UINT64_C(0x100000)

static void set(const char *name, const char *value)
{
	int ret = env_set(name, value);

	if (ret)
		con_printf("environment: %s: %s\n", name, err_str(ret));
}

static void set_address(const char *name, uint64_t addr)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%08llx", (unsigned long long)addr);
	set(name, text);
}

static void set_names(void)
{
	static const char *const pairs[][2] = {
		{ "arch", "arm" },
		{ "cpu", "armv8" },
		{ "board", "qemu-arm" },
		{ "board_name", "qemu-arm" },
		{ "vendor", "emulation" },
		{ "stdin", "serial" },
		{ "stdout", "serial" },
		{ "stderr", "serial" },
		{ "boot_targets", "virtio scsi" },
		{ "bootcmd", "bootlinux" },
		{ "bootdelay", "0" },
	};

	for (size_t i = 0; i < array_size(pairs); i++)
		set(pairs[i][0], pairs[i][1]);
}

void boot_env_defaults(uint64_t ram_base, uint64_t ram_size)
{
	uint64_t half = align_down(ram_size / 2, 2 * MIB);
	uint64_t ramdisk = min_u64(max_u64(half, 64 * MIB), 256 * MIB);
	char text[24];

	set_names();
	set_address("fdt_addr", (uint64_t)(uintptr_t)boot_control_fdt());
	set_address("fdt_addr_r", ram_base + MIB);
	set_address("loadaddr", ram_base + 2 * MIB);
	set_address("scriptaddr", ram_base + 2 * MIB);
	set_address("pxefile_addr_r", ram_base + 3 * MIB);
	set_address("kernel_addr_r", ram_base + 4 * MIB);
	set_address("ramdisk_addr_r", ram_base + ramdisk);
	snprintf(text, sizeof(text), "%llx",
		 (unsigned long long)(uintptr_t)boot_control_fdt());
	set("fdtcontroladdr", text);
}
