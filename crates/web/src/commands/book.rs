//! The rows of commands: what was decided, what is parked, what a file is spoken of by.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Actor, Home, Instant, Result};
use sea_orm::{
    ConnectionTrait, FromQueryResult,
    sea_query::{Expr, ExprTrait, OnConflict, Order, Query, SelectStatement},
};
use store::{
    Db, Lane, Tx,
    blobs::Sm3,
    clocks,
    seal::{Cell, DataKey},
};
use uuid::Uuid;

use super::{
    Case,
    envelope::{Decided, Envelope, Outcome},
    troubles::{self, Kind as Trouble},
};

/// Answers are kept so long.
const KEPT: TimeDelta = TimeDelta::days(90);
/// Pieces of a file that never became whole are kept so long.
const PIECES_KEPT: TimeDelta = TimeDelta::days(7);

pub(super) const PARKED: &str = "parked";
pub(super) const DECIDED: &str = "decided";

/// A command's row.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Row {
    pub id: Uuid,
    pub account: Uuid,
    pub true_at: DateTime<Utc>,
    /// Since when the phone's times were believed when it came; none when its own was not.
    pub since: Option<DateTime<Utc>>,
    state: String,
    answer: Option<String>,
    envelope_sealed: Option<Vec<u8>>,
}

/// Where and when a command belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub envelope: &'a Envelope,
    pub account: Uuid,
    pub home: Home,
    pub subject: Uuid,
    /// When it happened.
    pub at: Instant,
    /// Since when the phone's times are believed; none when this one is not.
    pub since: Option<Instant>,
}

impl Row {
    pub(super) fn is_parked(&self) -> bool {
        self.state == PARKED
    }

    /// What was decided; none while it is parked.
    pub(super) fn decided(&self) -> Result<Option<Decided>> {
        Ok(self.answer.as_deref().filter(|_| !self.is_parked()).map(serde_json::from_str).transpose()?)
    }

    /// The parked envelope, opened with its person's key.
    pub(super) fn envelope(&self, key: &DataKey) -> Result<Option<Envelope>> {
        self.envelope_sealed.as_deref().map(|sealed| opened(self.id, sealed, key)).transpose()
    }
}

/// An envelope, opened with its person's key.
pub(super) fn opened(command: Uuid, sealed: &[u8], key: &DataKey) -> Result<Envelope> {
    Ok(serde_json::from_slice(&key.open(cell(command), sealed)?)?)
}

fn sealed(tx: &Tx, envelope: &Envelope, key: &DataKey) -> Result<Vec<u8>> {
    Ok(key.seal(tx.ids(), cell(envelope.command_id), &serde_json::to_vec(envelope)?))
}

fn cell(command: Uuid) -> Cell<'static> {
    Cell::new("commands", "envelope_sealed", command)
}

fn select() -> SelectStatement {
    Query::select()
        .columns(["id", "account", "true_at", "since", "state", "answer", "envelope_sealed"])
        .from("commands")
        .to_owned()
}

async fn one(db: &impl ConnectionTrait, select: &SelectStatement) -> Result<Option<Row>> {
    let row = db.query_one(select).await?;
    Ok(row.map(|row| Row::from_query_result(&row, "")).transpose()?)
}

/// A command by its id.
pub(super) async fn find(db: &impl ConnectionTrait, home: Home, id: Uuid) -> Result<Option<Row>> {
    let by_id = Expr::col("id").eq(id);
    one(db, select().and_where(Expr::col("home").eq(home.number())).and_where(by_id)).await
}

/// The command of a phone with a number in a case.
pub(super) async fn numbered(
    db: &impl ConnectionTrait,
    home: Home,
    device: Uuid,
    subject: Uuid,
    seq: i64,
) -> Result<Option<Row>> {
    let mut found = select();
    found
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("device").eq(device))
        .and_where(Expr::col("subject").eq(subject))
        .and_where(Expr::col("seq").eq(seq));
    one(db, &found).await
}

/// The version that the phone's own last command left the case at.
pub(super) async fn own_version(db: &impl ConnectionTrait, entry: Entry<'_>) -> Result<Option<i32>> {
    let find = Query::select()
        .column("version")
        .from("commands")
        .and_where(Expr::col("home").eq(entry.home.number()))
        .and_where(Expr::col("device").eq(entry.envelope.device))
        .and_where(Expr::col("subject").eq(entry.subject))
        .and_where(Expr::col("version").is_not_null())
        .order_by("seq", Order::Desc)
        .limit(1)
        .to_owned();
    let row = db.query_one(&find).await?;
    Ok(row.map(|row| row.try_get("", "version")).transpose()?)
}

/// Enters a command; false when it, or another one with its number, is there already.
pub(super) async fn enter(tx: &Tx, entry: Entry<'_>, sealed: Option<Vec<u8>>) -> Result<bool> {
    let (envelope, parked) = (entry.envelope, sealed.is_some());
    let insert = Query::insert()
        .into_table("commands")
        .columns([
            "home",
            "id",
            "account",
            "device",
            "subject",
            "seq",
            "verb",
            "made_at",
            "offset_ms",
            "true_at",
            "since",
            "received_at",
            "state",
            "envelope_sealed",
            "organisation",
            "trouble",
        ])
        .values([
            entry.home.number().into(),
            envelope.command_id.into(),
            entry.account.into(),
            envelope.device.into(),
            entry.subject.into(),
            envelope.seq.into(),
            envelope.verb.as_str().into(),
            envelope.made_at.into(),
            envelope.offset_ms.into(),
            entry.at.into(),
            entry.since.into(),
            tx.now().into(),
            (if parked { PARKED } else { DECIDED }).into(),
            sealed.into(),
            tx.actor().acting.organisation.into(),
            parked.then_some(PARKED).into(),
        ])?
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .to_owned();
    Ok(tx.execute(&insert).await?.rows_affected() == 1)
}

/// Parks a command: its envelope is sealed with its person's key.
pub(super) async fn park(tx: &Tx, entry: Entry<'_>, key: &DataKey) -> Result<bool> {
    let parked = enter(tx, entry, Some(sealed(tx, entry.envelope, key)?)).await?;
    if parked {
        troubles::wait(tx, entry).await?;
    }
    Ok(parked)
}

/// Takes a parked command out; false when somebody was faster.
pub(super) async fn unpark(tx: &Tx, home: Home, id: Uuid) -> Result<bool> {
    let update = Query::update()
        .table("commands")
        .value("state", DECIDED)
        .value("trouble", Option::<String>::None)
        .value("envelope_sealed", Option::<Vec<u8>>::None)
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("id").eq(id))
        .and_where(Expr::col("state").eq(PARKED))
        .to_owned();
    let mine = tx.execute(&update).await?.rows_affected() == 1;
    if mine {
        clocks::stop(tx, home, id).await?;
    }
    Ok(mine)
}

/// Keeps what was decided; the version counts as the phone's own only when the command took effect. A refusal and a
/// conflict about a real case are trouble: with the person's key what the phone told stays, sealed, for the one who
/// looks after it.
pub(super) async fn decide(
    tx: &Tx,
    entry: Entry<'_>,
    decided: &Decided,
    (case, key): (Option<Case>, Option<&DataKey>),
) -> Result<()> {
    let own = decided.version.filter(|_| decided.result == Outcome::Done);
    let trouble = Trouble::of(decided.result).filter(|_| case.is_some());
    let told = key.filter(|_| trouble.is_some()).map(|key| sealed(tx, entry.envelope, key)).transpose()?;
    let update = Query::update()
        .table("commands")
        .value("answer", serde_json::to_string(decided)?)
        .value("version", own)
        .value("trouble", trouble.map(Trouble::code))
        .value("envelope_sealed", told)
        .and_where(Expr::col("home").eq(entry.home.number()))
        .and_where(Expr::col("id").eq(entry.envelope.command_id))
        .to_owned();
    tx.execute(&update).await?;
    match (trouble, case) {
        (Some(kind), Some(case)) => troubles::tell(tx, entry, (kind, case), decided.why.as_ref()),
        _ => Ok(()),
    }
}

/// Notes which files a command speaks of.
pub(super) async fn speak_of(tx: &Tx, command: Uuid, case: Case, files: &[Sm3]) -> Result<()> {
    for sm3 in files {
        let insert = Query::insert()
            .into_table("command_files")
            .columns(["home", "command", "sm3", "person"])
            .values([case.home.number().into(), command.into(), sm3.0.to_vec().into(), case.person.into()])?
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .to_owned();
        tx.execute(&insert).await?;
    }
    Ok(())
}

/// Whose files a command spoke of, and which.
pub(super) async fn spoken_by(db: &impl ConnectionTrait, home: Home, command: Uuid) -> Result<Vec<(Uuid, Sm3)>> {
    let select = Query::select()
        .columns(["person", "sm3"])
        .from("command_files")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("command").eq(command))
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| Ok((row.try_get("", "person")?, row.try_get::<Vec<u8>>("", "sm3")?.try_into()?))).collect()
}

/// Whether any command spoke of a person's file.
pub(super) async fn is_spoken_of(db: &impl ConnectionTrait, home: Home, person: Uuid, sm3: Sm3) -> Result<bool> {
    let select = Query::select()
        .column("command")
        .from("command_files")
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("person").eq(person))
        .and_where(Expr::col("sm3").eq(sm3.0.to_vec()))
        .limit(1)
        .to_owned();
    Ok(db.query_one(&select).await?.is_some())
}

/// Forgets answers older than 90 days and pieces of files that never became whole; for the housekeeping of the process.
///
/// # Errors
/// Internal failures only.
pub async fn sweep(db: &Db) -> Result<u64> {
    let actor = Actor::system("commands.sweep");
    let now = db.clock().now();
    let swept = db.write(Lane::Jobs, &actor, async |tx| {
        let old = || Expr::col("received_at").lt(now - KEPT);
        let theirs = Query::select().columns(["home", "id"]).from("commands").and_where(old()).to_owned();
        let files = Query::delete()
            .from_table("command_files")
            .and_where(Expr::tuple([Expr::col("home"), Expr::col("command")]).in_subquery(theirs))
            .to_owned();
        tx.execute(&files).await?;
        let pieces =
            Query::delete().from_table("file_chunks").and_where(Expr::col("made_at").lt(now - PIECES_KEPT)).to_owned();
        tx.execute(&pieces).await?;
        let commands = Query::delete().from_table("commands").and_where(old()).to_owned();
        Ok(tx.execute(&commands).await?.rows_affected())
    });
    swept.await
}
