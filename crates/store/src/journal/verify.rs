//! Proving the chains: from a home's first entry to its head, and the head against one kept outside.

use std::collections::BTreeMap;

use kernel::{Home, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Order, Query},
};
use serde::{Deserialize, Serialize};

use super::{
    Hash, after,
    chain::{GENESIS, hash_of, link},
};

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
}

/// The heads of all chains, by home.
///
/// # Errors
/// Internal failures only.
pub async fn heads(db: &impl ConnectionTrait) -> Result<Vec<Head>> {
    let select =
        Query::select().columns(["home", "seq", "hash"]).from("journal_heads").order_by("home", Order::Asc).to_owned();
    let rows = db.query_all(&select).await?;
    rows.into_iter()
        .map(|row| {
            let home = Home::new(row.try_get("", "home")?)?;
            Ok(Head { home, seq: row.try_get("", "seq")?, hash: hash_of(row.try_get("", "hash")?)? })
        })
        .collect()
}

/// Reads every chain and says where each breaks first; `kept` are heads kept outside (their signature is the caller's
/// business), `progress` is told the number of entries read so far.
///
/// # Errors
/// Internal failures only; a broken chain is a finding, not an error.
pub async fn verify(db: &impl ConnectionTrait, kept: &[Head], mut progress: impl FnMut(i64)) -> Result<Report> {
    let mut stored: BTreeMap<Home, Option<Head>> = heads(db).await?.into_iter().map(|h| (h.home, Some(h))).collect();
    for home in homes_with_rows(db).await?.into_iter().chain(kept.iter().map(|h| h.home)) {
        stored.entry(home).or_insert(None);
    }
    let mut report = Report { homes: stored.len(), ..Report::default() };
    for (home, head) in stored {
        let kept = kept.iter().find(|k| k.home == home);
        let head = head.unwrap_or(Head { home, seq: 0, hash: GENESIS });
        let before = report.entries;
        let broken = walk(db, head, kept, &mut |read| progress(before + read)).await?;
        report.entries += broken.0;
        report.breaks.extend(broken.1);
    }
    Ok(report)
}

async fn homes_with_rows(db: &impl ConnectionTrait) -> Result<Vec<Home>> {
    let select = Query::select().distinct().column("home").from("journal").to_owned();
    let rows = db.query_all(&select).await?;
    rows.into_iter().map(|row| Ok(Home::new(row.try_get("", "home")?)?)).collect()
}

/// Walks one chain; how many entries were read, and the first break.
async fn walk(
    db: &impl ConnectionTrait,
    head: Head,
    kept: Option<&Head>,
    progress: &mut impl FnMut(i64),
) -> Result<(i64, Option<Break>)> {
    let home = head.home;
    let found = |seq, fault| Some(Break { home, seq, fault });
    let (mut seq, mut hash) = (0, GENESIS);
    loop {
        let rows = after(db, home, seq, CHUNK).await?;
        let last = rows.is_empty();
        for row in rows {
            if row.seq != seq + 1 {
                return Ok((seq, found(seq + 1, Fault::Missing)));
            }
            let next = link(&hash, &row);
            if row.hash != next {
                return Ok((seq, found(row.seq, Fault::Changed)));
            }
            (seq, hash) = (row.seq, next);
            if seq > head.seq {
                return Ok((seq, found(seq, Fault::Beyond)));
            }
            if kept.is_some_and(|k| k.seq == seq && k.hash != hash) {
                return Ok((seq, found(seq, Fault::NotAsKept)));
            }
        }
        progress(seq);
        if last {
            break;
        }
    }
    let broken = if seq < head.seq {
        found(seq + 1, Fault::Missing)
    } else if hash != head.hash {
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
