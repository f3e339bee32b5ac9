//! What an authority may change, as data: kind + place + validity + typed body. The nearest place up the tree decides,
//! wholly; a decision stores the id of the rulebook it used.

use chrono::NaiveDate;
use kernel::{Event, Facts, Failure, Key, Refused, Region, Result, Text, Verdict, refusals};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Condition, Expr, ExprTrait, OnConflict, Order, Query},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::Tx;

refusals! {
    /// How rulebooks say no.
    pub enum Refusal {
        /// No rulebook of the kind holds at this place and day.
        Missing { kind: String } => (Conflict, "rulebook.missing", "这个地方还没有生效的规则“{kind}”，请联系县区民政局"),
        /// A rulebook of the same kind and place holds on that day already.
        Overlap { from: String } => (Conflict, "rulebook.overlap", "同一地方已有从 {from} 起生效的同类规则"),
    }
}

/// The body of a rulebook: a JSON object with its own type.
pub trait Rules: Serialize + DeserializeOwned {
    /// Stable kind: `care.prices`.
    const KIND: &'static str;

    /// What undercuts the floors of the rulebook of the next wider place; none where a kind sets no floors.
    fn undercuts(&self, above: &Self) -> Option<Text> {
        let _ = above;
        None
    }
}

/// A version, with how long it held and who signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version<R> {
    /// The rulebook.
    pub book: Rulebook<R>,
    /// Its last day; none while nothing follows it.
    pub until: Option<NaiveDate>,
    /// Its number at its place, from 1.
    pub number: i32,
    /// The journal's name of who enacted it.
    pub signed_by: String,
}

/// A rulebook was enacted.
#[derive(Debug, Serialize)]
struct Enacted {
    rulebook: Uuid,
    rules: &'static str,
    valid_from: NaiveDate,
    number: i32,
}

impl Facts for Enacted {
    const KIND: &'static str = "rulebook.enacted";
}

/// A rulebook that holds somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rulebook<R> {
    /// Its id, stored by decisions.
    pub id: Uuid,
    /// Where it was made.
    pub place: Option<Region>,
    /// First day.
    pub valid_from: NaiveDate,
    /// What it says.
    pub body: R,
}

/// The rulebook of a kind that decides at a place on a day.
///
/// # Errors
/// [`Refusal::Missing`], or internal failures.
pub async fn get<R: Rules>(db: &impl ConnectionTrait, place: Region, day: NaiveDate) -> Result<Rulebook<R>> {
    find(db, place, day).await?.ok_or_else(|| Refusal::Missing { kind: R::KIND.to_owned() }.into())
}

/// The rulebook of a kind that decides at a place on a day; none where no authority has said anything.
///
/// # Errors
/// Internal failures only.
pub async fn find<R: Rules>(db: &impl ConnectionTrait, place: Region, day: NaiveDate) -> Result<Option<Rulebook<R>>> {
    decides(db, place.line().map(Region::code).chain([0]).collect(), day).await
}

/// Of the rulebooks of some places, nearest wins.
async fn decides<R: Rules>(db: &impl ConnectionTrait, line: Vec<i64>, day: NaiveDate) -> Result<Option<Rulebook<R>>> {
    let select = Query::select()
        .columns(["id", "place", "valid_from", "body"])
        .from("rulebooks")
        .and_where(Expr::col("kind").eq(R::KIND))
        .and_where(Expr::col("place").is_in(line))
        .and_where(Expr::col("valid_from").lte(day))
        .cond_where(Condition::any().add(Expr::col("valid_until").is_null()).add(Expr::col("valid_until").gte(day)))
        .to_owned();
    let mut best: Option<(Option<Region>, Rulebook<R>)> = None;
    for row in db.query_all(&select).await? {
        let code: i64 = row.try_get("", "place")?;
        let at = Region::new(code).ok();
        if best.as_ref().is_none_or(|(other, _)| level(*other) < level(at)) {
            let body: String = row.try_get("", "body")?;
            let book = Rulebook {
                id: row.try_get("", "id")?,
                place: at,
                valid_from: row.try_get("", "valid_from")?,
                body: serde_json::from_str(&body)?,
            };
            best = Some((at, book));
        }
    }
    Ok(best.map(|(_, book)| book))
}

/// All versions of a kind made for a place or above it, those that begin last first.
///
/// # Errors
/// Internal failures only.
pub async fn history<R: Rules>(db: &impl ConnectionTrait, place: Region) -> Result<Vec<Version<R>>> {
    let line: Vec<i64> = place.line().map(Region::code).chain([0]).collect();
    let select = Query::select()
        .columns(["id", "place", "valid_from", "valid_until", "ver", "body", "signed_by"])
        .from("rulebooks")
        .and_where(Expr::col("kind").eq(R::KIND))
        .and_where(Expr::col("place").is_in(line))
        .order_by("valid_from", Order::Desc)
        .order_by("place", Order::Desc)
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.iter()
        .map(|row| {
            let body: String = row.try_get("", "body")?;
            let book = Rulebook {
                id: row.try_get("", "id")?,
                place: Region::new(row.try_get("", "place")?).ok(),
                valid_from: row.try_get("", "valid_from")?,
                body: serde_json::from_str(&body)?,
            };
            let (until, number) = (row.try_get("", "valid_until")?, row.try_get("", "ver")?);
            Ok(Version { book, until, number, signed_by: row.try_get("", "signed_by")? })
        })
        .collect()
}

/// What the deciding rulebook says, or the platform's own default where no authority has said anything.
///
/// # Errors
/// Internal failures only.
pub async fn get_or_default<R: Rules + Default>(db: &impl ConnectionTrait, place: Region, day: NaiveDate) -> Result<R> {
    Ok(find(db, place, day).await?.map_or_else(R::default, |book| book.body))
}

/// Takes the rulebooks of a county that got another code along, those of its towns and villages, too; where the new code
/// has rulebooks of the kind already, those hold.
///
/// # Errors
/// Internal failures only.
pub async fn follow(tx: &Tx, from: Region, to: Region) -> Result<()> {
    let (range, delta) = (from.range(), to.code() - from.code());
    let select = Query::select()
        .columns(["id", "kind", "place"])
        .from("rulebooks")
        .and_where(Expr::col("place").between(range.lo, range.hi))
        .to_owned();
    let taken = Query::select()
        .columns(["kind", "place"])
        .from("rulebooks")
        .and_where(Expr::col("place").between(range.lo + delta, range.hi + delta))
        .to_owned();
    let mut there = std::collections::BTreeSet::<(String, i64)>::new();
    for row in tx.query_all(&taken).await? {
        there.insert((row.try_get("", "kind")?, row.try_get("", "place")?));
    }
    for row in tx.query_all(&select).await? {
        let (id, kind, place): (Uuid, String, i64) =
            (row.try_get("", "id")?, row.try_get("", "kind")?, row.try_get("", "place")?);
        if !there.contains(&(kind, place + delta)) {
            let update = Query::update()
                .table("rulebooks")
                .value("place", place + delta)
                .and_where(Expr::col("id").eq(id))
                .to_owned();
            tx.execute(&update).await?;
        }
    }
    Ok(())
}

/// 0 for the nation, 1 for a province … 5 for a village.
fn level(place: Option<Region>) -> i16 {
    place.map_or(0, |p| p.level().number())
}

/// Makes a rulebook valid from a day on; the one that held until then ends the day before. `place` None is the nation.
///
/// # Errors
/// [`Refusal::Overlap`] when one begins on that day or later; invalid input where it undercuts the floors of the next
/// wider place; internal failures.
pub async fn enact<R: Rules>(tx: &Tx, place: Option<Region>, from: NaiveDate, body: &R) -> Result<Uuid> {
    if let Some(place) = place {
        let above: Vec<i64> = place.line().skip(1).map(Region::code).chain([0]).collect();
        if let Some(above) = decides::<R>(tx, above, from).await?
            && let Some(text) = body.undercuts(&above.body)
        {
            let refused = Refused { verdict: Verdict::Invalid, code: "rulebook.undercuts", text, fields: Vec::new() };
            return Err(refused.into());
        }
    }
    let code = place.map_or(0, Region::code);
    let here = || Condition::all().add(Expr::col("kind").eq(R::KIND)).add(Expr::col("place").eq(code));
    let later = Query::select()
        .columns(["valid_from", "ver"])
        .from("rulebooks")
        .cond_where(here())
        .order_by("valid_from", Order::Desc)
        .limit(1)
        .to_owned();
    let mut ver = 1;
    if let Some(row) = tx.query_one(&later).await? {
        let last: NaiveDate = row.try_get("", "valid_from")?;
        if last >= from {
            return Err(Refusal::Overlap { from: last.to_string() }.into());
        }
        ver = row.try_get::<i32>("", "ver")? + 1;
        let end = from.pred_opt().ok_or_else(|| Failure::internal("a rulebook cannot begin with time itself"))?;
        let close = Query::update()
            .table("rulebooks")
            .value("valid_until", end)
            .cond_where(here())
            .and_where(Expr::col("valid_until").is_null())
            .to_owned();
        tx.execute(&close).await?;
    }
    let body = serde_json::to_string(body)?;
    let id = tx.uuid();
    let insert = Query::insert()
        .into_table("rulebooks")
        .columns(["id", "kind", "place", "valid_from", "ver", "body", "signed_by"])
        .values([
            id.into(),
            R::KIND.into(),
            code.into(),
            from.into(),
            ver.into(),
            body.into(),
            tx.actor().journal_name().into(),
        ])?
        .on_conflict(OnConflict::columns(["kind", "place", "valid_from"]).do_nothing().to_owned())
        .to_owned();
    crate::guarded(tx.execute(&insert).await?.rows_affected())?;
    // A nation or a province has no chain of its own; the signature stands in the row.
    if let Some((place, home)) = place.and_then(|place| Some((place, place.home()?))) {
        let facts = Enacted { rulebook: id, rules: R::KIND, valid_from: from, number: ver };
        tx.journal(Event::new(Key::<Enacted>::new(home, id), place, &facts)?);
    }
    Ok(id)
}
