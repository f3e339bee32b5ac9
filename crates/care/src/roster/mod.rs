//! The roster: who goes to whom, when and in what order, for a provider's day.
//!
//! ```text
//!  orders, hours, homes ─ gather ─▶ Workday ─ problem ─▶ rounds ─ engine ─▶ Laid
//!                  streets ─ ways ────┘
//!
//!                publish
//!  草稿 draft ────────────▶ 已发布 published      one draft and one plan in force a day at most
//!     │  ▲ change, undo        │
//!     │  supersede             │ supersede (another is published)
//!     ├──────▶ 已被替换 ◀───────┤
//!     └──────▶ 已弃用 withdrawn ┘
//! ```
//!
//! [`Status`] is the machine, [`actions`] the intents, [`worker`] the jobs, [`engine`] what the planner does for a
//! dispatcher, [`ways`] how far it is, [`hours`] who works when, [`events`] what the journal keeps. Orders are assigned through their own
//! actions only.

pub mod actions;
pub mod api;
pub mod desk;
pub mod engine;
pub mod events;

mod figures;
mod gap;
pub mod gather;
pub mod hours;
mod model;
pub mod nightly;
pub mod pages;
mod problem;
pub mod queries;
mod refusal;
pub mod rules;
mod status;
mod stop;
pub mod ways;
pub mod worker;

pub use figures::{Compared, Figures};
pub use gap::{Bars, Cure, Gap};
pub use model::{ActiveModel, Entity, Model as Plan, visit};
pub use problem::Wish;
pub use refusal::Refusal;
pub use rules::RosterRules;
pub use status::{Hold, Origin, Status, Step, What};
pub use stop::Stop;
pub use ways::{Maps, Measure};
