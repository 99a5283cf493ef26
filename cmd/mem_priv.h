/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the memory commands share: addresses with the offset of "base" added, and
 * single objects at a width. The ranges of every command that takes an address
 * are checked here before anything is touched. Each function that can fail has
 * printed its one line, "NAME: 0xADDR: the reason".
 */
#ifndef VIREO_CMD_MEM_PRIV_H
#define VIREO_CMD_MEM_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include <lib/compiler.h>
#include <shell/command.h>

/* Bytes worked on between two looks for Ctrl-C; a multiple of every unit. */
#define MEM_CHUNK UINT64_C(0x40000)

uint64_t mem_base(void);
void mem_base_set(uint64_t base);

/* mem_address - argument @i with the base added. Return: 0; -EINVAL; -ERANGE; -EOVERFLOW */
must_check int mem_address(const struct cmd_call *call, int i, uint64_t *addr);

/*
 * mem_length - argument @i counts units; without it there are @count.
 * @len: bytes; @addr + *len does not wrap
 * Return: as mem_address
 */
must_check int mem_length(const struct cmd_call *call, int i, uint64_t count,
			  uint64_t addr, unsigned int unit, uint64_t *len);

/* mem_value - argument @i as a value of one unit. Return: 0; -EINVAL; -ERANGE */
must_check int mem_value(const struct cmd_call *call, int i, unsigned int unit,
			 uint64_t *v);

/* mem_readable - all of it is RAM. Return: 0; -EFAULT; -EOVERFLOW */
must_check int mem_readable(const struct cmd_call *call, uint64_t addr,
			    uint64_t len);

/* mem_writable - all of it is RAM that nobody has reserved. Return: 0; -EFAULT;
 * -EACCES; -EOVERFLOW */
must_check int mem_writable(const struct cmd_call *call, uint64_t addr,
			    uint64_t len);

/*
 * mem_storable - for commands that also write device registers: RAM as in
 * mem_writable, or no byte of RAM at all.
 * @device: which of the two
 */
must_check int mem_storable(const struct cmd_call *call, uint64_t addr,
			    uint64_t len, bool *device);

/* mem_load, mem_store - one object of @unit bytes: RAM at any alignment, a register by one
 * access of that width. An address where nothing is traps. */
uint64_t mem_load(uint64_t addr, unsigned int unit);
void mem_store(uint64_t addr, unsigned int unit, uint64_t v);

/* mem_interrupted - has Ctrl-C been typed? Says how much was done. */
bool mem_interrupted(const struct cmd_call *call, uint64_t done, uint64_t len);

#endif
