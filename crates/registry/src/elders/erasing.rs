//! Erasing a person on somebody's order: the key is destroyed, so what it sealed is unreadable in every copy at once;
//! name, day of birth, masks and directory entries go from the tables; relations end. Place, year, traits, orders and
//! figures stay, and nobody can tell whose they were.

use std::{fmt, sync::Arc};

use kernel::{Action, Actor, Key, Result};
use store::{Db, Lane, accesses, grants, homes, keys::Keys};
use web::accounts;

use super::{Elder, erasure, moving::Leaving, refusal::Refusal};

/// The longest note, in characters.
pub const NOTE: usize = 200;

/// On whose order somebody is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Orderer {
    /// 本人申请.
    Person,
    /// 家属申请.
    Family,
    /// 法院、检察院或公安机关.
    Court,
    /// 主管部门.
    Office,
}

impl Orderer {
    /// All orderers.
    pub const ALL: [Self; 4] = [Self::Person, Self::Family, Self::Court, Self::Office];

    /// Stored form.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Family => "family",
            Self::Court => "court",
            Self::Office => "office",
        }
    }

    /// The orderer of a stored form.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|orderer| orderer.name() == name)
    }

    /// The Chinese words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "本人申请",
            Self::Family => "家属申请",
            Self::Court => "司法机关要求",
            Self::Office => "主管部门决定",
        }
    }
}

/// An order to erase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// On whose order.
    pub by: Orderer,
    /// Number of the document, or how the wish was told; kept with the record of looks, not in the journal.
    pub note: String,
}

/// What erasing works with.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The database.
    pub db: &'a Db,
    /// The key store.
    pub keys: &'a Keys,
    /// Who is asked before: a room whose cases still need the person refuses.
    pub leaving: &'a [Arc<dyn Leaving>],
}

impl fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}

/// Erases a person for ever. Called again after it was interrupted, it goes on.
///
/// # Errors
/// [`Refusal::NoOrder`] without a note; [`Refusal::Erased`] when nothing is left to erase; what a [`Leaving`] room says.
pub async fn erase(desk: Desk<'_>, actor: &Actor, elder: &Elder, order: &Order) -> Result<()> {
    actor.may(Action::EraseElder)?;
    if order.note.trim().is_empty() || order.note.chars().count() > NOTE {
        return Err(Refusal::NoOrder { most: NOTE }.into());
    }
    if elder.name.is_empty() {
        return Err(Refusal::Erased.into());
    }
    let key = elder.key()?;
    check(desk, actor, key).await?;
    let why = format!("{}：{}", order.by.word(), order.note.trim());
    accesses::note(desk.db, actor, &[(key.home, key.id)], "erase", &why).await?;
    // The key first: whoever is interrupted here has a person whom nobody can read, and calls again for the rest.
    desk.keys.erase(key.home, key.id, &actor.journal_name()).await?;
    desk.db
        .write(Lane::Interactive, actor, async |tx| {
            let mut lived_in = homes::of_person(&tx, key.id).await?;
            lived_in.extend((!lived_in.contains(&key.home)).then_some(key.home));
            for home in lived_in {
                erasure::blank(&tx, Key::new(home, key.id), Some(order.by)).await?;
                grants::end_of_elder(&tx, home, key.id).await?;
            }
            accounts::forget_person(&tx, key.id).await
        })
        .await
}

async fn check(desk: Desk<'_>, actor: &Actor, key: Key<Elder>) -> Result<()> {
    desk.db
        .write(Lane::Interactive, actor, async |tx| {
            for room in desk.leaving {
                room.check(&tx, key).await?;
            }
            Ok(())
        })
        .await
}
