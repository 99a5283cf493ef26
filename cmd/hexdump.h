/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes as hexadecimal and text, for the commands that show them. */
#ifndef VIREO_CMD_HEXDUMP_H
#define VIREO_CMD_HEXDUMP_H

#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

/*
 * hexdump - lines of 16 bytes, the last one padded:
 * "00000000: eb58 906d …  .X.m…".
 * @label: number of the first byte, shown with at least 8 digits
 * @group: bytes between two blanks: 1 as "md.b" prints them, 2 as xxd does
 * Return: 0; -EINTR Ctrl-C
 */
must_check int hexdump(uint64_t label, const void *data, size_t len,
		       unsigned int group);

#endif
