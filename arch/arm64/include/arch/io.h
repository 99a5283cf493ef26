/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device registers and memory shared with a device: the only place with
 * "volatile". Each accessor is one load or store of one general register, base
 * address only, which KVM can decode (MMIO-15). Host tests replace this file.
 */
#ifndef VIREO_ARCH_IO_H
#define VIREO_ARCH_IO_H

#include <stdint.h>

static inline uint8_t mmio_read8(uint64_t addr)
{
	uint32_t v;

	__asm__ volatile("ldrb %w0, [%1]" : "=r"(v) : "r"(addr) : "memory");
	return (uint8_t)v;
}
static inline uint16_t mmio_read16(uint64_t addr)
{
	uint32_t v;

	__asm__ volatile("ldrh %w0, [%1]" : "=r"(v) : "r"(addr) : "memory");
	return (uint16_t)v;
}
static inline uint32_t mmio_read32(uint64_t addr)
{
	uint32_t v;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(v) : "r"(addr) : "memory");
	return v;
}
static inline uint64_t mmio_read64(uint64_t addr)
{
	uint64_t v;

	__asm__ volatile("ldr %0, [%1]" : "=r"(v) : "r"(addr) : "memory");
	return v;
}
static inline void mmio_write8(uint64_t addr, uint8_t v)
{
	__asm__ volatile("strb %w0, [%1]" : : "r"(v), "r"(addr) : "memory");
}
static inline void mmio_write16(uint64_t addr, uint16_t v)
{
	__asm__ volatile("strh %w0, [%1]" : : "r"(v), "r"(addr) : "memory");
}
static inline void mmio_write32(uint64_t addr, uint32_t v)
{
	__asm__ volatile("str %w0, [%1]" : : "r"(v), "r"(addr) : "memory");
}
static inline void mmio_write64(uint64_t addr, uint64_t v)
{
	__asm__ volatile("str %0, [%1]" : : "r"(v), "r"(addr) : "memory");
}

/* One access, not repeated, torn or moved by the compiler: ring indices and
 * status bytes in shared memory. */
static inline uint8_t read_once8(const void *p)
{
	return *(const volatile uint8_t *)p;
}
static inline uint16_t read_once16(const void *p)
{
	return *(const volatile uint16_t *)p;
}
static inline uint32_t read_once32(const void *p)
{
	return *(const volatile uint32_t *)p;
}
static inline void write_once16(void *p, uint16_t v)
{
	*(volatile uint16_t *)p = v;
}

#endif
