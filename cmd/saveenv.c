/* SPDX-License-Identifier: BSD-2-Clause */
/* saveenv, eraseenv, and env save, load, erase, select, info: the saved environment. */
#include "env.h"

#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <env/store.h>
#include <lib/errstr.h>

/* Return: CMD_OK; CMD_FAIL */
static int closing(const struct env_result *r, int err)
{
	const char *between = "";

	if (!err) {
		con_puts("OK\n");
		return CMD_OK;
	}
	con_puts("Failed (");
	if (r->where) {
		con_say(between, r->where, "");
		between = ": ";
	}
	for (unsigned int n = 0; n < 2; n++) {
		if (!env_copy_bad(&r->copy[n]))
			continue;
		con_say(between, r->copy[n].name, ": ");
		con_say("", r->copy[n].why, "");
		between = "; ";
	}
	con_say(r->why ? between : "", r->why ? r->why : "", ")\n");
	return CMD_FAIL;
}

/* Of what succeeded otherwise. */
static void tell_bad_copy(const struct cmd_call *call,
			  const struct env_result *r, const char *so)
{
	for (unsigned int n = 0; n < 2; n++) {
		if (!env_copy_bad(&r->copy[n]))
			continue;
		con_printf("%s: %s", call->name, r->copy[n].name);
		con_say(": ", r->copy[n].why, so);
	}
}

int env_do_save(const struct cmd_call *call)
{
	const char *note = env_store_chosen()->note;
	const struct env_store *first;
	struct env_result r;
	int ret;

	con_printf("Saving Environment to %s... ", env_store_chosen()->name);
	ret = env_save(&r);
	ret = closing(&r, ret);
	if (ret)
		return ret;
	tell_bad_copy(call, &r, ": only one copy is saved\n");
	if (note)
		con_printf("%s\n", note);
	first = env_store_first(r.store);
	if (first)
		con_printf("%s has one, too, which is what the next start "
			   "loads\n",
			   first->name);
	return CMD_OK;
}

static void tell_refused(const struct cmd_call *call,
			 const struct env_result *r)
{
	for (unsigned int i = 0; i < r->nbad && i < ENV_BAD_MAX; i++) {
		con_puts(call->name);
		con_say(": ", r->bad[i], "\n");
	}
	if (r->nbad > ENV_BAD_MAX)
		con_printf("%s: %u more are not loaded\n", call->name,
			   r->nbad - ENV_BAD_MAX);
}

int env_do_load(const struct cmd_call *call)
{
	struct env_result r;
	int ret;

	con_printf("Loading Environment from %s... ", env_store_chosen()->name);
	ret = env_load(&r);
	ret = closing(&r, ret);
	if (!ret)
		tell_bad_copy(call, &r, ": the other one is used\n");
	if (!ret)
		tell_refused(call, &r);
	return ret;
}

int env_do_erase(const struct cmd_call *call)
{
	struct env_result r;
	int ret;

	(void)call;
	con_printf("Erasing Environment on %s... ", env_store_chosen()->name);
	ret = env_erase(&r);
	return closing(&r, ret);
}

static int list_stores(void)
{
	for_each_entry (env_store, const struct env_store, it) {
		const char *where = "", *why = NULL;
		int err = (*it)->open(false, &where, &why);

		con_printf("%c %-6s ", *it == env_store_chosen() ? '*' : ' ',
			   (*it)->name);
		con_say("", *where ? where : "-",
			!err     ? ""
			: *where ? ": "
				 : " ");
		con_say("", err && !why ? err_str(err) : why ? why : "", "\n");
	}
	return CMD_OK;
}

int env_do_select(const struct cmd_call *call)
{
	if (call->argc == 1)
		return list_stores();
	if (!env_store_select(call->argv[1])) {
		con_printf("Select Environment on %s: OK\n",
			   env_store_chosen()->name);
		return CMD_OK;
	}
	con_say("Select Environment on ", call->argv[1],
		": driver not found\n");
	return CMD_FAIL;
}

static int show_info(void)
{
	static const char *const valid[] = { "invalid", "valid", "redundant" };

	con_printf("env_valid = %s\nenv_ready = true\nenv_use_default = %s\n",
		   valid[env_store_copy() + 1],
		   env_uses_default() ? "true" : "false");
	return CMD_OK;
}

int env_do_info(const struct cmd_call *call)
{
	char seen[8];
	int first = env_options(call, "dpq", seen), ret = CMD_OK;
	bool quiet = first && strchr(seen, 'q'), is;

	if (call->argc == 1)
		return show_info();
	if (!first || first != call->argc)
		return CMD_USAGE;
	if (strchr(seen, 'd')) {
		is = env_uses_default();
		ret |= !is;
		if (!quiet)
			con_puts(is ? "Default environment is used\n"
				    : "Environment was loaded from persistent "
				      "storage\n");
	}
	if (strchr(seen, 'p')) {
		is = env_can_save();
		ret |= !is;
		if (!quiet)
			con_puts(is ? "Environment can be persisted\n"
				    : "Environment cannot be persisted\n");
	}
	return ret;
}

COMMAND(saveenv, env_do_save, 0, 0, false,
	"save environment variables to persistent storage", "");
COMMAND(eraseenv, env_do_erase, 0, 0, false,
	"erase environment variables from persistent storage", "");
