//! Judging commands: known, parked, refused, in conflict, or done.

use std::{collections::HashSet, sync::Arc};

use chrono::TimeDelta;
use kernel::{Actor, Common, Failure, Home, Instant, Key, Result, Verdict};
use store::{Lane, Tx, blobs::Sm3, seal::DataKey};
use uuid::Uuid;

use super::{
    Benches, Case, Effect, Refusal,
    book::{self, Entry, Row},
    devices::{self, Device},
    envelope::{AnyCase, BatchIn, Decided, DeviceState, Envelope, Judged, MOST, Outcome},
    files,
};
use crate::{session::Session, state::AppState};

/// Where commands of one batch are judged.
struct Desk<'a> {
    state: &'a AppState,
    session: &'a Session,
    benches: Arc<Benches>,
    device: Device,
    now: Instant,
}

/// A command on the desk.
#[derive(Clone, Copy)]
struct Item<'a> {
    entry: Entry<'a>,
    case: Case,
    /// It was parked before.
    parked: bool,
}

/// What a write found.
enum Written {
    Decided(Decided),
    /// Another request was faster.
    Overtaken,
}

/// Takes a batch: judges each command in its order. A command that cannot be judged now stays with the phone, and so
/// do the later ones of its case.
pub(super) async fn take(state: &AppState, session: &Session, batch: BatchIn) -> Result<Judged> {
    if batch.commands.len() > MOST {
        return Err(Refusal::TooMany { most: MOST }.into());
    }
    let now = state.clock().now();
    let device = devices::find(&state.db, batch.device).await?;
    let device_state = devices::state_of(device.as_ref(), session.account_id(), now);
    let mut judged = Judged { now, device: device_state, answers: Vec::with_capacity(batch.commands.len()) };
    let usable = matches!(device_state, DeviceState::Active | DeviceState::Over);
    let Some(device) = device.filter(|_| usable) else {
        let why = if device_state == DeviceState::Revoked { Refusal::RevokedDevice } else { Refusal::ForeignDevice };
        let decided = Decided::refused(&why.into());
        judged.answers = batch.commands.iter().map(|one| (one.command_id, decided.clone(), false)).collect();
        return Ok(judged);
    };
    let desk = Desk { state, session, benches: state.room::<Benches>()?, device, now };
    let unjudged = desk.judge_all(&batch, &mut judged).await;
    match unjudged {
        Some(failure) if judged.answers.is_empty() => return Err(failure),
        Some(failure) => tracing::warn!(?failure, "some commands stay with their phone"),
        // Behind a parked command an older one is still to come.
        None if batch.pending == 0 && !judged.answers.iter().any(|(_, one, _)| one.result == Outcome::Parked) => {
            desk.contact().await?;
        }
        None => {}
    }
    Ok(judged)
}

impl Desk<'_> {
    /// Judges each; the last failure of those that could not be judged.
    async fn judge_all(&self, batch: &BatchIn, judged: &mut Judged) -> Option<Failure> {
        let (mut stuck, mut last) = (HashSet::new(), None);
        for envelope in &batch.commands {
            if stuck.contains(&envelope.key) {
                continue;
            }
            match self.judge(envelope, batch.device).await {
                Ok((decided, before)) => judged.answers.push((envelope.command_id, decided, before)),
                Err(failure) => {
                    stuck.insert(envelope.key.clone());
                    last = Some(failure);
                }
            }
        }
        last
    }

    /// Nothing waits on the phone any more: later commands happen after now.
    async fn contact(&self) -> Result<()> {
        let noted = self
            .state
            .db
            .write(Lane::Interactive, &self.session.actor, async |tx| devices::contact(&tx, self.device.id).await);
        noted.await
    }

    /// One command: what was decided, and whether that was before.
    async fn judge(&self, envelope: &Envelope, device: Uuid) -> Result<(Decided, bool)> {
        let Ok(target) = envelope.target() else { return Ok((Decided::refused(&Common::NotFound.into()), false)) };
        let known = book::find(&self.state.db, target.home, envelope.command_id).await?;
        if let Some(row) = &known
            && let Some(answer) = self.answered(target.home, row).await?
        {
            return Ok((answer, true));
        }
        let (at, since) = match &known {
            Some(row) => (row.true_at, row.since),
            None => self.happened(envelope, target).await?,
        };
        let account = self.session.account_id();
        let entry = Entry { envelope, account, home: target.home, subject: target.id, at, since };
        if envelope.device != device || envelope.seq < 1 {
            return self.refuse(entry, Refusal::ForeignDevice.into()).await;
        }
        match self.settle(entry, known.is_some_and(|row| row.is_parked())).await {
            Err(Failure::Refused(refused)) if is_final(refused.verdict, refused.code) => {
                self.refuse(entry, (*refused).into()).await
            }
            settled => settled,
        }
    }

    /// What was decided about a row, to its own account only; none while it is parked. Its files are looked after
    /// again: a kill may have come between the answer and them.
    async fn answered(&self, home: Home, row: &Row) -> Result<Option<Decided>> {
        if row.account != self.session.account_id() {
            return Ok(Some(Decided::refused(&Common::NotFound.into())));
        }
        let decided = row.decided()?;
        if decided.is_some() {
            for (person, sm3) in book::spoken_by(&self.state.db, home, row.id).await? {
                files::keep(self.state, &self.session.actor, home, person, sm3).await?;
            }
        }
        Ok(decided)
    }

    /// When it happened: the phone's time corrected, not before the phone's last contact and not after now; and since
    /// when the phone's times are believed, if this one is.
    async fn happened(&self, envelope: &Envelope, target: Key<AnyCase>) -> Result<(Instant, Option<Instant>)> {
        let offset = TimeDelta::try_milliseconds(envelope.offset_ms).unwrap_or_default();
        let told = envelope.made_at.checked_add_signed(offset);
        let mut since = told.and_then(|told| self.device.believes(told, self.now));
        if let (Some(told), None) = (told, since) {
            since = self.before_a_parked_one(envelope, target, told).await?;
        }
        let floor = since.unwrap_or(self.device.contact_at.max(self.device.made_at));
        Ok((told.unwrap_or(self.now).max(floor).min(self.now), since))
    }

    /// A command that was lost on its way is believed as the one behind it was, which came in time and waits.
    async fn before_a_parked_one(
        &self,
        envelope: &Envelope,
        target: Key<AnyCase>,
        told: Instant,
    ) -> Result<Option<Instant>> {
        let Some(seq) = envelope.seq.checked_add(1) else { return Ok(None) };
        let behind = book::numbered(&self.state.db, target.home, self.device.id, target.id, seq).await?;
        let waits = behind.filter(|row| row.is_parked() && told <= row.true_at);
        Ok(waits.and_then(|row| row.since).filter(|since| told >= *since))
    }

    async fn settle(&self, entry: Entry<'_>, parked: bool) -> Result<(Decided, bool)> {
        let bench = self.benches.of_verb(&entry.envelope.verb)?;
        let case = bench.case(self.state, &self.session.actor, &entry.envelope.key).await?;
        if entry.at > self.device.until {
            return Err(Refusal::GrantOver.into());
        }
        let item = Item { entry, case, parked };
        if self.must_wait(item).await? {
            return self.park(item).await;
        }
        let done = self.run(item).await?;
        self.release_from(item).await?;
        Ok(done)
    }

    /// Whether the command before it in its case has not been decided yet.
    async fn must_wait(&self, item: Item<'_>) -> Result<bool> {
        let envelope = item.entry.envelope;
        if envelope.seq == 1 {
            return Ok(false);
        }
        let before =
            book::numbered(&self.state.db, item.case.home, envelope.device, item.case.id, envelope.seq - 1).await?;
        Ok(before.is_none_or(|row| row.is_parked()))
    }

    async fn park(&self, item: Item<'_>) -> Result<(Decided, bool)> {
        let waits = (Decided::of(Outcome::Parked), false);
        if item.parked {
            return Ok(waits);
        }
        let key = self.state.keys.data_key(item.case.home, item.case.person).await?;
        let files = &item.entry.envelope.files;
        let parked = self.state.db.write(Lane::Interactive, &self.session.actor, async |tx| {
            let parked = book::park(&tx, item.entry, &key).await?;
            if parked {
                // Its photos stay, however long it waits.
                book::speak_of(&tx, item.entry.envelope.command_id, item.case, files).await?;
            }
            Ok(parked)
        });
        if !parked.await? {
            return self.first_answer(item.entry).await;
        }
        self.keep_files(item.case, files).await?;
        Ok(waits)
    }

    /// Effect and answer in one transaction.
    async fn run(&self, item: Item<'_>) -> Result<(Decided, bool)> {
        let (envelope, actor) = (item.entry.envelope, &self.session.actor);
        let bench = self.benches.of_verb(&envelope.verb)?;
        let effect =
            bench.prepare(self.state, actor, &envelope.command(item.entry.at, item.entry.since.is_some())).await?;
        let key = self.key_of(Some(item.case)).await?;
        let write = async |tx| write(&tx, item, effect.as_ref(), key.as_ref()).await;
        let written = self.state.db.write(Lane::Interactive, actor, write).await?;
        let Written::Decided(decided) = written else { return self.first_answer(item.entry).await };
        self.keep_files(item.case, &envelope.files).await?;
        Ok((decided, false))
    }

    async fn keep_files(&self, case: Case, sums: &[Sm3]) -> Result<()> {
        for sm3 in sums {
            files::keep(self.state, &self.session.actor, case.home, case.person, *sm3).await?;
        }
        Ok(())
    }

    /// Runs what was parked behind a command that is decided now.
    async fn release_from(&self, item: Item<'_>) -> Result<()> {
        let (case, device) = (item.case, item.entry.envelope.device);
        let mut seq = item.entry.envelope.seq + 1;
        while let Some(row) = book::numbered(&self.state.db, case.home, device, case.id, seq).await? {
            if !row.is_parked() {
                return Ok(());
            }
            let key = self.state.keys.data_key(case.home, case.person).await?;
            let Some(envelope) = row.envelope(&key)? else { return Ok(()) };
            let entry =
                Entry { envelope: &envelope, at: row.true_at, since: row.since, account: row.account, ..item.entry };
            let ran = self.run(Item { entry, case, parked: true }).await;
            if let Err(Failure::Refused(refused)) = ran {
                if !is_final(refused.verdict, refused.code) {
                    return Ok(());
                }
                self.refuse(entry, (*refused).into()).await?;
            } else {
                ran?;
            }
            seq += 1;
        }
        Ok(())
    }

    /// Keeps a refusal as the answer, unless another request was faster; then what it was told. The number is used up,
    /// so that the next command of the case need not wait.
    async fn refuse(&self, entry: Entry<'_>, failure: Failure) -> Result<(Decided, bool)> {
        let Failure::Refused(refused) = failure else { return Err(failure) };
        let (decided, files) = (Decided::refused(&refused), &entry.envelope.files);
        let case = self.any_case(entry).await?;
        let key = self.key_of(case).await?;
        let kept = self.state.db.write(Lane::Interactive, &self.session.actor, async |tx| {
            let id = entry.envelope.command_id;
            let mine = book::enter(&tx, entry, None).await? || book::unpark(&tx, entry.home, id).await?;
            if mine {
                book::decide(&tx, entry, &decided, (case, key.as_ref())).await?;
            }
            if let Some(case) = case.filter(|_| mine) {
                book::speak_of(&tx, id, case, files).await?;
            }
            Ok(mine)
        });
        if !kept.await? {
            return self.first_answer(entry).await;
        }
        if let Some(case) = case {
            self.keep_files(case, files).await?;
        }
        Ok((decided, false))
    }

    /// The case also when the phone's owner does not see it any more: what the phone told is kept under its person's
    /// key for those who do.
    async fn any_case(&self, entry: Entry<'_>) -> Result<Option<Case>> {
        let whole = Actor::system("commands");
        match self.benches.case(self.state, &whole, &entry.envelope.key).await {
            Ok(case) => Ok(Some(case)),
            Err(Failure::Refused(_)) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn key_of(&self, case: Option<Case>) -> Result<Option<DataKey>> {
        match case {
            Some(case) => self.state.keys.find_key(case.person).await,
            None => Ok(None),
        }
    }

    /// What another request with the same command was told; a different command with the same number is refused.
    async fn first_answer(&self, entry: Entry<'_>) -> Result<(Decided, bool)> {
        let found = book::find(&self.state.db, entry.home, entry.envelope.command_id).await?;
        let Some(row) = found else { return Ok((Decided::refused(&Refusal::NumberTaken.into()), false)) };
        let parked = (Decided::of(Outcome::Parked), false);
        Ok(self.answered(entry.home, &row).await?.map_or(parked, |decided| (decided, true)))
    }
}

/// The one transaction of a command: claim, compare, effect, answer.
async fn write(tx: &Tx, item: Item<'_>, effect: &dyn Effect, key: Option<&DataKey>) -> Result<Written> {
    let (entry, case) = (item.entry, item.case);
    let id = entry.envelope.command_id;
    let mine = if item.parked { book::unpark(tx, case.home, id).await? } else { book::enter(tx, entry, None).await? };
    if !mine {
        return Ok(Written::Overtaken);
    }
    let current = effect.current(tx).await?;
    let known = entry.envelope.base_version;
    let decided = if known.is_none_or(|known| known == current.version)
        || book::own_version(tx, entry).await? == Some(current.version)
    {
        let version = effect.run(tx).await?;
        Decided { version: Some(version), ..Decided::of(Outcome::Done) }
    } else {
        let (version, current) = (Some(current.version), Some(current.shown));
        Decided { version, current, ..Decided::of(Outcome::Conflict) }
    };
    book::speak_of(tx, id, case, &entry.envelope.files).await?;
    book::decide(tx, entry, &decided, (Some(case), key)).await?;
    Ok(Written::Decided(decided))
}

/// Whether asking again cannot help.
fn is_final(verdict: Verdict, code: &str) -> bool {
    code != "raced"
        && !matches!(verdict, Verdict::Unavailable | Verdict::Unknown | Verdict::TooMany | Verdict::Unauthenticated)
}
