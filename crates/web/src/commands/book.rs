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
    seal::{Cell, DataKey},
};
use uuid::Uuid;

use super::{
    Case,
    envelope::{Decided, Envelope, Outcome},
};

/// Answers are kept so long.
const KEPT: TimeDelta = TimeDelta::days(90);
/// Pieces of a file that never became whole are kept so long.
const PIECES_KEPT: TimeDelta = TimeDelta::days(7);
/// What is parked longer is trouble.
const PATIENCE: TimeDelta = TimeDelta::hours(72);

const PARKED: &str = "parked";
const DECIDED: &str = "decided";

/// A command's row.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Row {
    pub id: Uuid,
    pub account: Uuid,
    pub true_at: DateTime<Utc>,
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
}

/// A command that waits for a predecessor which never came.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Trouble {
    /// The home of the case.
    pub home: i32,
    /// The case.
    pub subject: Uuid,
    /// The command.
    pub id: Uuid,
    /// Whose.
    pub account: Uuid,
    /// What it wants.
    pub verb: String,
    /// Its number in the case; the one before is missing.
    pub seq: i64,
    /// When it happened.
    pub true_at: DateTime<Utc>,
    /// When it came.
    pub received_at: DateTime<Utc>,
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
        let Some(sealed) = &self.envelope_sealed else { return Ok(None) };
        Ok(Some(serde_json::from_slice(&key.open(cell(self.id), sealed)?)?))
    }
}

fn cell(command: Uuid) -> Cell<'static> {
    Cell::new("commands", "envelope_sealed", command)
}

fn select() -> SelectStatement {
    Query::select()
        .columns(["id", "account", "true_at", "state", "answer", "envelope_sealed"])
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
    let envelope = entry.envelope;
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
            "received_at",
            "state",
            "envelope_sealed",
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
            tx.now().into(),
            (if sealed.is_some() { PARKED } else { DECIDED }).into(),
            sealed.into(),
        ])?
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .to_owned();
    Ok(tx.execute(&insert).await?.rows_affected() == 1)
}

/// Parks a command: its envelope is sealed with its person's key.
pub(super) async fn park(tx: &Tx, entry: Entry<'_>, key: &DataKey) -> Result<bool> {
    let sealed = key.seal(tx.ids(), cell(entry.envelope.command_id), &serde_json::to_vec(entry.envelope)?);
    enter(tx, entry, Some(sealed)).await
}

/// Takes a parked command out; false when somebody was faster.
pub(super) async fn unpark(tx: &Tx, home: Home, id: Uuid) -> Result<bool> {
    let update = Query::update()
        .table("commands")
        .value("state", DECIDED)
        .value("envelope_sealed", Option::<Vec<u8>>::None)
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("id").eq(id))
        .and_where(Expr::col("state").eq(PARKED))
        .to_owned();
    Ok(tx.execute(&update).await?.rows_affected() == 1)
}

/// Keeps what was decided; the version counts as the phone's own only when the command took effect.
pub(super) async fn decide(tx: &Tx, home: Home, id: Uuid, decided: &Decided) -> Result<()> {
    let own = decided.version.filter(|_| decided.result == Outcome::Done);
    let update = Query::update()
        .table("commands")
        .value("answer", serde_json::to_string(decided)?)
        .value("version", own)
        .and_where(Expr::col("home").eq(home.number()))
        .and_where(Expr::col("id").eq(id))
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
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

/// Commands that have waited for a predecessor for more than 72 hours, oldest first, at most `limit`. Who may see a
/// case may see its trouble: callers look each case up through their scope.
///
/// # Errors
/// Internal failures only.
pub async fn troubles(db: &Db, limit: u64) -> Result<Vec<Trouble>> {
    let select = Query::select()
        .columns(["home", "subject", "id", "account", "verb", "seq", "true_at", "received_at"])
        .from("commands")
        .and_where(Expr::col("state").eq(PARKED))
        .and_where(Expr::col("received_at").lte(db.clock().now() - PATIENCE))
        .order_by("received_at", Order::Asc)
        .limit(limit)
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| Ok(Trouble::from_query_result(row, "")?)).collect()
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
