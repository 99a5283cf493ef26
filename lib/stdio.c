/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vsnprintf without floating point: C11 7.21.6.1 for what <stdio.h> here lists.
 * An unknown conversion is copied as it stands. Host tests compile this file with
 * its own names (test/host/lib_stdio_test.c) and compare with the C library.
 */
#include <stdio.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <lib/ctype.h>

struct sink {
	char *buf;
	size_t size; /* of buf */
	size_t len;  /* of the whole text so far, stored or not */
};

/* One conversion specification. */
struct spec {
	bool left, zero, plus, space, alt;
	int width;
	int precision; /* -1: none given */
	enum { INT, CHAR, SHORT, LONG, SIZE } length;
	char conv;
};

#define DIGITS_MAX 22 /* 2^64 in octal */

static void put(struct sink *s, char c)
{
	if (s->len < s->size)
		s->buf[s->len] = c;
	s->len++;
}

static void put_text(struct sink *s, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put(s, text[i]);
}

static void pad(struct sink *s, char c, int count)
{
	while (count-- > 0)
		put(s, c);
}

/* A number stops growing at a million: no text is meant to be longer. */
static const char *parse_int(const char *f, int *out)
{
	int v = 0;

	for (; is_digit(*f); f++)
		if (v < 1000000)
			v = v * 10 + (*f - '0');
	*out = v;
	return f;
}

static const char *parse_flags(const char *f, struct spec *sp)
{
	for (;; f++) {
		switch (*f) {
		case '-':
			sp->left = true;
			break;
		case '0':
			sp->zero = true;
			break;
		case '+':
			sp->plus = true;
			break;
		case ' ':
			sp->space = true;
			break;
		case '#':
			sp->alt = true;
			break;
		default:
			return f;
		}
	}
}

static const char *parse_length(const char *f, struct spec *sp)
{
	switch (*f) {
	case 'h':
		sp->length = f[1] == 'h' ? CHAR : SHORT;
		return f + (f[1] == 'h' ? 2 : 1);
	case 'l':
		sp->length = LONG;
		return f + (f[1] == 'l' ? 2 : 1);
	case 'j':
		sp->length = LONG;
		return f + 1;
	case 'z':
	case 't':
		sp->length = SIZE;
		return f + 1;
	}
	return f;
}

static const char *parse_spec(const char *f, struct spec *sp, va_list *ap)
{
	f = parse_flags(f, sp);
	if (*f == '*') {
		sp->width = va_arg(*ap, int);
		if (sp->width < 0) {
			sp->left = true;
			sp->width = -sp->width;
		}
		f++;
	} else {
		f = parse_int(f, &sp->width);
	}
	sp->precision = -1;
	if (*f == '.' && f[1] == '*') {
		sp->precision = va_arg(*ap, int);
		f += 2;
	} else if (*f == '.') {
		f = parse_int(f + 1, &sp->precision);
	}
	f = parse_length(f, sp);
	sp->conv = *f;
	return *f ? f + 1 : f;
}

static uint64_t arg_unsigned(const struct spec *sp, va_list *ap)
{
	switch (sp->length) {
	case CHAR:
		return (unsigned char)va_arg(*ap, unsigned int);
	case SHORT:
		return (unsigned short)va_arg(*ap, unsigned int);
	case LONG: /* long and long long are both 64 bits */
		return va_arg(*ap, unsigned long long);
	case SIZE:
		return va_arg(*ap, size_t);
	case INT:
		break;
	}
	return va_arg(*ap, unsigned int);
}

static int64_t arg_signed(const struct spec *sp, va_list *ap)
{
	switch (sp->length) {
	case CHAR:
		return (signed char)va_arg(*ap, int);
	case SHORT:
		return (short)va_arg(*ap, int);
	case LONG:
		return va_arg(*ap, long long);
	case SIZE:
		return va_arg(*ap, ptrdiff_t);
	case INT:
		break;
	}
	return va_arg(*ap, int);
}

/* Digits of @v at the end of @buf; none for 0. Return: how many. */
static int digits(uint64_t v, const struct spec *sp, char *end)
{
	const char *set = sp->conv == 'X' ? "0123456789ABCDEF"
					  : "0123456789abcdef";
	char *p = end;

	if (sp->conv == 'x' || sp->conv == 'X' || sp->conv == 'p')
		for (; v; v >>= 4)
			*--p = set[v & 15];
	else if (sp->conv == 'o')
		for (; v; v >>= 3)
			*--p = set[v & 7];
	else
		for (; v; v /= 10)
			*--p = set[v % 10];
	return (int)(end - p);
}

static void put_number(struct sink *s, const struct spec *sp, uint64_t v,
		       const char *prefix)
{
	char buf[DIGITS_MAX];
	int n = digits(v, sp, buf + DIGITS_MAX), zeros, blanks;
	int prefix_len = (int)strlen(prefix);

	zeros = sp->precision < 0 ? !n : sp->precision - n;
	if (sp->alt && sp->conv == 'o' && zeros <= 0)
		zeros = 1;
	if (sp->zero && !sp->left && sp->precision < 0 &&
	    sp->width - prefix_len - n > zeros)
		zeros = sp->width - prefix_len - n;
	if (zeros < 0)
		zeros = 0;
	blanks = sp->width - prefix_len - zeros - n;
	if (!sp->left)
		pad(s, ' ', blanks);
	put_text(s, prefix, (size_t)prefix_len);
	pad(s, '0', zeros);
	put_text(s, buf + DIGITS_MAX - n, (size_t)n);
	if (sp->left)
		pad(s, ' ', blanks);
}

static void put_signed(struct sink *s, const struct spec *sp, int64_t v)
{
	const char *sign = v < 0 ? "-" : sp->plus ? "+" : sp->space ? " " : "";

	put_number(s, sp, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, sign);
}

static void put_string(struct sink *s, const struct spec *sp, const char *text)
{
	size_t len;

	if (!text)
		text = "(null)";
	len = sp->precision < 0 ? strlen(text)
				: strnlen(text, (size_t)sp->precision);
	if (!sp->left)
		pad(s, ' ', sp->width - (int)len);
	put_text(s, text, len);
	if (sp->left)
		pad(s, ' ', sp->width - (int)len);
}

static void put_char(struct sink *s, const struct spec *sp, char c)
{
	if (!sp->left)
		pad(s, ' ', sp->width - 1);
	put(s, c);
	if (sp->left)
		pad(s, ' ', sp->width - 1);
}

/* Return: false for a conversion that does not exist. */
static bool convert(struct sink *s, const struct spec *sp, va_list *ap)
{
	uint64_t v;

	switch (sp->conv) {
	case 'd':
	case 'i':
		put_signed(s, sp, arg_signed(sp, ap));
		return true;
	case 'u':
	case 'o':
		put_number(s, sp, arg_unsigned(sp, ap), "");
		return true;
	case 'x':
	case 'X':
		v = arg_unsigned(sp, ap);
		put_number(s, sp, v,
			   !sp->alt || !v    ? ""
			   : sp->conv == 'x' ? "0x"
					     : "0X");
		return true;
	case 'p':
		put_number(s, sp, (uintptr_t)va_arg(*ap, void *), "0x");
		return true;
	case 's':
		put_string(s, sp, va_arg(*ap, const char *));
		return true;
	case 'c':
		put_char(s, sp, (char)va_arg(*ap, int));
		return true;
	case '%':
		put(s, '%');
		return true;
	}
	return false;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct sink s = { .buf = buf, .size = size };
	va_list args;

	va_copy(args, ap); /* a va_list parameter may be an array */
	while (*fmt) {
		struct spec sp = { 0 };
		const char *start = fmt;

		if (*fmt != '%') {
			put(&s, *fmt++);
			continue;
		}
		fmt = parse_spec(fmt + 1, &sp, &args);
		if (!convert(&s, &sp, &args))
			put_text(&s, start, (size_t)(fmt - start));
	}
	va_end(args);
	if (size)
		buf[s.len < size ? s.len : size - 1] = '\0';
	return (int)s.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
