/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_debug - for developers; always compiled, so it never rots, and printed
 * only by a file that says "#define LOG_DEBUG 1" before this include.
 */
#ifndef VIREO_CORE_LOG_H
#define VIREO_CORE_LOG_H

#include <core/console.h>

#ifndef LOG_DEBUG
#define LOG_DEBUG 0
#endif

#define log_debug(...) \
	do { \
		if (LOG_DEBUG) \
			con_printf(__VA_ARGS__); \
	} while (0)

#endif
