//! Rows of which no rule says whose they are. Each waits with the file that it may belong to, sealed with that person's
//! key, until somebody who knows says: the same, another, or no such row.
//!
//! ```text
//! asked ──► same      the file takes what the row says
//!       ├─► another   the row opens a file of its own (not where both have one number)
//!       └─► dropped   the row was wrong; nothing happens
//! ```

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{Common, Event, Facts, Home, Key, Result, Scope, words};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use serde::{Deserialize, Serialize};
use store::{
    Db, Lane, Tx,
    blind::{BlindIndex, Blinder},
    bulk::Into,
    guarded, homes,
    keys::Keys,
    sea_orm,
    seal::Cell,
};
use uuid::Uuid;

use super::{
    plan::{self, Asked, Plan},
    read::{self, Candidate},
    write,
};
use crate::elders::{
    Elder,
    file::File,
    merge::merge,
    queries,
    refusal::Refusal,
    revise::{Origin, Revision, revise},
    sheet::At,
};

const QUESTIONS: Into<13> = Into::new(
    "import_questions",
    [
        "home",
        "id",
        "elder",
        "digest",
        "place",
        "run",
        "row_number",
        "why",
        "sealed",
        "state",
        "version",
        "asked_at",
        "answered_at",
    ],
)
.or_skip();

words! {
    /// Why it is not sure whose a row is.
    pub enum Why {
        /// No number on either side; name, birth date and place are the same.
        NoNumber = 1, "没有证件号码，姓名、生日和住处相同";
        /// The number is the same, the name is not.
        OtherName = 2, "证件号码相同，姓名不同";
        /// The row has a number, the file has none; name, birth date and place are the same.
        NewNumber = 3, "档案里没有证件号码，姓名、生日和住处相同";
    }
}

words! {
    /// What became of a question.
    pub enum State {
        /// Nobody answered yet.
        Open = 0, "等回答";
        /// The row is the person's.
        Same = 1, "同一个人";
        /// The row is another person's.
        Another = 2, "另一个人";
        /// The row is wrong.
        Dropped = 3, "不收这一行";
    }
}

/// A question was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The question.
    pub question: Uuid,
    /// The code of [`Why`].
    pub why: i16,
    /// The code of [`State`].
    pub answer: i16,
}

impl Facts for Answered {
    const KIND: &'static str = "elder.import_answered";
}

/// A question as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its key.
    pub key: Key<Question>,
    /// The person whose file the row may belong to.
    pub elder: Uuid,
    /// The import that brought it.
    pub run: Option<Uuid>,
    /// The row.
    pub at: At,
    /// Why it is asked.
    pub why: Why,
    /// What became of it.
    pub state: State,
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    sealed: Vec<u8>,
    version: i32,
}

impl Question {
    /// The row as a sentence names it.
    #[must_use]
    pub fn label(&self) -> String {
        read::label(self.at)
    }
}

/// A question with both people.
#[derive(Clone)]
pub struct Pair {
    /// The question.
    pub question: Question,
    /// The row of the file that stands there.
    pub elder: Elder,
    /// What that file says.
    pub there: File,
    /// What the row says.
    pub row: File,
}

/// The digest by which a row that comes again is recognised.
pub(super) fn digest(blinder: &Blinder, told: &[u8]) -> BlindIndex {
    blinder.other("import_questions.row", &String::from_utf8_lossy(told))
}

/// What was answered to rows before, by the person whose file they may belong to.
pub(super) async fn answered(
    db: &impl ConnectionTrait,
    digests: &[BlindIndex],
) -> Result<HashMap<(Uuid, BlindIndex), State>> {
    let mut found = HashMap::new();
    for chunk in digests.chunks(500) {
        let select = Query::select()
            .columns(["elder", "digest", "state"])
            .from("import_questions")
            .and_where(Expr::col("digest").is_in(chunk.iter().map(|index| index.0.to_vec())))
            .to_owned();
        for row in db.query_all(&select).await? {
            let state = State::of(row.try_get("", "state")?).unwrap_or(State::Open);
            found.insert((row.try_get("", "elder")?, row.try_get("", "digest")?), state);
        }
    }
    Ok(found)
}

/// Keeps the questions of a chunk; one that stands there already is not asked twice.
pub(super) async fn ask(tx: &Tx, run: Option<Uuid>, asked: &[Asked]) -> Result<()> {
    let rows =
        asked.iter().filter_map(|asked| Some((asked, asked.there.as_ref()?))).filter(|(_, there)| !there.is_open);
    let rows = rows.map(|(asked, there)| {
        [
            there.elder.home.into(),
            there.id.into(),
            there.elder.id.into(),
            there.digest.into(),
            there.elder.place.into(),
            run.into(),
            i32::try_from(asked.at.number()).unwrap_or(i32::MAX).into(),
            asked.why.code().into(),
            there.sealed.clone().into(),
            State::Open.code().into(),
            1_i32.into(),
            tx.now().into(),
            None::<DateTime<Utc>>.into(),
        ]
    });
    QUESTIONS.insert(tx, rows).await?;
    Ok(())
}

const COLUMNS: [&str; 10] =
    ["home", "id", "elder", "run", "row_number", "why", "sealed", "state", "version", "asked_at"];

/// The open questions about people in a scope, the oldest first, at most `limit`.
///
/// # Errors
/// Internal failures only.
pub async fn open(db: &Db, keys: &Keys, scope: &Scope, limit: u64) -> Result<Vec<Pair>> {
    let Scope::Place(range) = scope else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for home in homes::of_range(db, *range).await? {
        let select = Query::select()
            .columns(COLUMNS)
            .from("import_questions")
            .and_where(Expr::col("home").eq(home.number()))
            .and_where(Expr::col("state").eq(State::Open.code()))
            .order_by("asked_at", Order::Asc)
            .order_by("id", Order::Asc)
            .limit(limit)
            .to_owned();
        for row in db.query_all(&select).await? {
            let question = question(&row)?;
            if let Some(pair) = pair(db, keys, scope, question).await? {
                found.push(pair);
            }
            if found.len() as u64 >= limit {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

/// Both people of a question; none when the file is not visible or was erased.
async fn pair(db: &impl ConnectionTrait, keys: &Keys, scope: &Scope, question: Question) -> Result<Option<Pair>> {
    let Some(elder) = queries::find(db, scope, Key::new(question.key.home, question.elder)).await? else {
        return Ok(None);
    };
    let Some(key) = keys.find_key(elder.id).await? else { return Ok(None) };
    let there = File::open(&elder, &key)?;
    let told = key.open_text(Cell::new("import_questions", "sealed", question.key.id), &question.sealed)?;
    Ok(Some(Pair { row: serde_json::from_str(&told)?, question, elder, there }))
}

/// What answering needs.
#[derive(Clone, Copy)]
pub struct Answering<'a> {
    /// The database.
    pub db: &'a Db,
    /// The key store.
    pub keys: &'a Keys,
    /// Who answers.
    pub actor: &'a kernel::Actor,
}

/// Answers a question; the file that took the row, none when it was dropped.
///
/// # Errors
/// [`Common::NotFound`] when there is no such question in reach, [`Common::Raced`] when it was answered meanwhile,
/// [`Refusal::NumberTaken`] when another person was meant though both have one number.
pub async fn answer(desk: Answering<'_>, key: Key<Question>, answer: State) -> Result<Option<Key<Elder>>> {
    desk.actor.may(kernel::Action::ImportElders)?;
    let select = Query::select()
        .columns(COLUMNS)
        .from("import_questions")
        .and_where(Expr::col("home").eq(key.home.number()))
        .and_where(Expr::col("id").eq(key.id))
        .to_owned();
    let row = desk.db.query_one(&select).await?.ok_or(Common::NotFound)?;
    let pair = pair(desk.db, desk.keys, &desk.actor.scope(), question(&row)?).await?.ok_or(Common::NotFound)?;
    if pair.question.state != State::Open {
        return Err(Common::Raced.into());
    }
    match answer {
        State::Open => Ok(None),
        State::Same => same(desk, &pair).await.map(Some),
        State::Another if pair.question.why == Why::OtherName => Err(Refusal::NumberTaken.into()),
        State::Another => another(desk, &pair).await.map(Some),
        State::Dropped => {
            desk.db.write(Lane::Interactive, desk.actor, async |tx| settle(&tx, &pair, answer).await).await?;
            Ok(None)
        }
    }
}

/// The file takes what the row says.
async fn same(desk: Answering<'_>, pair: &Pair) -> Result<Key<Elder>> {
    let blinder = desk.keys.blinder().await?;
    let key = desk.keys.find_key(pair.elder.id).await?.ok_or(Refusal::Erased)?;
    let after = merge(&pair.there, &pair.row);
    let revision = Revision { elder: pair.elder.clone(), before: pair.there.clone(), after, ends: Vec::new(), key };
    desk.db
        .write(Lane::Interactive, desk.actor, async |tx| {
            settle(&tx, pair, State::Same).await?;
            let origin = Origin { source: "sheet", run: pair.question.run, ..Origin::default() };
            if revise(&tx, &blinder, &revision, origin).await?
                && let Some(run) = pair.question.run
            {
                write::note_change(&tx, run, pair.question.at, &pair.elder).await?;
            }
            Ok(())
        })
        .await?;
    pair.elder.key()
}

/// The row opens a file of its own.
async fn another(desk: Answering<'_>, pair: &Pair) -> Result<Key<Elder>> {
    let seat = plan::Desk::of(desk.db, desk.keys, desk.actor).await?;
    let mut identity = pair.row.identity(&seat.blinder);
    if pair.row.cert_number.is_empty() {
        let digests = (1..=plan::NAMESAKES).map(|nth| pair.row.unnumbered(&seat.blinder, nth));
        let taken = plan::directory(desk.db, digests.clone()).await?;
        identity = digests.clone().find(|digest| !taken.contains_key(digest)).ok_or(Refusal::Known)?;
    }
    let told = serde_json::to_vec(&pair.row)?;
    let (at, file) = (pair.question.at, std::sync::Arc::new(pair.row.clone()));
    let candidate = Candidate { at, file, told: told.into(), identity, twin: None };
    let mut plan = Plan::default();
    plan::plan_new(&seat, vec![candidate], &mut plan).await?;
    desk.db
        .write(Lane::Interactive, desk.actor, async |tx| {
            settle(&tx, pair, State::Another).await?;
            write::write(&tx, &seat.blinder, pair.question.run, &plan).await
        })
        .await?;
    super::settle(desk.db).await?;
    let new = plan.new.first().ok_or(Common::Raced)?;
    Ok(Key::new(new.home, new.person))
}

async fn settle(tx: &Tx, pair: &Pair, answer: State) -> Result<()> {
    let Question { key, version, why, .. } = &pair.question;
    let update = Query::update()
        .table("import_questions")
        .value("state", answer.code())
        .value("version", version + 1)
        .value("answered_at", tx.now())
        .and_where(Expr::col("home").eq(key.home.number()))
        .and_where(Expr::col("id").eq(key.id))
        .and_where(Expr::col("version").eq(*version))
        .to_owned();
    guarded(tx.execute(&update).await?.rows_affected())?;
    let facts = Answered { question: key.id, why: why.code(), answer: answer.code() };
    let event = Event::new(pair.elder.key()?, pair.elder.place()?, &facts)?;
    tx.journal(event.on_timeline_of(pair.elder.id));
    Ok(())
}

fn question(row: &QueryResult) -> Result<Question> {
    let number: i32 = row.try_get("", "row_number")?;
    Ok(Question {
        key: Key::new(Home::new(row.try_get("", "home")?)?, row.try_get("", "id")?),
        elder: row.try_get("", "elder")?,
        run: row.try_get("", "run")?,
        at: At::of(number.unsigned_abs()),
        why: Why::of(row.try_get("", "why")?).unwrap_or(Why::NoNumber),
        state: State::of(row.try_get("", "state")?).unwrap_or(State::Open),
        asked_at: row.try_get("", "asked_at")?,
        sealed: row.try_get("", "sealed")?,
        version: row.try_get("", "version")?,
    })
}
