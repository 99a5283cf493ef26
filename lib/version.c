/* SPDX-License-Identifier: BSD-2-Clause */
/* The only file that the Makefile's generated version.h reaches. */
#include <lib/version.h>

#include <version.h>

const char vireo_version[] = "Vireo " VIREO_VERSION " (" VIREO_DATE ")";
const char vireo_compiler[] = VIREO_COMPILER;
const char vireo_linker[] = VIREO_LINKER;
