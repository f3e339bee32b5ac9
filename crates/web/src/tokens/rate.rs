//! How often one token may ask: a fixed number of requests a minute, counted per process.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::TimeDelta;
use kernel::{Instant, Result};
use uuid::Uuid;

use crate::accounts::Refusal;

/// Entries before old ones are swept out.
const SWEEP_AT: usize = 10_000;

/// The requests of tokens in their present minute.
#[derive(Debug)]
pub(crate) struct Rate {
    most: u32,
    minutes: Mutex<HashMap<Uuid, (Instant, u32)>>,
}

impl Rate {
    /// At most so many requests a minute and token.
    pub(crate) fn new(most: u32) -> Self {
        Self { most, minutes: Mutex::default() }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// [`Refusal::TokenTooOften`].
    pub(crate) fn pass(&self, token: Uuid, now: Instant) -> Result<()> {
        let mut minutes = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
        if minutes.len() >= SWEEP_AT {
            minutes.retain(|_, (since, _)| now - *since < TimeDelta::minutes(1));
        }
        let (since, count) = minutes.entry(token).or_insert((now, 0));
        if now - *since >= TimeDelta::minutes(1) {
            (*since, *count) = (now, 0);
        }
        if *count >= self.most {
            return Err(Refusal::TokenTooOften { most: self.most }.into());
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_asks_too_often_waits_for_the_next_minute_and_holds_up_no_other() {
        let (rate, now) = (Rate::new(2), "2026-11-21T01:00:00Z".parse().unwrap());
        let token = Uuid::from_u128(1);
        rate.pass(token, now).unwrap();
        rate.pass(token, now).unwrap();
        assert_eq!(rate.pass(token, now).unwrap_err().code(), Some("token.too_often"));
        rate.pass(Uuid::from_u128(2), now).unwrap();
        rate.pass(token, now + TimeDelta::minutes(1)).unwrap();
    }
}
