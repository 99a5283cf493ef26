/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio consoles (VIRTIO 1.4, 5.3): checklist items CON-1 to CON-4. The fake holds the
 * driver to the control queue's protocol, and to single descriptors on it.
 */
#include "virtio_test.h"

#include <core/console.h>

#define ALL "virtio-console"

static void single_port(struct fake_vdev *d)
{
	d->features &= ~UINT64_C(2);
}

/* A console that is in use, of either kind, and the UART beside it. */
static struct fake_vdev *start(uint32_t version,
			       void (*change)(struct fake_vdev *d))
{
	struct fake_vdev *d = fake_vdev_add(4, FAKE_CONSOLE, version);

	if (change)
		change(d);
	fake_virtio_announce();
	assert_int_equal(d->status, 0); /* nobody wanted it yet */
	assert_int_equal(console_choose(CONSOLE_ALL, ALL), 0);
	return d;
}

static void type(struct fake_vdev *d, unsigned int port, const char *text)
{
	assert_true(fake_console_type(d, port, text, strlen(text)));
}

/* What the console in use gives is @text, and then nothing more for now. */
static void assert_typed(const char *text)
{
	for (; *text; text++)
		assert_int_equal(con_getc(), *text);
	assert_int_equal(con_getc(), -1);
}

static void assert_output(struct fake_vdev *d, const char *text)
{
	d->con_len = 0;
	d->con_out[0] = '\0';
	con_puts(text);
	assert_string_equal(d->con_out, text);
}

static void works(struct fake_vdev *d, unsigned int port)
{
	assert_output(d, "hello");
	assert_int_equal(d->con_last, port);
	type(d, port, "abc");
	assert_typed("abc");
}

static void con1_in_and_out(void **state)
{
	char text[1025];
	struct fake_vdev *d;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[1024] = '\0';
	d = start(2, NULL);
	for (unsigned int i = 0; i < 50; i++) {
		works(d, 0);
		text[i] = (char)('0' + i);
		type(d, 0, text); /* all buffers, full */
		assert_false(fake_console_type(d, 0, "y", 1));
		assert_typed(text);
		assert_output(d, text);
	}
}

/* Type-ahead: what is taken while a command runs comes in its order. */
static void con1_order(void **state)
{
	struct fake_vdev *d;
	char next = ' ', c;

	(void)state;
	d = start(1, single_port);
	for (unsigned int n = 1; n < 200; n++) {
		char text[200];

		for (unsigned int i = 0; i < n; i++)
			text[i] = (char)(' ' + (next + i - ' ') % 64);
		assert_true(fake_console_type(d, 0, text, n));
		if (n % 3 == 0)
			(void)con_ctrlc();
		for (unsigned int i = 0; i < n; i++) {
			c = (char)con_getc();
			assert_int_equal(c, next);
			next = (char)(' ' + (next + 1 - ' ') % 64);
		}
	}
}

static void con1_ctrl_c(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	type(d, 0, "echo\003x");
	assert_true(con_ctrlc());
	con_ctrlc_clear();
	assert_typed("x");
}

static void con2_without_multiport(void **state)
{
	struct fake_vdev *d;

	(void)state;
	for (uint32_t v = 1; v <= 2; v++) {
		d = fake_vdev_add(v, FAKE_CONSOLE, v);
		single_port(d);
	}
	fake_virtio_announce();
	assert_int_equal(console_choose(CONSOLE_ALL, "console1"), 0);
	works(d, 0);
	assert_false(d->queue[2].ready);
	assert_int_equal(d->accepted & 7, 0);
}

static void ports_0_to_6(struct fake_vdev *d)
{
	d->con_ports = 0x7f;
	d->con_consoles = 0x7c; /* 2 and more */
}

/* Each port is acknowledged, the first console opened, and no other. */
static void con3_protocol(void **state)
{
	struct fake_vdev *d[2];

	(void)state;
	add_both(d, FAKE_CONSOLE);
	ports_0_to_6(d[0]);
	ports_0_to_6(d[1]);
	fake_virtio_announce();
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(console_choose(CONSOLE_ALL,
						i ? "virtio-console1" : ALL),
				 0);
		assert_int_equal(d[i]->con_ready, 0x7f);
		assert_int_equal(d[i]->con_open, 1u << 2);
		works(d[i], 2);
	}
}

static void no_ports(struct fake_vdev *d)
{
	d->con_ports = d->con_consoles = 0;
}

static void message(struct fake_vdev *d, uint32_t id, uint16_t event)
{
	uint8_t m[8];

	put_le32(m, id);
	put_le16(m + 4, event);
	put_le16(m + 6, 1);
	assert_true(fake_console_message(d, m, sizeof(m)));
}

/* A port that is plugged in later is found then. */
static void con3_late_port(void **state)
{
	struct fake_vdev *d = fake_vdev_add(4, FAKE_CONSOLE, 2);

	(void)state;
	no_ports(d);
	fake_virtio_announce();
	assert_int_equal(console_choose(CONSOLE_ALL, ALL), -ENODEV);
	assert_int_equal(console_next(NULL)->use, CONSOLE_ALL);
	d->con_ports = d->con_consoles = 2;
	message(d, 1, 1);
	time_us();
	for (unsigned int i = 0; i < 100000 && !d->con_open; i++)
		(void)!console_choose(CONSOLE_ALL, ALL);
	assert_int_equal(console_choose(CONSOLE_ALL, ALL), 0);
	works(d, 1);
}

static void look_often(void)
{
	for (unsigned int i = 0; i < 100000; i++)
		(void)con_getc();
}

/* Nothing is answered, nothing changes; every buffer comes back. */
static void con3_absurd_messages(void **state)
{
	static const uint32_t ids[] = { 31,         32,         4096,
					0x7fffffff, 0x80000000, UINT32_MAX };
	struct fake_vdev *d;
	uint8_t name[64];
	uint64_t sent;

	(void)state;
	d = start(2, NULL);
	look_often();
	sent = d->queue[3].taken;
	for (size_t i = 0; i < array_size(ids); i++)
		for (uint16_t event = 0; event < 20; event++) {
			message(d, ids[i], event);
			if (event % 5 == 4)
				look_often();
		}
	for (size_t len = 0; len < 64; len++) {
		memset(name, 0xff, sizeof(name));
		put_le32(name, 0);
		put_le16(name + 4, 7); /* PORT_NAME, without an end */
		assert_true(fake_console_message(d, name, len));
		if (len % 20 == 19)
			look_often();
	}
	look_often();
	assert_int_equal(d->queue[3].taken, sent);
	assert_int_equal(d->queue[2].nheld, 32);
	works(d, 0);
}

static void con3_removed(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	message(d, 0, 2);
	look_often();
	assert_int_equal(console_next(NULL)->use, CONSOLE_ALL);
	assert_non_null(strstr(fake_console_text, "its port was removed; "
						  "using serial"));
	assert_int_equal(console_choose(CONSOLE_ALL, ALL), -ENODEV);
	message(d, 0, 4);
	look_often();
	for (unsigned int i = 0; i < 100000 && d->queue[2].nheld < 32; i++)
		(void)!console_choose(CONSOLE_ALL, ALL);
	assert_int_equal(console_choose(CONSOLE_ALL, ALL), 0);
	works(d, 0);
}

/* One descriptor each: the fake counts (5.3.6.4). */
static void con4_single_descriptors(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(1, NULL);
	assert_int_equal(d->con_ready, 1);
	works(d, 0);
}

/* ---- trouble ---- */

/* The host stops reading: a second is waited once, then output is dropped, and what
 * was lost is told when it reads again. */
static void con1_host_does_not_read(void **state)
{
	struct fake_vdev *d;
	uint64_t t;

	(void)state;
	d = start(2, NULL);
	d->hold = true;
	t = time_us();
	for (unsigned int i = 0; i < 1000; i++)
		con_puts("0123456789");
	assert_true(time_us() - t < 1500000);
	d->hold = false;
	d->con_len = 0;
	fake_vdev_release(d);
	assert_int_equal(d->con_len, 160); /* what was in 16 buffers */
	con_puts("now");
	assert_string_equal(d->con_out + 160,
			    "\r\n[console: 9840 bytes lost]\r\nnow");
	works(d, 0);
	assert_int_equal(vdev_of(d)->resets, 0);
}

static void bad_id(struct fake_vdev *d, unsigned int q,
		   const struct fake_chain *c, struct fake_used *u)
{
	(void)c;
	if (q == d->arg)
		u->id = 0x1234;
}

static void needs_reset(struct fake_vdev *d)
{
	d->status |= 0x40;
}

static void assert_serial_takes_over(void)
{
	assert_int_equal(console_next(NULL)->use, CONSOLE_ALL);
	assert_non_null(strstr(fake_console_text, "; using serial"));
	memset(fake_console_text, ' ', strlen(fake_console_text));
}

/* A ring that breaks, in either direction: the UART takes over, and the console can be
 * chosen again. */
static void con1_breaks(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	for (d->arg = 0; d->arg < 3; d->arg++) {
		d->on_used = bad_id;
		con_puts("text");
		con_puts("text");
		fake_console_type(d, 0, "abc", 3);
		fake_console_message(d, "12345678", 8);
		look_often();
		assert_serial_takes_over();
		d->on_used = NULL;
		assert_int_equal(console_choose(CONSOLE_ALL, ALL), 0);
		works(d, 0);
	}
	needs_reset(d);
	look_often();
	assert_serial_takes_over();
	assert_int_equal(console_choose(CONSOLE_OUT, ALL), 0);
	needs_reset(d);
	for (unsigned int i = 0; i < 100000; i++)
		con_puts("x");
	assert_serial_takes_over();
	assert_int_equal(console_choose(CONSOLE_ALL, ALL), 0);
	con_puts("x"); /* what was lost meanwhile is told now */
	works(d, 0);
}

/* Without a UART it is tried again, and works on. */
static void con1_nothing_to_fall_back_to(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	console_set(NULL, NULL);
	needs_reset(d);
	look_often();
	for (unsigned int i = 0; i < 100000 && !d->queue[0].ready; i++)
		con_puts("x");
	works(d, 0);
	assert_int_equal(vdev_of(d)->resets, 1);
	d->gone = true;
	look_often();
	con_puts("nobody hears this");
	assert_int_equal(con_getc(), -1);
}

static void con1_quiet_after_quiesce(void **state)
{
	struct fake_vdev *d;

	(void)state;
	d = start(2, NULL);
	works(d, 0);
	quiesce_all();
	d->con_len = 0;
	(void)con_getc();
	assert_int_equal(d->status, 0);
	assert_int_equal(d->con_len, 0);
}

static void many_ports(struct fake_vdev *d)
{
	put32(d, 4, (uint32_t)d->arg);
}

static void con3_absurd_config(void **state)
{
	static const uint32_t max[] = { 0, 1, 5, 0x7fffffff, UINT32_MAX };
	char name[24];

	(void)state;
	for (unsigned int i = 0; i < array_size(max); i++) {
		struct fake_vdev *d = fake_vdev_add(i, FAKE_CONSOLE, i % 2 + 1);

		d->arg = max[i];
		many_ports(d);
	}
	fake_virtio_announce();
	for (unsigned int i = 0; i < array_size(max); i++) {
		snprintf(name, sizeof(name), "console%u", i);
		assert_int_equal(console_choose(CONSOLE_ALL, name),
				 i ? 0 : -ENODEV);
	}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(con1_in_and_out),
		virtio_test(con1_order),
		virtio_test(con1_ctrl_c),
		virtio_test(con1_host_does_not_read),
		virtio_test(con1_breaks),
		virtio_test(con1_nothing_to_fall_back_to),
		virtio_test(con1_quiet_after_quiesce),
		virtio_test(con2_without_multiport),
		virtio_test(con3_protocol),
		virtio_test(con3_late_port),
		virtio_test(con3_absurd_messages),
		virtio_test(con3_absurd_config),
		virtio_test(con3_removed),
		virtio_test(con4_single_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
