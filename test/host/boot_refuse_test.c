/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What linux_plan refuses: ranges that meet, both of them named, and damaged trees.
 * Nothing stays reserved.
 */
#include <errno.h>

#include "boot_linux.h"

static void refused(struct linux_boot b, int err, const char *a, const char *c)
{
	struct boot_why why = { "" };
	int ret = linux_plan(&b, &why);

	if (ret != err || !strstr(why.text, a) || !strstr(why.text, c))
		fail_msg("%d '%s', expected %d '%s' '%s'", ret, why.text, err,
			 a, c);
	assert_int_equal(reservations(), 1);
}

static void test_overlaps(void **state)
{
	static const struct {
		uint64_t kernel, initrd, size, tree;
		int err;
		const char *a, *b;
	} cases[] = {
		{ KERNEL, KERNEL, 1, TREE, -EACCES,
		  "Image 0x40400000-0x4040003f",
		  "initrd 0x40400000-0x40400000" },
		{ KERNEL, KERNEL + KSIZE - 1, 2, TREE, -EACCES, "Image",
		  "initrd 0x413fffff-0x41400000" },
		{ KERNEL, KERNEL - 5, 6, TREE, -EACCES, "Image", "initrd" },
		{ KERNEL, INITRD, 1, KERNEL + KSIZE - 8, -EACCES, "Image",
		  "device tree" },
		{ KERNEL, FAKE_FW_BASE - 1, 2, TREE, -EACCES, "initrd",
		  "firmware" },
		{ KERNEL, FAKE_FW_BASE + 1, 2, TREE, -EACCES, "initrd",
		  "firmware" },
		{ KERNEL, 0x9000000, 4, TREE, -EFAULT, "initrd", "RAM" },
		{ KERNEL, INITRD, UINT64_MAX, TREE, -EOVERFLOW, "initrd", "" },
		{ KERNEL, INITRD, 128 * MIB, TREE, -EFAULT, "initrd", "RAM" },
		{ KERNEL, INITRD, 1, 0, -EFAULT, "0x0", "RAM" },
		{ KERNEL, INITRD, 1, 0x47fffff8, -EFAULT, "", "RAM" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct linux_boot b = usual();

		b.kernel = cases[i].kernel;
		b.chosen.initrd = cases[i].initrd;
		b.chosen.initrd_size = cases[i].size;
		b.fdt = cases[i].tree;
		if (ram_check(b.fdt, 2 * TREE_SIZE, NULL) == 0)
			put_tree(b.fdt, whole_ram, 16);
		put_kernel(KERNEL);
		refused(b, cases[i].err, cases[i].a, cases[i].b);
	}
}

static void test_bad_trees(void **state)
{
	struct linux_boot b = usual();
	uint8_t *fdt = fake_at(TREE);

	(void)state;
	fdt[0] ^= 1;
	refused(b, -EBADMSG, "libfdt fdt_check_header()", "FDT_ERR_BADMAGIC");
	b = usual();
	put_be32(fdt + 4, 39);
	refused(b, -EBADMSG, "libfdt fdt_check_header()", "FDT_ERR");
	b = usual();
	put_be32(fdt + 4, 0x7fffffff);
	refused(b, -EFAULT, "device tree", "end of RAM");
	b = usual();
	put_be32(fdt + 4, 0x200000);
	refused(b, -EBADMSG, "2 MiB", "");
	b = usual();
	/* the first property's length */
	put_be32(fdt + fdt_off_dt_struct(fdt) + 12, 0x10000);
	refused(b, -EBADMSG, "libfdt fdt_check_full()", "FDT_ERR");
}

/* A strings block of one endless name makes libfdt's checks quadratic. */
static void test_endless_name(void **state)
{
	struct linux_boot b = usual();
	uint8_t *fdt = fake_at(TREE);
	uint32_t at = fdt_off_dt_strings(fdt), len = 0x1000;

	(void)state;
	memset(fdt + at, 'x', len);
	fdt[at + len - 1] = 0;
	put_be32(fdt + 32, len);
	refused(b, -EBADMSG, "name does not end", "");
}

static void test_known_length_overlaps(void **state)
{
	struct linux_boot b = usual();

	(void)state;
	b.kernel_len = 4 * MIB;
	b.chosen.initrd = KERNEL + 4 * MIB - 1;
	refused(b, -EACCES, "Image 0x40400000-0x407fffff", "initrd");
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
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_known_length_overlaps),
		cmocka_unit_test(test_bad_trees),
		cmocka_unit_test(test_endless_name),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
