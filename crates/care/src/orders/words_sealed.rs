//! Words that people write about an order, on their way into sealed cells.

use kernel::{Failure, Ids, Key, Result};
use serde::{Deserialize, Serialize};
use store::{
    keys::Keys,
    seal::{Cell, DataKey},
};
use uuid::Uuid;

use super::{Order, Refusal};

/// Longest text, in characters.
const LIMIT: usize = 500;

/// A text with the key of the person whom it is about.
#[derive(Clone, Debug)]
pub struct Words {
    text: String,
    key: DataKey,
}

/// The private part of an order's journal entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Private {
    /// What somebody wrote.
    pub words: String,
}

impl Words {
    /// Takes a text about an elder; none when it is blank. Called before the write: it reads the key store.
    ///
    /// # Errors
    /// [`Refusal::TooLong`]; [`store::keys::Refusal::Erased`]; internal failures.
    pub async fn of<T>(keys: &Keys, elder: Key<T>, text: &str) -> Result<Option<Self>> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if text.chars().count() > LIMIT {
            return Err(Refusal::TooLong { limit: LIMIT }.into());
        }
        let key = keys.data_key(elder.home, elder.id).await?;
        Ok(Some(Self { text: text.to_owned(), key }))
    }

    pub(super) fn for_column(&self, ids: &Ids, column: &'static str, order: Uuid) -> Vec<u8> {
        self.key.seal(ids, Cell::new("orders", column, order), self.text.as_bytes())
    }

    pub(super) fn for_journal(&self, ids: &Ids, elder: Uuid) -> Result<Vec<u8>> {
        let body = serde_json::to_vec(&Private { words: self.text.clone() })?;
        Ok(self.key.seal(ids, Cell::new("journal", "private", elder), &body))
    }
}

/// What was written on an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// For the worker.
    pub note: Option<String>,
    /// With the rating.
    pub rating: Option<String>,
}

/// Opens the words on an order; nothing of an erased person.
///
/// # Errors
/// When a cell does not open, or the key store cannot be read.
pub async fn notes(keys: &Keys, order: &Order) -> Result<Notes> {
    if order.note_sealed.is_none() && order.rating_sealed.is_none() {
        return Ok(Notes::default());
    }
    let Some(key) = keys.find_key(order.elder).await? else { return Ok(Notes::default()) };
    let open = |column: &'static str, sealed: &Option<Vec<u8>>| {
        sealed
            .as_ref()
            .map(|sealed| key.open_text(Cell::new("orders", column, order.id), sealed))
            .transpose()
            .map_err(Failure::from)
    };
    Ok(Notes { note: open("note_sealed", &order.note_sealed)?, rating: open("rating_sealed", &order.rating_sealed)? })
}
