//! What a backup says about itself.

use std::{
    collections::BTreeMap,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use data_encoding::HEXLOWER;
use kernel::{Home, Instant, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Refusal, facts::Facts};
use crate::{
    Engine,
    blobs::Sm3,
    journal::{Hash, Head},
};

/// The manifest's file; its presence makes a backup a whole one.
pub(super) const MANIFEST: &str = "manifest.json";
/// The signed heads.
pub(super) const HEADS: &str = "heads.txt";
/// The list of sealed files.
pub(super) const LIST: &str = "files.txt";
/// The folder of sealed files.
pub(super) const FILES: &str = "files";
/// The shape of folder and manifest.
pub(super) const FORMAT: u32 = 1;

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The shape of the backup.
    pub format: u32,
    /// The backup's id; `accesses` name it.
    pub id: Uuid,
    /// The version of the program that made it.
    pub program: String,
    /// `sqlite` or `postgres`.
    pub engine: String,
    /// The moment whose data it holds, or a little before.
    pub at: Instant,
    /// Who asked for it, as the journal names actors.
    pub by: String,
    /// Migrations that had run.
    pub migrations: Vec<String>,
    /// The end of each home's chain.
    pub heads: Vec<Place>,
    /// Rows of each table.
    pub rows: BTreeMap<String, i64>,
    /// The files beside the manifest, each with its sum: database, heads, list of sealed files.
    pub parts: Vec<Part>,
    /// How many sealed files there are.
    pub files: u64,
}

/// The end of a home's chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The home.
    pub home: i32,
    /// Its last number.
    pub seq: i64,
    /// Its last link, hexadecimal.
    pub hash: String,
}

/// A file of the backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name beside the manifest.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its sum.
    pub sm3: Sm3,
}

/// A whole backup on disk.
#[derive(Clone, Debug)]
pub struct Backup {
    /// Its folder.
    pub folder: PathBuf,
    /// What it says about itself.
    pub manifest: Manifest,
}

impl Manifest {
    /// The engine it came from.
    #[must_use]
    pub fn engine(&self) -> Option<Engine> {
        Engine::of(&format!("{}:", self.engine))
    }

    /// The heads as the journal knows them.
    ///
    /// # Errors
    /// When a home or hash is none.
    pub fn heads(&self) -> Result<Vec<Head>> {
        self.heads
            .iter()
            .map(|place| {
                let hash: Hash = HEXLOWER.decode(place.hash.as_bytes())?.try_into().map_err(|_| Refusal::OtherHeads)?;
                Ok(Head { home: Home::new(place.home)?, seq: place.seq, hash })
            })
            .collect()
    }

    pub(super) fn fill(&mut self, facts: &Facts) {
        self.migrations.clone_from(&facts.migrations);
        self.rows.clone_from(&facts.rows);
        self.heads = facts.heads.iter().map(Place::of).collect();
    }
}

impl Place {
    fn of(head: &Head) -> Self {
        Self { home: head.home.number(), seq: head.seq, hash: HEXLOWER.encode(&head.hash) }
    }
}

impl Backup {
    /// Opens the backup in a folder, or the newest whole one in a folder of backups.
    ///
    /// # Errors
    /// [`Refusal::NoBackup`], [`Refusal::Unreadable`], [`Refusal::Newer`].
    pub fn open(folder: &Path) -> Result<Self> {
        if folder.join(MANIFEST).exists() {
            return Self::read(folder);
        }
        let newest = newest(folder)?.ok_or_else(|| Refusal::NoBackup { folder: folder.display().to_string() })?;
        Self::read(&newest)
    }

    fn read(folder: &Path) -> Result<Self> {
        let file = folder.join(MANIFEST);
        let unreadable =
            |why: &dyn ToString| Refusal::Unreadable { file: file.display().to_string(), why: why.to_string() };
        let text = fs::read(&file).map_err(|why| unreadable(&why))?;
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|why| unreadable(&why))?;
        if manifest.format > FORMAT {
            return Err(Refusal::Newer { version: manifest.program }.into());
        }
        Ok(Self { folder: folder.to_owned(), manifest })
    }

    /// The part that is the database.
    ///
    /// # Errors
    /// [`Refusal::Missing`].
    pub(super) fn database(&self) -> Result<&Part> {
        let part = self.manifest.parts.iter().find(|part| part.name != HEADS && part.name != LIST);
        part.ok_or_else(|| Refusal::Missing { file: "sangyu.db".to_owned() }.into())
    }
}

/// The newest whole backup in a folder of backups; none when there is none. Newest is what holds most of the chains, which
/// only grow; names come from a clock, and a clock may have run ahead.
///
/// # Errors
/// When the folder cannot be read; one that is not there is empty.
pub fn newest(folder: &Path) -> Result<Option<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        entries => entries?,
    };
    let mut whole = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.join(MANIFEST).exists() {
            let entries = Backup::read(&path).map_or(0, |b| b.manifest.heads.iter().map(|head| head.seq).sum::<i64>());
            whole.push((entries, path));
        }
    }
    Ok(whole.into_iter().max().map(|(_, path)| path))
}
