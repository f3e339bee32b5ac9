//! Commands that need a person: parked for 72 hours, refused, or in conflict. They are shown to the organisation whose
//! phone sent them, until somebody there settles them.
//!
//! ```text
//! parked ──72 h──▶ ┐
//! refused ───────▶ ├─ trouble ──settle──▶ entered by hand, or dismissed with a reason
//! conflict ──────▶ ┘     └─ the missing predecessor came: it runs by itself
//! ```

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Actor, Common, Event, Facts, Home, Instant, Key, Region, Result, Scope};
use sea_orm::{
    ConnectionTrait, FromQueryResult,
    sea_query::{Condition, Expr, ExprTrait, Order, Query, SelectStatement},
};
use serde::Serialize;
use serde_json::Value;
use store::{
    Db, Lane, Tx,
    clocks::{self, Clock},
    guarded,
    seal::DataKey,
};
use uuid::Uuid;

use super::{
    Case, Refusal,
    book::{self, DECIDED, Entry, PARKED},
    envelope::{AnyCase, Decided, Envelope, Outcome, Why},
};

/// What is parked longer is trouble.
const PATIENCE: TimeDelta = TimeDelta::hours(72);
/// The clock of a parked command.
const CLOCK: &str = "command.parked";
/// Clocks looked at in one round.
const BATCH: u64 = 200;

/// Why a command needs a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its predecessor never came.
    Parked,
    /// It was refused for good.
    Refused,
    /// Somebody else changed the case meanwhile.
    Conflict,
}

impl Kind {
    /// Stored form.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Parked => "parked",
            Self::Refused => "refused",
            Self::Conflict => "conflict",
        }
    }

    pub(super) const fn of(outcome: Outcome) -> Option<Self> {
        match outcome {
            Outcome::Parked => Some(Self::Parked),
            Outcome::Refused => Some(Self::Refused),
            Outcome::Conflict => Some(Self::Conflict),
            Outcome::Done | Outcome::Already => None,
        }
    }
}

/// A command that needs a person.
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
    /// The organisation that it was sent for.
    pub organisation: Option<Uuid>,
    /// What it wants.
    pub verb: String,
    /// Its number in the case.
    pub seq: i64,
    /// When it happened.
    pub true_at: DateTime<Utc>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    trouble: String,
    answer: Option<String>,
    envelope_sealed: Option<Vec<u8>>,
}

/// How a person settled it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement<'a> {
    /// What the phone wanted was entered by hand.
    Entered,
    /// It is not to be done, for a reason by its name.
    Dismissed(&'a str),
}

#[derive(Serialize)]
struct Troubled<'a> {
    verb: &'a str,
    trouble: &'static str,
    code: Option<&'a str>,
    parties: Vec<Uuid>,
}

impl Facts for Troubled<'_> {
    const KIND: &'static str = "command.troubled";
}

#[derive(Serialize)]
struct Settled<'a> {
    verb: &'a str,
    trouble: &'a str,
    how: &'static str,
    reason: Option<&'a str>,
    parties: Vec<Uuid>,
}

impl Facts for Settled<'_> {
    const KIND: &'static str = "command.settled";
}

impl Trouble {
    /// Its own key.
    ///
    /// # Errors
    /// When the stored home is none.
    pub fn key(&self) -> Result<Key<Self>> {
        Ok(Key::new(Home::new(self.home)?, self.id))
    }

    /// The key of its case.
    ///
    /// # Errors
    /// When the stored home is none.
    pub fn case<T>(&self) -> Result<Key<T>> {
        Ok(Key::new(Home::new(self.home)?, self.subject))
    }

    /// Why it needs a person.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.trouble.as_str() {
            "refused" => Kind::Refused,
            "conflict" => Kind::Conflict,
            _ => Kind::Parked,
        }
    }

    /// Why it was refused, in both languages.
    ///
    /// # Errors
    /// When the stored answer is none.
    pub fn why(&self) -> Result<Option<Why>> {
        Ok(self.decided()?.and_then(|decided| decided.why))
    }

    /// How the case stood when it came, for a conflict.
    ///
    /// # Errors
    /// When the stored answer is none.
    pub fn met(&self) -> Result<Option<Value>> {
        Ok(self.decided()?.and_then(|decided| decided.current))
    }

    fn decided(&self) -> Result<Option<Decided>> {
        Ok(self.answer.as_deref().map(serde_json::from_str).transpose()?)
    }

    /// What the phone told, opened with the key of the case's person; none when it was not kept.
    ///
    /// # Errors
    /// When the cell does not open.
    pub fn envelope(&self, key: &DataKey) -> Result<Option<Envelope>> {
        self.envelope_sealed.as_deref().map(|sealed| book::opened(self.id, sealed, key)).transpose()
    }
}

/// The organisation whose troubles a scope shows; nobody else has any.
const fn organisation(scope: &Scope) -> Option<Uuid> {
    match scope {
        Scope::Grantee(id) => Some(*id),
        Scope::Place(_) | Scope::Own(_) => None,
    }
}

/// What is listed now: all refused and in conflict, and what is parked for 72 hours.
fn listed(organisation: Uuid, now: Instant) -> Condition {
    let patient = Condition::all()
        .add(Expr::col("trouble").eq(Kind::Parked.code()))
        .add(Expr::col("received_at").gt(now - PATIENCE));
    Condition::all()
        .add(Expr::col("organisation").eq(organisation))
        .add(Expr::col("trouble").is_not_null())
        .add(patient.not())
}

fn select(condition: Condition) -> SelectStatement {
    Query::select()
        .columns([
            "home",
            "subject",
            "id",
            "account",
            "organisation",
            "verb",
            "seq",
            "true_at",
            "received_at",
            "trouble",
            "answer",
            "envelope_sealed",
        ])
        .from("commands")
        .cond_where(condition)
        .to_owned()
}

/// The statement of [`list`]; for the plan test.
#[must_use]
pub fn statement(organisation: Uuid, now: Instant, after: Option<(Instant, Uuid)>, limit: u64) -> SelectStatement {
    let mut listed = select(listed(organisation, now));
    if let Some((at, id)) = after {
        let row = Expr::tuple([Expr::col("received_at"), Expr::col("id")]);
        listed.and_where(row.gt(Expr::tuple([Expr::val(at), Expr::val(id)])));
    }
    listed.order_by("received_at", Order::Asc).order_by("id", Order::Asc).limit(limit).to_owned()
}

/// The commands of a provider's phones that need a person, those that came first first, after a row, at most `limit`.
///
/// # Errors
/// Internal failures only.
pub async fn list(db: &Db, scope: &Scope, after: Option<(Instant, Uuid)>, limit: u64) -> Result<Vec<Trouble>> {
    let Some(organisation) = organisation(scope) else { return Ok(Vec::new()) };
    let rows = db.query_all(&statement(organisation, db.clock().now(), after, limit)).await?;
    rows.iter().map(|row| Ok(Trouble::from_query_result(row, "")?)).collect()
}

/// How many need a person, counted up to `cap`.
///
/// # Errors
/// Internal failures only.
pub async fn count(db: &Db, scope: &Scope, cap: u64) -> Result<u64> {
    let Some(organisation) = organisation(scope) else { return Ok(0) };
    let some = Query::select()
        .column("id")
        .from("commands")
        .cond_where(listed(organisation, db.clock().now()))
        .limit(cap)
        .to_owned();
    let count = Query::select().expr_as(Expr::cust("COUNT(*)"), "n").from_subquery(some, "some").to_owned();
    let row = db.query_one(&count).await?;
    Ok(u64::try_from(row.map_or(Ok(0), |row| row.try_get::<i64>("", "n"))?)?)
}

/// One that needs a person.
///
/// # Errors
/// [`Common::NotFound`] when there is none, when it is another organisation's, or was settled.
pub async fn get(db: &impl ConnectionTrait, scope: &Scope, key: Key<Trouble>, now: Instant) -> Result<Trouble> {
    let organisation = organisation(scope).ok_or(Common::NotFound)?;
    let one = listed(organisation, now).add(Expr::col("home").eq(key.home.number())).add(Expr::col("id").eq(key.id));
    let row = db.query_one(&select(one)).await?.ok_or(Common::NotFound)?;
    Ok(Trouble::from_query_result(&row, "")?)
}

/// The other troubles that the same account's phone has with the same case, in its own order.
///
/// # Errors
/// Internal failures only.
pub async fn beside(db: &impl ConnectionTrait, trouble: &Trouble) -> Result<Vec<Trouble>> {
    let same = Condition::all()
        .add(Expr::col("home").eq(trouble.home))
        .add(Expr::col("subject").eq(trouble.subject))
        .add(Expr::col("account").eq(trouble.account))
        .add(Expr::col("id").ne(trouble.id))
        .add(Expr::col("organisation").eq(trouble.organisation))
        .add(Expr::col("trouble").is_not_null());
    let rows = db.query_all(select(same).order_by("seq", Order::Asc)).await?;
    rows.iter().map(|row| Ok(Trouble::from_query_result(row, "")?)).collect()
}

/// Settles it: nobody is asked again, what the phone told is forgotten, and one that was parked never runs.
///
/// # Errors
/// [`Common::Raced`] when somebody settled it before, or its predecessor came.
pub async fn settle(tx: &Tx, trouble: &Trouble, how: Settlement<'_>) -> Result<()> {
    let mut update = Query::update();
    update
        .table("commands")
        .value("trouble", Option::<String>::None)
        .value("envelope_sealed", Option::<Vec<u8>>::None)
        .and_where(Expr::col("home").eq(trouble.home))
        .and_where(Expr::col("id").eq(trouble.id))
        .and_where(Expr::col("trouble").eq(trouble.trouble.as_str()));
    if trouble.kind() == Kind::Parked {
        let decided = Decided::refused(&Refusal::Settled.into());
        update.value("state", DECIDED).value("answer", serde_json::to_string(&decided)?);
        clocks::stop(tx, Home::new(trouble.home)?, trouble.id).await?;
    }
    guarded(tx.execute(&update).await?.rows_affected())?;
    let (how, reason) = match how {
        Settlement::Entered => ("entered", None),
        Settlement::Dismissed(reason) => ("dismissed", Some(reason)),
    };
    let parties = trouble.organisation.into_iter().chain([trouble.account]).collect();
    let facts = Settled { verb: &trouble.verb, trouble: &trouble.trouble, how, reason, parties };
    note(tx, trouble.home, (trouble.id, trouble.subject), &facts)
}

/// Starts the patience with a parked command.
pub(super) async fn wait(tx: &Tx, entry: Entry<'_>) -> Result<()> {
    clocks::start(tx, entry.home, entry.envelope.command_id, CLOCK, tx.now() + PATIENCE).await
}

/// Tells the screens of the organisation that a command needs a person.
pub(super) fn tell(tx: &Tx, entry: Entry<'_>, (kind, case): (Kind, Case), why: Option<&Why>) -> Result<()> {
    let acting = &tx.actor().acting;
    let parties = acting.organisation.into_iter().chain([entry.account]).collect();
    let envelope = entry.envelope;
    let facts =
        Troubled { verb: &envelope.verb, trouble: kind.code(), code: why.map(|why| why.code.as_str()), parties };
    let key = Key::<AnyCase>::new(case.home, envelope.command_id);
    tx.journal(Event::new(key, case.place, &facts)?.caused_by(case.id));
    Ok(())
}

/// In the chain of the case's home, where its county was.
fn note(tx: &Tx, home: i32, (id, case): (Uuid, Uuid), facts: &impl Facts) -> Result<()> {
    let place = Region::new(i64::from(home) * 1_000_000)?;
    tx.journal(Event::new(Key::<AnyCase>::new(Home::new(home)?, id), place, facts)?.caused_by(case));
    Ok(())
}

#[derive(FromQueryResult)]
struct Waiting {
    account: Uuid,
    organisation: Option<Uuid>,
    verb: String,
    subject: Uuid,
}

/// Tells of the parked commands whose patience ran out now; how many. For the housekeeping of the process.
///
/// # Errors
/// Internal failures only.
pub async fn round(db: &Db) -> Result<u64> {
    let mut told = 0;
    let due = clocks::due(db, db.clock().now(), BATCH).await?;
    for clock in due.iter().filter(|clock| clock.kind == CLOCK) {
        let actor = Actor::system("commands.parked");
        if db.write(Lane::Jobs, &actor, async |tx| ring(&tx, clock).await).await? {
            told += 1;
        }
    }
    Ok(told)
}

async fn ring(tx: &Tx, clock: &Clock) -> Result<bool> {
    if !clocks::claim(tx, clock).await? {
        return Ok(false);
    }
    let find = Query::select()
        .columns(["account", "organisation", "verb", "subject"])
        .from("commands")
        .and_where(Expr::col("home").eq(clock.home.number()))
        .and_where(Expr::col("id").eq(clock.subject))
        .and_where(Expr::col("state").eq(PARKED))
        .to_owned();
    let Some(row) = tx.query_one(&find).await? else { return Ok(false) };
    let row = Waiting::from_query_result(&row, "")?;
    let parties = row.organisation.into_iter().chain([row.account]).collect();
    let facts = Troubled { verb: &row.verb, trouble: Kind::Parked.code(), code: None, parties };
    note(tx, clock.home.number(), (clock.subject, row.subject), &facts)?;
    Ok(true)
}
