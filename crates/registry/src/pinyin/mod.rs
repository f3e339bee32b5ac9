//! Search keys for people's names: what a call-centre agent may type to find 张秀云, and which index ranges hold it.
//!
//! A name has one or more [`Reading`]s (surname readings first: 单 is shan, but dan is what many type); each becomes a
//! row with two folded columns. Both are plain ASCII, so that byte order (SQLite's BINARY, PostgreSQL's C collation) is
//! their order:
//!
//! | name | `initials` | `pinyin` |
//! |---|---|---|
//! | 张秀云 | `zxy` | `zhang xiu yun` |
//! | 尉迟敬德 | `4ycjd` | `yu chi jing de` |
//!
//! Names of four and more syllables have a key that any way of typing them leads to: `4`, the first letter, then those
//! initials that cannot stand inside a syllable. [`Pattern::probes`] turns typed letters into at most seven ranges of
//! these columns, [`Pattern::matches`] then decides row by row.

mod pattern;
mod query;
mod readings;
mod surnames;
mod syllables;

pub use pattern::{Beside, Column, Pattern, Probe};
pub use query::{Query, classify, prefix_range};
pub use readings::{MOST_READINGS, Reading, readings};
