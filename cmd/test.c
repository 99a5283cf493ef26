/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test and [: strings, integers in C notation, -e for files, joined by -a (binds
 * tighter) and -o, negated by !. One pass from left to right; there are no
 * parentheses, hence no recursion.
 */
#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <fs/fs.h>
#include <lib/compiler.h>
#include <lib/errstr.h>
#include <lib/parse.h>
#include <shell/command.h>

#include "complete.h"

struct expr {
	char **arg; /* the next one; NULL-ended by argc */
	int left;
};

enum compare { LT, GT, EQ, NE, LE, GE };

static const struct operator
{
	const char *text;
	enum compare compare;
	bool numbers;
}
operators[] = {
	{ "=", EQ, false },  { "!=", NE, false }, { "<", LT, false },
	{ ">", GT, false },  { "-eq", EQ, true }, { "-ne", NE, true },
	{ "-lt", LT, true }, { "-gt", GT, true }, { "-le", LE, true },
	{ "-ge", GE, true },
};

static const struct operator* find_operator(const char *text)
{
	for (size_t i = 0; i < array_size(operators); i++) {
		if (!strcmp(operators[i].text, text))
			return &operators[i];
	}
	return NULL;
}

static bool holds(enum compare c, int order)
{
	switch (c) {
	case LT:
		return order < 0;
	case GT:
		return order > 0;
	case EQ:
		return order == 0;
	case NE:
		return order != 0;
	case LE:
		return order <= 0;
	default:
		return order >= 0;
	}
}

static int complain(const char *text, const char *what)
{
	con_say("test: '", text, "' ");
	con_puts(what);
	con_putc('\n');
	return -EINVAL;
}

static int compare(const struct operator* op, const char *a, const char *b,
		   bool *result)
{
	int64_t x, y;

	if (!op->numbers) {
		*result = holds(op->compare, strcmp(a, b));
		return 0;
	}
	if (parse_c_i64(a, &x))
		return complain(a, "is not a number");
	if (parse_c_i64(b, &y))
		return complain(b, "is not a number");
	*result = holds(op->compare, (x > y) - (x < y));
	return 0;
}

/* What is not there is false without a word; what cannot be read is said. */
static bool is_absent(int err)
{
	return err == -ENOENT || err == -ENODEV || err == -ENOTDIR;
}

static bool file_exists(const char *type, const char *spec, const char *path)
{
	struct fs_where where;
	struct fs_file file;
	const char *why;
	int err = fs_resolve(type, spec, &where);

	if (err) {
		why = where.why ? where.why : err_str(err);
	} else {
		err = fs_open(&where.fs, path, &file);
		why = err ? fs_error(&where.fs, err) : NULL;
	}
	if (err && !is_absent(err))
		con_printf("test: %s %s %s: %s\n", type, spec, path, why);
	return !err;
}

static void take(struct expr *e, int n)
{
	e->arg += n;
	e->left -= n;
}

/* One operand with its operator. An operator in the middle wins over one in
 * front, so that "test $x = y" works whatever $x is. */
static int primary(struct expr *e, bool *result)
{
	char **a = e->arg;
	const struct operator* op = e->left >= 3 ? find_operator(a[1]) : NULL;

	if (op) {
		take(e, 3);
		return compare(op, a[0], a[2], result);
	}
	if (e->left >= 4 && !strcmp(a[0], "-e")) {
		*result = file_exists(a[1], a[2], a[3]);
		take(e, 4);
	} else if (e->left >= 2 && !strcmp(a[0], "-z")) {
		*result = !*a[1];
		take(e, 2);
	} else if (e->left >= 2 && !strcmp(a[0], "-n")) {
		*result = *a[1];
		take(e, 2);
	} else if (e->left >= 1) {
		*result = *a[0];
		take(e, 1);
	} else {
		con_puts("test: operand expected\n");
		return -EINVAL;
	}
	return 0;
}

static int negated(struct expr *e, bool *result)
{
	bool invert = false;
	int err;

	while (e->left > 1 && !strcmp(e->arg[0], "!") &&
	       !(e->left >= 3 && find_operator(e->arg[1]))) {
		invert = !invert;
		take(e, 1);
	}
	err = primary(e, result);
	*result = *result != invert;
	return err;
}

/* or-list of and-lists: @any of those done, @all of the one being read. */
static int evaluate(struct expr *e, bool *result)
{
	bool any = false, all = true, one = false;

	for (;;) {
		int err = negated(e, &one);

		if (err)
			return err;
		all = all && one;
		if (!e->left)
			break;
		if (!strcmp(e->arg[0], "-o")) {
			any = any || all;
			all = true;
		} else if (strcmp(e->arg[0], "-a") != 0) {
			return complain(e->arg[0], "is not an operator");
		}
		take(e, 1);
	}
	*result = any || all;
	return 0;
}

static int do_test(const struct cmd_call *call)
{
	struct expr e = { call->argv + 1, call->argc - 1 };
	bool result = false;

	if (!strcmp(call->argv[0], "[")) {
		if (!e.left || strcmp(e.arg[e.left - 1], "]") != 0) {
			con_puts("[: ']' is missing\n");
			return CMD_FAIL;
		}
		e.left--;
	}
	if (!e.left || evaluate(&e, &result))
		return CMD_FAIL;
	return result ? CMD_OK : CMD_FAIL;
}

static void complete(const struct cmd_call *call)
{
	for (int i = call->argc - 2; i >= 1 && i >= call->argc - 4; i--) {
		if (!strcmp(call->argv[i], "-e")) {
			complete_file_args(call, i + 1);
			return;
		}
	}
}

COMMAND(test, do_test, 0, -1, true, "minimal test like /bin/sh",
	"[args..]\n"
	"    - strings: a = b, !=, <, \\>, -z a, -n a; integers: -eq -ne -lt\n"
	"      -le -gt -ge; -e interface dev:part path: the file exists;\n"
	"      joined by -a and -o, negated by !",
	.complete = complete);
COMMAND_NAMED(bracket, "[", do_test, 0, -1, true, "alias for 'test'",
	      "args.. ]", .complete = complete);
