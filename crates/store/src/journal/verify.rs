//! Proving the chains: from a home's first entry to its head, and the head against one kept outside.

use std::collections::BTreeMap;

use kernel::{Actor, Home, Result};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, ExprTrait, Order, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};

use super::{
    Hash, after,
    chain::{GENESIS, hash_of, link},
};
use crate::{Db, Lane, heads::HeadSeal};

/// Entries read at a time.
const CHUNK: u64 = 2_000;

/// The end of a chain: its last number and link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Whose chain.
    pub home: Home,
    /// Its last number.
    pub seq: i64,
    /// Its last link.
    pub hash: Hash,
}

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The row does not give the link that stands beside it: a column or the link was changed, or rows were swapped.
    Changed,
    /// The number is missing: the row was deleted.
    Missing,
    /// Rows stand beyond the head, or the head says less than the rows: the head was changed.
    Beyond,
    /// The chain is whole in itself, but not the one whose head was kept outside: cut short or recomputed.
    NotAsKept,
    /// The head does not bear the seal of this platform's key: the chain was cut or made anew.
    Unsealed,
}

/// Where a chain breaks first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// Whose chain.
    pub home: Home,
    /// The number of the first bad or missing entry.
    pub seq: i64,
    /// What is wrong there.
    pub fault: Fault,
}

/// The outcome of a proof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Chains read.
    pub homes: usize,
    /// Entries read.
    pub entries: i64,
    /// The first break of each broken chain, by home.
    pub breaks: Vec<Break>,
    /// The heads up to which the chains were proven, by home: these may be signed and kept outside.
    pub proven: Vec<Head>,
    seals: Vec<Option<Vec<u8>>>,
}

impl Report {
    /// Holds the heads that were proven against the seals that stood on them.
    pub fn hold_seals(&mut self, seal: &HeadSeal) {
        for (head, stood) in self.proven.iter().zip(&self.seals).filter(|(head, _)| head.seq > 0) {
            let broken = self.breaks.iter().any(|broken| broken.home == head.home);
            if !broken && !stood.as_deref().is_some_and(|stood| seal.is_on(head, stood)) {
                self.breaks.push(Break { home: head.home, seq: head.seq, fault: Fault::Unsealed });
            }
        }
    }
}

/// The heads of all chains, by home.
///
/// # Errors
/// Internal failures only.
pub async fn heads(db: &impl ConnectionTrait) -> Result<Vec<Head>> {
    let rows = db.query_all(select_heads().columns(["home", "seq", "hash"])).await?;
    rows.iter().map(head).collect()
}

/// A head with the seal that stands on it.
type Sealed = (Head, Option<Vec<u8>>);

/// The heads with their seals, by home. A restored database of an older program has no column for them yet.
async fn sealed_heads(db: &impl ConnectionTrait) -> Result<Vec<Sealed>> {
    match db.query_all(select_heads().columns(["home", "seq", "hash", "seal"])).await {
        Ok(rows) => rows.iter().map(|row| Ok((head(row)?, row.try_get("", "seal")?))).collect(),
        Err(_) => Ok(heads(db).await?.into_iter().map(|head| (head, None)).collect()),
    }
}

fn select_heads() -> SelectStatement {
    Query::select().from("journal_heads").order_by("home", Order::Asc).to_owned()
}

fn head(row: &QueryResult) -> Result<Head> {
    let home = Home::new(row.try_get("", "home")?)?;
    Ok(Head { home, seq: row.try_get("", "seq")?, hash: hash_of(row.try_get("", "hash")?)? })
}

/// Seals the heads of a database that knew no seals yet: of an older program, or after a move. Nothing when any head bears
/// one: what lost its seal since is a finding.
///
/// # Errors
/// Internal failures only.
pub async fn seal_unsealed(db: &Db) -> Result<()> {
    let Some(seal) = db.head_seal() else { return Ok(()) };
    let heads = sealed_heads(db).await?;
    if heads.iter().any(|(_, seal)| seal.is_some()) {
        return Ok(());
    }
    db.write(Lane::Jobs, &Actor::system("heads.seal"), async |tx| {
        for (head, _) in &heads {
            let update = Query::update()
                .table("journal_heads")
                .value("seal", seal.of(head))
                .and_where(Expr::col("home").eq(head.home.number()))
                .and_where(Expr::col("seq").eq(head.seq))
                .to_owned();
            tx.execute(&update).await?;
        }
        Ok(())
    })
    .await
}

/// Reads every chain and says where each breaks first; `kept` are heads kept outside (their signature is the caller's
/// business), `progress` is told the number of entries read so far. Others may
/// write meanwhile: a chain is proven up to the head that it had when the proof began, and what came later is only asked
/// whether the head moved along with it.
///
/// # Errors
/// Internal failures only; a broken chain is a finding, not an error.
pub async fn verify(db: &impl ConnectionTrait, kept: &[Head], mut progress: impl FnMut(i64)) -> Result<Report> {
    // Rows first: a home whose first rows are seen has its head already.
    let with_rows = homes_with_rows(db).await?;
    let mut chains: BTreeMap<Home, Option<Sealed>> =
        sealed_heads(db).await?.into_iter().map(|stored| (stored.0.home, Some(stored))).collect();
    for home in with_rows.into_iter().chain(kept.iter().map(|head| head.home)) {
        chains.entry(home).or_insert(None);
    }
    let mut report = Report { homes: chains.len(), ..Report::default() };
    for (home, stored) in chains {
        let (head, seal) = stored.unwrap_or((Head { home, seq: 0, hash: GENESIS }, None));
        let outside = kept.iter().find(|kept| kept.home == home);
        let before = report.entries;
        let (read, mut broken) = walk(db, head, outside, &mut |read| progress(before + read)).await?;
        report.entries += read;
        if broken.is_none() {
            broken = beyond(db, home).await?;
        }
        report.proven.push(head);
        report.seals.push(seal);
        report.breaks.extend(broken);
    }
    Ok(report)
}

async fn homes_with_rows(db: &impl ConnectionTrait) -> Result<Vec<Home>> {
    let select = Query::select().distinct().column("home").from("journal").to_owned();
    let rows = db.query_all(&select).await?;
    rows.into_iter().map(|row| Ok(Home::new(row.try_get("", "home")?)?)).collect()
}

/// Rows beyond the head. The last row is read before the head, which in an honest database has moved at least as far.
async fn beyond(db: &impl ConnectionTrait, home: Home) -> Result<Option<Break>> {
    let last = Query::select()
        .column("seq")
        .from("journal")
        .and_where(Expr::col("home").eq(home.number()))
        .order_by("seq", Order::Desc)
        .limit(1)
        .to_owned();
    let row = db.query_one(&last).await?;
    let last: i64 = row.map(|row| row.try_get("", "seq")).transpose()?.unwrap_or_default();
    let head = heads(db).await?.into_iter().find(|head| head.home == home).map_or(0, |head| head.seq);
    Ok((last > head).then_some(Break { home, seq: head + 1, fault: Fault::Beyond }))
}

/// Walks one chain up to its head; how many entries were read, and the first break.
async fn walk(
    db: &impl ConnectionTrait,
    head: Head,
    kept: Option<&Head>,
    progress: &mut impl FnMut(i64),
) -> Result<(i64, Option<Break>)> {
    let home = head.home;
    let found = |seq, fault| Some(Break { home, seq, fault });
    let (mut seq, mut hash) = (0, GENESIS);
    while seq < head.seq {
        let rows = after(db, home, seq, CHUNK).await?;
        if rows.is_empty() {
            return Ok((seq, found(seq + 1, Fault::Missing)));
        }
        for row in rows.into_iter().take_while(|row| row.seq <= head.seq) {
            if row.seq != seq + 1 {
                return Ok((seq, found(seq + 1, Fault::Missing)));
            }
            let next = link(&hash, &row);
            if row.hash != next {
                return Ok((seq, found(row.seq, Fault::Changed)));
            }
            (seq, hash) = (row.seq, next);
            if kept.is_some_and(|k| k.seq == seq && k.hash != hash) {
                return Ok((seq, found(seq, Fault::NotAsKept)));
            }
        }
        progress(seq);
    }
    let broken = if hash != head.hash {
        found(seq, Fault::Changed)
    } else if kept.is_some_and(|k| k.seq > seq) {
        found(seq + 1, Fault::NotAsKept)
    } else {
        None
    };
    Ok((seq, broken))
}

/// How many entries all chains hold by their heads, for a progress bar.
///
/// # Errors
/// Internal failures only.
pub async fn count(db: &impl ConnectionTrait) -> Result<i64> {
    Ok(heads(db).await?.iter().map(|head| head.seq).sum())
}
