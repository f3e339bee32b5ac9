//! Reading and checking a sheet of elders: no database, no actor, only a file and what is in it.
//!
//! ```text
//! file ─ magic bytes ─┬─ .csv ──────── delimited (in process, capped) ──┐
//!                     └─ .xlsx ─ child process with limits ─ frames ────┴─► Row ─ check ─► ElderRow | faults
//! ```

pub mod child;
mod columns;
mod delimited;
mod fault;
mod faults;
mod frames;
mod limits;
mod magic;
mod parent;
mod record;
mod refusal;
mod row;
mod source;
mod template;
mod typed;
mod workbook;

pub use columns::{Column, Header};
pub use fault::Fault;
pub use faults::FaultSheet;
pub use limits::{Limits, NotLimits};
pub use parent::Program;
pub use record::{Cell, Form, Row};
pub use refusal::Refusal;
pub use row::{Certificate, Checked, Contact, ElderRow, Point, Rules, check};
pub use source::Sheet;
pub use template::template;
pub use typed::check_typed;
