/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of network devices, IPv4 addresses as typed, and which frames ARP
 * believes. The device is a stand-in of this test: it hands out frames from a
 * table, so every field of an answer can be wrong.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <core/console.h>
#include <core/deadline.h>
#include <lib/compiler.h>
#include <net/netdev.h>

static const uint8_t our_mac[] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
static const uint8_t peer_mac[] = { 0x52, 0x55, 0x0a, 0, 2, 2 };
static const uint8_t peer_ip[] = { 10, 0, 2, 2 };

/* An answer as slirp gives it. */
static const uint8_t answer[64] = {
	0x52, 0x54, 0, 0x12, 0x34, 0x56, 0x52, 0x55, 0x0a, 0,    2,    2, 8, 6,
	0,    1,    8, 0,    6,    4,    0,    2,    0x52, 0x55, 0x0a, 0, 2, 2,
	10,   0,    2, 2,    0x52, 0x54, 0,    0x12, 0x34, 0x56, 10,   0, 2, 15,
};

struct wire {
	struct netdev dev;
	uint8_t frame[64];    /* handed out at each poll */
	size_t len;           /* of it; 0: silence */
	unsigned int nframes; /* how often at one poll */
	unsigned int deaf;    /* requests until the first answer */
	unsigned int opened, sent;
	uint8_t request[64]; /* the last one sent */
	size_t request_len;
	int open_ret, send_ret, poll_ret;
};

static int wire_open(struct netdev *dev)
{
	struct wire *w = dev->ctx;

	w->opened++;
	return w->open_ret;
}

static int wire_send(struct netdev *dev, const void *frame, size_t len)
{
	struct wire *w = dev->ctx;

	assert_in_range(len, 42, sizeof(w->request));
	memcpy(w->request, frame, len);
	w->request_len = len;
	w->sent++;
	return w->send_ret;
}

static int wire_poll(struct netdev *dev,
		     void (*rx)(void *arg, const uint8_t *frame, size_t len),
		     void *arg)
{
	struct wire *w = dev->ctx;

	for (unsigned int i = 0; w->len && i < w->nframes; i++)
		if (w->sent > w->deaf)
			rx(arg, w->frame, w->len);
	return w->poll_ret;
}

static const struct netdev_ops wire_ops = {
	.open = wire_open,
	.send = wire_send,
	.poll = wire_poll,
};

static int no_key(void *ctx)
{
	(void)ctx;
	return -1;
}

static int ctrl_c(void *ctx)
{
	bool *typed = ctx;
	int c = *typed ? -1 : 3;

	*typed = true;
	return c;
}

static void no_output(void *ctx, const char *buf, size_t len)
{
	(void)ctx;
	(void)buf;
	(void)len;
}

static const struct console_ops quiet = { .put = no_output, .get = no_key };
static const struct console_ops impatient = { .put = no_output, .get = ctrl_c };

static void wire_init(struct wire *w)
{
	console_set(&quiet, NULL);
	con_ctrlc_clear();
	memset(w, 0, sizeof(*w));
	w->dev.ops = &wire_ops;
	w->dev.ctx = w;
	memcpy(w->dev.mac, our_mac, sizeof(our_mac));
	memcpy(w->frame, answer, sizeof(answer));
	w->len = sizeof(answer);
	w->nframes = 1;
}

static int ask(struct wire *w, uint8_t mac[ETH_ALEN])
{
	memset(mac, 0xee, ETH_ALEN);
	return arp_resolve(&w->dev, NULL, peer_ip, mac);
}

static void resolves(void **state)
{
	static const uint8_t self[] = { 10, 0, 2, 15 };
	uint8_t mac[ETH_ALEN];
	struct wire w;

	(void)state;
	wire_init(&w);
	assert_int_equal(arp_resolve(&w.dev, self, peer_ip, mac), 0);
	assert_memory_equal(mac, peer_mac, ETH_ALEN);
	assert_int_equal(w.opened, 1);
	assert_int_equal(w.sent, 1);
}

/* RFC 826 and RFC 5227, 2.1.1, byte for byte. */
static void request_is_right(void **state)
{
	static const uint8_t want[42] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12, 0x34,
		0x56, 8,    6,    0,    1,    8,    0,    6,    4, 0,    1,
		0x52, 0x54, 0,    0x12, 0x34, 0x56, 0,    0,    0, 0,    0,
		0,    0,    0,    0,    0,    10,   0,    2,    2,
	};
	static const uint8_t self[] = { 10, 0, 2, 15 };
	uint8_t mac[ETH_ALEN];
	struct wire w;

	(void)state;
	wire_init(&w);
	assert_int_equal(ask(&w, mac), 0);
	assert_int_equal(w.request_len, sizeof(want));
	assert_memory_equal(w.request, want, sizeof(want));
	assert_int_equal(arp_resolve(&w.dev, self, peer_ip, mac), 0);
	assert_memory_equal(w.request + 28, self, 4);
}

/* One byte of the answer changed: it is somebody else's, or nonsense. */
static void believes_only_the_answer(void **state)
{
	static const uint8_t matter[] = {
		0,  1,  5,              /* to us */
		12, 13, 14, 15, 16, 17, /* ARP, Ethernet, IPv4 */
		18, 19, 20, 21,         /* lengths, reply */
		28, 29, 30, 31,         /* from whom we asked */
		32, 33, 34, 35, 36, 37, /* for us */
	};
	uint8_t mac[ETH_ALEN];
	struct wire w;

	(void)state;
	for (size_t i = 0; i < sizeof(matter); i++) {
		wire_init(&w);
		w.frame[matter[i]] ^= 2;
		assert_int_equal(ask(&w, mac), -ETIMEDOUT);
		assert_int_equal(mac[0], 0xee);
	}
}

static void refuses_group_and_zero_stations(void **state)
{
	uint8_t mac[ETH_ALEN];
	struct wire w;

	(void)state;
	wire_init(&w);
	w.frame[22] |= 1;
	assert_int_equal(ask(&w, mac), -ETIMEDOUT);
	wire_init(&w);
	memset(w.frame + 22, 0, ETH_ALEN);
	assert_int_equal(ask(&w, mac), -ETIMEDOUT);
}

static void refuses_short_frames(void **state)
{
	uint8_t mac[ETH_ALEN];
	struct wire w;

	(void)state;
	for (size_t len = ETH_HLEN; len <= 42; len++) {
		wire_init(&w);
		w.len = len;
		assert_int_equal(ask(&w, mac), len < 42 ? -ETIMEDOUT : 0);
	}
}

/* The first answer counts; what follows in the same batch does not. */
static void first_answer_stays(void **state)
{
	uint8_t mac[ETH_ALEN];
	struct wire w;

	(void)state;
	wire_init(&w);
	w.nframes = 3;
	assert_int_equal(ask(&w, mac), 0);
	assert_memory_equal(mac, peer_mac, ETH_ALEN);
}

static void asks_again(void **state)
{
	uint8_t mac[ETH_ALEN];
	struct wire w;

	(void)state;
	wire_init(&w);
	w.deaf = 3;
	assert_int_equal(ask(&w, mac), 0);
	assert_int_equal(w.sent, 4);
}

static void gives_up(void **state)
{
	uint64_t began = time_us();
	uint8_t mac[ETH_ALEN];
	struct wire w;

	(void)state;
	wire_init(&w);
	w.len = 0;
	assert_int_equal(ask(&w, mac), -ETIMEDOUT);
	assert_in_range(w.sent, 14, 16);
	assert_in_range(time_us() - began, 3000000, 3100000);
}

static void ctrl_c_ends_it(void **state)
{
	uint64_t began = time_us();
	uint8_t mac[ETH_ALEN];
	bool typed = false;
	struct wire w;

	(void)state;
	wire_init(&w);
	console_set(&impatient, &typed);
	w.len = 0;
	assert_int_equal(ask(&w, mac), -EINTR);
	assert_in_range(time_us() - began, 0, 10000);
	console_set(&quiet, NULL);
}

static void device_errors_travel_up(void **state)
{
	uint8_t mac[ETH_ALEN];
	struct wire w;

	(void)state;
	wire_init(&w);
	w.open_ret = -EIO;
	assert_int_equal(ask(&w, mac), -EIO);
	assert_int_equal(w.sent, 0);
	wire_init(&w);
	w.send_ret = -ETIMEDOUT;
	assert_int_equal(ask(&w, mac), -ETIMEDOUT);
	assert_int_equal(w.sent, 1);
	wire_init(&w);
	w.len = 0;
	w.poll_ret = -EIO;
	assert_int_equal(ask(&w, mac), -EIO);
}

static void parses_addresses(void **state)
{
	static const struct {
		const char *text;
		int ret;
		uint8_t ip[4];
	} cases[] = {
		{ "10.0.2.2", 0, { 10, 0, 2, 2 } },
		{ "0.0.0.0", 0, { 0, 0, 0, 0 } },
		{ "255.255.255.255", 0, { 255, 255, 255, 255 } },
		{ "001.02.3.004", 0, { 1, 2, 3, 4 } },
		{ "", -EINVAL, { 0 } },
		{ "10.0.2", -EINVAL, { 0 } },
		{ "10.0.2.", -EINVAL, { 0 } },
		{ ".10.0.2", -EINVAL, { 0 } },
		{ "10..2.2", -EINVAL, { 0 } },
		{ "10.0.2.2.", -EINVAL, { 0 } },
		{ "10.0.2.2.2", -EINVAL, { 0 } },
		{ "256.0.0.1", -EINVAL, { 0 } },
		{ "10.0.2.1000", -EINVAL, { 0 } },
		{ "10.0.2.0002", -EINVAL, { 0 } },
		{ "10.0.2.4294967298", -EINVAL, { 0 } },
		{ "10.0.2.-2", -EINVAL, { 0 } },
		{ "10.0.2.+2", -EINVAL, { 0 } },
		{ " 10.0.2.2", -EINVAL, { 0 } },
		{ "10.0.2.2 ", -EINVAL, { 0 } },
		{ "0x0a.0.2.2", -EINVAL, { 0 } },
		{ "a.b.c.d", -EINVAL, { 0 } },
	};
	uint8_t ip[4];

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		memset(ip, 0xee, sizeof(ip));
		assert_int_equal(parse_ipv4(cases[i].text, ip), cases[i].ret);
		if (cases[i].ret)
			assert_int_equal(ip[0], 0xee);
		else
			assert_memory_equal(ip, cases[i].ip, 4);
	}
}

static void devices_are_numbered_in_order(void **state)
{
	static struct netdev devs[3];

	(void)state;
	assert_null(net_find(0));
	for (unsigned int i = 0; i < 3; i++) {
		net_register(&devs[i]);
		assert_ptr_equal(net_find(i), &devs[i]);
		assert_int_equal(devs[i].index, i);
		assert_null(net_find(i + 1));
	}
	assert_ptr_equal(net_find(0), &devs[0]);
	assert_null(net_find(UINT32_MAX));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolves),
		cmocka_unit_test(request_is_right),
		cmocka_unit_test(believes_only_the_answer),
		cmocka_unit_test(refuses_group_and_zero_stations),
		cmocka_unit_test(refuses_short_frames),
		cmocka_unit_test(first_answer_stays),
		cmocka_unit_test(asks_again),
		cmocka_unit_test(gives_up),
		cmocka_unit_test(ctrl_c_ends_it),
		cmocka_unit_test(device_errors_travel_up),
		cmocka_unit_test(parses_addresses),
		cmocka_unit_test(devices_are_numbered_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
