/* SPDX-License-Identifier: BSD-2-Clause */
/* PSCI calls. Source: ARM DEN 0022. */
#ifndef VIREO_ARCH_PSCI_H
#define VIREO_ARCH_PSCI_H

#include <stdint.h>

#include <lib/compiler.h>

enum psci_conduit { PSCI_NONE, PSCI_HVC, PSCI_SMC };

/* psci_set_conduit - from /psci/method. Never guessed: the wrong one hangs. */
void psci_set_conduit(enum psci_conduit conduit);

/* psci_check - asked before devices are stopped. Return: 0; -ENODEV no conduit */
must_check int psci_check(void);

/* Return only on failure: -ENODEV no conduit, -EIO refused. */
must_check int psci_system_off(void);
must_check int psci_system_reset(void);

#endif
