/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Facts of QEMU's aarch64 "virt" machine that hold before the device tree is
 * read, and what is read from it. Source: QEMU docs/system/arm/virt.
 */
#ifndef VIREO_BOARD_PRIV_H
#define VIREO_BOARD_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <arch/mmu.h>
#include <arch/psci.h>
#include <drivers/pci.h>
#include <lib/compiler.h>

#define VIRT_FLASH_BASE  0x00000000
#define VIRT_FLASH_SIZE  0x08000000
#define VIRT_FLASH_BANK1 0x04000000 /* below: what the firmware may run from */
#define VIRT_UART_BASE   0x09000000 /* also in vireo.lds */
#define VIRT_DEVICE_BASE VIRT_FLASH_SIZE /* below: flash */
#define VIRT_RAM_BASE    0x40000000
#define VIRT_RAM_MIN     0x08000000 /* 128 MiB */

#define PAGE_SIZE        0x1000
/* The MMU's, and any machine's. */
#define ADDRESS_END (UINT64_C(1) << 40)
#define MIB         UINT64_C(0x100000)

/* Where the firmware lives in high RAM, from the bottom. */
#define FW_SIZE       (16 * MIB)
#define FW_IMAGE_SIZE (2 * MIB)    /* text, data, BSS, page tables */
#define FW_FDT_SIZE   (512 * 1024) /* the device tree and room to edit it */
#define FW_GUARD_SIZE (64 * 1024)  /* unmapped, below the stack */
#define FW_STACK_SIZE (256 * 1024)
#define FW_DMA_SIZE   (4 * MIB)

#define PCI_MEM64_MAX (1024 * MIB) /* of the 64-bit window that is used */

#define MAX_BANKS     16
#define MAX_DEVICES   64
#define MAX_OTHER     8
#define MAX_RESERVED  16

struct machine_device {
	uint64_t base, size;
};

/* The machine, as its device tree describes it. */
struct machine {
	const void *fdt;                       /* what all this is from */
	struct machine_device bank[MAX_BANKS]; /* ascending, never touching */
	size_t nbanks;
	struct machine_device virtio[MAX_DEVICES]; /* ascending address */
	size_t nvirtio;
	struct machine_device uart, fw_cfg, rtc;
	struct machine_device console; /* a virtio slot, when /chosen says so */
	bool has_uart;                 /* one is in the tree */
	struct machine_device other[MAX_OTHER]; /* GIC, GPIO: mapped for md */
	size_t nother;
	struct machine_device reserved[MAX_RESERVED]; /* in RAM */
	size_t nreserved;
	int reserved_node;                 /* 0: there is no /reserved-memory */
	int chosen_node;                   /* 0: there is no /chosen */
	struct machine_device flash;       /* bank 1; zero: none */
	struct pci_host pci;               /* zero: there is none */
	uint64_t initrd_start, initrd_end; /* given to QEMU as -initrd */
	enum psci_conduit conduit;
	uint64_t reset, entered; /* stamps of the counter, for bootstage */
	bool has_timer;
	uint32_t timer_hz; /* 0: CNTFRQ_EL0 has it */
};

/*
 * machine_find_tree - the tree QEMU left: @hint (x0) if it points to one, else at
 * RAM base. Return: NULL and *why when there is none
 */
const void *machine_find_tree(uint64_t hint, const char **why);

/* machine_read - check all of @fdt, and take from it what this board needs. A
 * device missing from the tree is left zero. Return: 0; -EBADMSG and *why */
must_check int machine_read(const void *fdt, struct machine *m,
			    const char **why);

/*
 * machine_pci_read - the host bridge at @node, whose registers are @d, into @h.
 * machine_pci_check - with all banks known: drop what lies over RAM.
 */
void machine_pci_read(const void *fdt, int node, const struct machine_device *d,
		      struct pci_host *h);
void machine_pci_check(struct machine *m);

/* machine_ignored - say of what the tree has there that it is not used, and why. */
void machine_ignored(const char *what, const struct machine_device *d,
		     const char *why);

/* machine_read_reserved - RAM in the tree that is not ours, when banks are known;
 * a ramdisk that is no RAM is dropped. */
void machine_read_reserved(struct machine *m);

/*
 * map_early - flash, UART, the first 128 MiB and the tree at @fdt; and, when
 * @high is not 0, the firmware's new place there.
 */
must_check int map_early(uint64_t fdt, uint64_t high);

/* map_final - everything in @m, text and constants of the image read-only. */
must_check int map_final(const struct machine *m);

/* board_console - a virtio console, when the tree says so or has no UART; between the
 * default environment and its being kept. */
void board_console(const struct machine *m);

/* board_env - default environment, then what was saved, then what QEMU presets over
 * fw_cfg. */
void board_env(struct machine *m);

/* stop_here - for trouble before or after the console works: one line, then halt. */
void stop_here(const char *what, const char *why) never_returns;

/* fault_report_install - say what happened when nobody catches a fault. */
void fault_report_install(void);

#endif
