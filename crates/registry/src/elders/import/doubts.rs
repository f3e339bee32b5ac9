//! Rows of which no rule says whose they are: what was answered to the same row before holds; the others are asked about.

use std::{collections::HashMap, sync::Arc};

use kernel::Result;
use store::{
    blind::BlindIndex,
    seal::{Cell, DataKey},
};

use super::{
    plan::{Asked, Change, Desk, NAMESAKES, Plan, There, directory, load},
    questions::{self, State, Why},
    read::Candidate,
};
use crate::elders::{Elder, file::File, merge::merge, revise::Revision};

/// A row and the file that it may belong to.
type Doubt = (Candidate, (Elder, DataKey, File, Why));

/// Plans the rows that need an answer.
pub(super) async fn settle(desk: &Desk, doubts: Vec<Doubt>, plan: &mut Plan) -> Result<()> {
    if doubts.is_empty() {
        return Ok(());
    }
    let digests: Vec<BlindIndex> = doubts.iter().map(|(row, _)| questions::digest(&desk.blinder, &row.told)).collect();
    let answered = questions::answered(&desk.db, &digests).await?;
    for ((candidate, (elder, key, before, why)), digest) in doubts.into_iter().zip(digests) {
        let after = merge(&before, &candidate.file);
        // A row that says nothing new needs no answer.
        if after == before && why != Why::NewNumber {
            plan.same += 1;
            continue;
        }
        match answered.get(&(elder.id, digest)) {
            Some(State::Same) => plan_same(&elder, (before, after), &key, candidate.at, plan),
            Some(State::Another | State::Dropped) => plan.same += 1,
            open => {
                if why == Why::NoNumber && is_namesake(desk, &candidate.file).await? {
                    plan.same += 1;
                    continue;
                }
                let id = desk.db.ids().uuid(desk.db.clock().now());
                let sealed =
                    key.sealer().seal(desk.db.ids(), Cell::new("import_questions", "sealed", id), &candidate.told);
                let is_open = open.is_some();
                let there = Some(There { elder, file: before, sealed, id, digest, is_open });
                plan.asked.push(Asked {
                    at: candidate.at,
                    why,
                    there,
                    row: Arc::clone(&candidate.file),
                    twin: candidate.twin,
                });
            }
        }
    }
    Ok(())
}

fn plan_same(
    elder: &Elder,
    (before, after): (File, File),
    key: &DataKey,
    at: crate::elders::sheet::At,
    plan: &mut Plan,
) {
    if after == before {
        plan.same += 1;
        return;
    }
    let revision = Revision { elder: elder.clone(), before, after, ends: Vec::new(), key: key.clone() };
    plan.changed.push(Change { at, revision });
}

/// Whether another person of the same name, birth date and village, told apart before, already has all that the row says.
async fn is_namesake(desk: &Desk, row: &File) -> Result<bool> {
    let others = (2..=NAMESAKES).map(|nth| row.unnumbered(&desk.blinder, nth));
    let found: Vec<_> = directory(&desk.db, others).await?.into_values().collect();
    if found.is_empty() {
        return Ok(false);
    }
    let elders: HashMap<_, _> = load(&desk.db, &found).await?;
    let keys = desk.keys.find_keys(&elders.keys().copied().collect::<Vec<_>>()).await?;
    for elder in elders.values() {
        if let Some(key) = keys.get(&elder.id) {
            let file = File::open(elder, key)?;
            if merge(&file, row) == file {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
