/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes to keys: the escape sequences of xterm, the Linux console and screen
 * (ECMA-48 5.4: CSI, parameters 0x30-0x3f, intermediates 0x20-0x2f, a final
 * byte). Unknown sequences are swallowed whole. A control character inside one
 * ends it and counts itself, so that Ctrl-C and Enter are never lost.
 */
#include "line_priv.h"

#include <lib/ctype.h>

static int letter_key(char final, bool modified)
{
	switch (final) {
	case 'A':
		return KEY_UP;
	case 'B':
		return KEY_DOWN;
	case 'C':
		return modified ? KEY_WORD_RIGHT : KEY_RIGHT;
	case 'D':
		return modified ? KEY_WORD_LEFT : KEY_LEFT;
	case 'F':
		return KEY_END;
	case 'H':
		return KEY_HOME;
	default:
		return KEY_NONE;
	}
}

static int number_key(unsigned int n)
{
	switch (n) {
	case 1:
	case 7:
		return KEY_HOME;
	case 3:
		return KEY_DELETE;
	case 4:
	case 8:
		return KEY_END;
	default:
		return KEY_NONE;
	}
}

static int feed_csi(struct keys *k, uint8_t byte)
{
	if (byte == '[') {
		k->state = KEYS_SKIP;
		return KEY_NONE;
	}
	if (byte < 0x40) {
		if (byte == ';')
			k->modified = true;
		else if (is_digit(byte) && !k->modified && k->param < 1000)
			k->param = k->param * 10 + (byte - '0');
		return KEY_NONE;
	}
	k->state = KEYS_PLAIN;
	return byte == '~' ? number_key(k->param)
			   : letter_key((char)byte, k->modified);
}

static int feed_esc(struct keys *k, uint8_t byte)
{
	k->param = 0;
	k->modified = false;
	k->state = KEYS_PLAIN;
	switch (byte) {
	case '[':
		k->state = KEYS_CSI;
		return KEY_NONE;
	case 'O':
		k->state = KEYS_SS3;
		return KEY_NONE;
	case 'b':
		return KEY_WORD_LEFT;
	case 'f':
		return KEY_WORD_RIGHT;
	default:
		return KEY_NONE;
	}
}

static int feed_plain(struct keys *k, uint8_t byte)
{
	bool after_cr = k->after_cr;

	k->state = KEYS_PLAIN;
	k->after_cr = byte == '\r';
	if (byte == KEY_ESCAPE) {
		k->state = KEYS_ESC;
		return KEY_NONE;
	}
	if (byte == '\r')
		return KEY_ENTER;
	if (byte == '\n')
		return after_cr ? KEY_NONE : KEY_ENTER;
	return byte;
}

int keys_feed(struct keys *k, uint8_t byte)
{
	if (byte < 0x20 || byte == KEY_RUBOUT)
		return feed_plain(k, byte);
	switch (k->state) {
	case KEYS_ESC:
		return feed_esc(k, byte);
	case KEYS_CSI:
		return feed_csi(k, byte);
	case KEYS_SS3:
		k->state = KEYS_PLAIN;
		return letter_key((char)byte, false);
	case KEYS_SKIP:
		k->state = KEYS_PLAIN;
		return KEY_NONE;
	case KEYS_PLAIN:
		break;
	}
	return feed_plain(k, byte);
}

bool keys_text(int key)
{
	return key >= 0x20 && key <= 0xff && key != KEY_RUBOUT;
}
