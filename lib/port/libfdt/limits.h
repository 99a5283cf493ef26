/* SPDX-License-Identifier: BSD-2-Clause */
/* What libfdt takes from <limits.h>. GCC's own, when it is found first, includes
 * this one and then says the same again. */
#ifndef VIREO_PORT_LIBFDT_LIMITS_H
#define VIREO_PORT_LIBFDT_LIMITS_H

#define INT_MAX  __INT_MAX__
#define UINT_MAX (__INT_MAX__ * 2u + 1u)

#endif
