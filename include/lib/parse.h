/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers people type. Hexadecimal unless said otherwise, "0x" optional; a
 * text that is not wholly a number is refused, never read as 0.
 */
#ifndef VIREO_LIB_PARSE_H
#define VIREO_LIB_PARSE_H

#include <stdint.h>

#include <lib/compiler.h>

/*
 * parse_u64 - a whole string as an unsigned number.
 * @base: 16 (an "0x" prefix is allowed) or 10 ("0x" then means 16)
 * Return: 0; -EINVAL empty or not a number; -ERANGE above 2^64 - 1
 */
must_check int parse_u64(const char *s, unsigned int base, uint64_t *out);

/* parse_prefix_u64 - like parse_u64, but stops at the first non-digit, which
 * *end then points to. At least one digit is needed. */
must_check int parse_prefix_u64(const char *s, unsigned int base, uint64_t *out,
				const char **end);

/* parse_c_i64 - C notation: decimal, 0x hex, leading-0 octal, optional '-'
 * (the integer operators of "test"). Return as parse_u64. */
must_check int parse_c_i64(const char *s, int64_t *out);

/* format_uuid - 16 bytes in GPT's mixed byte order as 36 characters. */
void format_uuid(const uint8_t guid[16], char out[37]);

/* parse_uuid - the way back, in either case. Return: 0; -EINVAL, @guid untouched */
must_check int parse_uuid(const char *s, uint8_t guid[16]);

#endif
