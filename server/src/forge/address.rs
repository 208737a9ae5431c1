//! What an IP address leads to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Public,
    Private,
    Loopback,
    LinkLocal,
    /// Multicast, broadcast, reserved.
    Unusable,
}

impl Class {
    pub(super) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => embedded_v4(v6).map_or_else(|| Self::of_v6(v6), Self::of_v4),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        // Metadata services outside 169.254/16: Alibaba, Azure and Oracle.
        const METADATA: [Ipv4Addr; 3] = [
            Ipv4Addr::new(100, 100, 100, 200),
            Ipv4Addr::new(168, 63, 129, 16),
            Ipv4Addr::new(192, 0, 0, 192),
        ];
        let [a, b, ..] = address.octets();
        if METADATA.contains(&address) || address.is_link_local() {
            Self::LinkLocal
        } else if address.is_loopback() || a == 0 {
            Self::Loopback
        } else if address.is_private() || (a == 100 && (64..128).contains(&b)) {
            Self::Private
        } else if a >= 224 {
            Self::Unusable
        } else {
            Self::Public
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        // Amazon's metadata service has an address of its own among the private ones.
        const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
        if address == METADATA || address.is_unicast_link_local() {
            Self::LinkLocal
        } else if address.is_loopback() || address.is_unspecified() {
            Self::Loopback
        } else if address.is_unique_local() || (address.segments()[0] & 0xffc0) == 0xfec0 {
            Self::Private
        } else if address.is_multicast() {
            Self::Unusable
        } else {
            Self::Public
        }
    }
}

/// The IPv4 address behind a mapped, compatible, NAT64 or 6to4 one: a way around every rule above otherwise.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match s {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => Some(v4(high, low)),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> Class {
        Class::of(text.parse().unwrap())
    }

    #[test]
    fn tells_addresses_apart() {
        for (class_wanted, addresses) in [
            (
                Class::Public,
                &["140.82.121.3", "2606:50c0:8000::153", "100.128.0.1", "172.32.0.1"][..],
            ),
            (
                Class::Private,
                &[
                    "10.1.2.3",
                    "172.31.255.1",
                    "192.168.1.1",
                    "100.64.0.1",
                    "fd12::1",
                    "::ffff:10.0.0.1",
                ],
            ),
            (
                Class::Loopback,
                &[
                    "127.0.0.1",
                    "127.9.9.9",
                    "0.0.0.0",
                    "::1",
                    "::",
                    "::ffff:127.0.0.1",
                    "64:ff9b::7f00:1",
                ],
            ),
            (Class::Loopback, &["::7f00:1", "2002:7f00:1::"]),
            (
                Class::LinkLocal,
                &[
                    "169.254.169.254",
                    "fe80::1",
                    "fd00:ec2::254",
                    "100.100.100.200",
                    "::ffff:169.254.169.254",
                ],
            ),
            (
                Class::Unusable,
                &["224.0.0.1", "255.255.255.255", "ff02::1", "240.0.0.1"],
            ),
        ] {
            for address in addresses {
                assert_eq!(class(address), class_wanted, "{address}");
            }
        }
    }
}
