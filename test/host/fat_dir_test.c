/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names and directories: long names sound and odd, short names with every
 * peculiarity, paths, labels, directories of all sizes.
 */
#include "fat_test.h"

static struct fake_fat f;
static struct fake_disk *d;
static uint8_t *data;

static int setup(void **state)
{
	(void)state;
	fake_heap();
	f = (struct fake_fat){ .bits = 32, .clusters = 3000, .spc = 8 };
	fake_fat_make(&f);
	data = fat_test_data(100000, 5);
	return 0;
}

/* A short entry whose file is @size bytes long, so that it can be recognised. */
static void entry(const char *name, uint32_t size)
{
	uint32_t first = 100 + size;

	fake_fat_file(&f, 0, name, &first, data, size);
}

static void with_long(const char *long_name, const char *name, uint32_t size)
{
	fake_fat_long(&f, 0, long_name, name);
	entry(name, size);
}

struct listing {
	char text[8192];
	int stop;
};

static int add_line(void *arg, const struct fs_dirent *e)
{
	struct listing *l = arg;
	size_t at = strlen(l->text);

	snprintf(l->text + at, sizeof(l->text) - at, "%s%s %u\n", e->name,
		 e->is_dir ? "/" : "", (unsigned int)e->size);
	return l->stop;
}

static const char *list(const char *path)
{
	static struct listing l;
	struct fs_file dir;
	struct fs fs;
	int ret;

	l.text[0] = '\0';
	ret = fat_test_open(d, path, &fs, &dir);
	if (!ret)
		ret = fs_readdir(&fs, &dir, add_line, &l);
	if (ret)
		snprintf(l.text, sizeof(l.text), "error %d", ret);
	return l.text;
}

/* The size of the file at @path, or what opening it returned. */
static int opened(const char *path)
{
	struct fs_file file;
	struct fs fs;
	int ret = fat_test_open(d, path, &fs, &file);

	return ret ? ret : (int)file.size;
}

static void short_names(void **state)
{
	(void)state;
	entry("A          ", 1);
	entry("LONGNAMETXT", 2);
	entry("WITH SP TXT", 3);
	entry("NOEXT      ", 4);
	entry("lower   txt", 5);
	fake_fat_entry(&f, 0, "BASE    EXT", 0x20, 200, 6)[12] = 0x08;
	fake_fat_entry(&f, 0, "BASE2   EXT", 0x20, 200, 7)[12] = 0x10;
	fake_fat_entry(&f, 0, "BASE3   EXT", 0x20, 200, 8)[12] = 0x18;
	entry("\x05 KANJI    ", 9);
	entry("\x8e\x99\x9a     \xe1  ", 10);
	entry("CTRL\x1b[3 \x7f/*", 11);
	entry("           ", 12);
	d = fat_test_disk(&f, 512);
	assert_string_equal(
		list("/"),
		"A 1\nLONGNAME.TXT 2\nWITH SP.TXT 3\nNOEXT 4\nlower.txt 5\n"
		"base.EXT 6\nBASE2.ext 7\nbase3.ext 8\n\317\203 KANJI 9\n"
		"\303\204\303\226\303\234.\303\237 10\nCTRL?[3.??? 11\n? 12\n");
	assert_int_equal(opened("longname.txt"), 2);
	assert_int_equal(opened("/LONGNAME.TXT"), 2);
	assert_int_equal(opened("with sp.txt"), 3);
	assert_int_equal(opened("BASE.ext"), 6);
	assert_int_equal(opened("\317\203 kanji"), 9);
	assert_int_equal(opened("\303\244\303\266\303\274.\303\237"), 10);
	assert_int_equal(opened("longname"), -ENOENT);
	assert_int_equal(opened("longname.tx"), -ENOENT);
	assert_int_equal(opened("longname.txt."), -ENOENT);
	assert_int_equal(opened("noext."), -ENOENT);
}

static void long_names(void **state)
{
	char n255[256], n13[14] = "exactly13char", path[300];

	(void)state;
	memset(n255, 'x', 255);
	n255[255] = '\0';
	with_long("A rather long name.with.dots", "ARATHE~1WIT", 1);
	with_long(n13, "EXACTL~1   ", 2);
	with_long(n255, "XXXXXX~1   ", 3);
	with_long("MixedCase", "MIXEDC~1   ", 4);
	d = fat_test_disk(&f, 512);
	assert_int_equal(opened("/a RATHER long name.WITH.dots"), 1);
	assert_int_equal(opened("arathe~1.wit"), 1);
	assert_int_equal(opened(n13), 2);
	assert_int_equal(opened(n255), 3);
	assert_int_equal(opened("mixedCASE"), 4);
	assert_int_equal(opened("mixedCASEs"), -ENOENT);
	snprintf(path, sizeof(path), "%sx", n255);
	assert_int_equal(opened(path), -ENOENT);
	assert_non_null(strstr(list("/"), "MixedCase 4\n"));
}

/* Long names that are not as they should be: the short name remains. */
static void odd_long_names(void **state)
{
	static const char name[] = "ODD~1   TXT";
	const char *long_name = "an odd long name of two parts";
	static const struct {
		int entry, at, value; /* of the first (last) part's bytes */
	} cases[] = {
		{ 0, 13, 0x55 },                 /* checksum of one part */
		{ 0, 0, 0x03 },                  /* not marked as the last */
		{ 0, 0, 0x44 },                  /* one part is missing */
		{ 0, 0, 0x55 },                  /* 21 parts */
		{ 0, 0, 0x40 },                  /* no parts */
		{ 0, 0, 0x7f },  { 0, 0, 0xe5 }, /* deleted */
		{ 1, 0, 0x01 },                  /* order */
		{ 1, 0, 0x42 },                  /* begins again */
		{ 1, 12, 1 },                    /* type */
		{ 2, 0, 0x02 },  { 2, 1, '/' },  /* what no name has */
		{ 2, 1, 0x1b },  { 2, 1, 0x9b }, { 2, 1, 0x7f },
		{ 2, 3, ':' },   { 2, 1, 0 }, /* empty */
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		uint8_t *root = fake_fat_cluster(&f, 2);

		memset(root, 0, f.cluster_size);
		with_long(long_name, name, 7);
		root[32 * cases[i].entry + cases[i].at] =
			(uint8_t)cases[i].value;
		if (cases[i].entry == 1 && cases[i].value == 0x42)
			continue;
		d = fat_test_disk(&f, 512);
		assert_string_equal(list("/"), "ODD~1.TXT 7\n");
		assert_int_equal(opened("odd~1.txt"), 7);
		assert_int_equal(opened(long_name), -ENOENT);
	}
	/* Orphans, a label in between, another file's name. */
	memset(fake_fat_cluster(&f, 2), 0, f.cluster_size);
	fake_fat_long(&f, 0, long_name, name);
	entry("OTHER      ", 1);
	fake_fat_long(&f, 0, long_name, name);
	fake_fat_entry(&f, 0, "LABEL      ", 0x08, 0, 0);
	entry(name, 7);
	d = fat_test_disk(&f, 512);
	assert_string_equal(list("/"), "OTHER 1\nODD~1.TXT 7\n");
}

/* Names that mean directories on every path. */
static void dots(void **state)
{
	(void)state;
	with_long(".", "ONEDOT  TXT", 1);
	with_long("..", "TWODOTS TXT", 2);
	with_long("...", "THREED~1   ", 3);
	with_long(".a", "DOTA       ", 4);
	d = fat_test_disk(&f, 512);
	assert_int_equal(opened("onedot.txt"), 1);
	assert_int_equal(opened("twodots.txt"), 2);
	assert_int_equal(opened("..."), 3);
	assert_int_equal(opened(".a"), 4);
}

/* 256 units fit the parts, but no name is so long. */
static void too_long_name(void **state)
{
	char n[261];

	(void)state;
	for (int len = 254; len <= 260; len++) {
		memset(n, 'y', sizeof(n));
		n[len] = '\0';
		memset(fake_fat_cluster(&f, 2), 0, f.cluster_size);
		with_long(n, "YYYYYY~1   ", 3);
		d = fat_test_disk(&f, 512);
		assert_int_equal(opened(n), len <= 255 ? 3 : -ENOENT);
		assert_int_equal(opened("yyyyyy~1"), 3);
	}
}

/* Units beyond ASCII, surrogate pairs, half of one. */
static void unicode(void **state)
{
	static const struct {
		uint16_t unit[8];
		const char *utf8, *folded;
	} cases[] = {
		{ { 0xc4, 'b' }, "\303\204b", "\303\244B" },
		{ { 0x43f, 0x440 }, "\320\277\321\200", "\320\237\320\240" },
		{ { 0xd83d, 0xde00, 'x' },
		  "\360\237\230\200x",
		  "\360\237\230\200X" },
		{ { 0xd83d, 'x' }, "\357\277\275x", NULL },
		{ { 0xde00, 0xd83d }, "\357\277\275\357\277\275", NULL },
		{ { 0x4e2d, 0x6587 }, "\344\270\255\346\226\207", NULL },
	};
	char want[64];

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		uint8_t *root = fake_fat_cluster(&f, 2);
		static const int at[] = { 1, 3, 5, 7, 9, 14, 16, 18 };
		int n = 0;

		memset(root, 0, f.cluster_size);
		with_long("12345678", "SHORT      ", 9);
		for (; cases[i].unit[n]; n++)
			put_le16(root + at[n], cases[i].unit[n]);
		put_le16(root + at[n], 0);
		d = fat_test_disk(&f, 512);
		snprintf(want, sizeof(want), "%s 9\n", cases[i].utf8);
		assert_string_equal(list("/"), want);
		assert_int_equal(opened(cases[i].utf8), 9);
		if (cases[i].folded)
			assert_int_equal(opened(cases[i].folded), 9);
	}
}

static const struct {
	const char *path;
	int ret;
} walks[] = {
	{ "", 0 },
	{ "/", 0 },
	{ "//", 0 },
	{ ".", 0 },
	{ "..", 0 },
	{ "/../..", 0 },
	{ "/A", 0 },
	{ "a/", 0 },
	{ "a/b/F.TXT", 10 },
	{ "/a//b///f.txt", 10 },
	{ "a/./b/../b/f.txt", 10 },
	{ "a/../a/b/f.txt", 10 },
	{ "../a/b/f.txt", 10 },
	{ "a/b/../../top", 20 },
	{ "a/b/../../../../top", 20 },
	{ "top", 20 },
	{ "top/", -ENOTDIR },
	{ "top/x", -ENOTDIR },
	{ "top/..", -ENOTDIR },
	{ "top/.", -ENOTDIR },
	{ "a/b/f.txt/", -ENOTDIR },
	{ "a/x/f.txt", -ENOENT },
	{ "nodir/../top", -ENOENT },
	{ "a/b/c", -ENOENT },
	{ "BOOT", -ENOENT }, /* the label */
	{ "GONE", -ENOENT },
	{ " top", -ENOENT },
};

static void paths(void **state)
{
	uint32_t file = 40;
	char deep[2 * 200 + 1] = "";
	char name[800];

	(void)state;
	fake_fat_entry(&f, 0, "BOOT       ", 0x08, 0, 0);
	fake_fat_entry(&f, 0, "\xe5ONE       ", 0x20, 0, 0);
	fake_fat_entry(&f, 0, "A          ", 0x10, 30, 0);
	fake_fat_chain(&f, (uint32_t[]){ 30 }, 1);
	fake_fat_entry(&f, 30, ".          ", 0x10, 30, 0);
	fake_fat_entry(&f, 30, "..         ", 0x10, 0, 0);
	fake_fat_entry(&f, 30, "B          ", 0x10, 31, 0);
	fake_fat_chain(&f, (uint32_t[]){ 31 }, 1);
	/* ".." that lies is not asked. */
	fake_fat_entry(&f, 31, ".          ", 0x10, 31, 0);
	fake_fat_entry(&f, 31, "..         ", 0x10, 31, 0);
	fake_fat_file(&f, 31, "F       TXT", &file, data, 10);
	entry("TOP        ", 20);
	d = fat_test_disk(&f, 512);
	for (size_t i = 0; i < array_size(walks); i++)
		assert_int_equal(opened(walks[i].path), walks[i].ret);
	assert_string_equal(list("/"), "A/ 0\nTOP 20\n");
	assert_string_equal(list("a/b"), "./ 0\n../ 0\nF.TXT 10\n");
	assert_int_equal(fat_test_read(d, "a/b/f.txt", data, 10), 0);
	assert_string_equal(list("nodir"), "error -2");
	for (int i = 0; i < 200; i++)
		strcat(deep, "a/");
	assert_int_equal(opened(deep), -ENOENT);
	memset(name, 'n', sizeof(name));
	name[799] = '\0';
	assert_int_equal(opened(name), -ENAMETOOLONG);
}

/* Directories in each other: as deep as a path may be. */
static void deep_path(void **state)
{
	char path[2 * 130 + 1] = "";

	(void)state;
	for (uint32_t i = 0; i < 130; i++) {
		fake_fat_entry(&f, i ? 29 + i : 0, "A          ", 0x10, 30 + i,
			       0);
		fake_fat_chain(&f, (uint32_t[]){ 30 + i }, 1);
	}
	d = fat_test_disk(&f, 512);
	for (int i = 1; i <= 130; i++) {
		strcat(path, "a/");
		assert_int_equal(opened(path), i <= 128 ? 0 : -ENAMETOOLONG);
	}
}

/* Directories over many clusters and more than one window, ends of all kinds. */
static void large_directory(void **state)
{
	static const uint32_t counts[] = { 1,    127,  128,  129,
					   2047, 2048, 2049, 5000 };

	(void)state;
	for (size_t c = 0; c < array_size(counts); c++) {
		uint32_t n = counts[c], per = f.cluster_size / 32;
		uint32_t chain[64], nchain = (n + per - 1) / per;
		char name[16];

		fake_fat_free(&f);
		fake_fat_make(&f);
		for (uint32_t i = 0; i < nchain; i++)
			chain[i] = 500 + 2 * i;
		fake_fat_entry(&f, 0, "D          ", 0x10, 500, 0);
		fake_fat_chain(&f, chain, nchain);
		for (uint32_t i = 0; i < n; i++) {
			snprintf(name, sizeof(name), "F%010u", i);
			fake_fat_entry(&f, chain[i / per], name, 0x20, 90, i);
		}
		d = fat_test_disk(&f, 512);
		for (uint32_t i = 0; i < n; i += 1 + n / 50) {
			snprintf(name, sizeof(name), "d/F%07u.%03u", i / 1000,
				 i % 1000);
			assert_int_equal(opened(name), i);
		}
		snprintf(name, sizeof(name), "d/F%07u.%03u", n / 1000,
			 n % 1000);
		assert_int_equal(opened(name), -ENOENT);
	}
}

/* The fixed root of FAT12 and FAT16, full to its last entry. */
static void fixed_root(void **state)
{
	static const uint32_t counts[] = { 16, 32, 512, 4096, 65520 };

	(void)state;
	for (size_t c = 0; c < array_size(counts); c++) {
		struct fake_fat r = { .bits = c % 2 ? 12 : 16,
				      .root_entries = counts[c] };
		uint32_t last = 10;
		char name[16];
		uint8_t *root;

		r.clusters = r.bits == 12 ? 100 : 4085;
		fake_fat_make(&r);
		root = r.img + r.root_at;
		for (uint32_t i = 0; i + 1 < counts[c]; i++) {
			snprintf(name, sizeof(name), "F%010u", i);
			memcpy(root + (size_t)i * 32, name, 11);
		}
		memcpy(root + (size_t)(counts[c] - 1) * 32, "LAST       ", 11);
		put_le16(root + (size_t)(counts[c] - 1) * 32 + 26, 10);
		put_le32(root + (size_t)(counts[c] - 1) * 32 + 28, 300);
		fake_fat_chain(&r, &last, 1);
		d = fat_test_disk(&r, 512);
		assert_int_equal(opened("last"), 300);
		assert_int_equal(opened("none"), -ENOENT);
		fake_fat_free(&r);
	}
}

static void readdir_stops(void **state)
{
	struct listing l = { .stop = -EINTR };
	struct fs_file dir;
	struct fs fs;

	(void)state;
	entry("A          ", 1);
	entry("B          ", 2);
	d = fat_test_disk(&f, 512);
	assert_int_equal(fat_test_open(d, "/", &fs, &dir), 0);
	assert_int_equal(fs_readdir(&fs, &dir, add_line, &l), -EINTR);
	assert_string_equal(l.text, "A 1\n");
	assert_int_equal(fs_read(&fs, &dir, 0, 1, l.text), -EISDIR);
	assert_int_equal(fat_test_open(d, "a", &fs, &dir), 0);
	assert_int_equal(fs_readdir(&fs, &dir, add_line, &l), -ENOTDIR);
}

static void labels(void **state)
{
	const char *why;
	char text[64];
	struct fs fs;

	(void)state;
	d = fat_test_disk(&f, 512);
	assert_int_equal(fs_mount(&d->dev, &fs, &why), 0);
	fs.type->describe(fs.vol, text, sizeof(text));
	assert_string_equal(text, "FAT32 \"BOOTDISK   \"");
	fs.type->uuid(fs.vol, text, sizeof(text));
	assert_string_equal(text, "1234-ABCD");
	fake_fat_entry(&f, 0, "NEW \x1bLABEL ", 0x08, 0, 0);
	d = fat_test_disk(&f, 512);
	assert_int_equal(fs_mount(&d->dev, &fs, &why), 0);
	fs.type->describe(fs.vol, text, sizeof(text));
	assert_string_equal(text, "FAT32 \"NEW ?LABEL \"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(short_names, setup, NULL),
		fake_isolated(long_names, setup, NULL),
		fake_isolated(odd_long_names, setup, NULL),
		fake_isolated(dots, setup, NULL),
		fake_isolated(too_long_name, setup, NULL),
		fake_isolated(unicode, setup, NULL),
		fake_isolated(paths, setup, NULL),
		fake_isolated(deep_path, setup, NULL),
		fake_isolated(large_directory, setup, NULL),
		fake_isolated(fixed_root, setup, NULL),
		fake_isolated(readdir_stops, setup, NULL),
		fake_isolated(labels, setup, NULL),
	};

	return fat_run_tests(tests);
}
