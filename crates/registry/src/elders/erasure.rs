//! What goes from a file in clear when a person is erased. The sealed cells went with the key
//! ([`store::keys::Keys::erase`]); place and figures stay.

use chrono::{Datelike as _, NaiveDate};
use kernel::{Event, Facts, Key, Result, age_on};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::{Deserialize, Serialize};
use store::Tx;

use super::{Elder, directory, erasing::Orderer, model};

/// A person was erased; what could be known stood in the private parts, which nobody opens any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// On whose order: the name of an [`super::erasing::Orderer`]; none when a restore erases again.
    #[serde(default)]
    pub ordered_by: Option<String>,
}

impl Facts for Erased {
    const KIND: &'static str = "elder.erased";
}

/// A day that tells the year of a birth and no more: the first or the last of the year, so that the age of today and with
/// it every figure stays.
fn year_of(birth: NaiveDate, today: NaiveDate) -> Option<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(birth.year(), 1, 1)?;
    if age_on(first, today) == age_on(birth, today) {
        Some(first)
    } else {
        NaiveDate::from_ymd_opt(birth.year(), 12, 31)
    }
}

/// Blanks a file's name, day of birth, masks and entries in the directories; whether there was anything to blank.
///
/// # Errors
/// Internal failures only.
pub async fn blank(tx: &Tx, key: Key<Elder>, by: Option<Orderer>) -> Result<bool> {
    let of_key = model::Column::Home.eq(key.home.number()).and(model::Column::Id.eq(key.id));
    let found = model::Entity::find().filter(of_key.clone()).one(tx).await?;
    let Some(elder) = found.filter(|elder| !elder.name.is_empty()) else { return Ok(false) };
    let place = elder.place()?;
    let blanked = model::ActiveModel {
        name: Set(String::new()),
        name_key: Set(String::new()),
        pinyin: Set(String::new()),
        birth_on: Set(elder.birth_on.and_then(|birth| year_of(birth, tx.today()))),
        cert_mask: Set(String::new()),
        mobile_mask: Set(String::new()),
        landline_mask: Set(String::new()),
        version: Set(elder.version + 1),
        updated_at: Set(tx.now()),
        ..Default::default()
    };
    model::Entity::update_many().set(blanked).filter(of_key).exec(tx).await?;
    directory::leave_phones(tx, key.id).await?;
    for (table, column) in [("elder_names", "elder"), ("person_certs", "person")] {
        let mut forget = Query::delete();
        forget.from_table(table).and_where(Expr::col(column).eq(key.id));
        if table == "elder_names" {
            forget.and_where(Expr::col("home").eq(key.home.number()));
        }
        tx.execute(&forget).await?;
    }
    let questions = Query::delete()
        .from_table("import_questions")
        .and_where(Expr::col("home").eq(key.home.number()))
        .and_where(Expr::col("elder").eq(key.id))
        .to_owned();
    tx.execute(&questions).await?;
    tx.journal(
        Event::new(key, place, &Erased { ordered_by: by.map(|by| by.name().to_owned()) })?.on_timeline_of(key.id),
    );
    Ok(true)
}
