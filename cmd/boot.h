/* SPDX-License-Identifier: BSD-2-Clause */
/* What the commands that start something share. */
#ifndef VIREO_CMD_BOOT_H
#define VIREO_CMD_BOOT_H

#include <boot/linux.h>
#include <shell/command.h>

/* boot_refused - print "NAME: the reason". Return: CMD_FAIL */
int boot_refused(const struct cmd_call *call, int err,
		 const struct boot_why *why);

/* boot_loaded_size - of what was loaded at @addr last; 0: that was elsewhere. */
uint64_t boot_loaded_size(uint64_t addr);

/*
 * boot_linux - plan, say what goes where, load and start the kernel in @b, whose
 * caller's fields are set; bootargs come from the environment. Returns only when
 * it was refused, having said why: CMD_FAIL
 */
int boot_linux(const struct cmd_call *call, struct linux_boot *b);

/* bootstage_at_start - the last stamp, and the report if somebody wants it. */
void bootstage_at_start(void);

#endif
