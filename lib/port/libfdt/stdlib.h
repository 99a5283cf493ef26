/* SPDX-License-Identifier: BSD-2-Clause */
/* What libfdt takes from <stdlib.h>. */
#ifndef VIREO_PORT_LIBFDT_STDLIB_H
#define VIREO_PORT_LIBFDT_STDLIB_H

unsigned long strtoul(const char *s, char **end, int base);

#endif
