/* SPDX-License-Identifier: BSD-2-Clause */
/* rng: random bytes from an entropy device, shown as "md.b" shows memory. */
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <core/random.h>
#include <lib/errstr.h>
#include <shell/command.h>
#include <shell/shell.h>

#include "hexdump.h"

#define RNG_DEFAULT 0x40

static int list(void)
{
	struct random_source *src;
	unsigned int n;

	for (n = 0; (src = random_source(n)); n++)
		con_printf("RNG #%u - %s\n", n, src->name);
	if (!n)
		con_puts("rng list: no entropy device\n");
	return n ? CMD_OK : CMD_FAIL;
}

static int show(struct random_source *src, uint64_t dev, uint64_t len)
{
	uint8_t buf[256];

	for (uint64_t at = 0; at < len; at += sizeof(buf)) {
		size_t n = (size_t)min_u64(len - at, sizeof(buf));
		int ret = src->read(src, buf, n);

		if (!ret)
			ret = hexdump(at, buf, n, 1);
		if (ret) {
			con_printf("rng: device %ju: %s\n", (uintmax_t)dev,
				   err_str(ret));
			return CMD_FAIL;
		}
	}
	return CMD_OK;
}

static int cmd_rng(const struct cmd_call *call)
{
	uint64_t dev = 0, len = RNG_DEFAULT;
	struct random_source *src;

	if (call->argc > 1 && !strcmp(call->argv[1], "list"))
		return call->argc > 2 ? CMD_USAGE : list();
	if ((call->argc > 1 && cmd_number(call, 1, &dev)) ||
	    (call->argc > 2 && cmd_number(call, 2, &len)))
		return CMD_FAIL;
	src = dev <= UINT32_MAX ? random_source((unsigned int)dev) : NULL;
	if (!src) {
		con_printf("rng: device %ju: no such device\n", (uintmax_t)dev);
		return CMD_FAIL;
	}
	return show(src, dev, len);
}

static void complete(const struct cmd_call *call)
{
	char n[12];

	if (call->argc != 2)
		return;
	shell_offer("list");
	for (unsigned int i = 0; random_source(i); i++) {
		snprintf(n, sizeof(n), "%x", i);
		shell_offer(n);
	}
}

COMMAND(rng, cmd_rng, 0, 2, true, "random bytes from an entropy device",
	"[dev] [n] - show n (hexadecimal, default 40) bytes of device dev\n"
	"rng list      - show the devices",
	.complete = complete);
