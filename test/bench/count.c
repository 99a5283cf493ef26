/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A QEMU TCG plugin for bench.py: how many guest instructions, and how much
 * time, a firmware takes to get where it is going. Works the same on any
 * firmware for QEMU's arm64 virt machine; needs nothing from it.
 *
 * Arguments: out=FILE, and count=off to leave out what costs time.
 * FILE gets one line for each event, as it happens:
 *
 *   uart N   a byte was written to the PL011, after N instructions
 *   kick N   a virtio-mmio QueueNotify was written
 *   entry N T  the first instruction of a Linux Image ran, at CLOCK_MONOTONIC
 *              T (nanoseconds); with count=off this is the only line, N is 0
 *
 * Instructions are counted by translation blocks, so that N is off by a few.
 * Debian ships no header for QEMU's plugin interface: what is used of it is
 * declared here. Source: QEMU, docs/devel/tcg-plugins.rst.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
enum { CB_NO_REGS };
enum { MEM_W = 2 };

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*cb)(qemu_plugin_id_t,
						      struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  void (*cb)(unsigned int, void *),
					  int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
				      void (*cb)(unsigned int,
						 qemu_plugin_meminfo_t,
						 uint64_t, void *),
				      int flags, int rw, void *data);
struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(qemu_plugin_meminfo_t info,
						  uint64_t vaddr);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *addr);
uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *addr);

#define EXPORT __attribute__((visibility("default")))

/* bench.py sets PLUGIN_API to what the QEMU at hand speaks. */
EXPORT int qemu_plugin_version = PLUGIN_API;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
			       char **argv);

#define UART_DR      0x09000000
#define VIRTIO_FIRST 0x0a000000
#define VIRTIO_END   0x0a004000
#define QUEUE_NOTIFY 0x050

/* "MZ@\xfa": the first instruction of an Image with an EFI stub, and of nothing else. */
static const unsigned char image_code0[4] = { 0x4d, 0x5a, 0x40, 0xfa };

static FILE *out;
static uint64_t instructions;
static bool counting = true;
static bool entered;

static void on_block(unsigned int vcpu, void *count)
{
	(void)vcpu;
	instructions += (uintptr_t)count;
}

static void on_store(unsigned int vcpu, qemu_plugin_meminfo_t info,
		     uint64_t vaddr, void *data)
{
	struct qemu_plugin_hwaddr *hw = qemu_plugin_get_hwaddr(info, vaddr);
	uint64_t addr;

	(void)vcpu;
	(void)data;
	if (!hw || !qemu_plugin_hwaddr_is_io(hw) ||
	    !qemu_plugin_mem_is_store(info))
		return;
	/* Some versions give the offset in the device only, without its base:
	 * the low bits of the virtual address tell as much. */
	addr = qemu_plugin_hwaddr_phys_addr(hw);
	if (addr < UART_DR)
		addr = vaddr;
	if (addr == UART_DR)
		fprintf(out, "uart %" PRIu64 "\n", instructions);
	else if (addr >= VIRTIO_FIRST && addr < VIRTIO_END &&
		 (addr & 0x1ff) == QUEUE_NOTIFY)
		fprintf(out, "kick %" PRIu64 "\n", instructions);
}

/* A block is translated just before it runs for the first time. */
static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);
	const void *code = qemu_plugin_insn_haddr(
		qemu_plugin_tb_get_insn(tb, 0));
	struct timespec now;

	(void)id;
	if (!entered && code &&
	    !memcmp(code, image_code0, sizeof(image_code0))) {
		entered = true;
		clock_gettime(CLOCK_MONOTONIC, &now);
		fprintf(out, "entry %" PRIu64 " %" PRId64 "\n", instructions,
			(int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
		counting = false;
	}
	if (!counting)
		return;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, CB_NO_REGS,
					     (void *)n);
	for (size_t i = 0; i < n; i++)
		qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(tb, i),
						 on_store, CB_NO_REGS, MEM_W,
						 NULL);
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
			char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
		else if (!strcmp(argv[i], "count=off"))
			counting = false;
	}
	if (!out)
		return 1;
	setvbuf(out, NULL, _IOLBF, 0);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
