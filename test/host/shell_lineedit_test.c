/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor, judged by its screen: bytes are typed, slowly, fast and all
 * at once, and after each script the terminal must show what the line holds.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <core/heap.h>
#include <env/env.h>
#include <lib/compiler.h>
#include <shell/command.h>
#include <shell/shell.h>

#include "isolated.h"
#include "line_priv.h"
#include "terminal.h"

struct edit_case {
	const char *typed; /* without Enter */
	const char *line;  /* what line_read would return */
	size_t column;     /* of the cursor, behind the prompt */
	unsigned int bells;
};

static const struct edit_case cases[] = {
	{ "", "", 0, 0 },
	{ "abc", "abc", 3, 0 },
	{ "abc\001", "abc", 0, 0 },
	{ "abc\001\005", "abc", 3, 0 },
	{ "abc\002\002", "abc", 1, 0 },
	{ "abc\001\006", "abc", 1, 0 },
	{ "\002\006", "", 0, 0 },
	{ "ac\002b", "abc", 2, 0 },
	{ "bc\001a", "abc", 1, 0 },
	{ "abc\010", "ab", 2, 0 },
	{ "abc\177\177", "a", 1, 0 },
	{ "abc\002\010", "ac", 1, 0 },
	{ "\010", "", 0, 1 },
	{ "abc\001\004", "bc", 0, 0 },
	{ "abc\004", "abc", 3, 1 },
	{ "abc\001\033[3~", "bc", 0, 0 },
	{ "abcd\002\002\013", "ab", 2, 0 },
	{ "abcd\002\025x", "x", 1, 0 },
	{ "abcd\030", "", 0, 0 },
	{ "ab cd  \027", "ab ", 3, 0 },
	{ "ab cd\027\027", "", 0, 0 },
	{ "ab cd ef\002\002\027", "ab ef", 3, 0 },
	{ "abc\001\017xy", "xyc", 2, 0 },
	{ "abc\001\017xyzw", "xyzw", 4, 0 },
	{ "abc\001\017x\017y", "xybc", 2, 0 },
	{ "abc\033[D\033[D", "abc", 1, 0 },
	{ "abc\033[D\033[D\033[C", "abc", 2, 0 },
	{ "abc\033OD", "abc", 2, 0 },
	{ "abc\033[H", "abc", 0, 0 },
	{ "abc\033[1~", "abc", 0, 0 },
	{ "abc\033[7~", "abc", 0, 0 },
	{ "abc\033OH", "abc", 0, 0 },
	{ "abc\033[H\033[F", "abc", 3, 0 },
	{ "abc\033[H\033[4~", "abc", 3, 0 },
	{ "abc\033[H\033[8~", "abc", 3, 0 },
	{ "abc\033[H\033OF", "abc", 3, 0 },
	{ "ab cd\033b", "ab cd", 3, 0 },
	{ "ab cd\033b\033b\033b", "ab cd", 0, 0 },
	{ "ab cd\001\033f", "ab cd", 2, 0 },
	{ "ab cd\033[1;5D", "ab cd", 3, 0 },
	{ "ab cd\001\033[1;5C\033[1;3C", "ab cd", 5, 0 },
	/* sequences nobody knows are swallowed whole */
	{ "a\033[20~\033[[Ab\033[1;2P\033[?25h\033Oqc\033xd", "abcd", 4, 0 },
	{ "a\033[12345678901234567890;;;;~b", "ab", 2, 0 },
	/* and never a control character with them */
	{ "ab\033[1\010", "a", 1, 0 },
	{ "ab\033\001", "ab", 0, 0 },
	/* UTF-8, and bytes that are not */
	{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
	  "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 3, 0 },
	{ "\xc3\xa4\xe2\x82\xac\177", "\xc3\xa4", 1, 0 },
	{ "\xc3\xa4\xe2\x82\xac\002\002x", "x\xc3\xa4\xe2\x82\xac", 1, 0 },
	{ "a\xc3\xa4"
	  "b\002\002\004",
	  "ab", 1, 0 },
	{ "ab\002\xc3\xa4",
	  "a\xc3\xa4"
	  "b",
	  2, 0 },
	{ "\xe4x\xff\xa4", "\xe4x\xff\xa4", 4, 0 },
	{ "\xe4x\xff\xa4\177\177\177", "\xe4", 1, 0 },
	{ "ab\001\017\xc3\xa4",
	  "\xc3\xa4"
	  "b",
	  1, 0 },
	/* keys that mean nothing */
	{ "a\032\034\035b", "ab", 2, 3 },
	/* the screen is cleared, the line stays */
	{ "abc\002\014", "abc", 2, 0 },
};

static char line[SHELL_LINE_MAX];

/* Type @typed with Enter and return what line_read does. */
static int type_line(const char *typed, size_t burst)
{
	static char script[3 * SHELL_LINE_MAX];

	snprintf(script, sizeof(script), "%s\r", typed);
	fake_output_clear();
	fake_type(script, strlen(script), burst);
	line[0] = '\0';
	return line_read("=> ", line, sizeof(line), true);
}

/* The same without Enter: its last wait ends with Ctrl-C, whose text is
 * appended on the screen at the cursor. */
static size_t column_after(const char *typed, size_t burst)
{
	const char *mark = "<INTERRUPT>\n";
	size_t len;

	fake_output_clear();
	fake_type(typed, strlen(typed), burst);
	line[0] = '\0';
	assert_int_equal(line_read("=> ", line, sizeof(line), true), -EINTR);
	len = fake_output_len();
	assert_true(len >= strlen(mark));
	assert_string_equal(fake_output() + len - strlen(mark), mark);
	return fake_last_column() - (strlen(mark) - 1);
}

/* Does the line left last show @text? Blanks at the end cannot be seen. */
static bool shows(const char *text)
{
	char expected[SHELL_LINE_MAX + 4];
	size_t len;

	snprintf(expected, sizeof(expected), "=> %s", text);
	len = strlen(expected);
	while (len && expected[len - 1] == ' ')
		expected[--len] = '\0';
	return !strcmp(fake_last_line(), expected);
}

static void check(const struct edit_case *c, size_t burst)
{
	unsigned int bells = fake_bells();
	size_t column = column_after(c->typed, burst);

	bells = fake_bells() - bells;
	assert_int_equal(type_line(c->typed, burst), 0);
	if (strcmp(line, c->line) != 0 || column != c->column + 3 ||
	    bells != c->bells || !shows(c->line))
		fail_msg("case %d: \"%s\", screen \"%s\", column %zu, %u bells",
			 (int)(c - cases), line, fake_last_line(), column,
			 bells);
}

static int setup(void **state)
{
	(void)state;
	fake_terminal_start();
	return 0;
}

static void test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		for (size_t burst = 0; burst < 4; burst++)
			check(&cases[i], burst);
	}
	assert_int_equal(fake_terminal_faults(), 0);
}

#define UP   "\033[A"
#define DOWN "\033[B"

static void test_history(void **state)
{
	static const struct {
		const char *typed, *line;
	} steps[] = {
		{ "one", "one" },
		{ "two", "two" },
		{ "two", "two" }, /* no line twice in a row */
		{ "", "" },       /* and no empty one */
		{ UP, "two" },
		{ "\020\020", "one" },
		{ UP UP UP UP UP, "one" },
		{ "mine" UP UP DOWN DOWN, "mine" },
		{ "mine" UP DOWN "x" UP, "mine" },
		{ UP "x", "minex" },
		{ DOWN "y", "y" },
		{ "long line with words" UP DOWN UP "\016z",
		  "long line with wordsz" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(steps); i++) {
		assert_int_equal(type_line(steps[i].typed, i % 3), 0);
		if (strcmp(line, steps[i].line) != 0 || !shows(line))
			fail_msg("step %zu: \"%s\", screen \"%s\"", i, line,
				 fake_last_line());
	}
}

static void test_history_is_bounded(void **state)
{
	size_t used = 0;

	(void)state;
	for (int i = 0; i < 3 * HISTORY_MAX; i++) {
		char text[32];

		snprintf(text, sizeof(text), "line %03d", i);
		assert_int_equal(type_line(text, 0), 0);
		if (i == HISTORY_MAX)
			used = heap_used();
	}
	assert_int_equal(heap_used(), used);
	assert_string_equal(shell_history(1), "line 191");
	assert_string_equal(shell_history(HISTORY_MAX), "line 128");
	assert_null(shell_history(HISTORY_MAX + 1));
	assert_null(shell_history(0));
}

static void test_search(void **state)
{
	static const struct {
		const char *typed, *line;
	} steps[] = {
		{ "load virtio 0", "load virtio 0" },
		{ "ls virtio 0", "ls virtio 0" },
		{ "echo hello", "echo hello" },
		{ "\022load", "load virtio 0" },
		{ "\022virt", "load virtio 0" },
		{ "\022virt\022", "ls virtio 0" },
		{ "\022ls v\005 more", "ls virtio 0 more" },
		{ "\022ehco\010\010\010cho", "echo hello" },
		{ "abc\022load\007d", "abcd" },
		{ "abc\022zzz\005d", "abcd" },
		{ "\022hello\002\002\002\002\002X", "echo Xhello" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(steps); i++) {
		assert_int_equal(type_line(steps[i].typed, i % 3), 0);
		if (strcmp(line, steps[i].line) != 0 || !shows(line))
			fail_msg("step %zu: \"%s\", screen \"%s\"", i, line,
				 fake_last_line());
	}
	/* Ctrl-C ends the search and the line. */
	assert_int_equal(type_line("abc\022load\003", 0), -EINTR);
}

static void offer_things(const struct cmd_call *call)
{
	if (call->argc == 2) {
		shell_offer("virtio0");
		shell_offer("virtio1");
		shell_offer("net");
		shell_offer("two words");
	} else {
		shell_offer("/dir/");
		shell_offer("/dirt");
		shell_offer("/image");
	}
}

static int do_nothing(const struct cmd_call *call)
{
	(void)call;
	return CMD_OK;
}

COMMAND(zzone, do_nothing, 0, -1, true, "completes", "",
	.complete = offer_things);
COMMAND(zzother, do_nothing, 0, -1, true, "does not", "");

#define TAB "\t"

static void test_tab(void **state)
{
	static const struct {
		const char *typed, *line;
		unsigned int bells;
	} steps[] = {
		{ "zzon" TAB, "zzone ", 0 },
		{ "z" TAB "n" TAB, "zzone ", 1 },
		{ "true; zzot" TAB, "true; zzother ", 0 },
		{ "true && zzot" TAB, "true && zzother ", 0 },
		{ "zzone n" TAB, "zzone net ", 0 },
		{ "zzone v" TAB "1" TAB, "zzone virtio1 ", 1 },
		{ "zzone net /i" TAB, "zzone net /image ", 0 },
		{ "zzone net /d" TAB, "zzone net /dir", 1 },
		{ "zzone net /dir/" TAB "x", "zzone net /dir/x", 0 },
		{ "zzone t" TAB, "zzone two\\ words ", 0 },
		{ "zzone \"t" TAB, "zzone \"two words\" ", 0 },
		{ "zzone 't" TAB, "zzone 'two words' ", 0 },
		{ "zzone two\\ w" TAB, "zzone two\\ words ", 0 },
		{ "zzone x" TAB, "zzone x", 1 },
		{ "zzother " TAB, "zzother ", 1 },
		{ "nosuch x" TAB, "nosuch x", 1 },
		{ "nosuch" TAB, "nosuch", 1 },
		{ "zzone a\\" TAB, "zzone a\\", 1 },
		{ "zzone net"
		  "\002\002" TAB,
		  "zzone net et", 0 },
		{ "echo $tabv" TAB, "echo $tabvar", 0 },
		{ "echo ${tabv" TAB, "echo ${tabvar}", 0 },
		{ "echo a${tabv" TAB "b", "echo a${tabvar}b", 0 },
		{ "echo \"$tabv" TAB "\"", "echo \"$tabvar\"", 0 },
		{ "echo '$tabv" TAB "'", "echo '$tabv'", 1 },
		{ "printenv tabv" TAB, "printenv tabvar ", 0 },
		{ "env exi" TAB "tabv" TAB, "env exists tabvar ", 0 },
		{ "zzone $tabvar /im" TAB, "zzone $tabvar /image ", 0 },
	};

	(void)state;
	assert_int_equal(env_set("tabvar", "net"), 0);
	for (size_t i = 0; i < array_size(steps); i++) {
		unsigned int bells = fake_bells();
		size_t used = heap_used();

		/* Ctrl-C, so that the history does not count. */
		(void)column_after(steps[i].typed, i % 3);
		assert_int_equal(heap_used(), used);
		if (strcmp(line, steps[i].line) != 0 ||
		    fake_bells() - bells != steps[i].bells)
			fail_msg("step %zu: \"%s\", %u bells", i, line,
				 fake_bells() - bells);
	}
}

static void test_tab_lists(void **state)
{
	(void)state;
	assert_int_equal(type_line("zzone virt" TAB TAB "0", 0), 0);
	assert_string_equal(line, "zzone virtio0");
	assert_non_null(strstr(fake_output(), "zzone virtio\a\n"
					      "virtio0  virtio1\n"
					      "=> zzone virtio0\n"));
}

static void test_editing_a_text(void **state)
{
	char small[8] = "ab\tcd";

	(void)state;
	fake_type("\002\002\002\010x\r", 6, 0);
	assert_int_equal(line_read("edit: ", small, sizeof(small), false), 0);
	assert_string_equal(small, "ax\tcd");
	assert_string_equal(fake_last_line(), "edit: ax^Icd");
	assert_null(shell_history(1));

	/* More than fits is refused, not cut. */
	fake_type("1234\r", 5, 1);
	assert_int_equal(line_read("edit: ", small, sizeof(small), false),
			 -ENAMETOOLONG);
	assert_int_equal(fake_bells(), 1);
	/* Taking something away is an answer to the bell. */
	small[0] = '\0';
	fake_type("12345678\0109\r", 11, 1);
	assert_int_equal(line_read("edit: ", small, sizeof(small), false), 0);
	assert_string_equal(small, "1234569");
}

/* Pasting into the middle: the tail is drawn once a chunk, not once a byte. */
static void test_paste_in_the_middle(void **state)
{
	static char typed[3000];

	(void)state;
	memset(typed, 't', 1000);
	typed[1000] = '\001';
	memset(typed + 1001, 'x', 1000);
	typed[2001] = '\0';
	assert_int_equal(type_line(typed, 0), 0);
	assert_int_equal(strlen(line), 2000);
	assert_true(shows(line));
	assert_in_range(fake_output_len(), 2000, 2 * 1000 * 1000 / 32 + 8000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(test_keys, setup, NULL),
		fake_isolated(test_history, setup, NULL),
		fake_isolated(test_history_is_bounded, setup, NULL),
		fake_isolated(test_search, setup, NULL),
		fake_isolated(test_tab, setup, NULL),
		fake_isolated(test_tab_lists, setup, NULL),
		fake_isolated(test_editing_a_text, setup, NULL),
		fake_isolated(test_paste_in_the_middle, setup, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
