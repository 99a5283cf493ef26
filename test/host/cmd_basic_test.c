/* SPDX-License-Identifier: BSD-2-Clause */
/* The basic commands by their texts and results, good and bad. */
#include <stdio.h>
#include <string.h>

#include <arch/timer.h>
#include <core/console.h>
#include <env/env.h>
#include <lib/compiler.h>
#include <lib/version.h>
#include <shell/command.h>
#include <shell/shell.h>

#include "isolated.h"
#include "../../cmd/rate.h"
#include "terminal.h"

struct command_case {
	const char *text, *output;
	int status;
};

static const struct command_case cases[] = {
	{ "echo", "\n", 0 },
	{ "echo a  'b  c'", "a b  c\n", 0 },
	{ "echo -n a; echo -n; echo a -n", "aa -n\n", 0 },
	{ "true; echo $?; false; echo $?", "0\n1\n", 0 },

	{ "sleep 0; sleep .5; sleep 1.25", "", 0 },
	{ "sleep x", "sleep: 'x' is not a number of seconds\n", 1 },
	{ "sleep 1.5s", "sleep: '1.5s' is not a number of seconds\n", 1 },
	{ "sleep 0x1", "sleep: '0x1' is not a number of seconds\n", 1 },
	{ "sleep 0X0", "sleep: '0X0' is not a number of seconds\n", 1 },
	{ "sleep .", "sleep: '.' is not a number of seconds\n", 1 },
	{ "sleep -1", "sleep: '-1' is not a number of seconds\n", 1 },
	{ "sleep 18446744073710",
	  "sleep: '18446744073710' is not a number of seconds up to a year\n",
	  1 },
	{ "sleep 18446744073709.9",
	  "sleep: '18446744073709.9' is not a number of seconds up to a year\n",
	  1 },
	{ "sleep 99999999999999999999",
	  "sleep: '99999999999999999999' is not a number of seconds up to a "
	  "year\n",
	  1 },
	{ "sleep 99999999",
	  "sleep: '99999999' is not a number of seconds up to a year\n", 1 },

	{ "setenv a 1  2; printenv a; setenv a; printenv a",
	  "a=1 2\n## Error: \"a\" not defined\n", 1 },
	{ "setenv b 2; setenv a '1  x'; printenv",
	  "a=1  x\nb=2\n\nEnvironment size: 11/65536 bytes\n", 0 },
	{ "setenv b 2; printenv a b", "## Error: \"a\" not defined\nb=2\n", 1 },
	{ "setenv -x a",
	  "setenv - set environment variables\n\nUsage:\n"
	  "setenv [-f] name value ...\n"
	  "    - [forcibly] set environment variable 'name' to 'value ...'\n"
	  "setenv [-f] name\n"
	  "    - [forcibly] delete environment variable 'name'\n",
	  1 },
	{ "setenv a=b c",
	  "## Error: illegal character in variable name \"a=b\"\n", 1 },
	{ "setenv serial# 1; setenv serial# 1; setenv serial# 2",
	  "## Error: Can't overwrite \"serial#\": it is set already; -f forces "
	  "it\n",
	  1 },
	{ "setenv serial# 1; setenv -f serial# 2; printenv serial#",
	  "serial#=2\n", 0 },
	{ "setenv serial# 1; env delete serial#",
	  "## Error: Can't overwrite \"serial#\": it is set already; -f forces "
	  "it\n",
	  1 },
	{ "setenv serial# 1; env delete -f serial#; env exists serial#", "",
	  1 },
	{ "setenv -f ethaddr 52:54:0:12:34:5g",
	  "## Error: flags type check failure for \"ethaddr\" <= "
	  "\"52:54:0:12:34:5g\" (type: m): not a MAC address\n",
	  1 },
	{ "setenv .flags a:dr,b:b; printenv; printenv -a; setenv a 1",
	  "\nEnvironment size: 16/65536 bytes\n.flags=a:dr,b:b\n\n"
	  "Environment size: 16/65536 bytes\n"
	  "## Error: Can't overwrite \"a\": it is read-only\n",
	  1 },
	{ "setenv .flags b:b; setenv b maybe",
	  "## Error: flags type check failure for \"b\" <= \"maybe\" "
	  "(type: b): not a boolean\n",
	  1 },
	{ "setenv ab 1; setenv c ab; setenv d 2; grepenv ab; grepenv -n ab; "
	  "grepenv -v ab 2; grepenv nosuch",
	  "ab=1\nc=ab\nab=1\nc=ab\nd=2\n", 1 },
	{ "setenv a 1; env indirect b a; env indirect c nosuch 3; printenv b "
	  "c; "
	  "env indirect d nosuch",
	  "b=1\nc=3\n## env indirect: Environment variable for <from> "
	  "(nosuch) does not exist.\n",
	  1 },
	{ "env select nosuch",
	  "Select Environment on nosuch: driver not found\n", 1 },
	{ "env select NONE; saveenv",
	  "Select Environment on none: OK\nSaving Environment to none... "
	  "Failed (nothing is kept)\n",
	  1 },
	{ "setenv env_store none; env load; env info -p; env info -p -q",
	  "Loading Environment from none... Failed (nothing is kept)\n"
	  "Environment cannot be persisted\n",
	  1 },
	{ "setenv env_store nosuch", "setenv: env_store: no such device\n", 1 },
	{ "env info; env info -d",
	  "env_valid = invalid\nenv_ready = true\nenv_use_default = true\n"
	  "Default environment is used\n",
	  0 },
	{ "env default nosuch; setenv extra 1; env default -k extra; "
	  "printenv extra; env default extra; printenv extra",
	  "WARNING: 'nosuch' neither in running nor in imported env!\n"
	  "extra=1\nWARNING: 'extra' not in imported env, deleting it!\n"
	  "## Error: \"extra\" not defined\n",
	  1 },
	{ "env set a 1 2; env print a; env exists a && echo yes",
	  "a=1 2\nyes\n", 0 },
	{ "env set a 1; env delete a nosuch; env exists a", "", 1 },
	{ "setenv keep me; env default -a; printenv keep",
	  "## Resetting to default environment\n"
	  "## Error: \"keep\" not defined\n",
	  1 },
	{ "env export -t zz", "env export: 'zz' is not a number\n", 1 },
	{ "env export -t 1000", "env export: 0x1000: not RAM\n", 1 },
	{ "env import -t 1000", "env import: 0x1000: not RAM\n", 1 },
	{ "env import -t 1000 zz", "env import: 'zz' is not a number\n", 1 },

	{ "v=5; w='a b'; showvar", "v=5\nw=a b\n", 0 },
	{ "setenv e 'a\033[2J\n\tb\302\233'; printenv e; env print e",
	  "e=a?[2J\n\tb?\ne=a?[2J\n\tb?\n", 0 },
	{ "v='\033c'; printenv $v; setenv $v 1; env default $v; env delete $v",
	  "## Error: \"?c\" not defined\n"
	  "## Error: illegal character in variable name \"?c\"\n"
	  "WARNING: '?c' neither in running nor in imported env!\n"
	  "## Error: illegal character in variable name \"?c\"\n",
	  1 },
	{ "v='\033c'; env indirect e $v; env edit $v; env select $v; $v; "
	  "exit $v",
	  "## env indirect: Environment variable for <from> (?c) does not "
	  "exist.\n"
	  "## Error: illegal character in variable name \"?c\"\n"
	  "Select Environment on ?c: driver not found\n"
	  "Unknown command '?c' - try 'help'\nexit: '?c' is not a number\n",
	  1 },
	{ "v='\033c'; showvar v; showvar", "v=?c\nv=?c\n", 0 },
	{ "v='\033c'; help $v; sleep $v; test $v -eq 1",
	  "Unknown command '?c' - try 'help' without arguments for list of all "
	  "known commands\n\nsleep: '?c' is not a number of seconds\n"
	  "test: '?c' is not a number\n",
	  1 },
	{ "v=5; showvar v; printenv v", "v=5\n## Error: \"v\" not defined\n",
	  1 },
	{ "setenv e 1; showvar e", "## Error: \"e\" not defined\n", 1 },

	{ "setenv r 'exit zz; echo on'; run r",
	  "exit: 'zz' is not a number\non\n", 0 },

	{ "time nosuch",
	  "Unknown command 'nosuch' - try 'help'\n"
	  "\ntime: 0.000 seconds\n",
	  1 },
	{ "help nosuch",
	  "Unknown command 'nosuch' - try 'help' without arguments for list of "
	  "all known commands\n\n",
	  1 },
	{ "help sleep",
	  "sleep - delay execution for some time\n\nUsage:\n"
	  "sleep N\n    - delay execution for N seconds (N is _decimal_ and "
	  "can "
	  "be\n      fractional)\n",
	  0 },
	{ "reset; poweroff",
	  "resetting ...\nreset: PSCI SYSTEM_RESET: no such device\n"
	  "poweroff ...\npoweroff: PSCI SYSTEM_OFF: no such device\n",
	  1 },
};

/* Results of test, without output unless the text says otherwise. */
static const struct {
	const char *args;
	int status;
} tests_of_test[] = {
	{ "", 1 },
	{ "a", 0 },
	{ "''", 1 },
	{ "a = a", 0 },
	{ "a = b", 1 },
	{ "a != b", 0 },
	{ "a != a", 1 },
	{ "a < b", 0 },
	{ "b < a", 1 },
	{ "b \\> a", 0 },
	{ "a \\> b", 1 },
	{ "-z ''", 0 },
	{ "-z a", 1 },
	{ "-n a", 0 },
	{ "-n ''", 1 },
	{ "-n = -n", 0 },
	{ "! = !", 0 },
	{ "-z", 0 },
	{ "10 -eq 0xa", 0 },
	{ "010 -eq 8", 0 },
	{ "0 -eq -0", 0 },
	{ "-1 -lt 0", 0 },
	{ "1 -ne 2", 0 },
	{ "2 -gt 10", 1 },
	{ "10 -gt 2", 0 },
	{ "2 -ge 2", 0 },
	{ "2 -le 1", 1 },
	{ "! a = b", 0 },
	{ "! ! a = b", 1 },
	{ "! ''", 0 },
	{ "a = a -a b = b", 0 },
	{ "a = a -a b = c", 1 },
	{ "a = b -o b = b", 0 },
	{ "a = b -o b = c", 1 },
	{ "a = a -o b = b -a c = d", 0 },
	{ "c = d -a a = a -o b = b", 0 },
	{ "-n a -a ! -z a", 0 },
	{ "-z a -o ! 1 -eq 2", 0 },
};

static int setup(void **state)
{
	(void)state;
	fake_terminal_start();
	return 0;
}

static void check(const char *text, const char *output, int status)
{
	int got;

	env_clear();
	(void)shell_run("v=; w=");
	fake_output_clear();
	got = shell_run(text);
	if (strcmp(fake_output(), output) != 0 || got != status)
		fail_msg("\"%s\" printed \"%s\", result %d", text,
			 fake_output(), got);
}

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(cases); i++)
		check(cases[i].text, cases[i].output, cases[i].status);
}

static void test_test(void **state)
{
	char text[100];

	(void)state;
	for (size_t i = 0; i < array_size(tests_of_test); i++) {
		snprintf(text, sizeof(text), "test %s", tests_of_test[i].args);
		check(text, "", tests_of_test[i].status);
		snprintf(text, sizeof(text), "[ %s ]", tests_of_test[i].args);
		check(text, "", tests_of_test[i].status);
	}
	check("test 1 -eq zz", "test: 'zz' is not a number\n", 1);
	check("test zz -eq 1 -o a", "test: 'zz' is not a number\n", 1);
	check("test a b", "test: 'b' is not an operator\n", 1);
	check("test a = b -o", "test: operand expected\n", 1);
	check("[ a = a", "[: ']' is missing\n", 1);
	check("[", "[: ']' is missing\n", 1);
	check("test -e virtio 9:1 /f", "", 1);
}

static void test_help(void **state)
{
	const char *text, *end;
	char last[256] = "";

	(void)state;
	assert_int_equal(shell_run("help"), 0);
	text = fake_output();
	assert_ptr_equal(strstr(text, "?         - alias for 'help'\n"), text);
	assert_non_null(strstr(text, "\nsleep     - delay execution"));
	for (; *text; text = end + 1) {
		end = strchr(text, '\n');
		assert_in_range(end - text, 13, 79);
		assert_true(strncmp(last, text, 12) < 0);
		snprintf(last, sizeof(last), "%.*s", (int)(end - text), text);
	}
	fake_output_clear();
	assert_int_equal(shell_run("?"), 0);
	assert_non_null(strstr(fake_output(), "\nsleep     - "));
}

static void test_version(void **state)
{
	char expected[512];

	(void)state;
	snprintf(expected, sizeof(expected), "%s\n\n%s\n%s\n", vireo_version,
		 vireo_compiler, vireo_linker);
	check("version", expected, 0);
}

static void test_time(void **state)
{
	const char *fraction;

	(void)state;
	assert_int_equal(shell_run("time sleep 1"), 0);
	assert_ptr_equal(strstr(fake_output(), "\ntime: 1.0"), fake_output());
	fake_output_clear();
	fake_timer_step = timer_hz() / 20;
	assert_int_equal(shell_run("time sleep 61.5"), 0);
	fraction = strstr(fake_output(), "\ntime: 1 minutes, 1.");
	assert_ptr_equal(fraction, fake_output());
}

static void test_rate(void **state)
{
	(void)state;
	rate_print("read", 400, 476000);
	rate_print("read", 999, 1000999);
	rate_print("read", 4096, 2000);
	rate_print("read", 1000, 999);
	rate_print("read", 0, 5000);
	assert_string_equal(fake_output(), "400 bytes read in 476 ms (840 "
					   "Bytes/s)\n999 bytes read in 1000 "
					   "ms (999 Bytes/s)\n4096 bytes read "
					   "in 2 ms (2 MiB/s)\n1000 bytes read "
					   "in 0 ms\n0 bytes read in 5 ms (0 "
					   "Bytes/s)\n");
}

static void test_sleep_ends_at_ctrlc(void **state)
{
	(void)state;
	fake_type("\003", 1, 1);
	assert_int_equal(shell_run("time sleep 100"), 1);
	assert_ptr_equal(strstr(fake_output(), "\ntime: 0.0"), fake_output());
}

static void test_editenv(void **state)
{
	(void)state;
	fake_type("x\002y\r", 4, 0);
	assert_int_equal(shell_run("editenv a=b"), 1); /* without an editor */
	assert_int_equal(shell_run("setenv v old; editenv v"), 0);
	assert_string_equal(env_get("v"), "oldyx");
	assert_string_equal(fake_last_line(), "edit: oldyx");
	fake_type("new\003", 4, 0);
	assert_int_equal(shell_run("editenv v"), 1);
	assert_string_equal(env_get("v"), "oldyx");
	con_ctrlc_clear();
	fake_type("\025\r", 2, 0);
	assert_int_equal(shell_run("editenv v"), 0);
	assert_null(env_get("v"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(test_texts, setup, NULL),
		fake_isolated(test_test, setup, NULL),
		fake_isolated(test_help, setup, NULL),
		fake_isolated(test_version, setup, NULL),
		fake_isolated(test_time, setup, NULL),
		fake_isolated(test_sleep_ends_at_ctrlc, setup, NULL),
		fake_isolated(test_rate, setup, NULL),
		fake_isolated(test_editenv, setup, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
