//! Orders of services at home.
//!
//! ```text
//!              accept            assign           take            check in          check out
//! 待受理 placed ──▶ 待派单 accepted ──▶ 待接单 offered ──▶ 已接单 taken ──▶ 服务中 serving ──▶ 待确认 served
//!                   ▲  dispatch ↺     │ decline         │ withdraw        │ abort             │ confirm
//!                   └─────────────────┴─────────────────┘                 ▼                   ▼
//!        any of the first four: cancel ──▶ 已取消 cancelled            中止 aborted       待评价 confirmed
//!                                                                                            │ rate
//!                                                                                            ▼
//!                                                                                      已完成 completed
//! ```
//!
//! [`Status`] is the machine, [`actions`] the intents, [`OrderClocks`] the deadlines, [`queries`] the reads, [`events`]
//! what the journal keeps.

pub mod actions;
pub mod api;
pub mod candidates;
mod change;
pub mod commands;
pub mod day;
mod draft;
pub mod events;
mod leaving;
mod model;
pub mod pages;
pub mod past;
pub mod queries;
mod refusal;
mod rules;
mod staff;
mod status;
pub mod sweep;
#[cfg(test)]
mod testing;
pub mod timeline;
pub mod troubles;
mod words;
mod words_sealed;

pub use model::{ActiveModel, Column, Entity, Model as Order, row};
pub use refusal::Refusal;
pub use rules::OrderClocks;
pub use status::{Crew, Score, Span, Status, Step};
pub use words::{AbortReason, CancelReason, Channel, Complaint, Confirmation, DeclineReason, DismissReason, Stage};
pub use words_sealed::{Notes, Private, Words, notes};
