//! Failed attempts, by where they come from: twenty a second and two hundred at once; beyond that they are
//! slowed. Who has a valid credential is never asked about.

use std::collections::HashMap;
use std::mem;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// In which one comes back.
const INTERVAL: Duration = Duration::from_millis(50);
/// What may come at once, as the time in which so many come back.
const BURST: Duration = Duration::from_secs(10);
/// Addresses in one of the two generations.
const GENERATION: usize = 32_768;

/// Counts failed attempts of at most 65,536 addresses.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<Addresses>);

/// For each address, when all that it has used will have come back. Of two generations the older one is forgotten
/// when the younger one is full, so that neither time nor order has to be kept of any one.
#[derive(Debug, Default)]
struct Addresses {
    younger: HashMap<Source, Instant>,
    older: HashMap<Source, Instant>,
}

/// Whoever has one address of IPv6 has the 64 bits below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Source {
    V4(u32),
    V6(u64),
}

impl Attempts {
    /// One has failed. Gives the time to wait if that is one too many.
    pub fn failed(&self, address: IpAddr) -> Option<Duration> {
        let (source, now) = (Source::of(address), Instant::now());
        let mut addresses = self.lock();
        let full = addresses.take(source).map_or(now, |full| full.max(now));
        let next = full + INTERVAL;
        let wait = next.saturating_duration_since(now + BURST);
        let is_over = !wait.is_zero();
        addresses.put(source, if is_over { full } else { next });
        is_over.then_some(wait)
    }

    /// Whether another failure would be one too many.
    pub fn are_used_up(&self, address: IpAddr) -> bool {
        let (source, now) = (Source::of(address), Instant::now());
        let addresses = self.lock();
        let known = addresses
            .younger
            .get(&source)
            .or_else(|| addresses.older.get(&source));
        known.is_some_and(|full| *full + INTERVAL > now + BURST)
    }

    /// How many addresses are remembered.
    pub fn addresses(&self) -> usize {
        let addresses = self.lock();
        addresses.younger.len() + addresses.older.len()
    }

    fn lock(&self) -> MutexGuard<'_, Addresses> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Addresses {
    fn take(&mut self, source: Source) -> Option<Instant> {
        self.younger
            .remove(&source)
            .or_else(|| self.older.remove(&source))
    }

    fn put(&mut self, source: Source, full: Instant) {
        if self.younger.len() == GENERATION {
            self.older = mem::take(&mut self.younger);
        }
        self.younger.insert(source, full);
    }
}

impl Source {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6(
                    [a, b, c, d]
                        .into_iter()
                        .fold(0, |prefix, part| prefix << 16 | u64::from(part)),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    fn v4(number: u32) -> IpAddr {
        Ipv4Addr::from_bits(number).into()
    }

    #[tokio::test(start_paused = true)]
    async fn the_burst_is_exact_and_comes_back() {
        let attempts = Attempts::default();
        for _ in 0..200 {
            assert!(!attempts.are_used_up(v4(1)));
            assert_eq!(attempts.failed(v4(1)), None);
        }
        assert!(attempts.are_used_up(v4(1)));
        assert_eq!(attempts.failed(v4(1)), Some(INTERVAL));
        // What was refused is not counted on top.
        assert_eq!(attempts.failed(v4(1)), Some(INTERVAL));
        assert_eq!(attempts.failed(v4(2)), None, "another address");
        tokio::time::advance(Duration::from_secs(1)).await;
        for _ in 0..20 {
            assert_eq!(attempts.failed(v4(1)), None);
        }
        assert_eq!(attempts.failed(v4(1)), Some(INTERVAL));
        tokio::time::advance(Duration::from_hours(1)).await;
        let after = (0..300).filter(|_| attempts.failed(v4(1)).is_none()).count();
        assert_eq!(after, 200, "never more than the burst");
    }

    #[tokio::test(start_paused = true)]
    async fn an_ipv6_network_is_one_address() {
        let attempts = Attempts::default();
        let address = |network: u128, host: u128| {
            IpAddr::from(Ipv6Addr::from_bits((0x2001_0db8 << 96) | (network << 64) | host))
        };
        for host in 0..200 {
            assert_eq!(attempts.failed(address(1, host << 20)), None);
        }
        assert!(attempts.failed(address(1, u128::from(u64::MAX))).is_some());
        assert_eq!(attempts.failed(address(2, 0)), None);
        // The same host in both spellings.
        let mapped = IpAddr::from(Ipv4Addr::LOCALHOST.to_ipv6_mapped());
        for _ in 0..200 {
            attempts.failed(mapped);
        }
        assert!(attempts.failed(Ipv4Addr::LOCALHOST.into()).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn no_flood_of_addresses_grows_it_and_the_latest_are_known() {
        let attempts = Attempts::default();
        for _ in 0..200 {
            attempts.failed(v4(7));
        }
        for number in 0..200_000 {
            attempts.failed(v4(1000 + number));
            assert!(attempts.addresses() <= 65_536, "{number}");
            if number % 10_000 == 0 {
                assert!(
                    attempts.failed(v4(7)).is_some(),
                    "who goes on stays slowed: {number}"
                );
            }
        }
        assert!(attempts.addresses() > 32_768);
    }
}
