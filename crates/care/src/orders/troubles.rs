//! What phones could not do, as a dispatcher looks after it: the command, who sent it, and the order as it stands.

use kernel::{Action, Actor, Instant, Key, Result, Scope};
use sea_orm::ConnectionTrait;
use store::{Db, keys::Keys};
use uuid::Uuid;
use web::{
    accounts,
    commands::{Envelope, Trouble, troubles},
    state::AppState,
};

use super::{
    DismissReason, Order, Refusal, Stage, Words,
    actions::{Entry, Why},
    commands, queries,
};
use crate::visits;

/// A command that needs a person.
#[derive(Clone, Debug)]
pub struct Case {
    /// The command.
    pub trouble: Trouble,
    /// The order, while the one who looks sees it.
    pub order: Option<Order>,
    /// Who sent it.
    pub by: String,
}

/// What a dispatcher types to enter a command by hand.
#[derive(Clone, Debug, Default)]
pub struct Typed<'a> {
    /// Check-in.
    pub from: Option<Instant>,
    /// Check-out.
    pub to: Option<Instant>,
    /// How it is known.
    pub grounds: &'a str,
}

/// What stands on the list of a scope, those that came first first, after a row, at most `limit`.
///
/// # Errors
/// Internal failures only.
pub async fn list(db: &Db, scope: &Scope, after: Option<(Instant, Uuid)>, limit: u64) -> Result<Vec<Case>> {
    let found = troubles::list(db, scope, after, limit).await?;
    let mut who: Vec<_> = found.iter().map(|trouble| trouble.account).collect();
    who.sort_unstable();
    who.dedup();
    let names = accounts::names(db, &who).await?;
    let mut cases = Vec::with_capacity(found.len());
    for trouble in found {
        let order = queries::find(db, scope, trouble.case()?).await?;
        let by = names.get(&trouble.account).cloned().unwrap_or_default();
        cases.push(Case { trouble, order, by });
    }
    Ok(cases)
}

/// One of them.
///
/// # Errors
/// [`kernel::Common::NotFound`] when it is another organisation's, or was settled.
pub async fn get(db: &impl ConnectionTrait, scope: &Scope, key: &str, now: Instant) -> Result<Case> {
    let key: Key<Trouble> = key.parse().map_err(|_| kernel::Common::NotFound)?;
    let trouble = troubles::get(db, scope, key, now).await?;
    let order = queries::find(db, scope, trouble.case()?).await?;
    let by = accounts::names(db, &[trouble.account]).await?.remove(&trouble.account).unwrap_or_default();
    Ok(Case { trouble, order, by })
}

impl Case {
    /// What the phone told, for those who see the order; nothing of an erased person.
    ///
    /// # Errors
    /// When the cell does not open.
    pub async fn told(&self, keys: &Keys) -> Result<Option<Envelope>> {
        let Some(order) = &self.order else { return Ok(None) };
        match keys.find_key(order.elder).await? {
            Some(key) => self.trouble.envelope(&key),
            None => Ok(None),
        }
    }

    /// What can still be entered by hand: nothing, the taking alone, the check-in and perhaps the check-out, or the
    /// check-out alone.
    #[must_use]
    pub fn enterable(&self) -> Option<Stage> {
        let stage = self.order.as_ref()?.stage().ok()?;
        let verb = self.trouble.verb.as_str();
        let comes_and_goes = matches!(verb, "order.check_in" | "order.check_out");
        let possible = match stage {
            Stage::Offered => comes_and_goes || verb == "order.accept",
            Stage::Taken | Stage::Serving => comes_and_goes,
            _ => false,
        };
        possible.then_some(stage)
    }

    /// Makes an entry by hand ready, outside any write.
    ///
    /// # Errors
    /// [`Refusal::GroundsWanted`], [`Refusal::OtherWorker`], [`kernel::Common::NotFound`] without an order.
    pub async fn entry(&self, state: &AppState, actor: &Actor, typed: &Typed<'_>) -> Result<Entry> {
        actor.may(Action::AssignOrder)?;
        let order = self.order.as_ref().ok_or(kernel::Common::NotFound)?;
        let elder = Key::<Order>::new(order.home()?, order.elder);
        let grounds = Words::of(&state.keys, elder, typed.grounds).await?.ok_or(Refusal::GroundsWanted)?;
        let grants = accounts::grants_of(&state.db, self.trouble.account, state.clock().now()).await?;
        let worker = grants.iter().filter_map(|grant| grant.worker).find(|worker| order.worker == Some(*worker));
        let proofs = match self.told(&state.keys).await? {
            Some(envelope) => commands::proofs(&envelope.command(self.trouble.true_at, true)).unwrap_or_default(),
            None => Vec::new(),
        };
        let leaves = self.trouble.verb == "order.check_out";
        let (arrival, departure) = if leaves { (Vec::new(), proofs) } else { (proofs, Vec::new()) };
        let door = visits::door(&state.db, &state.keys, order).await?;
        let worker = worker.ok_or(Refusal::OtherWorker)?;
        Ok(Entry { worker, from: typed.from, to: typed.to, arrival, departure, door, grounds })
    }

    /// Makes a dismissal ready; words are sealed with the elder's key, so without an order there are none.
    ///
    /// # Errors
    /// [`Refusal::ReasonWanted`]; [`Refusal::TooLong`].
    pub async fn why(&self, keys: &Keys, reason: &str, words: &str) -> Result<Why<DismissReason>> {
        let reason = DismissReason::named(reason).ok_or(Refusal::ReasonWanted)?;
        let words = match &self.order {
            Some(order) => Words::of(keys, Key::<Order>::new(order.home()?, order.elder), words).await?,
            None => None,
        };
        Ok(Why { reason, words })
    }
}
