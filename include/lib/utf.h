/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-16LE, as FAT long names and GPT names hold it, and UTF-8. */
#ifndef VIREO_LIB_UTF_H
#define VIREO_LIB_UTF_H

#include <stddef.h>
#include <stdint.h>

/*
 * utf16le_to_utf8 - convert until a NUL unit or @units units.
 * A lone surrogate becomes U+FFFD. Output is always NUL-ended and never cut
 * inside a character.
 * Return: bytes the whole text needs without the NUL (may exceed @size).
 */
size_t utf16le_to_utf8(const uint8_t *in, size_t units, char *out, size_t size);

/*
 * utf8_next - decode one character at *@s and move *@s past it.
 * Return: the code point; U+FFFD for a malformed byte (moves by one); 0 at the end
 */
uint32_t utf8_next(const char **s);

/*
 * utf8_to_utf16le - a whole text; what does not fit in @units is left out, and units
 * behind its end stay as they are.
 * Return: units the whole text needs (may exceed @units)
 */
size_t utf8_to_utf16le(const char *in, uint8_t *out, size_t units);

/* utf_upper - simple upper case, ASCII, Latin-1, Greek and Cyrillic: what FAT
 * compares names with. */
uint32_t utf_upper(uint32_t c);

#endif
