/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults inside a command. guard_call runs a function so that a wild access,
 * an alignment fault or an undefined instruction in it ends that function
 * instead of the firmware; the fault is printed in one line. Calls nest: the
 * innermost catches.
 */
#ifndef VIREO_CORE_GUARD_H
#define VIREO_CORE_GUARD_H

#include <lib/compiler.h>

/*
 * guard_call - @fn(@arg), caught.
 * @who: what the printed line begins with: the command, the device
 * @ret: what @fn returned
 * Return: 0; -EFAULT it trapped (printed; *ret untouched)
 */
must_check int guard_call(const char *who, int (*fn)(void *arg), void *arg,
			  int *ret);

#endif
