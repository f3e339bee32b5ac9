//! A county that got another code (GB/T 2260): the table of places says what became of it, its homes are found at the new
//! code, and each home's journal notes it.

use chrono::NaiveDate;
use kernel::{Event, Facts, Home, Key, Level, Region, Result, refusals};
use serde::{Deserialize, Serialize};
use store::{
    Db, Tx, homes, rulebooks,
    sea_orm::{
        ConnectionTrait,
        sea_query::{Expr, ExprTrait, Query},
    },
};
use uuid::Uuid;

use super::overlay;

refusals! {
    /// How recoding says no.
    pub enum Refusal {
        /// Only counties are recoded; towns and villages follow.
        NoCounty { place: String } => (Invalid, "place.no_county", "“{place}”不是县区的代码，只有县区可以换代码，乡镇和村社区随县区一起换"),
        /// The tree of places in this program has no such county.
        NotKnown { place: String } => (Invalid, "place.not_known", "这个版本的程序还不认识“{place}”，请先升级程序"),
        /// Nothing is registered there.
        Unused { place: String } => (Conflict, "place.unused", "“{place}”没有登记过任何内容，不用换代码"),
        /// A change of a town or village that is none, or crosses the county's border.
        NoChange { from: String, to: String } => (Invalid, "place.no_change", "“{from}”和“{to}”要是同一县区里同一级的乡镇或村社区"),
        /// The place above is not known.
        NoParent { place: String } => (Invalid, "place.no_parent", "“{place}”的上一级没有登记，请先增加上一级"),
        /// There is such a place already, or the name is none.
        Taken { place: String } => (Conflict, "place.taken", "“{place}”已有这个代码，或者名称不对"),
        /// A change that is still to come.
        NotYet => (Invalid, "place.not_yet", "换代码的日期不能晚于今天"),
    }
}

/// A county got another code; the cases of this home are found there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recoded {
    /// The old code.
    pub from: Region,
    /// The new code.
    pub to: Region,
}

impl Facts for Recoded {
    const KIND: &'static str = "place.recoded";
}

/// Passes when a county can get another code.
///
/// # Errors
/// [`Refusal`].
pub async fn check(db: &Db, (from, to): (Region, Region), day: NaiveDate) -> Result<()> {
    for county in [from, to] {
        if county.level() != Level::County {
            return Err(Refusal::NoCounty { place: county.short() }.into());
        }
    }
    if super::name(to).is_none() || from == to {
        return Err(Refusal::NotKnown { place: to.short() }.into());
    }
    if day > db.clock().today() {
        return Err(Refusal::NotYet.into());
    }
    // A run that was killed goes on: the homes are there already.
    let noted = Query::select()
        .column("code")
        .from("places")
        .and_where(Expr::col("code").eq(from.code()))
        .and_where(Expr::col("successor").eq(to.code()))
        .to_owned();
    if homes::of_range(db, from.range()).await?.is_empty() && db.query_one(&noted).await?.is_none() {
        return Err(Refusal::Unused { place: from.short() }.into());
    }
    Ok(())
}

/// Notes the recode in the table of places, with the homes, and in their journals. A second time it changes nothing.
///
/// # Errors
/// Internal failures only.
pub async fn note(tx: &Tx, (from, to): (Region, Region), day: NaiveDate) -> Result<()> {
    let moving = homes_at(tx, from).await?;
    let range = from.range();
    let update = Query::update()
        .table("places")
        .value("valid_to", day)
        .value("successor", Expr::col("code").add(to.code() - from.code()))
        .and_where(Expr::col("code").between(range.lo, range.hi))
        .to_owned();
    tx.execute(&update).await?;
    homes::recode(tx, from, to).await?;
    rulebooks::follow(tx, from, to).await?;
    for home in moving {
        let facts = Recoded { from, to };
        tx.journal(Event::new(Key::<Recoded>::new(home, Uuid::nil()), to, &facts)?.on_day(day));
    }
    overlay::retire(from, to);
    Ok(())
}

async fn homes_at(tx: &Tx, county: Region) -> Result<Vec<Home>> {
    homes::of_range(tx, county.range()).await
}

/// Reads which places have another code now, and which were added; at the start of each process.
///
/// # Errors
/// Internal failures only.
pub async fn load(db: &Db) -> Result<()> {
    let select = Query::select()
        .columns(["code", "successor"])
        .from("places")
        .and_where(Expr::col("successor").is_not_null())
        .to_owned();
    let mut retired: Vec<(Region, Region)> = Vec::new();
    for row in db.query_all(&select).await? {
        retired.push((Region::new(row.try_get("", "code")?)?, Region::new(row.try_get("", "successor")?)?));
    }
    // What lies inside a place that moved as a whole follows it by itself.
    retired.sort_unstable();
    let mut kept: Vec<(Region, Region)> = Vec::new();
    for (from, to) in retired {
        let follows =
            kept.iter().any(|(old, new)| old.contains(from) && to.code() - from.code() == new.code() - old.code());
        if !follows {
            overlay::retire(from, to);
            kept.push((from, to));
        }
    }
    super::change::load_added(db).await
}
