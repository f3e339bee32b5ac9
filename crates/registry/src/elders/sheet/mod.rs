//! Reading and checking a sheet of elders: no database, no actor, only a file and what is in it.
//!
//! ```text
//! file ─ magic bytes ─┬─ .csv ──────── delimited (in process, capped) ──┐
//!                     └─ .xlsx ─ child process with limits ─ frames ────┴─► Row ─ check ─► ElderRow | faults
//! ```

mod columns;
mod fault;
mod record;
mod refusal;
mod row;

pub use columns::{Column, Header};
pub use fault::Fault;
pub use record::{Cell, Form, Row};
pub use refusal::Refusal;
pub use row::{Certificate, Checked, Contact, ElderRow, Point, Rules, check};
