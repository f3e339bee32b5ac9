//! Who changes by a row, and how; and who may be whom: as the trial, the run and the command line tell it, masked.

use kernel::{Text, text};

use super::{
    plan::{Asked, Change},
    questions::Why,
    read::label,
};
use crate::elders::{
    Elder,
    file::{File, mask_certificate, mask_phone},
    sheet::At,
    wording,
};

/// A file that changes by a row, or that a row may belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changing {
    /// The row.
    pub at: At,
    /// The key of the file; empty when it comes from an earlier row of the same sheet.
    pub key: String,
    /// Who has the file.
    pub name: String,
    /// What changes, or in what the row and the file differ.
    pub what: Vec<Text>,
    /// Why it is asked; none when it is sure.
    pub why: Option<Why>,
}

impl Changing {
    pub(super) fn of(change: &Change) -> Self {
        let revision = &change.revision;
        Self {
            at: change.at,
            key: key(&revision.elder),
            name: revision.elder.name.clone(),
            what: revision.changes().iter().map(wording::sentence).collect(),
            why: None,
        }
    }

    pub(super) fn asked(asked: &Asked) -> Self {
        let (key, name, mut what) = match (&asked.there, asked.twin) {
            (Some(there), _) => {
                let what = [text!("档案：{file}", file = line(&there.file))];
                (key(&there.elder), there.elder.name.clone(), what.to_vec())
            }
            (None, twin) => {
                let first = twin.map(label).unwrap_or_default();
                (String::new(), asked.row.name.clone(), vec![text!("第 {row} 行已有这个人", row = first)])
            }
        };
        what.push(text!("表里：{file}", file = line(&asked.row)));
        Self { at: asked.at, key, name, what, why: Some(asked.why) }
    }

    /// The row as a sentence names it.
    #[must_use]
    pub fn label(&self) -> String {
        label(self.at)
    }
}

fn key(elder: &Elder) -> String {
    elder.key().map(|key| key.to_string()).unwrap_or_default()
}

/// A person in one line, masked.
pub(in crate::elders) fn line(file: &File) -> String {
    let phone = file.mobile.as_deref().or(file.landline.as_deref()).map(mask_phone).unwrap_or_default();
    let parts = [
        file.name.clone(),
        file.birth_on.to_string(),
        mask_certificate(&file.cert_number),
        phone,
        address(&file.details.address),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The beginning of an address, enough to tell two apart.
fn address(address: &str) -> String {
    let head: String = address.chars().take(8).collect();
    if address.chars().count() > 8 { format!("{head}…") } else { head }
}
