/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shell: reads lines, parses them into a tree of lists, expands words and
 * runs commands. What may not be reached from shell/ (devices, files) comes by
 * registration: command->complete.
 */
#ifndef VIREO_SHELL_SHELL_H
#define VIREO_SHELL_SHELL_H

#include <stdbool.h>
#include <stddef.h>

#include <lib/compiler.h>

#define SHELL_LINE_MAX  4096 /* bytes of one typed line */
#define SHELL_RUN_DEPTH 32   /* run, source, time inside each other */

/*
 * shell_run - run text: one line or many.
 * Return: the last command's result ($?), 0 or 1; 0 without a command
 */
int shell_run(const char *text);

/* shell_loop - the prompt. Does not return. */
void shell_loop(void) never_returns;

/* shell_exit - leave the text that shell_run runs, with this result.
 * Return: 0; -EINVAL at the prompt there is nothing to leave */
must_check int shell_exit(int status);

/* Shell-local variables, what x=1 sets: $x finds them before the environment. */
const char *shell_local_get(const char *name);
int shell_local_walk(int (*fn)(void *arg, const char *name, const char *value),
		     void *arg);

/* shell_offer - a candidate for Tab, called by command->complete.
 * shell_offer_name - for env_walk and shell_local_walk: a variable's name. */
void shell_offer(const char *word);
int shell_offer_name(void *arg, const char *name, const char *value);

/* shell_history - a line typed before, 1 the newest; NULL past the oldest. */
const char *shell_history(unsigned int n);

/*
 * line_read - one line with editing, history and Tab.
 * @prompt: printed first; @buf: holds the initial text, gets the line without newline
 * @history: a command line: it has Tab and the history, and is added to it
 * Return: 0; -EINTR Ctrl-C (prints <INTERRUPT>); -ENAMETOOLONG more was typed
 *         than fits: the bell rang, and running the part would be wrong
 */
must_check int line_read(const char *prompt, char *buf, size_t size,
			 bool history);

#endif
