//! Who may hold a connection: so many in all, so many from one address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The seats of one listener.
#[derive(Debug)]
pub struct Seats {
    all: Arc<Semaphore>,
    per_address: usize,
    exempt: Vec<IpAddr>,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// One connection's seat; dropping it frees the seat.
#[derive(Debug)]
pub struct Seat {
    seats: Arc<Seats>,
    address: IpAddr,
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
    /// `total` seats, at most `per_address` for each address that is not `exempt` (a proxy speaks for many).
    #[must_use]
    pub fn new(total: usize, per_address: usize, exempt: Vec<IpAddr>) -> Arc<Self> {
        Arc::new(Self { all: Arc::new(Semaphore::new(total)), per_address, exempt, taken: Mutex::default() })
    }

    /// Takes a seat.
    ///
    /// # Errors
    /// [`NoSeat`].
    pub fn take(self: &Arc<Self>, from: IpAddr) -> Result<Seat, NoSeat> {
        let one = Arc::clone(&self.all).try_acquire_owned().map_err(|_| NoSeat::Full)?;
        let address = household(from);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let held = taken.entry(address).or_default();
        if *held >= self.per_address && !self.exempt.contains(&from.to_canonical()) {
            return Err(NoSeat::Greedy);
        }
        *held += 1;
        Ok(Seat { seats: Arc::clone(self), address, _one_of_all: one })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = taken.get_mut(&self.address) {
            *held -= 1;
            if *held == 0 {
                taken.remove(&self.address);
            }
        }
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

    #[test]
    fn an_address_gets_its_share_and_a_freed_seat_is_given_again() {
        let seats = Seats::new(10, 2, vec![ip("10.0.0.9")]);
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
        let seats = Seats::new(10, 1, Vec::new());
        let _held = seats.take(ip("2001:db8:1:2::1")).unwrap();
        assert_eq!(seats.take(ip("2001:db8:1:2::2")).unwrap_err(), NoSeat::Greedy);
        seats.take(ip("2001:db8:1:3::1")).unwrap();
    }

    #[test]
    fn when_all_seats_are_taken_the_next_is_refused() {
        let seats = Seats::new(1, 5, Vec::new());
        let held = seats.take(ip("10.0.0.1")).unwrap();
        assert_eq!(seats.take(ip("10.0.0.2")).unwrap_err(), NoSeat::Full);
        drop(held);
        seats.take(ip("10.0.0.2")).unwrap();
    }
}
