/* SPDX-License-Identifier: BSD-2-Clause */
/* Why something cannot be booted: one line that boot/ makes and cmd/ prints. */
#ifndef VIREO_BOOT_WHY_H
#define VIREO_BOOT_WHY_H

struct boot_why {
	char text[192]; /* "" when the error code says it all */
};

#endif
