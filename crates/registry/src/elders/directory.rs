//! The directory across homes: by which certificates and phones a person is known.
//!
//! A digest is as good as random, so a city's phones entered row by row touch every page of a large table again and
//! again. A bulk load therefore notes the phones of each chunk as one packed row, in the chunk's own transaction, and
//! [`settle`] enters some hundred thousand of them at a time in the order of their digests. Until then, for seconds, those
//! people are found by everything but their phone.

use kernel::{Home, Result};
use sea_orm::{
    ConnectionTrait, Value,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use store::{Db, Lane, Tx, blind::BlindIndex, bulk::Into, sea_orm};
use uuid::Uuid;

use super::refusal::Refusal;

const CERTIFICATES: Into<3> = Into::new("person_certs", ["digest", "person", "home"]).or_skip();
const PHONES: Into<3> = Into::new("person_phones", ["digest", "person", "home"]).or_skip();
const OWED: Into<4> = Into::new("owed_phones", ["id", "first_person", "last_person", "packed"]);

/// People whose phones are settled together: about 300,000 phones, 11 MB.
pub(super) const TOGETHER: usize = 128_000;
/// Notes of phones that are settled together.
const NOTES: u64 = 256;
/// Phones entered by one transaction.
const TRANSACTION: usize = 4_000;

/// One entry: this digest leads to that person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) digest: BlindIndex,
    pub(super) home: Home,
    pub(super) person: Uuid,
}

impl Entry {
    /// Bytes of a packed entry: digest, home, person.
    const PACKED: usize = 16 + 4 + 16;

    fn row(self) -> [Value; 3] {
        [self.digest.into(), self.person.into(), self.home.number().into()]
    }

    fn pack(self, packed: &mut Vec<u8>) {
        packed.extend(self.digest.0);
        packed.extend(self.home.number().to_be_bytes());
        packed.extend(self.person.as_bytes());
    }

    fn unpack(packed: &[u8; Self::PACKED]) -> Result<Self> {
        let (digest, rest) = packed.split_first_chunk::<16>().ok_or_else(damaged)?;
        let (home, person) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
        let home = Home::new(i32::from_be_bytes(*home))?;
        Ok(Self { digest: BlindIndex(*digest), home, person: Uuid::from_slice(person)? })
    }
}

fn damaged() -> kernel::Failure {
    kernel::Failure::internal("a packed phone is cut short")
}

/// Enters new people's certificates.
///
/// # Errors
/// [`Refusal::Changed`] when one of them is known already.
pub(super) async fn enter_certificates(tx: &Tx, entries: &[Entry]) -> Result<()> {
    let entered = CERTIFICATES.insert(tx, entries.iter().map(|entry| entry.row())).await?;
    if entered == entries.len() as u64 { Ok(()) } else { Err(Refusal::Changed.into()) }
}

/// Enters a person under an identity, in the place of the one entered before.
///
/// # Errors
/// [`Refusal::Known`] when somebody else is entered under it.
pub(super) async fn put_certificate(tx: &Tx, entry: Entry) -> Result<()> {
    let delete = Query::delete().from_table("person_certs").and_where(Expr::col("person").eq(entry.person)).to_owned();
    tx.execute(&delete).await?;
    if CERTIFICATES.insert(tx, [entry.row()]).await? == 1 { Ok(()) } else { Err(Refusal::Known.into()) }
}

/// Enters phones in the place of those entered before.
///
/// # Errors
/// As [`leave_phones`].
pub(super) async fn put_phones(tx: &Tx, person: Uuid, home: Home, phones: Vec<BlindIndex>) -> Result<()> {
    leave_phones(tx, person).await?;
    enter_phones(tx, phones.into_iter().map(|digest| Entry { digest, home, person })).await
}

/// Enters phones at once.
///
/// # Errors
/// Internal failures only.
async fn enter_phones(tx: &Tx, entries: impl Iterator<Item = Entry> + Send) -> Result<()> {
    PHONES.insert(tx, entries.map(Entry::row)).await?;
    Ok(())
}

/// Notes phones of new people that [`settle`] will enter.
///
/// # Errors
/// Internal failures only.
pub(super) async fn owe_phones(tx: &Tx, entries: &[Entry]) -> Result<()> {
    let people = entries.iter().map(|entry| entry.person);
    let (Some(first), Some(last)) = (people.clone().min(), people.max()) else { return Ok(()) };
    let mut packed = Vec::with_capacity(entries.len() * Entry::PACKED);
    entries.iter().for_each(|entry| entry.pack(&mut packed));
    OWED.insert(tx, [[tx.uuid().into(), first.into(), last.into(), packed.into()]]).await?;
    Ok(())
}

/// Takes a person's phones out of the directory.
///
/// # Errors
/// [`Refusal::Loading`] while a bulk load still owes that person's phones.
pub(super) async fn leave_phones(tx: &Tx, person: Uuid) -> Result<()> {
    let owed = Query::select()
        .column("id")
        .from("owed_phones")
        .and_where(Expr::col("first_person").lte(person))
        .and_where(Expr::col("last_person").gte(person))
        .limit(1)
        .to_owned();
    if tx.query_one(&owed).await?.is_some() {
        return Err(Refusal::Loading.into());
    }
    let delete = Query::delete().from_table("person_phones").and_where(Expr::col("person").eq(person)).to_owned();
    tx.execute(&delete).await?;
    Ok(())
}

/// Enters what bulk loads owe, until nothing is left. Several at once do no harm.
///
/// # Errors
/// Internal failures only; what is owed stays owed.
pub async fn settle(db: &Db) -> Result<()> {
    while settle_some(db).await? {}
    Ok(())
}

/// Enters the oldest of what is owed; whether there was any.
async fn settle_some(db: &Db) -> Result<bool> {
    let actor = kernel::Actor::system("directory");
    let select = Query::select()
        .columns(["id", "packed"])
        .from("owed_phones")
        .order_by("id", Order::Asc)
        .limit(NOTES)
        .to_owned();
    let (mut ids, mut entries) = (Vec::<Uuid>::new(), Vec::new());
    for row in db.query_all(&select).await? {
        ids.push(row.try_get("", "id")?);
        let packed: Vec<u8> = row.try_get("", "packed")?;
        let (whole, _) = packed.as_chunks();
        for entry in whole {
            entries.push(Entry::unpack(entry)?);
        }
    }
    if ids.is_empty() {
        return Ok(false);
    }
    entries.sort_unstable();
    for part in entries.chunks(TRANSACTION) {
        db.write(Lane::Bulk, &actor, async |tx| enter_phones(&tx, part.iter().copied()).await).await?;
    }
    db.write(Lane::Bulk, &actor, async |tx| {
        tx.execute(&Query::delete().from_table("owed_phones").and_where(Expr::col("id").is_in(ids)).to_owned()).await?;
        Ok(())
    })
    .await?;
    Ok(true)
}
