//! How somebody walks: speed, what stairs cost, what is closed to them.

use crate::{streets::Chain, walk::Traits};

/// How somebody walks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    /// Metres per second on the level.
    pub speed: f64,
    /// How many metres of level way one metre of stairs counts for; `None` if stairs cannot be used.
    pub stairs: Option<f64>,
    /// Whether ways and gates open to residents only are used.
    pub private: bool,
    /// Whether ways and barriers that stop wheelchairs are avoided.
    pub wheels: bool,
}

impl Profile {
    /// The planner's walker of GB 50180-2018's fifteen-minute circle: 1.25 m/s, stairs as level ground.
    pub const PLANNER: Self = Self { speed: 1.25, stairs: Some(1.0), private: false, wheels: false };
    /// An elder: 0.9 m/s, a metre of stairs counts for three.
    pub const ELDER: Self = Self { speed: 0.9, stairs: Some(3.0), private: false, wheels: false };
    /// A wheelchair: 0.9 m/s, no stairs, nothing that is marked as closed to wheelchairs.
    pub const WHEELCHAIR: Self = Self { speed: 0.9, stairs: None, private: false, wheels: true };

    /// The same walker with the key of every compound.
    #[must_use]
    pub const fn with_private(self) -> Self {
        Self { private: true, ..self }
    }

    /// Metres walked on the level in so many minutes.
    #[must_use]
    pub fn metres_in(&self, minutes: f64) -> f64 {
        self.speed * minutes * 60.0
    }

    /// Minutes for so many metres.
    #[must_use]
    pub fn minutes_for(&self, metres: f64) -> f64 {
        metres / self.speed / 60.0
    }

    /// What a metre of the chain counts for; `None` if this walker cannot use it.
    #[must_use]
    pub(crate) fn factor(&self, chain: &Chain) -> Option<f64> {
        let traits = chain.traits;
        if traits.has(Traits::PRIVATE) && !self.private || traits.has(Traits::NO_WHEELCHAIR) && self.wheels {
            return None;
        }
        if !traits.has(Traits::STAIRS) {
            return Some(1.0);
        }
        // A cost below the length would make the flat bound of the snapping wrong; eight keeps costs in their type.
        self.stairs.filter(|factor| factor.is_finite()).map(|factor| factor.clamp(1.0, 8.0))
    }

    /// Whether a barrier stops this walker.
    #[must_use]
    pub(crate) const fn is_stopped_by(&self, barrier: Traits) -> bool {
        barrier.has(Traits::CLOSED)
            || barrier.has(Traits::PRIVATE) && !self.private
            || barrier.has(Traits::NO_WHEELCHAIR) && self.wheels
    }
}
