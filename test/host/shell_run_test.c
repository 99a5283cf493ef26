/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a text does: words, quoting, variables, lists and their results. Each
 * case is a text, what it must print and its result; "args" is a command of this
 * test that shows its arguments in brackets.
 */
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <core/heap.h>
#include <env/env.h>
#include <lib/compiler.h>
#include <shell/command.h>
#include <shell/shell.h>
#include "isolated.h"
#include "shell_priv.h"
#include "terminal.h"

static int do_args(const struct cmd_call *call)
{
	for (int i = 1; i < call->argc; i++)
		con_printf("[%s]", call->argv[i]);
	con_putc('\n');
	return CMD_OK;
}

static int do_usage(const struct cmd_call *call)
{
	(void)call;
	return CMD_USAGE;
}

static int sub_one(const struct cmd_call *call)
{
	uint64_t n;

	if (cmd_number(call, 1, &n))
		return CMD_FAIL;
	con_printf("one %llx\n", (unsigned long long)n);
	return CMD_OK;
}

static int sub_other(const struct cmd_call *call)
{
	return cmd_fail(call, "thing", -2);
}

static const struct subcommand subs[] = {
	{ "one", sub_one, 1, 1 },
	{ "other", sub_other, 0, 0 },
};

static int do_sub(const struct cmd_call *call)
{
	return cmd_dispatch(call, subs, array_size(subs));
}

static int do_sized(const struct cmd_call *call)
{
	con_printf("%u\n", cmd_size(call->argv[0]));
	return CMD_OK;
}

COMMAND(args, do_args, 0, -1, true, "show arguments", "[args..]");
COMMAND(uuse, do_usage, 0, 2, true, "always wrong", "a b\nuuse c");
COMMAND(zsub, do_sub, 1, -1, true, "subcommands", "one n\nzsub other");
COMMAND(zsized, do_sized, 0, 0, true, "a size", "", .sized = true);

struct line_case {
	const char *text, *output;
	int status;
};

static const struct line_case cases[] = {
	/* words and quoting */
	{ "", "", 0 },
	{ "args a  b\tc", "[a][b][c]\n", 0 },
	{ "args 'a  b' \"c d\" e\\ f", "[a  b][c d][e f]\n", 0 },
	{ "args a'b'\"c\"d", "[abcd]\n", 0 },
	{ "args '' \"\" ''a", "[][][a]\n", 0 },
	{ "args '\\a$x' \"\\a\\$x\\\\\\\"\"", "[\\a$x][\\a$x\\\"]\n", 0 },
	{ "args \"it's\" 'say \"x\"'", "[it's][say \"x\"]\n", 0 },
	{ "args a\\\nb c \\\n d", "[ab][c][d]\n", 0 },
	{ "args \"a\\\nb\" 'a\nb'", "[ab][a\nb]\n", 0 },
	{ "args \\#a a#b '#c' # d", "[#a][a#b][#c]\n", 0 },
	{ "# only a comment", "", 0 },
	{ "args a;# comment\nargs b", "[a]\n[b]\n", 0 },
	{ "args \\; \\& \\| \\> '>' \"|\" <", "[;][&][|][>][>][|][<]\n", 0 },
	{ "args \xc3\xa4 \xff", "[\xc3\xa4][\xff]\n", 0 },
	/* variables */
	{ "args $nosuch x", "[x]\n", 0 },
	{ "args \"$nosuch\" x", "[][x]\n", 0 },
	{ "v=1; args $v ${v} \"$v\" '$v' \\$v", "[1][1][1][$v][$v]\n", 0 },
	{ "v='a  b'; args $v \"$v\" x$v", "[a][b][a  b][xa][b]\n", 0 },
	{ "v=' a '; args x${v}y", "[x][a][y]\n", 0 },
	{ "v='a;b'; args $v", "[a;b]\n", 0 },
	{ "v='$x'; args $v", "[$x]\n", 0 },
	{ "v=\"a\nb\"; args $v \"$v\"", "[a][b][a\nb]\n", 0 },
	{ "a=1 b=2; args $a$b", "[12]\n", 0 },
	{ "a=1; b=$a$a; args $b", "[11]\n", 0 },
	{ "a=x=y; args $a b=3 $b", "[x=y][b=3]\n", 0 },
	{ "a=5; a=; args x$a", "[x]\n", 0 },
	{ "args $ $. $( a$ \"$\"", "[$][$.][$(][a$][$]\n", 0 },
	{ "args ${a-b} x", "[x]\n", 0 },
	{ "setenv d-e f; args ${d-e}", "[f]\n", 0 },
	{ "setenv l env; l=local; args $l; l=; args $l", "[local]\n[env]\n",
	  0 },
	{ "args ${n:-d} \"${n:-d e}\" ${n:-d e}", "[d][d e][d][e]\n", 0 },
	{ "n=1; args ${n:-d $(} \"${n:-d}\"", "[1][1]\n", 0 },
	{ "b=2; args ${n:-${m:-$b}} ${n:-'a}b'}", "[2][a}b]\n", 0 },
	{ "args ${n:-} x", "[x]\n", 0 },
	{ "n=a; args ${n:-${m:-b}c}d", "[ad]\n", 0 },
	{ "false; args $? $?x", "[1][1x]\n", 0 },
	{ "c=args; $c 1 2", "[1][2]\n", 0 },
	{ "$nosuch", "", 0 },
	/* lists */
	{ "args a; args b", "[a]\n[b]\n", 0 },
	{ "args a\nargs b\n\n", "[a]\n[b]\n", 0 },
	{ "args a;", "[a]\n", 0 },
	{ ";; args a ;; ;", "[a]\n", 0 },
	{ "false", "", 1 },
	{ "true && args a", "[a]\n", 0 },
	{ "false && args a", "", 1 },
	{ "false || args a", "[a]\n", 0 },
	{ "true || args a && args b", "[b]\n", 0 },
	{ "false && args a || args b", "[b]\n", 0 },
	{ "false || false && args a", "", 1 },
	{ "true&&args a||args b;args c", "[a]\n[c]\n", 0 },
	{ "true &&\n\n args a", "[a]\n", 0 },
	{ "false || # why\n args a", "[a]\n", 0 },
	{ "false; true", "", 0 },
	{ "false; v=1", "", 0 },
	/* what is refused */
	{ "args a & args b",
	  "syntax error: '&': there are no background jobs\n", 1 },
	{ "args a | args b", "syntax error: '|': there are no pipes\n", 1 },
	{ "args a > b",
	  "syntax error: '>': there are no files to redirect to\n", 1 },
	{ "args <1 2 0xff>; args <1 > <<2>>",
	  "[<1][2][0xff>]\n[<1][>][<<2>>]\n", 0 },
	{ "args <; args 1>",
	  "syntax error: '>': there are no files to redirect to\n", 1 },
	{ "args < && args 1>",
	  "syntax error: '>': there are no files to redirect to\n", 1 },
	{ "args '<' \\< ${u:-<} 1>",
	  "syntax error: '>': there are no files to redirect to\n", 1 },
	{ "args <1>>", "syntax error: '>': there are no files to redirect to\n",
	  1 },
	{ "args a>b", "syntax error: '>': there are no files to redirect to\n",
	  1 },
	{ "&& args a", "syntax error: no command before '&&'\n", 1 },
	{ "args a || || args", "syntax error: no command after '||'\n", 1 },
	{ "args a &&", "syntax error: no command after '&&'\n", 1 },
	{ "args a && ; args b", "syntax error: no command after '&&'\n", 1 },
	{ "args a; && args b", "syntax error: no command before '&&'\n", 1 },
	{ "args 'a", "syntax error: quote is not closed\n", 1 },
	{ "args \"a", "syntax error: quote is not closed\n", 1 },
	{ "args a\\", "syntax error: text ends after a backslash\n", 1 },
	{ "args ${a", "syntax error: '${' is not closed\n", 1 },
	{ "args ${a:", "syntax error: '${' is not closed\n", 1 },
	{ "args ${a:-b", "syntax error: '${' is not closed\n", 1 },
	{ "args ${}", "syntax error: bad substitution in '${'\n", 1 },
	{ "args ${a:+b}", "syntax error: bad substitution in '${'\n", 1 },
	{ "args ${a b}", "syntax error: bad substitution in '${'\n", 1 },
	{ "args ${a:-${a:-${a:-${a:-${a:-${a:-${a:-${a:-${a:-b}}}}}}}}}",
	  "syntax error: '${' is nested too deep\n", 1 },
	/* commands */
	{ "nosuch a b", "Unknown command 'nosuch' - try 'help'\n", 1 },
	{ "''", "Unknown command '' - try 'help'\n", 1 },
	{ "arg a", "[a]\n", 0 },
	{ "zsub x; zs",
	  "zsub: unknown subcommand 'x'\n"
	  "zsub - subcommands\n\nUsage:\n"
	  "zsub one n\nzsub other\n"
	  "Unknown command 'zs' - try 'help'\n"
	  "It may be zsized, zsub\n",
	  1 },
	{ "args.b", "Unknown command 'args.b' - try 'help'\n", 1 },
	{ "zsized; zsized.b; zsized.w; zsized.l; zsized.q; zsi.q",
	  "4\n1\n2\n4\n8\n8\n", 0 },
	{ "zsized.x", "Unknown command 'zsized.x' - try 'help'\n", 1 },
	{ "uuse", "uuse - always wrong\n\nUsage:\nuuse a b\nuuse c\n", 1 },
	{ "uuse 1 2 3", "uuse - always wrong\n\nUsage:\nuuse a b\nuuse c\n",
	  1 },
	{ "zsub one 1F; zsub on 0x20", "one 1f\none 20\n", 0 },
	{ "zsub one zz", "zsub one: 'zz' is not a number\n", 1 },
	{ "zsub one 11112222333344445",
	  "zsub one: '11112222333344445' is too large a number\n", 1 },
	{ "zsub other", "zsub other: thing: not found\n", 1 },
	{ "zsub one", "zsub - subcommands\n\nUsage:\nzsub one n\nzsub other\n",
	  1 },
	{ "zsub o",
	  "zsub: unknown subcommand 'o'\n"
	  "zsub - subcommands\n\nUsage:\nzsub one n\nzsub other\n",
	  1 },
	/* run */
	{ "setenv r 'args a; args b'; run r", "[a]\n[b]\n", 0 },
	{ "setenv r 'false'; run r || args no", "[no]\n", 0 },
	{ "setenv r 'args a\nargs b'; run r r", "[a]\n[b]\n[a]\n[b]\n", 0 },
	{ "run nosuch", "## Error: \"nosuch\" not defined\n", 1 },
	{ "setenv r 'setenv r; args gone'; run r; run r",
	  "[gone]\n## Error: \"r\" not defined\n", 1 },
	{ "setenv r 'args \"a'; run r", "syntax error: quote is not closed\n",
	  1 },
	{ "setenv r 'args a; exit 3; args b'; run r; args $?", "[a]\n[1]\n",
	  0 },
	{ "setenv r 'exit'; run r && args ok", "[ok]\n", 0 },
	{ "setenv r '# only'; false; run r && args ok", "[ok]\n", 0 },
	{ "setenv q 'exit 1'; setenv r 'run q; args $?; false'; run r; args $?",
	  "[1]\n[1]\n", 0 },
};

static int setup(void **state)
{
	(void)state;
	fake_terminal_start();
	return 0;
}

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		const struct line_case *c = &cases[i];
		int status;

		/* Each starts with no variables. */
		env_clear();
		(void)shell_run("a=; b=; c=; l=; n=; v=; true");
		fake_output_clear();
		con_ctrlc_clear();
		status = shell_run(c->text);
		if (strcmp(fake_output(), c->output) != 0 ||
		    status != c->status)
			fail_msg("\"%s\" printed \"%s\", result %d", c->text,
				 fake_output(), status);
	}
}

/* run inside run, for ever. */
static void test_depth(void **state)
{
	(void)state;
	assert_int_equal(shell_run("setenv r 'echo -n x; run r'; run r"), 1);
	assert_string_equal(fake_output(),
			    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			    "shell: more than 32 texts inside each other\n");
	/* two calls are not 2^32 lines: all texts end */
	fake_output_clear();
	assert_int_equal(shell_run("setenv r 'run r; run r'; run r || run r"),
			 1);
	assert_string_equal(fake_output(),
			    "shell: more than 32 texts inside each other\n");
	/* and the depth is back */
	fake_output_clear();
	assert_int_equal(shell_run("setenv r args; run r"), 0);
}

/* A line full of time, and time between texts, which doubles at each. */
static void test_commands_in_commands(void **state)
{
	static char text[SHELL_LINE_MAX];
	static const char refusal[] =
		"time: more than 32 commands inside each other\n";

	(void)state;
	for (size_t i = 0; i + 5 < sizeof(text); i += 5)
		memcpy(text + i, "time ", 5);
	assert_int_equal(shell_run(text), 1);
	assert_memory_equal(fake_output(), refusal, sizeof(refusal) - 1);
	fake_output_clear();
	memcpy(text + 5 * SHELL_RUN_DEPTH, "args", 5);
	assert_int_equal(shell_run(text), 0);
	assert_null(strstr(fake_output(), "more than"));
	fake_output_clear();
	assert_int_equal(shell_run("setenv r 'time run r; time run r'; run r"),
			 1);
	assert_non_null(strstr(fake_output(), "more than 32 commands"));
	assert_in_range(fake_output_len(), 100, 2000);
	fake_output_clear();
	assert_int_equal(shell_run("time args"), 0);
}

static void test_nothing_is_cut(void **state)
{
	static char text[70000];
	size_t used;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	assert_int_equal(shell_run(text), 1);
	assert_string_equal(fake_output(), "line too long\n");

	text[30000] = '\0';
	assert_int_equal(env_set("a", text), 0);
	assert_int_equal(shell_run("args"), 0);
	fake_output_clear();
	used = heap_used();
	assert_int_equal(shell_run("args $a $a"), 0);
	assert_int_equal(fake_output_len(), 60005);
	fake_output_clear();
	assert_int_equal(shell_run("args $a $a $a; v=$a$a$a"), 1);
	assert_string_equal(fake_output(), "line too long\nline too long\n");
	assert_int_equal(heap_used(), used);
	fake_output_clear();
	assert_int_equal(shell_run("setenv b $a"), 0);
	assert_int_equal(shell_run("setenv c $a"), 1);
}

static void test_no_leaks(void **state)
{
	size_t used;

	(void)state;
	(void)shell_run("v=1; setenv r 'args $v; exit'");
	used = heap_used();
	(void)shell_run("run r; args \"$v\" ${x:-y}; nosuch; uuse; args 'a");
	(void)shell_run("args ${a:+b}; args |; setenv =; zsub o; time args");
	assert_int_equal(heap_used(), used);
}

/* Ctrl-C ends everything up to the prompt, and what was typed before it. */
static void test_ctrlc(void **state)
{
	(void)state;
	fake_type("abc\003", 4, 0);
	assert_int_equal(
		shell_run("setenv r 'sleep 9; args no'; run r || args no"), 1);
	assert_string_equal(fake_output(), "<INTERRUPT>\n");
	assert_true(con_ctrlc());
	assert_int_equal(con_getc(), -1);
	con_ctrlc_clear();
	assert_int_equal(shell_run("args yes"), 0);
}

struct prompt_case {
	const char *typed, *output;
};

static const struct prompt_case prompt_cases[] = {
	{ "args a\r", "=> args a\n[a]\n=> " },
	{ "args 'a\rb' c\r", "=> args 'a\n> b' c\n[a\nb][c]\n=> " },
	{ "args a &&\r\rargs b\r",
	  "=> args a &&\n> \n> args b\n[a]\n[b]\n=> " },
	{ "args a \\\rb\r", "=> args a \\\n> b\n[a][b]\n=> " },
	{ "args 'a\r\003args b\r",
	  "=> args 'a\n> <INTERRUPT>\n=> args b\n[b]\n=> " },
	{ "args\003args $?\r", "=> args<INTERRUPT>\n=> args $?\n[1]\n=> " },
	/* an empty line repeats what may be repeated */
	{ "args a\r\r\r", "=> args a\n[a]\n=> \n[a]\n=> \n[a]\n=> " },
	{ "args a;args b\r\r",
	  "=> args a;args b\n[a]\n[b]\n=> \n[a]\n[b]\n=> " },
	{ "args a;setenv b\r\r", "=> args a;setenv b\n[a]\n=> \n=> " },
	{ "args a\rnosuch\r\r",
	  "=> args a\n[a]\n=> nosuch\n"
	  "Unknown command 'nosuch' - try 'help'\n=> \n=> " },
	{ "args a\r\nargs b\r\n", "=> args a\n[a]\n=> args b\n[b]\n=> " },
	{ "args a\nargs b\n", "=> args a\n[a]\n=> args b\n[b]\n=> " },
	/* Ctrl-C at a line that a command reads ends the list, too */
	{ "editenv a; args b\rx\003args $?\r",
	  "=> editenv a; args b\nedit: x<INTERRUPT>\n=> args $?\n[1]\n=> " },
	/* the prompt starts a line */
	{ "echo -n a\rargs\r", "=> echo -n a\na\n=> args\n\n=> " },
	{ "args 'a\r", "=> args 'a\n> <INTERRUPT>\n=> " },
	{ "args |\r", "=> args |\nsyntax error: '|': there are no pipes\n=> " },
	{ "exit\r", "=> exit\nexit not allowed from main input shell.\n=> " },
	{ "exit && args\r",
	  "=> exit && args\nexit not allowed from main input shell.\n=> " },
};

static void type_all(const char *typed, size_t burst)
{
	fake_output_clear();
	fake_type(typed, strlen(typed), burst);
	while (fake_untyped() || con_has_input())
		shell_turn();
}

static void test_prompt(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(prompt_cases) * 2; i++) {
		const struct prompt_case *c = &prompt_cases[i / 2];
		size_t len = strlen(c->output) - 3; /* the last prompt */
		const char *rest = fake_output() + len;

		type_all("true;setenv b\r", 0);
		type_all(c->typed, i % 2);
		/* A half line left over waits until its Ctrl-C. */
		if (strncmp(fake_output(), c->output, len) != 0 ||
		    (*rest && strcmp(rest, "=> <INTERRUPT>\n") != 0))
			fail_msg("\"%s\" showed \"%s\"", c->typed,
				 fake_output());
	}
}

static void test_long_line(void **state)
{
	static char typed[SHELL_LINE_MAX + 100];

	(void)state;
	memset(typed, 'a', sizeof(typed));
	memcpy(typed, "args ", 5);
	memcpy(typed + sizeof(typed) - 9, "\rargs b\r", 9);
	fake_type(typed, sizeof(typed), 7);
	shell_turn();
	assert_int_equal(fake_bells(), 1);
	shell_turn();
	assert_non_null(
		strstr(fake_output(), "\nline too long\n=> args b\n[b]\n"));
}

/* Pasted at full speed while commands run: no byte is lost. */
static void test_paste(void **state)
{
	static char typed[200 * 32], expected[200 * 64];
	size_t n = 0, e = 0;

	(void)state;
	for (int i = 0; i < 200; i++) {
		n += (size_t)sprintf(typed + n, "args line %d; true\n", i);
		e += (size_t)sprintf(expected + e,
				     "=> args line %d; true\n[line][%d]\n", i,
				     i);
	}
	type_all(typed, 0);
	assert_string_equal(fake_output(), expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(test_texts, setup, NULL),
		fake_isolated(test_depth, setup, NULL),
		fake_isolated(test_commands_in_commands, setup, NULL),
		fake_isolated(test_nothing_is_cut, setup, NULL),
		fake_isolated(test_no_leaks, setup, NULL),
		fake_isolated(test_ctrlc, setup, NULL),
		fake_isolated(test_prompt, setup, NULL),
		fake_isolated(test_long_line, setup, NULL),
		fake_isolated(test_paste, setup, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
