/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's fw_cfg, read by DMA. Source: QEMU docs/specs/fw_cfg. */
#ifndef VIREO_DRIVERS_FW_CFG_H
#define VIREO_DRIVERS_FW_CFG_H

#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

/* fw_cfg_init - Return: 0; -ENODEV no signature or no DMA */
must_check int fw_cfg_init(uint64_t base);

/* fw_cfg_walk - each file of the directory whose name begins with @prefix;
 * @fn's non-zero return ends it. Return: 0; that value; -ENODEV; -EIO */
must_check int fw_cfg_walk(const char *prefix,
			   int (*fn)(void *arg, const char *name,
				     uint16_t select, uint32_t size),
			   void *arg);

/* fw_cfg_read - the first @len bytes of item @select. Return: 0; -ENODEV; -EIO; -ETIMEDOUT */
must_check int fw_cfg_read(uint16_t select, void *buf, uint32_t len);

#endif
