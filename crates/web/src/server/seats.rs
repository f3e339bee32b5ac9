//! Who may hold a connection: so many in all, so many from one address, and the last ones only for people and programs
//! that are signed in.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Settings;
use crate::shares::{Share, Shares};

/// The seats of one listener.
#[derive(Debug)]
pub struct Seats {
    open: Arc<Semaphore>,
    kept: Arc<Semaphore>,
    per_address: usize,
    exempt: Vec<IpAddr>,
    taken: Arc<Shares<IpAddr>>,
}

/// One connection's seat; dropping it frees the seat.
#[derive(Debug)]
pub struct Seat {
    /// It is one of those kept for the signed-in.
    pub is_kept: bool,
    _share: Option<Share<IpAddr>>,
    _one_of_all: OwnedSemaphorePermit,
}

/// Why a connection got no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSeat {
    /// All seats are taken.
    Full,
    /// This address has its share already.
    Greedy,
}

impl NoSeat {
    /// The label in the metrics.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Greedy => "address",
        }
    }
}

impl Seats {
    /// The seats that settings speak of; the share of an address does not apply to proxies, which speak for many.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let kept = settings.kept.min(settings.connections);
        Self {
            open: Arc::new(Semaphore::new(settings.connections - kept)),
            kept: Arc::new(Semaphore::new(kept)),
            per_address: settings.per_address,
            exempt: settings.proxies.clone(),
            taken: Arc::default(),
        }
    }

    /// Takes a seat; one of the kept ones when all others are taken.
    ///
    /// # Errors
    /// [`NoSeat`].
    pub fn take(&self, from: IpAddr) -> Result<Seat, NoSeat> {
        let one = |of: &Arc<Semaphore>| Arc::clone(of).try_acquire_owned().ok();
        let (permit, is_kept) = match one(&self.open) {
            Some(permit) => (permit, false),
            None => (one(&self.kept).ok_or(NoSeat::Full)?, true),
        };
        let share = if self.exempt.contains(&from.to_canonical()) {
            None
        } else {
            Some(self.taken.take(household(from), self.per_address).ok_or(NoSeat::Greedy)?)
        };
        Ok(Seat { is_kept, _share: share, _one_of_all: permit })
    }
}

/// What counts as one address: an IPv4 address, or the /64 that one IPv6 line is given.
#[must_use]
pub fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn seats(connections: usize, kept: usize, per_address: usize) -> Seats {
        let proxies = vec![ip("10.0.0.9")];
        let at = Settings::at("127.0.0.1:0".parse().unwrap());
        Seats::new(&Settings { connections, kept, per_address, proxies, ..at })
    }

    #[test]
    fn an_address_gets_its_share_and_a_freed_seat_is_given_again() {
        let seats = seats(10, 0, 2);
        let held = [seats.take(ip("10.0.0.1")).unwrap(), seats.take(ip("10.0.0.1")).unwrap()];
        assert_eq!(seats.take(ip("10.0.0.1")).unwrap_err(), NoSeat::Greedy);
        assert_eq!(seats.take(ip("::ffff:10.0.0.1")).unwrap_err(), NoSeat::Greedy);
        let _other = seats.take(ip("10.0.0.2")).unwrap();
        let _proxy: Vec<_> = (0..5).map(|_| seats.take(ip("10.0.0.9")).unwrap()).collect();
        drop(held);
        seats.take(ip("10.0.0.1")).unwrap();
    }

    #[test]
    fn one_ipv6_line_cannot_take_all_seats_by_changing_its_address() {
        let seats = seats(10, 0, 1);
        let _held = seats.take(ip("2001:db8:1:2::1")).unwrap();
        assert_eq!(seats.take(ip("2001:db8:1:2::2")).unwrap_err(), NoSeat::Greedy);
        seats.take(ip("2001:db8:1:3::1")).unwrap();
    }

    #[test]
    fn when_all_seats_are_taken_the_next_is_refused() {
        let seats = seats(1, 0, 5);
        let held = seats.take(ip("10.0.0.1")).unwrap();
        assert_eq!(seats.take(ip("10.0.0.2")).unwrap_err(), NoSeat::Full);
        drop(held);
        seats.take(ip("10.0.0.2")).unwrap();
    }

    #[test]
    fn the_last_seats_are_kept_for_the_signed_in() {
        let seats = seats(3, 1, 5);
        let held = [seats.take(ip("10.0.0.1")).unwrap(), seats.take(ip("10.0.0.2")).unwrap()];
        assert!(held.iter().all(|seat| !seat.is_kept));
        assert!(seats.take(ip("10.0.0.3")).unwrap().is_kept);
    }
}
