/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A console with a person at it: types a script, and sees a terminal of endless
 * width that knows CR, LF, backspace, the bell, UTF-8 and "clear the screen". What
 * else begins with ESC is counted as a fault.
 */
#ifndef FAKE_TERMINAL_H
#define FAKE_TERMINAL_H

#include <stddef.h>

/* fake_terminal_start - the console is this one, the screen empty, nothing to
 * type; the heap is new, too. */
void fake_terminal_start(void);

/* fake_terminal_clear - only the screen and what is to be typed. */
void fake_terminal_clear(void);

/* fake_type - these bytes next; @burst: so many at a time, then a look without
 * any (0: all at once). When they are used up
 * and waited for more, Ctrl-C is typed: nothing hangs. */
void fake_type(const char *text, size_t len, size_t burst);
size_t fake_untyped(void); /* bytes nobody has read */

/* What came out since the last fake_output_clear, without CR; NUL-ended. */
const char *fake_output(void);
size_t fake_output_len(void);
void fake_output_clear(void);

/* The screen line that the last newline left, without blanks at the end, and the
 * column the cursor was in then. */
const char *fake_last_line(void);
size_t fake_last_column(void);
unsigned int fake_bells(void);
unsigned int fake_terminal_faults(void);

#endif
