//! The journal: audit trail, timeline and feed in one. One gapless chain per home: a transaction takes its numbers from
//! the home's head as its last step, so numbers commit in order and a reader never has to look back.
//! (docs/decisions/001-journal-order.md)

mod chain;
mod entry;
mod verify;

use std::collections::BTreeMap;

use kernel::{Event, Failure, Home, Instant, PlaceRange, Result, Scope, business_day};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use uuid::Uuid;

pub use chain::Hash;
pub use entry::{Entity, Model as Entry};
pub use verify::{Break, Fault, Head, Report, count, heads, seal_unsealed, verify};

use crate::{Tx, bulk::Into, homes, watchdog::Witness};

/// The rows of [`entry`]; the other columns are alike in all entries of a transaction.
const ROWS: Into<11> = Into::new(
    "journal",
    ["seq", "business_day", "kind", "ver", "subject", "person", "place", "cause", "facts", "private", "hash"],
);

/// Appends the events of a transaction, home by home in ascending order (so that two writers never wait for each
/// other crosswise).
pub(crate) async fn append(tx: &Tx, events: Vec<Event>) -> Result<Option<Witness>> {
    let (mut last, mut by_home) = (None, BTreeMap::<Home, Vec<Event>>::new());
    for event in events {
        by_home.entry(event.home).or_default().push(event);
    }
    for (home, events) in by_home {
        let head = take(tx, home, events.len()).await?;
        let mut link = head;
        let rows = events.into_iter().map(|event| {
            let row = entry(tx, link.seq + 1, event);
            link = Head { home, seq: row.seq, hash: chain::link(&link.hash, &row) };
            values(Entry { hash: link.hash.to_vec(), ..row })
        });
        let alike = [
            ("home", home.number().into()),
            ("node", tx.node().into()),
            ("at", tx.now().into()),
            ("actor", tx.actor().journal_name().into()),
            ("actor_name", tx.actor().name.as_str().into()),
            ("acting_as", tx.actor().journal_acting().into()),
        ];
        ROWS.insert_alike(tx, alike, rows).await?;
        let seal = Query::update()
            .table("journal_heads")
            .value("hash", link.hash.to_vec())
            .value("seal", tx.head_seal().map(|seal| seal.of(&link)))
            .and_where(Expr::col("home").eq(home.number()))
            .to_owned();
        tx.execute(&seal).await?;
        last = Some(Witness { home, seq: link.seq });
    }
    Ok(last)
}

/// Locks the home's head until the transaction ends and reserves `count` numbers; the head as it was.
async fn take(tx: &Tx, home: Home, count: usize) -> Result<Head> {
    let count = i64::try_from(count)?;
    let reserve = Query::update()
        .table("journal_heads")
        .value("seq", Expr::col("seq").add(count))
        .and_where(Expr::col("home").eq(home.number()))
        .returning(Query::returning().columns(["seq", "hash"]))
        .to_owned();
    let reserved = match tx.query_one(&reserve).await? {
        Some(row) => row,
        None => {
            begin_chain(tx, home).await?;
            tx.query_one(&reserve).await?.ok_or_else(|| Failure::internal("a journal head vanished"))?
        }
    };
    let seq: i64 = reserved.try_get("", "seq")?;
    Ok(Head { home, seq: seq - count, hash: chain::hash_of(reserved.try_get("", "hash")?)? })
}

async fn begin_chain(tx: &Tx, home: Home) -> Result<()> {
    let begin = Query::insert()
        .into_table("journal_heads")
        .columns(["home", "seq", "hash"])
        .values([home.number().into(), 0_i64.into(), chain::GENESIS.to_vec().into()])?
        .on_conflict(OnConflict::column("home").do_nothing().to_owned())
        .to_owned();
    tx.execute(&begin).await?;
    Ok(())
}

fn entry(tx: &Tx, seq: i64, event: Event) -> Entry {
    let now: Instant = tx.now();
    Entry {
        home: event.home.number(),
        seq,
        node: tx.node(),
        at: now,
        business_day: event.day.unwrap_or_else(|| business_day(now)),
        actor: tx.actor().journal_name(),
        actor_name: tx.actor().name.clone(),
        acting_as: tx.actor().journal_acting(),
        kind: event.kind.to_owned(),
        ver: event.ver,
        subject: event.subject,
        person: event.person,
        place: event.place.code(),
        cause: event.cause,
        facts: event.facts.to_string(),
        private: event.private,
        hash: Vec::new(),
    }
}

/// The columns of [`ROWS`].
fn values(entry: Entry) -> [Value; 11] {
    [
        entry.seq.into(),
        entry.business_day.into(),
        entry.kind.into(),
        entry.ver.into(),
        entry.subject.into(),
        entry.person.into(),
        entry.place.into(),
        entry.cause.into(),
        entry.facts.into(),
        entry.private.into(),
        entry.hash.into(),
    ]
}

/// A person's timeline in all homes they lived in, newest first: entries before `before` (exclusive), at most `limit`.
/// A place scope sees the entries of its own places only.
///
/// # Errors
/// Internal failures only; an invisible person has an empty timeline.
pub async fn timeline(
    db: &impl ConnectionTrait,
    scope: &Scope,
    person: Uuid,
    before: Option<(Instant, i64)>,
    limit: u64,
) -> Result<Vec<Entry>> {
    let lived_in = homes::of_person(db, person).await?;
    let mut found = Vec::new();
    for home in lived_in {
        let mut select =
            Entity::find().filter(entry::Column::Home.eq(home.number())).filter(entry::Column::Person.eq(person));
        if let Scope::Place(range) = scope
            && *range != PlaceRange::WHOLE
        {
            select = select.filter(entry::Column::Place.between(range.lo, range.hi));
        }
        if let Some((at, _)) = before {
            select = select.filter(entry::Column::At.lte(at));
        }
        found.extend(select.order_by_desc(entry::Column::Seq).limit(limit + 1).all(db).await?);
    }
    found.retain(|entry| before.is_none_or(|before| (entry.at, entry.seq) < before));
    found.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.seq)));
    found.truncate(usize::try_from(limit)?);
    Ok(found)
}

/// What one case went through, oldest first.
///
/// # Errors
/// Internal failures only.
pub async fn history(db: &impl ConnectionTrait, home: Home, subject: Uuid) -> Result<Vec<Entry>> {
    let select = Entity::find()
        .filter(entry::Column::Home.eq(home.number()))
        .filter(entry::Column::Subject.eq(subject))
        .order_by_asc(entry::Column::Seq)
        .limit(1_000);
    Ok(select.all(db).await?)
}

/// What stands on the timelines of some people in one home, oldest first.
///
/// # Errors
/// Internal failures only.
pub async fn of_people(db: &impl ConnectionTrait, home: Home, people: &[Uuid]) -> Result<Vec<Entry>> {
    let select = Entity::find()
        .filter(entry::Column::Home.eq(home.number()))
        .filter(entry::Column::Person.is_in(people.iter().copied()))
        .order_by_asc(entry::Column::Seq);
    Ok(select.all(db).await?)
}

/// The entries of one home after `seq`, in order, at most `limit`.
///
/// # Errors
/// Internal failures only.
pub async fn after(db: &impl ConnectionTrait, home: Home, seq: i64, limit: u64) -> Result<Vec<Entry>> {
    let select = Entity::find()
        .filter(entry::Column::Home.eq(home.number()))
        .filter(entry::Column::Seq.gt(seq))
        .order_by_asc(entry::Column::Seq)
        .limit(limit);
    Ok(select.all(db).await?)
}

/// The homes whose chain is longer than `consumer` has read, with the number it stands at.
///
/// # Errors
/// Internal failures only.
pub async fn behind(db: &impl ConnectionTrait, consumer: &str) -> Result<Vec<(Home, i64)>> {
    let sql = "SELECT h.home, COALESCE(c.seq, 0) AS seq FROM journal_heads h \
               LEFT JOIN cursors c ON c.home = h.home AND c.consumer = $1 \
               WHERE h.seq > COALESCE(c.seq, 0) ORDER BY h.home";
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [consumer.into()]);
    let rows = db.query_all_raw(statement).await?;
    rows.into_iter().map(|row| Ok((Home::new(row.try_get("", "home")?)?, row.try_get("", "seq")?))).collect()
}
