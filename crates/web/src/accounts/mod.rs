//! Accounts: who may sign in, with what password and second factor, and under which grants they may act.
//!
//! ```text
//! open ──▶ must change ──change password──▶ in use ──suspend──▶ suspended (all sessions end) ──reactivate──▶ in use
//! portal code issued ──redeem──▶ elder's or family's account, without a password
//! ```
//! A login name is kept as a blind index only. Grants are never united: a session acts under one of them.

mod account;
mod actions;
pub mod after_restore;
mod codes;
pub mod directory;
mod grant;
mod guessable;
mod manage;
mod password;
mod queries;
mod refusal;
mod second_factor;

use std::time::Duration;

pub use self::{
    account::Model as Account,
    actions::{NewAccount, NewGrant, change_password, end_grant, give, open, reset_password},
    codes::{Issued, PortalCode, follow_codes, forget_person, issue_code, redeem},
    grant::Model as Grant,
    guessable::Owner,
    manage::{demo, end_session, first_password, grants_of_worker, reactivate, reset_factor, suspend},
    password::{Hashing, Profile},
    queries::{account_of_worker, by_id, by_login, grant_by_id, grants_of, login_index, names},
    refusal::Refusal,
    second_factor::{Enrolment, enrol, use_code},
};
pub(crate) use self::{
    actions::{SignedIn, note},
    second_factor::step_of,
};

/// What sort of person an account is for; decides how long its sessions live and what signing in asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Works at a desk: password and second factor.
    Staff,
    /// Goes out to people: password, long sessions on a phone.
    Worker,
    /// An elder: no password, one-use codes.
    Elder,
    /// A family member: no password, one-use codes.
    Family,
    /// A program: no password, a token.
    Program,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Staff, Self::Worker, Self::Elder, Self::Family, Self::Program];

    /// Stored form.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Worker => "worker",
            Self::Elder => "elder",
            Self::Family => "family",
            Self::Program => "program",
        }
    }

    /// The kind of a stored code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Where somebody of this kind lands after signing in.
    #[must_use]
    pub const fn landing(self) -> &'static str {
        match self {
            Self::Staff | Self::Program => "/",
            Self::Worker => "/m",
            Self::Elder | Self::Family => "/portal",
        }
    }
}

/// How long sessions of one kind of account live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Without a request.
    pub idle: Duration,
    /// At all.
    pub longest: Duration,
}
