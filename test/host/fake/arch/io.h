/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's stand-in for <arch/io.h>: register accesses go to whatever device
 * model the test has installed; accesses to shared memory have a hook so that a
 * device model can run "meanwhile", and the order that the thread sanitizer knows of (it
 * does not see fences).
 */
#ifndef FAKE_ARCH_IO_H
#define FAKE_ARCH_IO_H

#include <stdint.h>

struct fake_bus {
	uint64_t (*read)(uint64_t addr,
			 unsigned int width); /* width in bytes */
	void (*write)(uint64_t addr, unsigned int width, uint64_t v);
	/* called before each read_once*: the device's turn; may be NULL */
	void (*turn)(void);
};

/* NULL removes it; an access without a bus aborts the test. */
void fake_bus_set(const struct fake_bus *bus);

uint64_t fake_mmio_read(uint64_t addr, unsigned int width);
void fake_mmio_write(uint64_t addr, unsigned int width, uint64_t v);
void fake_turn(void);

static inline uint8_t mmio_read8(uint64_t a)
{
	return (uint8_t)fake_mmio_read(a, 1);
}
static inline uint16_t mmio_read16(uint64_t a)
{
	return (uint16_t)fake_mmio_read(a, 2);
}
static inline uint32_t mmio_read32(uint64_t a)
{
	return (uint32_t)fake_mmio_read(a, 4);
}
static inline uint64_t mmio_read64(uint64_t a)
{
	return fake_mmio_read(a, 8);
}
static inline void mmio_write8(uint64_t a, uint8_t v)
{
	fake_mmio_write(a, 1, v);
}
static inline void mmio_write16(uint64_t a, uint16_t v)
{
	fake_mmio_write(a, 2, v);
}
static inline void mmio_write32(uint64_t a, uint32_t v)
{
	fake_mmio_write(a, 4, v);
}
static inline void mmio_write64(uint64_t a, uint64_t v)
{
	fake_mmio_write(a, 8, v);
}

static inline uint8_t read_once8(const void *p)
{
	fake_turn();
	return __atomic_load_n((const uint8_t *)p, __ATOMIC_ACQUIRE);
}
static inline uint16_t read_once16(const void *p)
{
	fake_turn();
	return __atomic_load_n((const uint16_t *)p, __ATOMIC_ACQUIRE);
}
static inline uint32_t read_once32(const void *p)
{
	fake_turn();
	return __atomic_load_n((const uint32_t *)p, __ATOMIC_ACQUIRE);
}
static inline void write_once16(void *p, uint16_t v)
{
	__atomic_store_n((uint16_t *)p, v, __ATOMIC_RELEASE);
}

#endif
