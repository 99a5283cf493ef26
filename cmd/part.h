/* SPDX-License-Identifier: BSD-2-Clause */
/* The listing that "virtio part" shares with part. */
#ifndef VIREO_CMD_PART_H
#define VIREO_CMD_PART_H

#include <shell/command.h>

/* part_cmd_list - argv: list, IF, DEV, and what else "part list" takes. */
int part_cmd_list(const struct cmd_call *call);

#endif
