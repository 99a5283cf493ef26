/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The environment at start: the defaults, then what was saved, then what QEMU presets
 * over fw_cfg, which also says where that is:
 *
 *	-fw_cfg name=opt/org.vireo/env,file=F          text as "env export -t" writes
 *	-fw_cfg name=opt/org.vireo/var/NAME,string=V   one variable; wins
 *	            ... var/env_store,string=none          nothing saved is looked for
 */
#include "board_priv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <boot/boot.h>
#include <core/console.h>
#include <core/guard.h>
#include <core/heap.h>
#include <drivers/fw_cfg.h>
#include <env/env.h>
#include <env/store.h>
#include <lib/errstr.h>
#include <net/netdev.h>

#define PREFIX     "opt/org.vireo/"
#define PREFIX_VAR PREFIX "var/"

/* The presets are taken again on top of what was saved; what is wrong with them was
 * told before. */
static bool again;

static void complain(const char *name, int err)
{
	if (!again)
		con_printf("fw_cfg: %s: %s\n", name, err_str(err));
}

/* A text that is bad says so itself. */
static int apply(const char *name, char *text, uint32_t size)
{
	struct env_bad bad;

	if (!strcmp(name, PREFIX "env")) {
		if (env_import_text(text, size, &bad) && !again)
			con_printf("fw_cfg: %s: line %u: %s\n", name, bad.line,
				   bad.why);
		return 0;
	}
	text[size] = '\0';
	return env_set(name + strlen(PREFIX_VAR), text);
}

static int preset(const char *name, uint16_t select, uint32_t size)
{
	char *text;
	int ret;

	if (size >= ENV_MAX_SIZE)
		return -ENOSPC;
	text = heap_alloc(size + 1);
	if (!text)
		return -ENOMEM;
	ret = fw_cfg_read(select, text, size);
	if (!ret)
		ret = apply(name, text, size);
	heap_free(text);
	return ret;
}

/* Two passes, because a single variable wins over the file. */
static int take_env(void *arg, const char *name, uint16_t select, uint32_t size)
{
	bool vars = *(const bool *)arg;
	bool is_var = !strncmp(name, PREFIX_VAR, strlen(PREFIX_VAR));
	int ret;

	if (vars != is_var || (!is_var && strcmp(name, PREFIX "env")))
		return 0;
	ret = preset(name, select, size);
	if (ret)
		complain(name, ret);
	return 0;
}

static int take_presets(void *arg)
{
	const struct machine *m = arg;
	bool vars = false;

	if (fw_cfg_init(m->fw_cfg.base))
		return 0;
	if (!fw_cfg_walk(PREFIX, take_env, &vars)) {
		vars = true;
		if (fw_cfg_walk(PREFIX, take_env, &vars))
			complain("variables", -EIO);
	}
	return 0;
}

/* The first card's address, where scripts look for it: asking the card is left
 * to the first who wants to know. */
static int ethaddr(char *text, size_t size)
{
	struct netdev *nd = net_find(0);
	int ret = nd ? net_attach(nd) : -ENODEV;

	if (ret)
		return ret;
	snprintf(text, size, "%02x:%02x:%02x:%02x:%02x:%02x", nd->mac[0],
		 nd->mac[1], nd->mac[2], nd->mac[3], nd->mac[4], nd->mac[5]);
	return 0;
}

/* ---- what was saved ---- */

static void tell(const struct env_result *r, const char *what)
{
	con_printf("environment: %s: ", r->store->name);
	if (r->where)
		con_say("", r->where, ": ");
	con_say("", what, "\n");
}

static void tell_bad_copies(const struct env_result *r, const char *so)
{
	char text[128];

	for (unsigned int n = 0; n < 2; n++) {
		if (!env_copy_bad(&r->copy[n]))
			continue;
		snprintf(text, sizeof(text), "%s: %s%s", r->copy[n].name,
			 r->copy[n].why, so);
		tell(r, text);
	}
}

static void tell_refused(const struct env_result *r)
{
	char text[48];

	for (unsigned int i = 0; i < r->nbad && i < ENV_BAD_MAX; i++)
		tell(r, r->bad[i]);
	if (r->nbad <= ENV_BAD_MAX)
		return;
	snprintf(text, sizeof(text), "%u more are not loaded",
		 r->nbad - ENV_BAD_MAX);
	tell(r, text);
}

/* Return: was anything loaded? When there is none that is no news. */
static int load(void *arg)
{
	struct env_result r;
	int ret = env_load_first(&r);

	(void)arg;
	if (ret == -ENOENT)
		return 0;
	if (ret == -EBADMSG)
		con_puts("*** Warning - bad CRC, using default environment\n");
	if (ret) {
		tell_bad_copies(&r, "");
		if (r.why)
			tell(&r, r.why);
		con_ctrlc_clear();
		return 0;
	}
	con_printf("Loading Environment from %s... OK\n", r.store->name);
	tell_bad_copies(&r, ": the other one is used");
	tell_refused(&r);
	return 1;
}

static void take_saved(struct machine *m)
{
	int loaded = 0, unused;

	if (guard_call("environment", load, NULL, &loaded) || !loaded)
		return;
	again = true;
	(void)!guard_call("fw_cfg", take_presets, m, &unused);
}

void board_env(struct machine *m)
{
	const struct machine_device *bank = &m->bank[0];
	int unused;

	boot_env_defaults(bank->base, bank->size);
	board_console(m);
	env_set_later("ethaddr", ethaddr);
	if (env_default_keep())
		complain("defaults", -ENOMEM);
	if (guard_call("fw_cfg", take_presets, m, &unused))
		con_printf("fw_cfg at 0x%llx: no such device\n",
			   (unsigned long long)m->fw_cfg.base);
	take_saved(m);
}
