//! Plans a day's home visits: who goes to whom, when and in what order. Knows nothing of the platform.
//!
//! ```text
//! Problem ─ validate ─ Model ─ first plan ─ annealing: small moves, ruins ─ checker ─ Plan
//!    │                                                                        │
//!    └── read (our JSON, HHCRSP JSON, Solomon text)                Live: insert, freeze, promise, why ──┘
//! ```
//!
//! Time is in minutes, distance in metres. An order has one service, or two by different persons that start together or
//! within a gap; or a pick-up first. Window starts are hard, ends soft up to `latest`. The objective is a weighted sum in
//! named parts, see [`Weights`]. Every plan that leaves has passed [`check`], which shares no code with the search.
//!
//! ```
//! use rounds::{City, Live, Options, check, solve};
//!
//! let problem = City { orders: 30, caregivers: 6, ..City::default() }.problem();
//! let options = Options { moves: Some(2_000), ..Options::default() };
//! let plan = solve(&problem, &options)?;
//! let (figures, cost) = check(&problem, &plan)?;
//! assert_eq!(cost, plan.cost);
//! println!("{:.0} minutes on the way, total {:.1}", figures.minutes, cost.total());
//!
//! // During the day: one more order, then why this caregiver.
//! let mut live = Live::new(problem.clone(), &plan)?;
//! let urgent = rounds::Order { id: "urgent".into(), ..problem.orders[0].clone() };
//! let inserted = live.insert(urgent)?;
//! for choice in live.why("urgent", 0)? {
//!     println!("{}: {}", choice.caregiver, choice.why.english());
//! }
//! # let _ = inserted;
//! # Ok::<(), rounds::Defects>(())
//! ```
//!
//! A search limited by `moves` on one thread gives the same plan for the same seed on every machine; one limited by time
//! stops where the time ends, and is repeatable only as far as the machine's speed is.

mod checker;
mod city;
mod compile;
mod defect;
mod explain;
mod live;
mod model;
mod objective;
mod plan;
mod problem;
pub mod read;
mod relax;
mod search;
mod travel;
mod validate;
pub mod write;

#[cfg(feature = "trial")]
pub use crate::search::trial::trial;
pub use crate::{
    checker::{TOLERANCE, check},
    city::City,
    defect::{Defect, Defects},
    explain::{Choice, EXCEPTION, HELPER, Why, WhyNot},
    live::{Inserted, Live},
    objective::{Cost, Figures, Weights},
    plan::{Plan, Round, Visit},
    problem::{
        Caregiver, Gender, Mode, Order, Pickup, Pin, Place, Problem, Rest, Roads, Service, Shift, Together, Window,
    },
    relax::Relaxation,
    search::{
        Options,
        anneal::Progress,
        clock::{cpu_seconds, give_way},
        solve, solve_with,
    },
    travel::{Leg, Plane, Travel, leg},
};
