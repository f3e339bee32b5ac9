//! Plans a day's home visits: who goes to whom, when and in what order. Knows nothing of the platform.

mod checker;
mod defect;
mod model;
mod objective;
mod plan;
mod problem;
pub mod read;
mod search;
mod travel;
mod validate;
pub mod write;

pub use crate::{
    checker::{TOLERANCE, check},
    defect::{Defect, Defects},
    objective::{Cost, Figures, Weights},
    plan::{Plan, Round, Visit},
    problem::{Caregiver, Gender, Mode, Order, Pickup, Pin, Place, Problem, Rest, Roads, Service, Shift, Together, Window},
    search::{Options, anneal::Progress, clock::cpu_seconds, solve, solve_with},
    travel::{Leg, Plane, Travel},
};
