/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/stdio.c under names of its own: every combination of flags, width, precision
 * and length says what the C library says, and no byte beyond the size is touched.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <lib/compiler.h>

static int vireo_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));
static int vireo_snprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define vsnprintf vireo_vsnprintf
#define snprintf  vireo_snprintf
#include "../../lib/stdio.c"
#undef vsnprintf
#undef snprintf

static const char *const flags[] = { "",   "-",  "0",   "+",    " ",
				     "#",  "-#", "0#",  "+0",   "- ",
				     "-0", "+ ", " 0#", "-+0# " };
static const char *const widths[] = { "", "1", "5", "20", "300" };
static const char *const precisions[] = { "", ".", ".0", ".1", ".7", ".30" };

/* Calls @check with each format that these make and @conv ends. */
static void each_format(const char *conv, void (*check)(const char *fmt))
{
	char fmt[32];

	for (size_t f = 0; f < array_size(flags); f++)
		for (size_t w = 0; w < array_size(widths); w++)
			for (size_t p = 0; p < array_size(precisions); p++) {
				snprintf(fmt, sizeof(fmt), "[%%%s%s%s%s]",
					 flags[f], widths[w], precisions[p],
					 conv);
				check(fmt);
			}
}

static void compare(const char *fmt, ...)
{
	char want[400], got[400];
	va_list ap;
	int n, m;

	va_start(ap, fmt);
	n = vsnprintf(want, sizeof(want), fmt, ap);
	va_end(ap);
	va_start(ap, fmt);
	m = vireo_vsnprintf(got, sizeof(got), fmt, ap);
	va_end(ap);
	if (n != m || strcmp(want, got))
		fail_msg("\"%s\": wanted %d %s, got %d %s", fmt, n, want, m,
			 got);
}

static const long long values[] = { 0,          1,         -1,        7,
				    8,          9,         10,        127,
				    128,        255,       256,       -32768,
				    65535,      65536,     INT32_MAX, INT32_MIN,
				    UINT32_MAX, INT64_MAX, INT64_MIN };

static void check_int(const char *fmt)
{
	for (size_t i = 0; i < array_size(values); i++)
		compare(fmt, (int)values[i]);
}

static void check_long(const char *fmt)
{
	for (size_t i = 0; i < array_size(values); i++)
		compare(fmt, values[i]);
}

static void check_text(const char *fmt)
{
	compare(fmt, "");
	compare(fmt, "word");
	compare(fmt, "a longer text than that");
}

static void check_char(const char *fmt)
{
	compare(fmt, 'x');
}

static void numbers(void **state)
{
	static const char *const small[] = { "", "h", "hh" };
	static const char *const large[] = { "l", "ll", "j", "z", "t" };
	static const char conversions[] = "diuoxX";
	char conv[4];

	(void)state;
	for (const char *c = conversions; *c; c++) {
		for (size_t i = 0; i < array_size(small); i++) {
			snprintf(conv, sizeof(conv), "%s%c", small[i], *c);
			each_format(conv, check_int);
		}
		for (size_t i = 0; i < array_size(large); i++) {
			snprintf(conv, sizeof(conv), "%s%c", large[i], *c);
			each_format(conv, check_long);
		}
	}
}

static void texts(void **state)
{
	static const char not_ended[3] = { 'a', 'b', 'c' };

	(void)state;
	each_format("s", check_text);
	each_format("c", check_char);
	compare("%.3s|%.*s", not_ended, 2, not_ended);
	compare("%*d|%-*d|%*d", 6, 1, 6, 2, -6, 3);
	compare("%.*d|%.*s", -1, 0, -1, "all of it");
	compare("100%% %d%%", 5);
	compare("%p", (void *)0x1234abcd);
}

/* Not declared as a formatter: the compiler would complain about the calls. */
static int format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vireo_vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

/* What is not a conversion is shown, not obeyed. */
static void nonsense(void **state)
{
	static const char *const odd[] = { "%",  "a%", "%-", "%5.", "%ll",
					   "%y", "%f", "%n", "%5k!" };
	char buf[32];

	(void)state;
	for (size_t i = 0; i < array_size(odd); i++) {
		assert_int_equal(format(buf, sizeof(buf), odd[i]),
				 strlen(odd[i]));
		assert_string_equal(buf, odd[i]);
	}
	format(buf, sizeof(buf), "%s", NULL);
	assert_string_equal(buf, "(null)");
}

static void sizes(void **state)
{
	static const char text[] = "[   -42 0x00ff word]";

	(void)state;
	for (size_t size = 0; size < sizeof(text) + 3; size++) {
		char *buf = malloc(size ? size : 1); /* ASan guards its end */
		size_t kept = size < sizeof(text) ? size : sizeof(text);

		buf[0] = '?';
		assert_int_equal(vireo_snprintf(buf, size, "[%6d %#06x %s]",
						-42, 255, "word"),
				 sizeof(text) - 1);
		if (size) {
			assert_memory_equal(buf, text, kept - 1);
			assert_int_equal(buf[kept - 1], '\0');
		} else {
			assert_int_equal(buf[0], '?');
		}
		free(buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(texts),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests_name("lib_stdio", tests, NULL, NULL);
}
