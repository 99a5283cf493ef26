/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line editor's parts: bytes become keys (keys.c), keys change a line
 * (lineedit.c), which may come from the history (history.c), a search in it
 * (search.c) or be filled in by Tab (complete.c).
 */
#ifndef LINE_PRIV_H
#define LINE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- keys: 0x00 … 0xff are themselves, those of text and control alike */

#define CTRL(c)    ((c)&0x1f)
#define KEY_ESCAPE 0x1b
#define KEY_RUBOUT 0x7f

enum key {
	KEY_NONE = 256, /* in the middle of a sequence, or an unknown one */
	KEY_ENTER,
	KEY_UP,
	KEY_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_HOME,
	KEY_END,
	KEY_DELETE,
	KEY_WORD_LEFT,
	KEY_WORD_RIGHT,
};

struct keys {
	enum {
		KEYS_PLAIN,
		KEYS_ESC,  /* after ESC */
		KEYS_CSI,  /* after ESC [ */
		KEYS_SS3,  /* after ESC O */
		KEYS_SKIP, /* one more byte of the Linux console's ESC [ [ x */
	} state;
	unsigned int param; /* first number of the sequence */
	bool modified;      /* there was a second one: Ctrl, Alt or Shift */
	bool after_cr;      /* a newline now is the end of CR LF */
};

/* keys_feed - one byte received. There are no time-outs: a sequence may come
 * as slowly as it likes. Return: a byte or enum key */
int keys_feed(struct keys *k, uint8_t byte);

/* keys_text - does this key stand for itself in a line? */
bool keys_text(int key);

/* ---- history */

#define HISTORY_MAX 64

/* history_add - as the newest; not when it is empty or the same as that. */
void history_add(const char *line);

/* history_get - 1 is the newest; NULL past the oldest. */
const char *history_get(unsigned int n);

/* history_find - the newest from the @from-th on (1 is the newest) that contains
 * @text. Return: its number; 0 none */
unsigned int history_find(const char *text, unsigned int from);

/* ---- the editor */

#define SEARCH_MAX 64

struct editor {
	const char *prompt;
	char *buf;        /* always NUL-ended */
	size_t size, len; /* of buf; of the text in it */
	size_t pos;       /* cursor, between characters */
	bool command_line;
	bool overwrite;
	bool overflow;  /* more came than fits; cleared by taking away */
	bool after_tab; /* the last key was a Tab that settled nothing */

	char chunk[32]; /* typed text not yet in the line */
	size_t pending; /* of chunk */

	unsigned int browsing; /* history line shown; 0: one's own */
	char *own;             /* one's own line while browsing; heap */

	bool searching;
	char pattern[SEARCH_MAX];
	size_t pattern_len;
	unsigned int found; /* history line shown; 0 none */
};

/* edit_replace - the bytes from @from up to @to become @text, the cursor
 * follows it; the screen too. Refused as a whole, with the bell, when it does not fit. */
void edit_replace(struct editor *ed, size_t from, size_t to, const char *text,
		  size_t len);
void edit_move(struct editor *ed, size_t pos);

/* edit_repaint - prompt and line on a line that is empty now. */
void edit_repaint(struct editor *ed);
void edit_bell(void);

/* Screen columns that @len bytes take: control characters are shown as ^X. */
size_t text_columns(const char *s, size_t len);
void text_show(const char *s, size_t len);
void text_back(size_t columns);

/* text_next, text_prev - the character boundary after and before @pos; bytes
 * that are not UTF-8 stand alone. */
size_t text_next(const char *s, size_t len, size_t pos);
size_t text_prev(const char *s, size_t pos);

/* text_partial - do these bytes end inside a character? */
bool text_partial(const char *s, size_t len);

/* search_begin - Ctrl-R. */
void search_begin(struct editor *ed);

/* search_key - while searching. Return: true when the key was used up; false
 * when the search is over and the key still counts */
bool search_key(struct editor *ed, int key);

/* complete_tab - Tab was pressed. @again: for the second time in a row.
 * Return: true when it settled nothing, so that another Tab lists */
bool complete_tab(struct editor *ed, bool again);

#endif
