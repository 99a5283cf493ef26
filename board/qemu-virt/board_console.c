/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which console to talk on: the UART, unless /chosen names a virtio slot, or the tree has
 * no UART and some virtio console works. What was said before went to the UART.
 */
#include "board_priv.h"

#include <errno.h>

#include <core/console.h>
#include <drivers/virtio.h>
#include <env/env.h>
#include <lib/errstr.h>
#include <lib/version.h>

/* Through the variables, which say later what is in use. */
static int use(const char *name)
{
	static const char *const vars[] = { "stdin", "stdout", "stderr" };
	int ret = 0;

	for (size_t i = 0; i < array_size(vars) && !ret; i++)
		ret = env_set(vars[i], name);
	if (!ret)
		con_printf("\n%s\n\n", vireo_version);
	return ret;
}

static int use_slot(uint64_t base)
{
	struct virtio_device *vd;
	struct virtio_info info;

	for (unsigned int i = 0; (vd = virtio_device(i)); i++) {
		virtio_get_info(vd, &info);
		if (info.base == base && info.name[0])
			return use(info.name);
	}
	return -ENODEV;
}

static int use_any(void)
{
	struct console *c = console_next(NULL);
	int ret = -ENODEV;

	while (ret && (c = console_next(c)))
		ret = use(c->name);
	return ret;
}

/* Return: was one found that works? */
static bool choose(const struct machine *m)
{
	int ret;

	if (m->console.base) {
		ret = use_slot(m->console.base);
		if (!ret)
			return true;
		con_printf("/chosen: console at 0x%llx: %s\n",
			   (unsigned long long)m->console.base, err_str(ret));
	}
	return !m->has_uart && !use_any();
}

void board_console(const struct machine *m)
{
	if (choose(m) && !m->has_uart)
		console_set(NULL, NULL); /* nothing to fall back to */
}
