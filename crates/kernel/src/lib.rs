//! Vocabulary of the platform: what every room must mean by the same word. No I/O, no time of its own, no randomness
//! of its own.
//!
//! Places ([`Region`]), numbers of people and organisations ([`ResidentId`], [`CreditCode`]), money ([`Fen`]), time
//! ([`Clock`]), ids ([`Ids`], [`Key`]), who may see and do what ([`Scope`], [`Actor`], [`Role`], [`Action`]), how a
//! room says no ([`refusals!`], [`Failure`]), closed lists of words ([`words!`]) and the envelope of the journal ([`Event`]).

mod actor;
mod clock;
mod credit_code;
mod event;
mod fen;
mod ids;
mod key;
mod refusal;
mod region;
mod resident_id;
mod role;
mod scope;
mod text;
mod vocabulary;

pub use actor::{Acting, Actor, Principal};
pub use clock::{Clock, Instant, ManualClock, SystemClock, business_day, local, start_of_day};
pub use credit_code::{CreditCode, CreditCodeFault};
pub use event::{Event, Facts};
pub use fen::{Fen, FenFault};
pub use ids::Ids;
pub use key::{Key, KeyFault};
pub use refusal::{Common, Failure, FieldRefusal, Internal, Refused, Result, Verdict};
pub use region::{Home, Level, Region, RegionFault};
pub use resident_id::{ResidentId, ResidentIdFault, Sex, age_on};
pub use role::{Action, Role};
pub use scope::{PlaceRange, Scope};
pub use text::{Filling, Text};
