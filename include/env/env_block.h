/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One stored copy of the environment, as U-Boot, mkenvimage and fw_setenv write it:
 *
 *	0  CRC-32 of all that follows the header, little endian
 *	4  flags, only where two copies are kept: a number that rises by one with each
 *	   save and wraps from 255 to 0. It is not covered by the CRC
 *	5  (or 4) "name=value" NUL, …, NUL, and padding up to the copy's size
 *
 * Source: U-Boot, include/env_internal.h, env/common.c (env_check_redund).
 */
#ifndef VIREO_ENV_ENV_BLOCK_H
#define VIREO_ENV_ENV_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

/* What we write: as much as a full environment needs. */
#define ENV_BLOCK_SIZE 0x10000
#define ENV_BLOCK_MIN  16
#define ENV_BLOCK_MAX  0x40000 /* what U-Boot for this machine writes */
#define ENV_BLOCK_HEAD \
	8 /* that many bytes tell env_block_blank and the flags */

struct env_block {
	bool single; /* no flags byte: the only copy */
	uint8_t flags;
	const char *data; /* for env_read_data */
	size_t len;
};

/* env_block_open - find out what is in a copy. The form with a flags byte is tried first;
 * that the other's CRC fits by accident has a chance of one in 2^32.
 * Return: 0; -EBADMSG neither CRC is right */
must_check int env_block_open(const void *p, size_t size, struct env_block *b);

/* env_block_blank - do these first bytes say that nothing was ever stored here: flash
 * that is erased, a disk that is new? */
bool env_block_blank(const uint8_t head[ENV_BLOCK_HEAD]);

/* env_block_named - does it begin as one, though it may be damaged: with a name? */
#define ENV_BLOCK_NAMED 64 /* that many bytes are looked at */
bool env_block_named(const uint8_t *p);

/* env_block_flags - the flags byte, if these first bytes are of a copy that has one. */
uint8_t env_block_flags(const uint8_t head[ENV_BLOCK_HEAD]);

/* env_block_newer - was the copy with flags @a written after that with @b? */
bool env_block_newer(uint8_t a, uint8_t b);

/*
 * env_block_make - fill @b->len bytes for data, all of the environment, and the header.
 * env_block_seal - the header only: flags and CRC.
 * The padding is 0xff, as mkenvimage's: erased flash needs no programming there.
 * @p: @size bytes, at least ENV_BLOCK_MIN
 * @b: single and flags are read
 * Return: 0; -ENOSPC it does not fit
 */
must_check int env_block_make(void *p, size_t size, const struct env_block *b);
void env_block_seal(void *p, size_t size, const struct env_block *b);

#endif
