/* SPDX-License-Identifier: BSD-2-Clause */
/* What the banner and the version command say, from the commit. */
#ifndef VIREO_LIB_VERSION_H
#define VIREO_LIB_VERSION_H

/* "Vireo 0.1 (Nov 21 2026 - 05:41:48 +0000)" */
extern const char vireo_version[];

/* The first line of what the tools say to --version. */
extern const char vireo_compiler[];
extern const char vireo_linker[];

#endif
