/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The map that keeps loads safe. Banks of RAM are added once from the device
 * tree; reservations name what lives in them (firmware, stack, heap, DMA, device tree,
 * ramdisk). Everything that writes to an address somebody typed, a file
 * named or an image asked for calls ram_check first, before anything is touched.
 */
#ifndef VIREO_CORE_RAM_H
#define VIREO_CORE_RAM_H

#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

#define RAM_MAX_BANKS    16
#define RAM_MAX_RESERVED 32

struct ram_range {
	uint64_t base;
	uint64_t size;    /* bytes, never 0 */
	const char *name; /* banks: "DRAM" */
};

/*
 * ram_add_bank, ram_reserve - @name is kept, not copied. Banks may adjoin: a range
 * across both is RAM. Reservations may overlap.
 * Return: 0; -EINVAL empty or wrapping; -ENOMEM table full; ram_reserve also
 *         -EEXIST for a @name already reserved
 */
must_check int ram_add_bank(uint64_t base, uint64_t size);
must_check int ram_reserve(uint64_t base, uint64_t size, const char *name);
void ram_unreserve(const char *name);

/* ram_keep - ram_reserve for good: @name may be that of others, none of which is
 * ever given to ram_unreserve. Return: 0; -EINVAL; -ENOMEM */
must_check int ram_keep(uint64_t base, uint64_t size, const char *name);

/*
 * ram_check - may [addr, addr + len) be written?
 * @clash: set to the reservation in the way on -EACCES; may be NULL
 * Return: 0 (also for len 0); -EOVERFLOW wraps; -EFAULT not all of it is RAM;
 *         -EACCES touches a reservation
 */
must_check int ram_check(uint64_t addr, uint64_t len,
			 const struct ram_range **clash);

/*
 * ram_check_read - may [addr, addr + len) be read as a load's or hash's source?
 * RAM, reserved or not. Return: 0; -EOVERFLOW; -EFAULT
 */
must_check int ram_check_read(uint64_t addr, uint64_t len);

/*
 * ram_room - bytes that may be written from @addr on: up to the end of RAM
 * there or the next reservation. 0 when @addr itself may not be written.
 */
uint64_t ram_room(uint64_t addr);

/*
 * ram_find - a free place of @size bytes at a multiple of @align within
 * [lo, hi), the lowest there is (ram_find_high: the highest).
 * @size: at least 1; @align: a power of two
 * Return: 0 and *addr; -ENOMEM no such place
 */
must_check int ram_find(uint64_t size, uint64_t align, uint64_t lo, uint64_t hi,
			uint64_t *addr);
must_check int ram_find_high(uint64_t size, uint64_t align, uint64_t lo,
			     uint64_t hi, uint64_t *addr);

/* The i-th bank or reservation, sorted by base; NULL past the end. */
const struct ram_range *ram_bank(size_t i);
const struct ram_range *ram_reserved(size_t i);

#endif
