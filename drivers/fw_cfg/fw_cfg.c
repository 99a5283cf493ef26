/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's fw_cfg by its DMA interface: one descriptor in memory, one 64-bit
 * big-endian store of its address to start, done when the control word is 0. The
 * device copies while the store is executed, so the wait is short.
 * Source: QEMU docs/specs/fw_cfg.
 */
#include <drivers/fw_cfg.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <arch/barrier.h>
#include <arch/io.h>
#include <core/deadline.h>
#include <core/dma.h>
#include <core/heap.h>
#include <lib/byteorder.h>

#define FW_CFG_DATA       0x00
#define FW_CFG_SELECTOR   0x08
#define FW_CFG_DMA        0x10

#define FW_CFG_SIGNATURE  0x0000
#define FW_CFG_ID         0x0001
#define FW_CFG_FILE_DIR   0x0019

#define FW_CFG_ID_DMA     0x02
#define FW_CFG_DMA_ERROR  0x01
#define FW_CFG_DMA_READ   0x02
#define FW_CFG_DMA_SELECT 0x08

#define FW_CFG_NAME       56
#define FW_CFG_ENTRY      64
#define FW_CFG_MAX_FILES  4096
#define FW_CFG_TIMEOUT_MS 1000

/* Shared with the device; big-endian. */
struct dma_access {
	uint32_t control, length;
	uint64_t address;
};

static struct {
	uint64_t base; /* 0: none */
	struct dma_access *dma;
} fw;

int fw_cfg_init(uint64_t base)
{
	static const char signature[] = "QEMU";
	uint8_t id;

	if (!base)
		return -ENODEV;
	mmio_write16(base + FW_CFG_SELECTOR, FW_CFG_SIGNATURE);
	for (size_t i = 0; i < 4; i++)
		if (mmio_read8(base + FW_CFG_DATA) != signature[i])
			return -ENODEV;
	mmio_write16(base + FW_CFG_SELECTOR, __builtin_bswap16(FW_CFG_ID));
	id = mmio_read8(base + FW_CFG_DATA);
	if (!(id & FW_CFG_ID_DMA))
		return -ENODEV;
	fw.dma = dma_alloc(sizeof(*fw.dma), sizeof(*fw.dma));
	if (!fw.dma)
		return -ENODEV;
	fw.base = base;
	return 0;
}

int fw_cfg_read(uint16_t select, void *buf, uint32_t len)
{
	struct wait w = wait_ms(FW_CFG_TIMEOUT_MS);
	uint32_t control;

	if (!fw.base)
		return -ENODEV;
	put_be32(&fw.dma->control,
		 (uint32_t)select << 16 | FW_CFG_DMA_SELECT | FW_CFG_DMA_READ);
	put_be32(&fw.dma->length, len);
	put_be64(&fw.dma->address, dma_addr(buf));
	dma_wmb();
	mmio_write64(fw.base + FW_CFG_DMA, __builtin_bswap64(dma_addr(fw.dma)));
	for (;;) {
		control = __builtin_bswap32(read_once32(&fw.dma->control));
		if (!control)
			break;
		if (control & FW_CFG_DMA_ERROR)
			return -EIO;
		if (wait_over(&w)) {
			fw.base = 0; /* it may still write: never again */
			return -ETIMEDOUT;
		}
	}
	dma_rmb();
	return 0;
}

static int walk(const uint8_t *dir, uint32_t count, const char *prefix,
		int (*fn)(void *arg, const char *name, uint16_t select,
			  uint32_t size),
		void *arg)
{
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *e = dir + 4 + (size_t)i * FW_CFG_ENTRY;
		char name[FW_CFG_NAME + 1] = { 0 };
		int ret;

		memcpy(name, e + 8, FW_CFG_NAME);
		if (strncmp(name, prefix, strlen(prefix)))
			continue;
		ret = fn(arg, name, get_be16(e + 4), get_be32(e));
		if (ret)
			return ret;
	}
	return 0;
}

int fw_cfg_walk(const char *prefix,
		int (*fn)(void *arg, const char *name, uint16_t select,
			  uint32_t size),
		void *arg)
{
	uint8_t head[4] = { 0 }, *dir;
	uint32_t count;
	int ret = fw_cfg_read(FW_CFG_FILE_DIR, head, sizeof(head));

	if (ret)
		return ret;
	count = get_be32(head);
	if (count > FW_CFG_MAX_FILES)
		return -EIO;
	dir = heap_alloc(4 + (size_t)count * FW_CFG_ENTRY);
	if (!dir)
		return -EIO;
	ret = fw_cfg_read(FW_CFG_FILE_DIR, dir, 4 + count * FW_CFG_ENTRY);
	if (!ret)
		ret = walk(dir, count, prefix, fn, arg);
	heap_free(dir);
	return ret;
}
