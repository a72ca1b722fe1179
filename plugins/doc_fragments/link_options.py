# Copyright: podnet.baremetal contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be said of a link, as options of the module itself and in its list of links."""

from __future__ import annotations


class ModuleDocFragment:
    """``podnet.baremetal.link_options``: by the kind of link that they are for; of all kinds first."""

    DOCUMENTATION = r"""
options:
  links:
    description: Many links in one task, instead of one by the options below.
    type: list
    elements: dict
    suboptions:
      name:
        description: &name Name of the link, up to 15 bytes.
        type: str
        required: true
      state:
        description: Whether it is switched on. If not given, that of the module counts, if it is V(up) or V(down).
        type: str
        choices: [up, down]
      <<: &attributes
        type:
          description:
            - Its kind. Needed for a link that is not there yet. One without is somebody else's, such as V(eth0), and
              is changed, but not made.
          type: str
          choices: [bridge, veth, vxlan, geneve, dummy, vlan, vrf, bond]
        address:
          description: Its MAC address.
          type: str
          aliases: [mac]
        mtu:
          description: Its MTU in bytes.
          type: int
        master:
          description: Name of the bridge, bond or VRF that it is a port of. An empty string takes it out.
          type: str
        alias:
          description: A line of text about it, up to 255 bytes.
          type: str
        txqueuelen:
          description: How many packets its queue holds.
          type: int
        gso_max_size:
          description: The largest packet that is handed to it to be segmented, in bytes.
          type: int
        promisc:
          description: Whether it takes in packets to other MAC addresses too.
          type: bool
        arp:
          description: Whether ARP is used on it.
          type: bool
        port:
          description: What it is like as a port of a bridge; needs O(master).
          type: dict
          suboptions:
            priority:
              description: Its priority in the spanning tree.
              type: int
            cost:
              description: Its cost in the spanning tree.
              type: int
            guard:
              description: Whether spanning tree messages switch it off.
              type: bool
            root_block:
              description: Whether it cannot become the way to the root.
              type: bool
            fastleave:
              description: Whether it leaves a multicast group at the first word.
              type: bool
            hairpin:
              description: Whether packets can leave by the port that they came in by.
              type: bool
            learning:
              description: Whether the bridge learns MAC addresses from it.
              type: bool
            flood:
              description: Whether packets to unknown MAC addresses are sent to it.
              type: bool
            mcast_flood:
              description: Whether multicast that nobody asked for is sent to it.
              type: bool
            bcast_flood:
              description: Whether broadcast is sent to it.
              type: bool
            mcast_to_unicast:
              description: Whether multicast is sent to each receiver by itself.
              type: bool
            mcast_router:
              description:
                - Whether a multicast router is behind it; V(0) for never, V(1) by what is seen, V(2) for always, V(3)
                  for now.
              type: int
            neigh_suppress:
              description: Whether the bridge answers ARP for what it knows is behind the port.
              type: bool
            isolated:
              description: Whether it reaches only ports that are not isolated.
              type: bool
            proxy_arp:
              description: Whether the bridge answers ARP in the place of hosts.
              type: bool
            proxy_arp_wifi:
              description: The same as wireless networks need it.
              type: bool
            vlan_tunnel:
              description: Whether VLANs are mapped to tunnels.
              type: bool
            group_fwd_mask:
              description: Link-local groups that it hands on, a bit for each of the addresses 01:80:c2:00:00:0n.
              type: int
        features:
          description:
            - Offload features to switch on or off, by the names that the kernel has for them, such as V(tx-tcp-
              segmentation) for what C(ethtool -k) shows as C(tcp-segmentation-offload).
            - What the driver has fixed is refused.
          type: dict
        recreate:
          description:
            - Whether the link may be deleted and made anew where the kernel cannot change what differs. Its addresses
              and the routes over it are gone then.
            - Without it such a difference is refused, with the attribute that it is about.
          type: bool
        peer:
          description: Of a V(veth) only. The far end; cannot be changed.
          type: dict
          suboptions:
            name:
              description: Its name.
              type: str
            namespace:
              description: Name of the network namespace that it is in, if another.
              type: str
        vni:
          description: Of V(vxlan) and V(geneve). The network's number, from 1 to 16777215; cannot be changed.
          type: int
        local:
          description: Of V(vxlan). The address that it sends from.
          type: str
        remote:
          description: Of V(vxlan) and V(geneve). The address of the one far end.
          type: str
        group:
          description: Of V(vxlan). The multicast group of the far ends; needs O(dev).
          type: str
        dev:
          description: Of V(vxlan). The link that it sends over.
          type: str
        dstport:
          description: Of V(vxlan) and V(geneve). The UDP port; cannot be changed.
          type: int
        ttl:
          description:
            - Of V(vxlan) and V(geneve). The hop limit outside, V(0) for the system's own, or V(inherit) for that of
              the packet inside.
          type: str
        tos:
          description:
            - Of V(vxlan) and V(geneve). The type of service outside, or V(inherit) for that of the packet inside.
          type: str
        df:
          description: Of V(vxlan) and V(geneve). Whether outer packets must not be fragmented.
          type: str
          choices: [unset, set, inherit]
        flowlabel:
          description: Of V(vxlan) and V(geneve). The flow label outside, over IPv6.
          type: int
        external:
          description: Of V(vxlan) and V(geneve). Whether each packet says itself where it goes; cannot be changed.
          type: bool
        learning:
          description: Of V(vxlan). Whether it learns behind which far end a MAC address is.
          type: bool
        ageing:
          description: Of V(vxlan). Seconds after which what was learned is forgotten.
          type: int
        maxaddress:
          description: Of V(vxlan). How many forwarding entries it holds, V(0) for any number; cannot be changed.
          type: int
        srcport:
          description: Of V(vxlan). The range of UDP ports to send from, such as V(32768-60999); cannot be changed.
          type: str
        proxy:
          description: Of V(vxlan). Whether it answers ARP for what it knows; cannot be changed.
          type: bool
        l2miss:
          description: Of V(vxlan). Whether it tells of MAC addresses that it does not know; cannot be changed.
          type: bool
        l3miss:
          description: Of V(vxlan). Whether it tells of IP addresses that it does not know; cannot be changed.
          type: bool
        udp_csum:
          description:
            - Of V(vxlan) and V(geneve). Whether outer packets over IPv4 have a UDP checksum; cannot be changed.
          type: bool
        udp6_zero_csum_tx:
          description: Of V(vxlan) and V(geneve). Whether it leaves out the UDP checksum over IPv6; cannot be changed.
          type: bool
        udp6_zero_csum_rx:
          description:
            - Of V(vxlan) and V(geneve). Whether it takes packets without UDP checksum over IPv6; cannot be changed.
          type: bool
        gbp:
          description: Of V(vxlan). Whether it carries group policy; cannot be changed.
          type: bool
        gpe:
          description: Of V(vxlan). Whether it carries more than Ethernet; cannot be changed.
          type: bool
        link:
          description: Of a V(vlan). The link that it is on; cannot be changed.
          type: str
        id:
          description:
            - Of a V(vlan). Its number, from 1 to 4094; cannot be changed.
            - With O(type=vxlan) or O(type=geneve) another name for O(vni).
          type: int
        protocol:
          description: Of a V(vlan). Its tag; cannot be changed.
          type: str
          choices: ["802.1Q", "802.1ad"]
        table:
          description: Of a V(vrf). Its routing table; cannot be changed.
          type: int
        stp:
          description: Of a V(bridge). Whether it takes part in the spanning tree.
          type: bool
        priority:
          description: Of a V(bridge). Its priority in the spanning tree.
          type: int
        forward_delay:
          description: Of a V(bridge). How long a port listens and learns before it forwards, in hundredths of a second.
          type: int
        hello_time:
          description: Of a V(bridge). Between its spanning tree messages, in hundredths of a second.
          type: int
        max_age:
          description: Of a V(bridge). How long another's message is believed, in hundredths of a second.
          type: int
        ageing_time:
          description: Of a V(bridge). When it forgets a MAC address that is silent, in hundredths of a second.
          type: int
        group_fwd_mask:
          description:
            - Of a V(bridge). Which of the groups 01:80:c2:00:00:00 to 01:80:c2:00:00:0f it forwards, a bit each.
          type: int
        vlan_filtering:
          description: Of a V(bridge). Whether it looks at VLAN tags.
          type: bool
        vlan_protocol:
          description: Of a V(bridge). The tags that it looks at.
          type: str
          choices: ["802.1Q", "802.1ad"]
        vlan_default_pvid:
          description: Of a V(bridge). The VLAN of untagged packets, V(0) for none.
          type: int
        mcast_snooping:
          description: Of a V(bridge). Whether it sends multicast only where it is wanted.
          type: bool
        mcast_querier:
          description: Of a V(bridge). Whether it asks who wants multicast.
          type: bool
        mcast_router:
          description:
            - Of a V(bridge). Whether it takes itself for a multicast router; V(0) for never, V(1) by what it sees,
              V(2) for always.
          type: int
        nf_call_iptables:
          description: Of a V(bridge). Whether iptables sees what it forwards.
          type: bool
        nf_call_ip6tables:
          description: Of a V(bridge). Whether ip6tables sees what it forwards.
          type: bool
        nf_call_arptables:
          description: Of a V(bridge). Whether arptables sees what it forwards.
          type: bool
        mode:
          description: Of a V(bond). How it uses its ports; cannot be changed.
          type: str
          choices: [balance-rr, active-backup, balance-xor, broadcast, 802.3ad, balance-tlb, balance-alb]
        miimon:
          description: Of a V(bond). How often it looks whether its ports are up, in milliseconds.
          type: int
        updelay:
          description: Of a V(bond). How long a port is up before it is used, in milliseconds; a multiple of O(miimon).
          type: int
        downdelay:
          description:
            - Of a V(bond). How long a port is down before it is given up, in milliseconds; a multiple of O(miimon).
          type: int
        xmit_hash_policy:
          description: Of a V(bond). What of a packet chooses its port.
          type: str
          choices: [layer2, layer3+4, layer2+3, encap2+3, encap3+4, vlan+srcmac]
        lacp_rate:
          description: Of a V(bond) of O(mode=802.3ad). How often LACP asks; cannot be changed.
          type: str
          choices: [slow, fast]
        ad_select:
          description: Of a V(bond) of O(mode=802.3ad). Which aggregate is used; cannot be changed.
          type: str
          choices: [stable, bandwidth, count]
        min_links:
          description: Of a V(bond). How many ports have to be up for it to be up.
          type: int
        primary:
          description: Of a V(bond). The port to prefer.
          type: str
        primary_reselect:
          description: Of a V(bond). When it goes back to the preferred port.
          type: str
          choices: [always, better, failure]
        fail_over_mac:
          description: Of a V(bond). Whose MAC address it has; cannot be changed.
          type: str
          choices: [none, active, follow]
        num_peer_notif:
          description: Of a V(bond). How many times it announces itself after a change of port.
          type: int
        resend_igmp:
          description: Of a V(bond). How many times it joins multicast groups again after a change of port.
          type: int
  name:
    description: *name
    type: str
  <<: *attributes
"""
