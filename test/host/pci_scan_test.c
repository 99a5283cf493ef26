/* SPDX-License-Identifier: BSD-2-Clause */
/* PCI: enumeration behind bridges, sizes, addresses and windows (drivers/pci/). */
#include "fake/pci_bus.h"
#include "virtio_test.h"

#define COMMAND_OPEN (PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)

static void scan(void)
{
	assert_int_equal(pci_scan(&fake_pci_host), 0);
}

/* What was found, as "00:01.0 00:02.0". */
static const char *found(void)
{
	static char text[2048];
	size_t n = 0;

	text[0] = 0;
	for (struct pci_dev *d = pci_first(); d; d = d->next) {
		char name[PCI_NAME_BYTES];

		pci_name(d, name);
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
				      n ? " " : "", name);
	}
	return text;
}

static void empty_bus_costs_32_reads(void **state)
{
	(void)state;
	scan();
	assert_null(pci_first());
	assert_int_equal(fake_pci_reads, 32);
}

static void nothing_is_written_to_what_nobody_needs(void **state)
{
	struct fake_pci *p = fake_pci_add(NULL, 8, 0x8086, 0x100e);

	(void)state;
	fake_pci_bar(p, 0, 0x1000, 0);
	scan();
	assert_string_equal(found(), "00:01.0");
	assert_int_equal(p->writes, 0);
	/* 32 slots, and the header type of the one */
	assert_int_equal(fake_pci_reads, 33);
}

static void functions_of_a_slot(void **state)
{
	struct fake_pci *multi = fake_pci_add(NULL, 0x10, 1, 1);

	(void)state;
	multi->config[PCI_HEADER_TYPE] = 0x80;
	fake_pci_add(NULL, 0x13, 1, 2); /* 1 and 2 are missing */
	fake_pci_add(NULL, 0x17, 1, 3);
	fake_pci_add(NULL, 0x18, 1, 4);
	fake_pci_add(NULL, 0x19, 1, 5); /* not shown: its slot has one */
	fake_pci_add(NULL, 0x21, 1, 6); /* not shown: no function 0 */
	scan();
	assert_string_equal(found(), "00:02.0 00:02.3 00:02.7 00:03.0");
	assert_ptr_equal(pci_find(0, 2, 3)->next, pci_find(0, 2, 7));
	assert_null(pci_find(0, 2, 1));
	assert_null(pci_find(1, 2, 3));
}

/* b1 (bus 1) holds b2 (bus 2) and a function, b3 (bus 3) an empty bus. */
static void bus_numbers_are_depth_first(void **state)
{
	struct fake_pci *b1 = fake_pci_bridge(NULL, 0x08);
	struct fake_pci *b2 = fake_pci_bridge(b1, 0x00);
	struct fake_pci *b3 = fake_pci_bridge(NULL, 0x10);

	(void)state;
	fake_pci_add(b2, 0x00, 1, 1);
	fake_pci_add(b1, 0x20, 1, 2);
	fake_pci_add(NULL, 0x18, 1, 3);
	scan();
	assert_string_equal(found(), "00:01.0 01:00.0 02:00.0 01:04.0 "
				     "00:02.0 00:03.0");
	assert_int_equal(fake_pci_get(b1, 0x18, 4), 0x00020100);
	assert_int_equal(fake_pci_get(b2, 0x18, 4), 0x00020201);
	assert_int_equal(fake_pci_get(b3, 0x18, 4), 0x00030300);
	assert_ptr_equal(pci_find(2, 0, 0)->bridge, pci_find(1, 0, 0));
}

static void deep_bridges_end(void **state)
{
	struct fake_pci *b = NULL;
	unsigned int n = 0;

	(void)state;
	for (unsigned int i = 0; i < 20; i++)
		b = fake_pci_bridge(b, 0x08);
	scan();
	for (struct pci_dev *d = pci_first(); d; d = d->next)
		n++;
	assert_int_equal(n, 9); /* the ninth is shown, not looked behind */
}

static void buses_run_out(void **state)
{
	struct pci_host host = fake_pci_host;
	struct fake_pci *b[3];

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		b[i] = fake_pci_bridge(NULL, 8 + 8 * i);
		fake_pci_add(b[i], 0, 1, 1);
	}
	host.bus_last = 2;
	assert_int_equal(pci_scan(&host), 0);
	assert_string_equal(found(), "00:01.0 01:00.0 00:02.0 02:00.0 00:03.0");
	assert_int_equal(b[2]->writes, 0);
}

static void all_slots_full(void **state)
{
	struct fake_pci *b;
	unsigned int n = 0;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		b = fake_pci_bridge(NULL, 8 * i);
		for (unsigned int k = 0; k < 256; k++)
			fake_pci_add(b, k, 1, 1)->config[PCI_HEADER_TYPE] =
				0x80;
	}
	assert_int_equal(pci_scan(&fake_pci_host), -ENOSPC);
	for (struct pci_dev *d = pci_first(); d; d = d->next)
		n++;
	assert_int_equal(n, 1024);
}

/* ---- sizes ---- */

static void sizes(void **state)
{
	static const struct {
		uint64_t size;
		unsigned int flags;
		bool io, is64, prefetch;
	} bars[] = {
		{ 0x20, 1, true, false, false },
		{ 0x1000, 0, false, false, false },
		{ 0x4000, 0xc, false, true, true },
		{ 0, 0, false, false, false }, /* the other half */
		{ UINT64_C(1) << 36, 4, false, true, false },
	};
	struct fake_pci *p = fake_pci_add(NULL, 8, 1, 1);
	struct pci_dev *d;

	(void)state;
	for (unsigned int i = 0; i < array_size(bars); i++)
		if (bars[i].size)
			fake_pci_bar(p, i, bars[i].size, bars[i].flags);
	/* firmware before us left it decoding somewhere */
	fake_pci_put(p, PCI_COMMAND, 2, COMMAND_OPEN);
	fake_pci_put(p, 0x14, 4, 0x12345000);
	scan();
	d = pci_first();
	pci_size(d);
	for (unsigned int i = 0; i < array_size(bars); i++) {
		assert_int_equal(d->bar[i].size, bars[i].size);
		assert_int_equal(d->bar[i].io, bars[i].io);
		assert_int_equal(d->bar[i].is64, bars[i].is64);
		assert_int_equal(d->bar[i].prefetch, bars[i].prefetch);
	}
	/* as it was, decoding included */
	assert_int_equal(fake_pci_get(p, PCI_COMMAND, 2), COMMAND_OPEN);
	assert_int_equal(fake_pci_get(p, 0x14, 4), 0x12345000);
}

static void io_with_16_bits(void **state)
{
	struct fake_pci *p = fake_pci_add(NULL, 8, 1, 1);

	(void)state;
	fake_pci_bar(p, 0, 0x40, 1);
	fake_pci_put(p, 0x12, 2, 0);
	p->mask[0x12] = p->mask[0x13] = 0;
	scan();
	pci_size(pci_first());
	assert_int_equal(pci_first()->bar[0].size, 0x40);
}

static void holes_in_a_size(void **state)
{
	struct fake_pci *p = fake_pci_add(NULL, 8, 1, 1);

	(void)state;
	fake_pci_bar(p, 0, 0x1000, 0);
	p->mask[0x12] = 0x0f;          /* no power of two */
	fake_pci_bar(p, 5, 0x1000, 4); /* 64 bits with no second half */
	scan();
	pci_size(pci_first());
	assert_int_equal(pci_first()->bar[0].size, 0);
	assert_int_equal(pci_first()->bar[5].size, 0x1000);
	assert_false(pci_first()->bar[5].is64);
}

/* ---- addresses ---- */

static void apart(const struct pci_bar *a, const struct pci_bar *b)
{
	assert_true(a->io != b->io || a->pci + a->size <= b->pci ||
		    b->pci + b->size <= a->pci);
}

static void addresses_are_aligned_and_apart(void **state)
{
	struct pci_dev *d;

	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		struct fake_pci *p = fake_pci_add(NULL, 8 * i, 1, 1);

		fake_pci_bar(p, 0, 0x20u << i, 1);
		fake_pci_bar(p, 1, 0x1000u << i, 0);
		fake_pci_bar(p, 4, 0x4000u << i, 0xc);
	}
	scan();
	for (d = pci_first(); d; d = d->next)
		assert_int_equal(pci_enable(d), 0);
	for (d = pci_first(); d; d = d->next)
		for (unsigned int i = 0; i < PCI_BARS; i++) {
			const struct pci_bar *a = &d->bar[i];

			if (!a->size)
				continue;
			assert_true(a->pci && a->pci % a->size == 0);
			assert_int_equal(pci_read(d, 0x10 + 4 * i, 4) & ~15u,
					 a->pci & ~15u);
			for (struct pci_dev *e = d->next; e; e = e->next)
				for (unsigned int k = 0; k < PCI_BARS; k++)
					apart(a, &e->bar[k]);
		}
}

static void full_window_uses_the_next(void **state)
{
	struct pci_host host = fake_pci_host;
	struct fake_pci *p = fake_pci_add(NULL, 8, 1, 1);
	struct pci_dev *d;

	(void)state;
	host.window[PCI_MEM32].size = 0x100000;
	fake_pci_bar(p, 0, 0x200000, 0);   /* finds no room */
	fake_pci_bar(p, 2, 0x200000, 0xc); /* 64-bit prefetchable */
	fake_pci_bar(p, 4, 0x200000, 0x4); /* not prefetchable */
	assert_int_equal(pci_scan(&host), 0);
	d = pci_first();
	assert_int_equal(pci_enable(d), 0);
	assert_int_equal(d->bar[0].cpu, 0);
	assert_int_equal(d->bar[2].cpu, UINT64_C(0x8000000000));
	assert_int_equal(fake_pci_get(p, 0x18, 4), 0xc);
	assert_int_equal(fake_pci_get(p, 0x1c, 4), 0x80);
	assert_int_equal(d->bar[4].cpu, 0);
}

static void no_window_no_room(void **state)
{
	struct pci_host host = { .ecam = fake_pci_host.ecam,
				 .ecam_size = 1 << 20 };
	struct fake_pci *p = fake_pci_add(NULL, 8, 1, 1);

	(void)state;
	fake_pci_bar(p, 0, 0x1000, 0);
	assert_int_equal(pci_scan(&host), 0);
	assert_int_equal(pci_enable(pci_first()), -ENOSPC);
	assert_int_equal(pci_enable(pci_first()), -ENOSPC);
	assert_int_equal(fake_pci_get(p, PCI_COMMAND, 2), 0);
}

/* Two levels: the outer window holds the inner one, and both are closed around
 * what is behind them; that devices answer there is seen by the drivers' tests. */
static void bridge_windows(void **state)
{
	struct fake_pci *outer = fake_pci_bridge(NULL, 0x08);
	struct fake_pci *inner = fake_pci_bridge(outer, 0x00);
	struct fake_pci *p = fake_pci_add(inner, 0x00, 1, 1);
	struct fake_pci *q = fake_pci_add(outer, 0x08, 1, 2);
	struct fake_pci *other = fake_pci_bridge(NULL, 0x10);

	(void)state;
	fake_pci_bar(p, 0, 0x20, 1);
	fake_pci_bar(p, 4, 0x4000, 0xc);
	fake_pci_bar(q, 0, 0x100000, 0);
	scan();
	assert_int_equal(pci_enable(pci_find(2, 0, 0)), 0);
	/* base and limit: 1 MiB inside 2, 4 KiB of ports in both */
	assert_int_equal(fake_pci_get(inner, 0x20, 4), 0x10001000);
	assert_int_equal(fake_pci_get(outer, 0x20, 4), 0x10101000);
	assert_int_equal(fake_pci_get(inner, 0x1c, 2), 0x1010);
	assert_int_equal(fake_pci_get(outer, 0x1c, 2), 0x1010);
	/* nothing prefetchable was placed high: closed */
	assert_int_equal(fake_pci_get(outer, 0x24, 4), 0x0001fff1);
	assert_int_equal(fake_pci_get(outer, PCI_COMMAND, 2), COMMAND_OPEN);
	/* @q has its place and is not switched on; @other was left alone */
	assert_int_equal(fake_pci_get(q, PCI_COMMAND, 2), 0);
	assert_int_equal(fake_pci_get(q, 0x10, 4), 0x10100000);
	assert_int_equal(fake_pci_get(other, PCI_COMMAND, 2), 0);
	assert_int_equal(pci_enable(pci_find(1, 1, 0)), 0);
	assert_int_equal(fake_pci_get(q, PCI_COMMAND, 2),
			 PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void prefetchable_behind_a_bridge(void **state)
{
	struct pci_host host = fake_pci_host;
	struct fake_pci *b = fake_pci_bridge(NULL, 0x08);
	struct fake_pci *p = fake_pci_add(b, 0, 1, 1);

	(void)state;
	host.window[PCI_MEM32].size = 0;
	fake_pci_bar(p, 4, 0x4000, 0xc);
	assert_int_equal(pci_scan(&host), 0);
	assert_int_equal(pci_enable(pci_find(1, 0, 0)), 0);
	assert_int_equal(fake_pci_get(b, 0x24, 4), 0x00010001);
	assert_int_equal(fake_pci_get(b, 0x28, 4), 0x80);
	assert_int_equal(fake_pci_get(b, 0x2c, 4), 0x80);
	assert_int_equal(fake_pci_get(b, 0x20, 4), 0x0000fff0);
}

static void capabilities_in_order(void **state)
{
	struct fake_pci *p = fake_pci_add(NULL, 8, 1, 1);
	struct pci_cap_walk w = { 0 };

	(void)state;
	fake_pci_put(p, 0x34, 1, 0x83); /* the low bits are none of it */
	fake_pci_put(p, 0x80, 2, 0x4011);
	fake_pci_put(p, 0x40, 2, 0xfc09);
	fake_pci_put(p, 0xfc, 2, 0x0005);
	scan();
	assert_false(pci_cap_next(pci_first(), &w)); /* the status says none */
	p->config[PCI_STATUS] = 0x10;
	w = (struct pci_cap_walk){ 0 };
	assert_true(pci_cap_next(pci_first(), &w));
	assert_int_equal(w.pos << 8 | w.id, 0x8011);
	assert_true(pci_cap_next(pci_first(), &w));
	assert_int_equal(w.pos << 8 | w.id, 0x4009);
	assert_true(pci_cap_next(pci_first(), &w));
	assert_int_equal(w.pos << 8 | w.id, 0xfc05);
	assert_false(pci_cap_next(pci_first(), &w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		virtio_test(empty_bus_costs_32_reads),
		virtio_test(nothing_is_written_to_what_nobody_needs),
		virtio_test(functions_of_a_slot),
		virtio_test(bus_numbers_are_depth_first),
		virtio_test(deep_bridges_end),
		virtio_test(buses_run_out),
		virtio_test(all_slots_full),
		virtio_test(sizes),
		virtio_test(io_with_16_bits),
		virtio_test(holes_in_a_size),
		virtio_test(addresses_are_aligned_and_apart),
		virtio_test(full_window_uses_the_next),
		virtio_test(no_window_no_room),
		virtio_test(bridge_windows),
		virtio_test(prefetchable_behind_a_bridge),
		virtio_test(capabilities_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
