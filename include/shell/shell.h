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
#define SHELL_RUN_DEPTH 32   /* run inside run */

/*
 * shell_run - run text: one line or many.
 * Return: the last command's result ($?), 0 or 1
 */
int shell_run(const char *text);

/* shell_loop - the prompt. Does not return. */
void shell_loop(void) never_returns;

int shell_status(void); /* $? */

/* shell_offer - a candidate for Tab, called by command->complete. */
void shell_offer(const char *word);

/*
 * line_read - one line with editing, history and Tab.
 * @prompt: printed first; @buf: holds the initial text, gets the line without newline
 * @history: add it to the history
 * Return: 0; -EINTR Ctrl-C (prints <INTERRUPT>)
 */
must_check int line_read(const char *prompt, char *buf, size_t size,
			 bool history);

#endif
