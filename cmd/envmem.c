/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * env export and env import: variables to and from memory, as text, as strings, or as
 * strings behind a checksum. Memory is checked before it is touched.
 */
#include "env.h"

#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <core/heap.h>
#include <env/env.h>
#include <env/env_block.h>
#include <env/text.h>
#include <shell/shell.h>

#include "mem_priv.h"

/* The names behind the options; none stand for all. */
struct names {
	char *const *list;
	int count;
};

static int index_of(const struct names *names, const char *name)
{
	for (int i = 0; i < names->count; i++)
		if (!strcmp(names->list[i], name))
			return i;
	return -1;
}

/* 't', 'b' or 'c'; 0: none was given; -1: more than one, which is told. */
static int form(const struct cmd_call *call, const char *seen)
{
	int found = 0;

	for (; *seen; seen++) {
		if (!strchr("tbc", *seen))
			continue;
		if (found) {
			con_printf("## %s: only one of \"-b\", \"-c\" or "
				   "\"-t\" allowed\n",
				   call->name);
			return -1;
		}
		found = *seen;
	}
	return found;
}

/* ---- export ---- */

struct export
{
	struct names names;
	int form;
	struct env_out out;
};

static int export_one(void *arg, const char *name, const char *value)
{
	struct export *e = arg;

	if (e->names.count && index_of(&e->names, name) < 0)
		return 0;
	return e->form == 't' ? env_put_text(&e->out, name, value)
			      : env_put_data(&e->out, name, value);
}

/* With the NUL that ends it; data that is empty has two. */
static void export_all(struct export *e)
{
	e->out.len = 0;
	(void)env_walk(export_one, e);
	if (!e->out.len && e->form != 't')
		env_put_end(&e->out);
	env_put_end(&e->out);
}

/* Return: bytes in all, 0 when they do not fit @size (0: any) */
static size_t export_size(const struct export *e, size_t size)
{
	struct env_block b;
	size_t need = e->out.len;

	if (e->form == 'c') {
		need += sizeof(b.flags) + sizeof(uint32_t);
		size = size ? size : ENV_BLOCK_SIZE;
	}
	if (!size || need <= size)
		return size ? size : need;
	con_printf("## Error: export buffer too small: 0x%zx bytes, 0x%zx are "
		   "needed\n",
		   size, need);
	return 0;
}

static void export_to(struct export *e, char *to, size_t size)
{
	const struct env_block b = { .flags = 1 };
	size_t head = e->form == 'c' ? sizeof(uint32_t) + 1 : 0;

	memset(to, 0, size);
	e->out = (struct env_out){ to + head, size - head, 0 };
	export_all(e);
	if (head)
		env_block_seal(to, size, &b);
}

/* "-s size" may stand anywhere among the options: *next is the argument behind them. */
static int export_options(const struct cmd_call *call, struct export *e,
			  uint64_t *size, int *next)
{
	struct cmd_call rest = *call;
	char seen[8], all[8];
	size_t n = 0;
	int skipped = 0, first;

	*size = 0;
	for (;;) {
		first = env_options(&rest, "tbcs", seen);
		if (!first || n + strlen(seen) > 7)
			return CMD_USAGE;
		memcpy(all + n, seen, strlen(seen) + 1);
		n += strlen(seen);
		if (!n || all[n - 1] != 's' || !*seen)
			break;
		skipped += first;
		if (cmd_number(call, skipped, size))
			return CMD_FAIL;
		rest.argv += first;
		rest.argc -= first;
	}
	*next = skipped + first;
	e->form = form(call, all);
	if (e->form < 0)
		return CMD_FAIL;
	e->form = e->form ? e->form : 't';
	return *next < call->argc ? CMD_OK : CMD_USAGE;
}

int env_do_export(const struct cmd_call *call)
{
	struct export e = { .form = 0 };
	uint64_t addr, given;
	size_t size;
	int i, err = export_options(call, &e, &given, &i);

	if (err)
		return err;
	if (cmd_number(call, i, &addr))
		return CMD_FAIL;
	e.names = (struct names){ call->argv + i + 1, call->argc - i - 1 };
	export_all(&e);
	size = export_size(&e, given);
	if (!size || mem_writable(call, addr, size))
		return CMD_FAIL;
	export_to(&e, (char *)(uintptr_t)addr, size);
	err = env_set_hex("filesize", size);
	return err ? cmd_fail(call, "filesize", err) : CMD_OK;
}

/* ---- import ---- */

struct import {
	const struct cmd_call *call;
	struct names names;
	bool crlf;
	bool *seen; /* of names, which were there */
};

static int import_one(void *arg, const char *name, const char *value,
		      const char **why)
{
	struct import *im = arg;
	int i = index_of(&im->names, name);

	(void)why;
	if (im->names.count && i < 0)
		return 0;
	if (i >= 0)
		im->seen[i] = true;
	/* One that is refused says so itself. */
	(void)env_change(im->call, name, value, false);
	return 0;
}

/* "-d" with names: those that were not there go. */
static void delete_missing(const struct import *im)
{
	for (int i = 0; i < im->names.count; i++) {
		const char *name = im->names.list[i];

		if (im->seen[i])
			continue;
		if (!env_get(name)) {
			con_say("WARNING: '", name,
				"' neither in running nor in imported env!\n");
			continue;
		}
		con_say("WARNING: '", name,
			"' not in imported env, deleting it!\n");
		(void)env_change(im->call, name, NULL, false);
	}
}

/* What is at @addr. The length typed, or up to what ends it. Return: 0; an error,
 * already printed */
static int import_len(const struct cmd_call *call, int i, uint64_t addr,
		      uint64_t *len)
{
	bool given = i < call->argc && strcmp(call->argv[i], "-") != 0;
	int err = 0;

	*len = ENV_MAX_SIZE;
	if (given)
		err = cmd_number(call, i, len);
	if (!err)
		err = mem_readable(call, addr, *len);
	if (!err && *len > 2 * ENV_BLOCK_MAX)
		return cmd_fail(call, call->argv[i - 1], -EFBIG);
	return err;
}

/* Behind a checksum that fits. Return: NULL: it does not, which was printed */
static const char *checked(const char *data, uint64_t *len)
{
	struct env_block b;

	if (*len < ENV_BLOCK_MIN) {
		con_printf("## Error: Invalid size 0x%zX\n", (size_t)*len);
		return NULL;
	}
	if (env_block_open(data, *len, &b)) {
		con_puts("## Error: bad CRC, import failed\n");
		return NULL;
	}
	*len = b.len;
	return b.data;
}

static int import_from(struct import *im, int how, const char *data,
		       uint64_t len)
{
	const struct env_sink to = { import_one, NULL, im };
	struct env_bad bad;
	int err;

	if (how == 't')
		err = env_read_text(data, strnlen(data, len), im->crlf, &to,
				    &bad);
	else
		err = env_read_data(data, len, &to, &bad);
	if (!err)
		return CMD_OK;
	con_printf("%s: 0x%llx: %s %u: %s\n", im->call->name,
		   (unsigned long long)(uintptr_t)data,
		   how == 't' ? "line" : "string", bad.line, bad.why);
	return CMD_FAIL;
}

static int import_at(struct import *im, int how, int i, bool wipe)
{
	const struct cmd_call *call = im->call;
	const char *data;
	uint64_t addr, len;
	int ret;

	if (cmd_number(call, i, &addr))
		return CMD_FAIL;
	if (how == 'c' &&
	    (i + 1 == call->argc || !strcmp(call->argv[i + 1], "-"))) {
		con_puts("## Error: external checksum format must pass size\n");
		return CMD_FAIL;
	}
	if (import_len(call, i + 1, addr, &len))
		return CMD_FAIL;
	data = (const char *)(uintptr_t)addr;
	if (how == 'c')
		data = checked(data, &len);
	if (!data)
		return CMD_FAIL;
	if (wipe && !im->names.count)
		env_clear();
	ret = import_from(im, how, data, len);
	if (wipe)
		delete_missing(im);
	return ret;
}

int env_do_import(const struct cmd_call *call)
{
	struct import im = { .call = call };
	char seen[8];
	int ret, how, i = env_options(call, "dtrbc", seen);

	if (!i || i == call->argc)
		return CMD_USAGE;
	how = form(call, seen);
	if (how < 0)
		return CMD_FAIL;
	if (!how)
		con_puts("## Warning: defaulting to text format\n");
	im.crlf = strchr(seen, 'r');
	if (i + 2 < call->argc)
		im.names = (struct names){ call->argv + i + 2,
					   call->argc - i - 2 };
	im.seen = heap_alloc((size_t)im.names.count + 1);
	if (!im.seen)
		return cmd_fail(call, call->argv[i], -ENOMEM);
	ret = import_at(&im, how ? how : 't', i, strchr(seen, 'd'));
	heap_free(im.seen);
	return ret;
}
