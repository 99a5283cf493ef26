/* SPDX-License-Identifier: BSD-2-Clause */
/* The two PSCI calls a firmware user needs. Source: ARM DEN 0022, 5.9, 5.10. */
#include <arch/psci.h>

#include <errno.h>

#define PSCI_SYSTEM_OFF   0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u

/* switch.S */
int64_t psci_hvc(uint32_t function);
int64_t psci_smc(uint32_t function);

static enum psci_conduit conduit;

void psci_set_conduit(enum psci_conduit c)
{
	conduit = c;
}

int psci_check(void)
{
	return conduit == PSCI_NONE ? -ENODEV : 0;
}

static int call(uint32_t function)
{
	switch (conduit) {
	case PSCI_HVC:
		psci_hvc(function);
		return -EIO;
	case PSCI_SMC:
		psci_smc(function);
		return -EIO;
	case PSCI_NONE:
		break;
	}
	return -ENODEV;
}

int psci_system_off(void)
{
	return call(PSCI_SYSTEM_OFF);
}

int psci_system_reset(void)
{
	return call(PSCI_SYSTEM_RESET);
}
