//! Reading and checking a sheet of elders: no database, no actor, only a file and what is in it.
//!
//! ```text
//! file ─ magic bytes ─┬─ .csv ──────── delimited (in process, capped) ──────┐
//!                     └─ .xlsx, .xls ─ child process with limits ─ frames ──┴─► Row ─ check ─► ElderRow | faults | no row
//! ```

pub mod child;
mod columns;
mod delimited;
mod fault;
mod faults;
mod frames;
mod header;
mod layout;
mod legacy;
mod limits;
mod magic;
mod parent;
mod record;
mod refusal;
mod row;
mod rows;
mod source;
mod synonyms;
mod template;
mod typed;
mod workbook;

pub use columns::Column;
pub use fault::Fault;
pub use faults::FaultSheet;
pub use header::{Header, Mapping, known_as};
pub use limits::{Limits, NotLimits};
pub use parent::Program;
pub use record::{Cell, Form, Row};
pub use refusal::Refusal;
pub use row::{Certificate, Checked, Contact, ElderRow, Named, NoRow, Places, Point, Rules, check};
pub use source::{At, Part, Sheet, Wanted};
pub use template::template;
pub use typed::check_typed;
