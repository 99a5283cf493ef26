/* SPDX-License-Identifier: BSD-2-Clause */
/* How much was moved and how fast, in U-Boot's words. */
#ifndef VIREO_CMD_RATE_H
#define VIREO_CMD_RATE_H

#include <stdint.h>

/* size_text - "512 Bytes", "1.5 MiB". Return: @text */
#define SIZE_TEXT 16
const char *size_text(uint64_t bytes, char text[SIZE_TEXT]);

/* rate_print - "300000 bytes read in 1 ms (286.1 MiB/s)" for @what "read"; below
 * a millisecond there is no rate. */
void rate_print(const char *what, uint64_t bytes, uint64_t us);

#endif
