//! What goes from a file in clear when a person is erased. The sealed cells went with the key
//! ([`store::keys::Keys::erase`]); place and figures stay.

use kernel::{Event, Facts, Key, Result};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::{Deserialize, Serialize};
use store::Tx;

use super::{Elder, directory, model};

/// A person was erased; what could be known stood in the private parts, which nobody opens any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {}

impl Facts for Erased {
    const KIND: &'static str = "elder.erased";
}

/// Blanks a file's name, day of birth, masks and entries in the directories; whether there was anything to blank.
///
/// # Errors
/// Internal failures only.
pub async fn blank(tx: &Tx, key: Key<Elder>) -> Result<bool> {
    let of_key = model::Column::Home.eq(key.home.number()).and(model::Column::Id.eq(key.id));
    let found = model::Entity::find().filter(of_key.clone()).one(tx).await?;
    let Some(elder) = found.filter(|elder| !elder.name.is_empty()) else { return Ok(false) };
    let place = elder.place()?;
    let blanked = model::ActiveModel {
        name: Set(String::new()),
        pinyin: Set(String::new()),
        birth_on: Set(None),
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
    tx.journal(Event::new(key, place, &Erased {})?.on_timeline_of(key.id));
    Ok(true)
}
