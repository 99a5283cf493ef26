/* SPDX-License-Identifier: BSD-2-Clause */
/* One short phrase for an error code (negative or positive). */
#ifndef VIREO_LIB_ERRSTR_H
#define VIREO_LIB_ERRSTR_H

const char *err_str(int err);

#endif
