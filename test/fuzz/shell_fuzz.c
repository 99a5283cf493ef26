/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text at the shell. Commands that touch memory or devices are taken out of
 * the table, all others run: nothing may crash, leak or go on for ever (the
 * fake terminal types Ctrl-C when it has waited long enough).
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <arch/timer.h>
#include <core/console.h>
#include <core/heap.h>
#include <env/env.h>
#include <lib/compiler.h>
#include <shell/command.h>
#include <shell/shell.h>

#include "terminal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static int do_harmless(const struct cmd_call *call)
{
	if (call->argv[call->argc])
		abort();
	return call->argc > 2 ? CMD_FAIL : CMD_OK;
}

COMMAND(harmless, do_harmless, 0, -1, true, "instead of dangerous ones", "",
	.sized = true);

static const char *const allowed[] = {
	"?",    "[",    "echo",    "env",     "exit",     "false",
	"help", "run",  "showvar", "history", "printenv", "setenv",
	"test", "true", "version", "sleep",   "time",     "harmless",
};

static bool is_allowed(const char *name)
{
	for (size_t i = 0; i < array_size(allowed); i++) {
		if (!strcmp(allowed[i], name))
			return true;
	}
	return false;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = (uintptr_t)__start_table_command & ~(page - 1);
	uintptr_t end = (uintptr_t)__stop_table_command;

	(void)argc;
	(void)argv;
	if (mprotect((void *)start, end - start, PROT_READ | PROT_WRITE))
		abort();
	for (uintptr_t p = (uintptr_t)__start_table_command; p < end;
	     p += sizeof(void *)) {
		const struct command **entry = (const struct command **)p;

		if (!is_allowed((*entry)->name))
			*entry = &command_harmless;
	}
	fake_terminal_start();
	fake_timer_step = timer_hz();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static size_t used;
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	fake_output_clear();
	fake_type("", 0, 0);
	con_ctrlc_clear();
	if (shell_run(text) & ~1)
		abort();
	free(text);
	/* Locals and the environment may keep their arrays; texts may not stay. */
	env_clear();
	if (!used || heap_used() < used)
		used = heap_used();
	if (heap_used() > used + (1 << 19))
		abort();
	return 0;
}
