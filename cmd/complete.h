/* SPDX-License-Identifier: BSD-2-Clause */
/* What Tab offers for the address form of disks and files. */
#ifndef CMD_COMPLETE_H
#define CMD_COMPLETE_H

#include <shell/command.h>

/*
 * complete_file_args - the last word of @call as one of "IF DEV[:PART] path",
 * whose first is argv[@first].
 */
void complete_file_args(const struct cmd_call *call, int first);

/* complete_file - for commands that are "name IF DEV:PART path" throughout. */
void complete_file(const struct cmd_call *call);

/* complete_addr_file - for "name IF DEV:PART addr path". */
void complete_addr_file(const struct cmd_call *call);

/* complete_device - "DEV" and, with @parts, "DEV:PART" of interface @type; serial
 * numbers and labels when @typed begins so. */
void complete_device(const char *type, const char *typed, bool parts);

/* complete_name - what part_named takes. */
void complete_name(const char *typed);

#endif
