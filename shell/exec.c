/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running a tree: variables, $?, one command after the other, and texts inside
 * texts ("run", "source") to a bounded depth. Each command runs guarded: a fault
 * ends it with result 1. Ctrl-C ends not only the command that saw it but every
 * list on the way up to the prompt.
 */
#include <shell/shell.h>

#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <core/guard.h>
#include <core/heap.h>
#include <env/env.h>
#include <lib/errstr.h>
#include <shell/command.h>

#include "shell_priv.h"

static struct {
	struct vars locals;
	int status;
	unsigned int depth; /* texts inside texts */
	unsigned int calls; /* commands inside commands: run, time */
	unsigned int lists; /* being run, one inside the other */
	bool interrupted;   /* by Ctrl-C that a line editor took */
	bool leave;         /* "exit" ends the innermost text */
	bool repeatable;    /* all commands since shell_execute are */
} shell = { .locals = { .max = SHELL_LOCALS_MAX } };

const char *shell_local_get(const char *name)
{
	return vars_get(&shell.locals, name);
}

int shell_local_walk(int (*fn)(void *arg, const char *name, const char *value),
		     void *arg)
{
	return vars_walk(&shell.locals, fn, arg);
}

const char *shell_lookup(const char *name, size_t len)
{
	char key[256]; /* longer names cannot exist */
	const char *value;

	if (len == 1 && *name == '?')
		return shell.status ? "1" : "0";
	if (len >= sizeof(key))
		return NULL;
	memcpy(key, name, len);
	key[len] = '\0';
	value = shell_local_get(key);
	return value ? value : env_get(key);
}

int shell_exit(int status)
{
	if (!shell.depth)
		return -EINVAL;
	shell.leave = true;
	shell.status = status;
	return 0;
}

void shell_interrupt(void)
{
	shell.interrupted = true;
}

bool shell_repeatable(void)
{
	return shell.repeatable;
}

void shell_refused(int err, const char *why)
{
	shell.status = CMD_FAIL;
	if (err == -EINTR)
		return;
	con_fresh_line();
	if (err == -EINVAL || err == -EAGAIN)
		con_printf("syntax error: %s\n", why);
	else if (err == -ENAMETOOLONG)
		con_puts("line too long\n");
	else
		con_printf("shell: %s\n", err_str(err));
}

struct guarded {
	const struct command *cmd;
	struct cmd_call call;
};

static int call_command(void *arg)
{
	struct guarded *g = arg;

	return g->cmd->fn(&g->call);
}

/* Too deep: also ends all on the way up. Two calls of itself in each text would
 * print 2^32 lines. */
static int too_deep(const char *name, const char *what)
{
	con_printf("%s: more than %d %s inside each other\n", name,
		   SHELL_RUN_DEPTH, what);
	shell_interrupt();
	return CMD_FAIL;
}

int cmd_run(const struct cmd_call *call)
{
	struct guarded g = { command_find(call->argv[0]), *call };
	unsigned int depth = shell.depth, lists = shell.lists;
	unsigned int calls = shell.calls;
	int args = call->argc - 1, ret = CMD_FAIL;

	g.call.name = call->argv[0];
	shell.repeatable = shell.repeatable && g.cmd && g.cmd->repeatable;
	if (!g.cmd) {
		command_unknown(call->argv[0]);
		return CMD_FAIL;
	}
	if (args < g.cmd->min_args ||
	    (g.cmd->max_args >= 0 && args > g.cmd->max_args)) {
		cmd_usage(g.cmd);
		return CMD_FAIL;
	}
	/* One more than texts: the deepest text has commands, too. */
	if (calls > SHELL_RUN_DEPTH)
		return too_deep(call->argv[0], "commands");
	shell.calls++;
	if (guard_call(g.cmd->name, call_command, &g, &ret)) {
		/* It may have trapped texts deep. */
		shell.depth = depth;
		shell.lists = lists;
		ret = CMD_FAIL;
	}
	shell.calls = calls;
	if (ret == CMD_USAGE)
		cmd_usage(g.cmd);
	return ret ? CMD_FAIL : CMD_OK;
}

static int assign(const struct word *w, size_t name_len)
{
	char name[256], *value;
	int err;

	if (name_len >= sizeof(name))
		return -ENAMETOOLONG;
	memcpy(name, w->text, name_len);
	name[name_len] = '\0';
	err = expand_value(w->text + name_len + 1, w->len - name_len - 1,
			   &value);
	if (err)
		return err;
	err = vars_set(&shell.locals, name, value);
	heap_free(value);
	return err;
}

static int run_words(const struct word *words, bool repeat)
{
	struct expansion e;
	struct cmd_call call;
	int err = expand_words(words, &e), ret = CMD_OK;

	if (err) {
		shell_refused(err, "bad substitution");
		return CMD_FAIL;
	}
	call = (struct cmd_call){ .argc = e.argc,
				  .argv = e.argv,
				  .repeat = repeat };
	if (e.argc)
		ret = cmd_run(&call);
	heap_free(e.argv);
	return ret;
}

/* Assignments in front stay set after the command, as they do alone. */
static int run_command(const struct node *n, bool repeat)
{
	const struct word *w = n->words;
	size_t name_len;

	for (; w && (name_len = word_is_assignment(w)); w = w->next) {
		int err = assign(w, name_len);

		if (err == -ENAMETOOLONG) {
			shell_refused(err, NULL);
			return CMD_FAIL;
		}
		if (err) {
			con_printf("%.*s: %s\n", (int)name_len, w->text,
				   err_str(err));
			return CMD_FAIL;
		}
	}
	return w ? run_words(w, repeat) : CMD_OK;
}

/* Return: whether the list goes on */
static bool run_node(const struct node *n, bool repeat)
{
	int ret;

	if ((n->join == JOIN_AND && shell.status) ||
	    (n->join == JOIN_OR && !shell.status))
		return true;
	ret = run_command(n, repeat);
	if (shell.leave)
		return false;
	shell.status = ret;
	if (!con_ctrlc() && !shell.interrupted)
		return true;
	shell.status = CMD_FAIL;
	return false;
}

int shell_execute(const struct tree *tree, bool repeat)
{
	const struct node *n = tree->first;

	if (!shell.lists) {
		shell.repeatable = n != NULL;
		shell.interrupted = false;
	}
	shell.lists++;
	while (n && run_node(n, repeat))
		n = n->next;
	shell.lists--;
	if (!shell.lists && con_ctrlc()) {
		con_fresh_line();
		con_puts("<INTERRUPT>\n");
	}
	return shell.status;
}

int shell_run(const char *text)
{
	struct tree tree;
	const char *why;
	int err;

	if (shell.depth >= SHELL_RUN_DEPTH)
		return too_deep("shell", "texts");
	err = parse(text, &tree, &why);
	if (err) {
		shell_refused(err, why);
		shell.status = CMD_FAIL;
	} else {
		if (!tree.first) /* as in sh: not what was before */
			shell.status = CMD_OK;
		shell.depth++;
		(void)shell_execute(&tree, false);
		shell.depth--;
		shell.leave = false;
	}
	tree_free(&tree);
	return shell.status;
}
