/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Booting Linux up to the jump: what the tree says afterwards (read back with
 * libfdt), what is cleaned, stopped and handed over.
 */
#include <stdio.h>

#include <core/quiesce.h>
#include <core/random.h>
#include <errno.h>

#include "boot_linux.h"

static const void *prop(const void *fdt, const char *path, const char *name,
			int *len)
{
	return fdt_getprop(fdt, fdt_path_offset(fdt, path), name, len);
}

static uint64_t number(const void *fdt, const char *path, const char *name)
{
	int len;
	const void *p = prop(fdt, path, name, &len);

	assert_non_null(p);
	assert_int_equal(len, 8);
	return get_be64(p);
}

static struct random_source source;
static int source_ret;

static int give_random(struct random_source *src, void *buf, size_t len)
{
	(void)src;
	memset(buf, 0x5a, len);
	return source_ret;
}

/* ---- what goes right ---- */

static const void *load(struct linux_boot *b)
{
	struct boot_why why;
	const void *fdt;
	int ret = linux_plan(b, &why);

	if (ret)
		fail_msg("plan: %d %s", ret, why.text);
	ret = linux_load(b, &why);
	if (ret)
		fail_msg("load: %d %s", ret, why.text);
	fdt = fake_at(b->fdt_to);
	assert_int_equal(fdt_check_full(fdt, b->fdt_room), 0);
	assert_int_equal(b->fdt_to % 8, 0);
	return fdt;
}

static void test_chosen(void **state)
{
	struct linux_boot b = usual();
	const void *fdt;
	int len;

	(void)state;
	random_seed("seed", 4);
	fdt = load(&b);
	assert_int_equal(b.image.base, KERNEL);
	assert_string_equal(prop(fdt, "/chosen", "bootargs", &len),
			    "console=x");
	assert_int_equal(number(fdt, "/chosen", "linux,initrd-start"), INITRD);
	assert_int_equal(number(fdt, "/chosen", "linux,initrd-end"),
			 INITRD + 0x1234);
	/* without a device the tree's own seed stays, even if others are known */
	assert_int_equal(b.chosen.seed_error, -ENODEV);
	assert_int_equal(number(fdt, "/chosen", "kaslr-seed"), 99);
	assert_null(prop(fdt, "/chosen", "rng-seed", &len));
	/* the original is as it was */
	assert_string_equal(prop(fake_at(TREE), "/chosen", "bootargs", &len),
			    "old");
	linux_cancel();
	assert_int_equal(reservations(), 1);
}

static void test_no_initrd_no_args(void **state)
{
	struct linux_boot b = usual();
	const void *fdt;
	int len;

	(void)state;
	b.chosen = (struct boot_chosen){ 0 };
	fdt = load(&b);
	assert_string_equal(prop(fdt, "/chosen", "bootargs", &len), "old");
	assert_null(prop(fdt, "/chosen", "linux,initrd-start", &len));
	assert_null(prop(fdt, "/chosen", "linux,initrd-end", &len));
	linux_cancel();
}

static void test_bare_tree(void **state)
{
	struct linux_boot b = usual();
	const void *fdt;
	int len;

	(void)state;
	assert_int_equal(fdt_create_empty_tree(fake_at(TREE), 256), 0);
	fdt_setprop_u32(fake_at(TREE), 0, "#address-cells", 2);
	fdt_setprop_u32(fake_at(TREE), 0, "#size-cells", 2);
	fdt_pack(fake_at(TREE));
	fdt = load(&b);
	assert_string_equal(prop(fdt, "/chosen", "bootargs", &len),
			    "console=x");
	assert_memory_equal(prop(fdt, "/memory@40000000", "reg", &len),
			    whole_ram, 16);
	linux_cancel();
}

static void test_long_bootargs(void **state)
{
	static char args[60000];
	struct linux_boot b = usual();
	const void *fdt;
	int len;

	(void)state;
	memset(args, 'a', sizeof(args) - 1);
	b.chosen.bootargs = args;
	fdt = load(&b);
	assert_string_equal(prop(fdt, "/chosen", "bootargs", &len), args);
	linux_cancel();
}

static void test_seeds(void **state)
{
	struct linux_boot b = usual();
	const void *fdt;
	int len;

	(void)state;
	source.read = give_random;
	random_register(&source);
	fdt = load(&b);
	assert_int_equal(b.chosen.seed_error, 0);
	assert_int_equal(number(fdt, "/chosen", "kaslr-seed"),
			 UINT64_C(0x5a5a5a5a5a5a5a5a));
	assert_non_null(prop(fdt, "/chosen", "rng-seed", &len));
	assert_int_equal(len, 32);
	linux_cancel();
	/* a broken source does not keep anybody from booting */
	source_ret = -EIO;
	fdt = load(&b);
	assert_int_equal(b.chosen.seed_error, -EIO);
	assert_int_equal(number(fdt, "/chosen", "kaslr-seed"), 99);
	linux_cancel();
}

static void test_memory_node(void **state)
{
	static const struct {
		uint64_t base, size;
		bool kept;
	} cases[] = {
		{ 0x40000000, 128 * MIB, true },
		{ 0x40000000, 64 * MIB, true }, /* less is a wish */
		{ 0x40000000, 128 * MIB + 1, false },
		{ 0x40000000, 0, false },
		{ 0x80000000, 128 * MIB, false },
		{ UINT64_MAX - 10, 4096, false },
	};
	uint8_t reg[16];
	int len;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct linux_boot b = usual();
		const void *fdt;

		put_be64(reg, cases[i].base);
		put_be64(reg + 8, cases[i].size);
		put_tree(TREE, reg, 16);
		fdt = load(&b);
		assert_memory_equal(prop(fdt, "/memory@40000000", "reg", &len),
				    cases[i].kept ? reg : whole_ram, 16);
		linux_cancel();
	}
}

/* NUMA: all right, they stay; one wrong, one node takes the place of all. */
static void test_many_memory_nodes(void **state)
{
	(void)state;
	for (unsigned int count = 1; count < 40; count += 7) {
		for (int wrong = 0; wrong < 2; wrong++) {
			struct linux_boot b = usual();
			void *fdt = put_tree(TREE, NULL, 0);
			const void *copy;
			int len, nodes = 0, node = -1;

			for (unsigned int i = 0; i < count; i++) {
				uint8_t reg[16] = { 0 };
				char name[32];

				put_be64(reg, 0x40000000 + i * 0x100000);
				put_be64(reg + 8, 0x100000);
				if (wrong && i == count / 2)
					put_be64(reg, 0x90000000);
				snprintf(name, sizeof(name), "memory@%x", i);
				node = fdt_add_subnode(fdt, 0, name);
				fdt_setprop_string(fdt, node, "device_type",
						   "memory");
				assert_int_equal(
					fdt_setprop(fdt, node, "reg", reg, 16),
					0);
			}
			copy = load(&b);
			node = -1;
			while ((node = fdt_node_offset_by_prop_value(
					copy, node, "device_type", "memory",
					7)) >= 0)
				nodes++;
			assert_int_equal(nodes, wrong ? 1 : count);
			if (wrong)
				assert_memory_equal(prop(copy,
							 "/memory@40000000",
							 "reg", &len),
						    whole_ram, 16);
			linux_cancel();
		}
	}
}

/* A tree may call /chosen a memory node: it goes with the wrong ones, and the kernel
 * still gets its command line. */
static void test_chosen_is_memory(void **state)
{
	struct linux_boot b = usual();
	const void *fdt;
	int len;

	(void)state;
	fdt_setprop_string(fake_at(TREE),
			   fdt_path_offset(fake_at(TREE), "/chosen"),
			   "device_type", "memory");
	fdt = load(&b);
	assert_string_equal(prop(fdt, "/chosen", "bootargs", &len),
			    "console=x");
	assert_int_equal(number(fdt, "/chosen", "linux,initrd-start"), INITRD);
	assert_null(prop(fdt, "/chosen", "device_type", &len));
	assert_memory_equal(prop(fdt, "/memory@40000000", "reg", &len),
			    whole_ram, 16);
	linux_cancel();
}

/* Two of them, one with a unit address: the kernel reads the first. */
static void test_two_chosen(void **state)
{
	static const char *const names[][2] = { { "chosen", "chosen@1" },
						{ "chosen@1", "chosen" } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct linux_boot b = usual();
		void *tree = put_tree(TREE, whole_ram, 16);
		const void *fdt;
		int len, node = fdt_path_offset(tree, "/chosen");

		/* libfdt puts a new node before the others */
		assert_int_equal(fdt_set_name(tree, node, "later"), 0);
		assert_true(fdt_add_subnode(tree, 0, names[i][1]) > 0);
		node = fdt_path_offset(tree, "/later");
		assert_int_equal(fdt_set_name(tree, node, names[i][0]), 0);
		fdt = load(&b);
		node = fdt_path_offset(fdt, "/chosen");
		assert_string_equal(fdt_getprop(fdt, node, "bootargs", &len),
				    "console=x");
		linux_cancel();
	}
}

static void test_moved(void **state)
{
	struct linux_boot b = usual();

	(void)state;
	b.kernel = 0x40300000;
	put_kernel(b.kernel);
	load(&b);
	assert_int_equal(b.image.base, 0x40400000);
	assert_memory_equal(fake_at(0x40400000 + 56), "ARM\x64", 4);
	linux_cancel();
}

static unsigned int stops, cleans_at_stop;

static void stop(void *ctx)
{
	(void)ctx;
	stops++;
	cleans_at_stop = fake_boot.ncleans;
}

static void cleaned(uint64_t addr, uint64_t len)
{
	for (unsigned int i = 0; i < fake_boot.ncleans; i++)
		if (fake_boot.clean[i].addr <= addr &&
		    addr + len <=
			    fake_boot.clean[i].addr + fake_boot.clean[i].len)
			return;
	fail_msg("0x%jx was not cleaned", (uintmax_t)addr);
}

static void test_start(void **state)
{
	static struct quiesce q = { .stop = stop };
	static struct linux_boot b;
	static jmp_buf out;

	(void)state;
	b = usual();
	quiesce_register(&q);
	load(&b);
	fake_boot = (struct fake_boot){ .leave = &out };
	if (!setjmp(out))
		linux_start(&b);
	assert_int_equal(stops, 1);
	assert_int_equal(cleans_at_stop, 0);
	assert_int_equal(fake_boot.handoff[0], KERNEL);
	assert_int_equal(fake_boot.handoff[1], b.fdt_to);
	for (int i = 2; i < 5; i++)
		assert_int_equal(fake_boot.handoff[i], 0);
	cleaned(KERNEL, KSIZE);
	cleaned(INITRD, 0x1234);
	cleaned(b.fdt_to, fdt_totalsize(fake_at(b.fdt_to)));
	linux_cancel();
}

/* With the file's length known, its BSS may move away from the ramdisk. */
static void test_known_length(void **state)
{
	struct linux_boot b = usual();

	(void)state;
	b.kernel_len = 4 * MIB;
	b.chosen.initrd = KERNEL + 4 * MIB;
	load(&b);
	assert_int_not_equal(b.image.base, KERNEL);
	assert_int_equal(b.image.src_len, 4 * MIB);
	linux_cancel();
}

static void test_ramdisk_of_qemu(void **state)
{
	struct linux_boot b = usual();

	(void)state;
	assert_int_equal(ram_reserve(INITRD, 0x2000, "ramdisk"), 0);
	load(&b);
	linux_cancel();
	b.chosen.initrd_size = 0x2001;
	assert_int_equal(reservations(), 2);
	ram_unreserve("ramdisk");
	assert_int_equal(ram_reserve(INITRD, 0x1000, "ramdisk"), 0);
	{
		struct boot_why why;

		assert_int_equal(linux_plan(&b, &why), -EACCES);
	}
	ram_unreserve("ramdisk");
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
		cmocka_unit_test(test_chosen),
		cmocka_unit_test(test_no_initrd_no_args),
		cmocka_unit_test(test_bare_tree),
		cmocka_unit_test(test_long_bootargs),
		cmocka_unit_test(test_memory_node),
		cmocka_unit_test(test_many_memory_nodes),
		cmocka_unit_test(test_chosen_is_memory),
		cmocka_unit_test(test_two_chosen),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_known_length),
		cmocka_unit_test(test_ramdisk_of_qemu),
		cmocka_unit_test(test_seeds), /* registers a source: last */
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
