/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which kernel and ramdisk are chosen from a directory, in whatever order it
 * lists them, and where they go. The file system is a list of names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <boot/find.h>
#include <boot/linux.h>
#include <core/ram.h>
#include <errno.h>
#include <lib/byteorder.h>

#include "fake/boot.h"

#define MIB UINT64_C(0x100000)

/* Names between blanks; a '/' after one makes it a directory. */
static const char *listing;
static bool backwards;
static uint64_t file_size;
static uint8_t head[PAYLOAD_HEAD];
static int read_error;

static int open_file(struct fs_volume *vol, const char *path,
		     struct fs_file *file)
{
	*file = (struct fs_file){ .vol = vol,
				  .size = file_size,
				  .is_dir = !path[1] };
	return 0;
}

static int read_file(struct fs_file *file, uint64_t pos, uint64_t len,
		     void *buf)
{
	if (read_error)
		return read_error;
	assert_true(pos + len <= file->size && len <= sizeof(head));
	memcpy(buf, head, len);
	return 0;
}

static int list(struct fs_file *dir,
		int (*fn)(void *arg, const struct fs_dirent *ent), void *arg)
{
	char words[32][128];
	int n = 0, used, ret = 0;

	(void)dir;
	for (const char *s = listing;
	     n < 32 && sscanf(s, "%127s%n", words[n], &used) == 1; s += used)
		n++;
	for (int i = 0; !ret && i < n; i++) {
		const char *word = words[backwards ? n - 1 - i : i];
		struct fs_dirent ent = { .size = 1 };
		size_t len = strlen(word);

		ent.is_dir = word[len - 1] == '/';
		snprintf(ent.name, sizeof(ent.name), "%.*s",
			 (int)(len - ent.is_dir), word);
		ret = fn(arg, &ent);
	}
	return ret;
}

static const struct fs_type fake_type = {
	.name = "fake",
	.open = open_file,
	.read = read_file,
	.readdir = list,
};
static const struct fs fake_fs = { .type = &fake_type };

static const struct {
	const char *listing, *kernel, *initrd;
} cases[] = {
	{ "", NULL, NULL },
	{ "readme Images vmlinux initrd.img", NULL, NULL },
	{ "Image/ vmlinuz/", NULL, NULL },
	{ "Image", "Image", "" },
	{ "IMAGE INITRD.IMG", "IMAGE", "INITRD.IMG" },
	{ "image initrd", "image", "initrd" },
	{ "vmlinuz Image vmlinuz-9", "Image", "" },
	{ "vmlinuz-6.1.0-9 vmlinuz-6.1.0-10 vmlinuz-5.99", "vmlinuz-6.1.0-10",
	  "" },
	{ "vmlinuz-6.9 vmlinuz-6.10 vmlinuz-6.10.old", "vmlinuz-6.10", "" },
	{ "vmlinuz-6.009 vmlinuz-6.10", "vmlinuz-6.10", "" },
	{ "vmlinuz-6.1 vmlinuz-6.1.1", "vmlinuz-6.1.1", "" },
	{ "vmlinuz-99999999999999999999998 "
	  "vmlinuz-99999999999999999999999",
	  "vmlinuz-99999999999999999999999", "" },
	{ "vmlinuz.old vmlinuz", "vmlinuz", "" },
	{ "vmlinuz.old", "vmlinuz.old", "" },
	{ "vmlinuz.old vmlinuz-1", "vmlinuz-1", "" },
	{ "vmlinuz vmlinuz-9", "vmlinuz", "" },
	{ "vmlinuz.efi vmlinuz-1", "vmlinuz-1", "" },
	{ "vmlinuz.efi", "vmlinuz.efi", "" },
	/* ramdisks */
	{ "vmlinuz-2 vmlinuz-1 initrd.img-1 initrd.img-2 initrd.img",
	  "vmlinuz-2", "initrd.img-2" },
	{ "vmlinuz-2 initrd-2.img initrd-3.img", "vmlinuz-2", "initrd-2.img" },
	{ "VMLINUZ-2-A initrd-2-a", "VMLINUZ-2-A", "initrd-2-a" },
	{ "vmlinuz-2 initrd.img-1 initrd.img-3", "vmlinuz-2", "" },
	{ "vmlinuz-2-arm64 initrd-2.img", "vmlinuz-2-arm64", "initrd-2.img" },
	{ "vmlinuz-2 initrd.img-1 initrd.img", "vmlinuz-2", "initrd.img" },
	{ "vmlinuz initrd.img-1 initrd.img-10 initrd.img-9", "vmlinuz",
	  "initrd.img-10" },
	{ "Image initrd.img-1 initrd.img-1.old", "Image", "initrd.img-1" },
	{ "Image initrd/", "Image", "" },
	{ "Image initrd.img.old", "Image", "initrd.img.old" },
	{ "Image initrd.img.old initrd.img", "Image", "initrd.img" },
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct boot_files f = { .dir = "/" };
		int ret;

		listing = cases[i / 2].listing;
		backwards = i & 1;
		ret = find_kernel(&fake_fs, &f);
		if (!cases[i / 2].kernel) {
			assert_int_equal(ret, -ENOENT);
			continue;
		}
		assert_int_equal(ret, 0);
		assert_string_equal(f.kernel, cases[i / 2].kernel);
		assert_string_equal(f.initrd, cases[i / 2].initrd);
	}
}

/* One after the other, each once, with the ramdisk of its own. */
static void test_others(void **state)
{
	static const char *const order[][2] = {
		{ "Image", "initrd-6.2" }, { "vmlinuz", "initrd-6.2" },
		{ "vmlinuz-6.10", "" },    { "vmlinuz-6.2", "initrd-6.2" },
		{ "vmlinuz.efi", "" },     { "vmlinuz-6.2.old", "" },
	};
	size_t n = sizeof(order) / sizeof(order[0]);

	(void)state;
	listing = "vmlinuz-6.2 vmlinuz.efi initrd-6.2 Image vmlinuz-6.2.old "
		  "initrd-6.1 vmlinuz vmlinuz-6.10 vmlinux-7/";
	for (int way = 0; way < 2; way++) {
		struct boot_files f = { .dir = "/" };

		backwards = way;
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(find_kernel(&fake_fs, &f), 0);
			assert_string_equal(f.kernel, order[i][0]);
			assert_string_equal(f.initrd, order[i][1]);
		}
		assert_int_equal(find_kernel(&fake_fs, &f), -ENOENT);
	}
}

static void set_head(uint64_t text_offset, uint64_t image_size, uint64_t flags)
{
	memset(head, 0, sizeof(head));
	put_le64(head + 8, text_offset);
	put_le64(head + 16, image_size);
	put_le64(head + 24, flags);
	memcpy(head + 56, "ARM\x64", 4);
}

/* What was chosen needs no move. */
static void check_stays(const struct boot_load *load)
{
	struct payload_plan plan;
	struct boot_why why;

	memcpy(fake_at(load->kernel_addr), head, sizeof(head));
	assert_int_equal(payload_plan(&arm64_image, load->kernel_addr,
				      load->kernel.size, &plan, &why),
			 0);
	assert_int_equal(plan.base, load->kernel_addr);
}

static void test_places(void **state)
{
	static const struct boot_files files = { "/", "Image", "initrd" };
	struct boot_load load;
	struct boot_why why;

	(void)state;
	file_size = 3 * MIB;
	set_head(0, 4 * MIB + 1, 0xa);
	assert_int_equal(find_places(&fake_fs, &files, &load, &why), 0);
	assert_int_equal(load.kernel_addr, 0x40200000);
	assert_int_equal(load.initrd_addr, 0x40601000);
	check_stays(&load);
	set_head(0x80000, 4 * MIB, 2);
	assert_int_equal(find_places(&fake_fs, &files, &load, &why), 0);
	assert_int_equal(load.kernel_addr, 0x40080000);
	check_stays(&load);
	/* a file longer than its header says is not run over by the ramdisk */
	set_head(0, MIB, 0xa);
	assert_int_equal(find_places(&fake_fs, &files, &load, &why), 0);
	assert_int_equal(load.initrd_addr, 0x40500000);
	/* only the first 2 MiB make it fit */
	file_size = 64;
	set_head(0, FAKE_FW_BASE - FAKE_RAM_BASE, 0xa);
	assert_int_equal(find_places(&fake_fs, &files, &load, &why), -ENOMEM);
	assert_non_null(strstr(why.text, "ramdisk"));
	assert_int_equal(load.kernel_addr, 0x40000000);
	set_head(0, FAKE_FW_BASE - FAKE_RAM_BASE + 1, 0xa);
	assert_int_equal(find_places(&fake_fs, &files, &load, &why), -ENOMEM);
	assert_non_null(strstr(why.text, "kernel"));
}

static void test_bad_kernels(void **state)
{
	static const struct boot_files files = { "/", "vmlinuz", "" };
	struct boot_load load;
	struct boot_why why;

	(void)state;
	file_size = 0;
	assert_int_equal(find_places(&fake_fs, &files, &load, &why), -EBADMSG);
	assert_non_null(strstr(why.text, "empty"));
	file_size = 63;
	assert_int_equal(find_places(&fake_fs, &files, &load, &why), -ENOEXEC);
	file_size = 4 * MIB;
	memset(head, 0, sizeof(head));
	assert_int_equal(find_places(&fake_fs, &files, &load, &why), -ENOEXEC);
	assert_string_equal(why.text, "not an arm64 Linux Image");
	memcpy(head, "\x1f\x8b", 2);
	assert_int_equal(find_places(&fake_fs, &files, &load, &why), -ENOEXEC);
	assert_non_null(strstr(why.text, "gzip"));
	set_head(0, MIB, 1);
	assert_int_equal(find_places(&fake_fs, &files, &load, &why), -EBADMSG);
	set_head(0, UINT64_MAX, 8);
	assert_int_equal(find_places(&fake_fs, &files, &load, &why), -ENOMEM);
	set_head(0x1ff000, UINT64_MAX, 8);
	assert_int_equal(find_places(&fake_fs, &files, &load, &why), -ENOMEM);
	read_error = -EIO;
	assert_int_equal(find_places(&fake_fs, &files, &load, &why), -EIO);
	assert_string_equal(why.text, "");
	read_error = 0;
}

static int setup(void **state)
{
	(void)state;
	fake_ram();
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_bad_kernels),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
