/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address resolution for IPv4 over Ethernet: one question asked until it is
 * answered. It needs no protocol stack, so it is also the proof that a network
 * device sends and receives. Only an answer that is addressed to us, comes
 * from the address asked for and names a station (not a group) is believed.
 * Source: RFC 826; RFC 5227, 2.1.1 (the probe with sender address 0.0.0.0).
 */
#include <net/netdev.h>

#include <errno.h>
#include <string.h>

#include <core/deadline.h>
#include <lib/byteorder.h>

#define ARP_TIMEOUT_MS 3000
#define ARP_ASK_MS     200

/* The frame: an Ethernet header, then the ARP packet, RFC 826 "Packet format" */
#define ETH_DST        0
#define ETH_SRC        6
#define ETH_TYPE       12
#define ARP_HRD        14 /* hardware: 1, Ethernet */
#define ARP_PRO        16 /* protocol: 0x0800, IPv4 */
#define ARP_HLN        18
#define ARP_PLN        19
#define ARP_OP         20
#define ARP_SHA        22 /* sender's hardware address */
#define ARP_SPA        28 /* sender's protocol address */
#define ARP_THA        32
#define ARP_TPA        38
#define ARP_FRAME      42

#define ETH_TYPE_IPV4  0x0800
#define ETH_TYPE_ARP   0x0806
#define ARP_HRD_ETHER  1
#define ARP_OP_REQUEST 1
#define ARP_OP_REPLY   2

struct arp_query {
	const struct netdev *dev;
	const uint8_t *ip;
	bool found;
	uint8_t mac[ETH_ALEN];
};

static void arp_request(uint8_t f[ARP_FRAME], const struct netdev *dev,
			const uint8_t *self, const uint8_t *ip)
{
	memset(f, 0, ARP_FRAME);
	memset(f + ETH_DST, 0xff, ETH_ALEN);
	memcpy(f + ETH_SRC, dev->mac, ETH_ALEN);
	put_be16(f + ETH_TYPE, ETH_TYPE_ARP);
	put_be16(f + ARP_HRD, ARP_HRD_ETHER);
	put_be16(f + ARP_PRO, ETH_TYPE_IPV4);
	f[ARP_HLN] = ETH_ALEN;
	f[ARP_PLN] = 4;
	put_be16(f + ARP_OP, ARP_OP_REQUEST);
	memcpy(f + ARP_SHA, dev->mac, ETH_ALEN);
	if (self)
		memcpy(f + ARP_SPA, self, 4);
	memcpy(f + ARP_TPA, ip, 4);
}

static bool is_answer(const struct arp_query *q, const uint8_t *f, size_t len)
{
	return len >= ARP_FRAME && get_be16(f + ETH_TYPE) == ETH_TYPE_ARP &&
	       get_be16(f + ARP_HRD) == ARP_HRD_ETHER &&
	       get_be16(f + ARP_PRO) == ETH_TYPE_IPV4 &&
	       f[ARP_HLN] == ETH_ALEN && f[ARP_PLN] == 4 &&
	       get_be16(f + ARP_OP) == ARP_OP_REPLY &&
	       !memcmp(f + ETH_DST, q->dev->mac, ETH_ALEN) &&
	       !memcmp(f + ARP_THA, q->dev->mac, ETH_ALEN) &&
	       !memcmp(f + ARP_SPA, q->ip, 4) && eth_is_station(f + ARP_SHA);
}

static void arp_rx(void *arg, const uint8_t *frame, size_t len)
{
	struct arp_query *q = arg;

	if (q->found || !is_answer(q, frame, len))
		return;
	memcpy(q->mac, frame + ARP_SHA, ETH_ALEN);
	q->found = true;
}

int arp_resolve(struct netdev *dev, const uint8_t self[4], const uint8_t ip[4],
		uint8_t mac[ETH_ALEN])
{
	struct arp_query q = { .dev = dev, .ip = ip };
	struct wait all = wait_ms(ARP_TIMEOUT_MS), ask = wait_us(0);
	uint8_t frame[ARP_FRAME];
	int ret = dev->ops->open(dev);

	if (ret)
		return ret;
	arp_request(frame, dev, self, ip);
	while (!q.found) {
		if (wait_over(&ask)) {
			ret = dev->ops->send(dev, frame, sizeof(frame));
			if (ret)
				return ret;
			ask = wait_ms(ARP_ASK_MS);
		}
		ret = dev->ops->poll(dev, arp_rx, &q);
		if (ret)
			return ret;
		if (q.found)
			break;
		ret = wait_turn(&all);
		if (ret)
			return ret;
	}
	memcpy(mac, q.mac, ETH_ALEN);
	return 0;
}
