/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net: the network devices, their counters, and one address asked for on the
 * wire, which proves that frames go out and come in. Until there is a protocol
 * stack that is all; "ipaddr" is used as the sender's address when it is set.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <core/deadline.h>
#include <env/env.h>
#include <lib/errstr.h>
#include <net/netdev.h>
#include <shell/command.h>
#include <shell/shell.h>

static struct netdev *find_by_name(const char *name)
{
	struct netdev *dev;
	char eth[16];

	for (unsigned int i = 0; (dev = net_find(i)); i++) {
		snprintf(eth, sizeof(eth), "eth%u", i);
		if (!strcmp(name, eth) || !strcmp(name, dev->name))
			break;
	}
	return dev;
}

/* The device that ethact names, else the first; NULL when there is none. */
static struct netdev *active(void)
{
	const char *name = env_get("ethact");
	struct netdev *dev = name ? find_by_name(name) : NULL;

	return dev ? dev : net_find(0);
}

/* The device argument @arg names, the active one without; prints why not. */
static struct netdev *chosen(const struct cmd_call *call, int arg)
{
	bool given = arg < call->argc;
	struct netdev *dev = given ? find_by_name(call->argv[arg]) : active();
	int ret = dev ? net_attach(dev) : 0;

	if (dev && !ret)
		return dev;
	con_printf("%s: %s: %s\n", call->name, given ? call->argv[arg] : "eth0",
		   dev ? net_error(dev, ret) : "no such device");
	return NULL;
}

static void put_mac(const uint8_t m[ETH_ALEN])
{
	con_printf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3],
		   m[4], m[5]);
}

static int cmd_list(const struct cmd_call *call)
{
	const struct netdev *act = active();
	struct netdev *dev;
	int ret;

	(void)call;
	if (!act)
		con_puts("net list: no network device\n");
	for (unsigned int i = 0; (dev = net_find(i)); i++) {
		con_printf("eth%u : %s ", i, dev->name);
		ret = net_attach(dev);
		if (ret) {
			con_printf("%s\n", net_error(dev, ret));
			continue;
		}
		put_mac(dev->mac);
		con_printf("%s%s\n", dev == act ? " active" : "",
			   dev->ops->link_up(dev) ? "" : " link down");
	}
	return CMD_OK;
}

/* arp ADDRESS [DEVICE] */
static int cmd_arp(const struct cmd_call *call)
{
	const char *self_text = env_get("ipaddr"), *text = call->argv[1];
	uint8_t ip[4], self[4], mac[ETH_ALEN];
	struct netdev *dev = chosen(call, 2);
	uint64_t began = time_us();
	int ret;

	if (!dev)
		return CMD_FAIL;
	if (parse_ipv4(text, ip)) {
		con_printf("net arp: '%s' is not an IPv4 address\n", text);
		return CMD_FAIL;
	}
	if (!ip[0] || ip[0] == 127 || ip[0] >= 224) {
		con_printf("net arp: %s: no host has this address\n", text);
		return CMD_FAIL;
	}
	if (!dev->ops->link_up(dev)) {
		con_printf("net arp: eth%u: link is down\n", dev->index);
		return CMD_FAIL;
	}
	ret = arp_resolve(
		dev, self_text && !parse_ipv4(self_text, self) ? self : NULL,
		ip, mac);
	if (ret) {
		con_printf("net arp: %s: %s\n", text,
			   ret == -ETIMEDOUT ? "no answer"
					     : net_error(dev, ret));
		return CMD_FAIL;
	}
	con_printf("%s is at ", text);
	put_mac(mac);
	con_printf(" (eth%u, %ju us)\n", dev->index,
		   (uintmax_t)(time_us() - began));
	return CMD_OK;
}

static void put_count(const char *name, uint64_t v)
{
	con_printf("  %-12s %ju\n", name, (uintmax_t)v);
}

static int show_stats(struct netdev *dev)
{
	const struct net_counters *c = &dev->count;
	int ret = net_attach(dev);

	if (ret) {
		con_printf("net stats: eth%u: %s\n", dev->index,
			   net_error(dev, ret));
		return CMD_FAIL;
	}
	con_printf("eth%u : %s, link %s, MTU %u\n", dev->index, dev->name,
		   dev->ops->link_up(dev) ? "up" : "down", dev->mtu);
	put_count("rx_frames", c->rx_frames);
	put_count("rx_bytes", c->rx_bytes);
	put_count("rx_dropped", c->rx_dropped);
	put_count("tx_frames", c->tx_frames);
	put_count("tx_bytes", c->tx_bytes);
	put_count("tx_errors", c->tx_errors);
	return CMD_OK;
}

static int cmd_stats(const struct cmd_call *call)
{
	struct netdev *dev;
	int ret = CMD_OK;

	if (call->argc > 1 || !active()) {
		dev = chosen(call, 1);
		return dev ? show_stats(dev) : CMD_FAIL;
	}
	for (unsigned int i = 0; (dev = net_find(i)); i++)
		ret |= show_stats(dev);
	return ret;
}

static const struct subcommand subs[] = {
	{ "arp", cmd_arp, 1, 2 },
	{ "list", cmd_list, 0, 0 },
	{ "stats", cmd_stats, 0, 1 },
};

static int cmd_net(const struct cmd_call *call)
{
	return cmd_dispatch(call, subs, array_size(subs));
}

static void complete(const struct cmd_call *call)
{
	char eth[16];

	cmd_offer_subs(call, subs, array_size(subs));
	if (call->argc < 3 ||
	    call->argc != (strcmp(call->argv[1], "arp") ? 3 : 4))
		return;
	for (unsigned int i = 0; net_find(i); i++) {
		snprintf(eth, sizeof(eth), "eth%u", i);
		shell_offer(eth);
	}
}

COMMAND(net, cmd_net, 1, -1, false, "network devices",
	"list            - show the network devices\n"
	"net stats [dev]     - frames and bytes counted, in and out\n"
	"net arp A.B.C.D [dev] - ask the wire which station has an address",
	.complete = complete);
