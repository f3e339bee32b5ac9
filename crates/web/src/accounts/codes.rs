//! One-use codes: staff give one to an elder or a family member, who enters the portal with it. No password, nothing to
//! remember.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Event, Facts, Home, Ids, Instant, Key, Region, Result, Role};
use sea_orm::{
    ConnectionTrait, FromQueryResult,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::Serialize;
use store::{
    Tx,
    blind::{BlindIndex, Blinder},
    grants::{self, Reason},
};
use uuid::Uuid;

use super::{Account, Kind, NewAccount, NewGrant, Profile, Refusal, actions};

/// Digits of a code: at a million codes in use, one guess in ten thousand would hit; attempts are throttled.
const DIGITS: u32 = 10;

/// Whom a code lets in, and to whose file.
#[derive(Clone, Debug)]
pub struct PortalCode {
    /// The elder's home.
    pub home: Home,
    /// The elder.
    pub elder: Uuid,
    /// Where the elder is.
    pub place: Region,
    /// [`Kind::Elder`] or [`Kind::Family`].
    pub kind: Kind,
    /// The name of the one who will hold it: the elder's own, or the family member's.
    pub holder: String,
    /// How long it works.
    pub valid: TimeDelta,
}

/// A code, ready to be told or printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// `123 456 7890`.
    pub code: String,
    /// Until when it works.
    pub ends_at: Instant,
}

#[derive(Serialize)]
struct CodeIssued {
    account_kind: &'static str,
}

impl Facts for CodeIssued {
    const KIND: &'static str = "portal.code_issued";
}

#[derive(Serialize)]
struct CodeUsed {
    account: Uuid,
    parties: [Uuid; 1],
}

impl Facts for CodeUsed {
    const KIND: &'static str = "portal.code_used";
}

#[derive(Debug, FromQueryResult)]
struct Row {
    id: Uuid,
    person_home: i32,
    person: Uuid,
    place: i64,
    kind: String,
    holder: String,
    ends_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

fn index(blinder: &Blinder, code: &str) -> BlindIndex {
    let digits: String = code.chars().filter_map(|c| c.to_digit(10)).map(|digit| digit.to_string()).collect();
    blinder.other("one_use_codes.code", &digits)
}

fn fresh(ids: &Ids) -> String {
    let number = ids.below(10_u64.pow(DIGITS));
    let digits = format!("{number:010}");
    format!("{} {} {}", &digits[..3], &digits[3..6], &digits[6..])
}

/// Issues a code. Only its blind index is kept.
///
/// # Errors
/// Internal failures only.
pub async fn issue_code(tx: &Tx, blinder: &Blinder, new: PortalCode) -> Result<Issued> {
    let (id, code, ends_at) = (tx.uuid(), fresh(tx.ids()), tx.now() + new.valid);
    let insert = Query::insert()
        .into_table("one_use_codes")
        .columns([
            "code_index",
            "id",
            "person_home",
            "person",
            "place",
            "kind",
            "holder",
            "issued_by",
            "made_at",
            "ends_at",
        ])
        .values([
            index(blinder, &code).0.to_vec().into(),
            id.into(),
            new.home.number().into(),
            new.elder.into(),
            new.place.code().into(),
            new.kind.code().into(),
            new.holder.into(),
            tx.actor().journal_name().into(),
            tx.now().into(),
            ends_at.into(),
        ])?
        .to_owned();
    tx.execute(&insert).await?;
    let facts = CodeIssued { account_kind: new.kind.code() };
    tx.journal(Event::new(Key::<PortalCode>::new(new.home, id), new.place, &facts)?.on_timeline_of(new.elder));
    Ok(Issued { code, ends_at })
}

/// Uses a code up: the account of its holder, made at the first code, with a grant to see the elder.
///
/// # Errors
/// [`Refusal::CodeWrong`] when it is unknown, used or over.
pub async fn redeem(tx: &Tx, blinder: &Blinder, code: &str) -> Result<Account> {
    let row = take(tx, index(blinder, code)).await?;
    let (home, place) = (Home::new(row.person_home)?, Region::new(row.place)?);
    let kind = Kind::of(&row.kind).unwrap_or(Kind::Family);
    let login = blinder.other("accounts.portal", &format!("{}\0{}\0{}", row.person, row.kind, row.holder));
    let account = match super::by_login(tx, login).await? {
        Some(account) => account,
        None => {
            let (name, profile) = (row.holder, Profile::Asvs);
            let new = NewAccount { login, home, name, kind, password_hash: None, profile, demo: false };
            begin(tx, new, place).await?
        }
    };
    let reason = if kind == Kind::Elder { Reason::Self_ } else { Reason::Family };
    let seen =
        grants::Grant { home, grantee: account.id, elder: row.person, place, reason, cause: account.id, until: None };
    grants::give(tx, seen).await?;
    let facts = CodeUsed { account: account.id, parties: [account.id] };
    tx.journal(Event::new(Key::<PortalCode>::new(home, row.id), place, &facts)?.on_timeline_of(row.person));
    Ok(account)
}

/// Leads the codes of somebody who moved, as far as nobody used them yet, to the file in its new home.
///
/// # Errors
/// Internal failures only.
pub async fn follow_codes(tx: &Tx, person: Uuid, home: Home, place: Region) -> Result<()> {
    let update = Query::update()
        .table("one_use_codes")
        .value("person_home", home.number())
        .value("place", place.code())
        .and_where(Expr::col("person").eq(person))
        .and_where(Expr::col("used_at").is_null())
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
}

/// Forgets the names of those to whom codes of somebody were given; codes that nobody used yet are void.
///
/// # Errors
/// Internal failures only.
pub async fn forget_person(tx: &Tx, person: Uuid) -> Result<()> {
    let of_person = || Expr::col("person").eq(person);
    let forget = Query::update().table("one_use_codes").value("holder", "").and_where(of_person()).to_owned();
    tx.execute(&forget).await?;
    let void = Query::delete()
        .from_table("one_use_codes")
        .and_where(of_person())
        .and_where(Expr::col("used_at").is_null())
        .to_owned();
    tx.execute(&void).await?;
    Ok(())
}

async fn begin(tx: &Tx, new: NewAccount, place: Region) -> Result<Account> {
    let role = if new.kind == Kind::Elder { Role::Elder } else { Role::Family };
    let label = new.name.clone();
    let account = actions::open(tx, new).await?;
    let grant = NewGrant { role, place: Some(place), organisation: None, worker: None, label, extent: String::new() };
    actions::give(tx, &account, grant).await?;
    Ok(account)
}

/// Marks the code used, if nobody did before.
async fn take(tx: &Tx, index: BlindIndex) -> Result<Row> {
    let columns = ["id", "person_home", "person", "place", "kind", "holder", "ends_at", "used_at"];
    let by_index = || Expr::col("code_index").eq(index.0.to_vec());
    let find = Query::select().columns(columns).from("one_use_codes").and_where(by_index()).to_owned();
    let row = tx.query_one(&find).await?.ok_or(Refusal::CodeWrong)?;
    let row = Row::from_query_result(&row, "")?;
    if row.used_at.is_some() || row.ends_at <= tx.now() {
        return Err(Refusal::CodeWrong.into());
    }
    let mark = Query::update()
        .table("one_use_codes")
        .value("used_at", tx.now())
        .and_where(by_index())
        .and_where(Expr::col("used_at").is_null())
        .to_owned();
    if tx.execute(&mark).await?.rows_affected() == 1 { Ok(row) } else { Err(Refusal::CodeWrong.into()) }
}
