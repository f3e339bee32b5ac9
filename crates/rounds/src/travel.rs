//! The way from place to place: what a caller may give, and the tables the search reads.

use std::fmt;

use crate::problem::{Mode, Problem, Roads};

/// One way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Leg {
    /// How long, minutes.
    pub minutes: f64,
    /// How far, metres.
    pub metres: f64,
}

/// Anything that knows how far it is. Answers must be finite and not negative; the engine treats others as unreachable.
pub trait Travel: fmt::Debug + Send + Sync {
    /// The way between two indices of [`Problem::places`].
    fn leg(&self, from: usize, to: usize, mode: Mode) -> Leg;
}

/// The plane of routing instances: one minute per unit of straight distance, for every mode.
#[derive(Clone, Debug, Default)]
pub struct Plane(pub Vec<(f64, f64)>);

impl Travel for Plane {
    fn leg(&self, from: usize, to: usize, _: Mode) -> Leg {
        let at = |k: usize| self.0.get(k).copied().unwrap_or((f64::NAN, f64::NAN));
        let (a, b) = (at(from), at(to));
        Leg { minutes: ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)).sqrt(), metres: 0.0 }
    }
}

/// Minutes that stand for "no way" when a [`Travel`] answers nonsense.
pub(crate) const NO_WAY: f64 = 1e7;

/// The way between two places as the problem states it, without any table.
pub fn leg(problem: &Problem, from: usize, to: usize, mode: Mode, pace: f64) -> Leg {
    match &problem.roads {
        Roads::Straight { detour } => {
            let (a, b) = (problem.places[from], problem.places[to]);
            let metres = ((a.x - b.x).powi(2) + (a.y - b.y).powi(2)).sqrt() * detour;
            Leg { minutes: metres / mode.speed() * pace, metres }
        }
        Roads::Matrix { minutes, metres } => {
            Leg { minutes: minutes[from][to] * pace, metres: metres.as_ref().map_or(0.0, |metres| metres[from][to]) }
        }
        Roads::Given(travel) => {
            let leg = travel.leg(from, to, mode);
            let fit = |x: f64| if x.is_finite() && x >= 0.0 { x } else { NO_WAY };
            Leg { minutes: fit(leg.minutes) * pace, metres: fit(leg.metres) }
        }
    }
}
