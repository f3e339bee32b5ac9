//! Attached files: photos, scans, recordings. The content is sealed with its subject's key and lies in an object store
//! (a folder, or S3-compatible) under the id of its row in `files`; people and phones name it by the SM3 of what they
//! see.
//!
//! ```text
//! stage ──► staged ──reference (in the business transaction)──► referenced
//!             └──7 days──► swept
//! ```
//!
//! The object is durable before its row, and the row goes before its object, so that a row never lacks its object; a
//! death in between leaves a stray object, which [`Blobs::sweep_strays`] finds. Files have no scope of their own: who may
//! see the case they hang on may see them, so callers come with the case loaded.

mod rows;
mod sum;
mod sweep;

use std::{fmt, path::Path, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use kernel::{Actor, Common, Failure, Home, Region, Result, refusals};
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path as ObjectPath};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

pub use self::{
    sum::{NoSum, Sm3},
    sweep::{Fault, Faulty, Report},
};
use crate::{
    Db, Lane, Tx,
    keys::{self, Keys},
    seal::{Cell, DataKey},
};

refusals! {
    /// How files say no.
    pub enum Refusal {
        /// Larger than the configuration allows.
        TooLarge { most: u64 } => (TooLarge, "files.too_large", "文件太大，最多 {most} 兆字节"),
        /// Named in a command but never sent, or swept since.
        NotStaged { sm3: Sm3 } => (Conflict, "files.not_staged", "文件 {sm3} 还没有传上来，请先上传"),
    }
}

/// The object store and the keys that seal what lies in it. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    objects: Arc<dyn ObjectStore>,
    keys: Keys,
    largest: u64,
}

/// A file to attach.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The subject's home.
    pub home: Home,
    /// Where the case is now.
    pub place: Region,
    /// The person (or organisation) whose data it is; the file is sealed with this subject's key.
    pub subject: Uuid,
    /// The media type, found by looking at the content: `image/jpeg`.
    pub media: String,
    /// The content.
    pub content: Bytes,
}

/// A file's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The home of its key.
    pub home: Home,
    /// Its id; the name of its object.
    pub id: Uuid,
    /// Whose data it is.
    pub subject: Uuid,
    /// SM3 of its content.
    pub sm3: Sm3,
    /// The content's length.
    pub bytes: i64,
    /// The content's media type.
    pub media: String,
    /// Whether a case refers to it; else it is swept in time.
    pub is_referenced: bool,
    /// When it was sent last.
    pub made_at: DateTime<Utc>,
}

impl Blobs {
    /// Files of at most `largest` bytes in an object store of any kind.
    #[must_use]
    pub fn new(objects: Arc<dyn ObjectStore>, keys: Keys, largest: u64) -> Self {
        Self { objects, keys, largest }
    }

    /// Files in a folder, which is made when it is not there. What was acknowledged survives a power cut.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn in_folder(folder: &Path, keys: Keys, largest: u64) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let objects = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self::new(Arc::new(objects), keys, largest))
    }

    /// Keeps a file until a case refers to it; sent twice it is kept once.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`]; [`keys::Refusal::Erased`]; internal failures.
    pub async fn stage(&self, db: &Db, actor: &Actor, upload: Upload) -> Result<File> {
        if upload.content.len() as u64 > self.largest {
            return Err(Refusal::TooLarge { most: self.largest >> 20 }.into());
        }
        let content = upload.content.clone();
        let sm3 = off_the_runtime(move || Sm3::of(&content)).await?;
        let known = db
            .write(Lane::Interactive, actor, async |tx| {
                rows::refresh(&tx, upload.home, upload.subject, sm3).await?;
                rows::find(&tx, upload.home, upload.subject, sm3).await
            })
            .await?;
        match known {
            Some(file) if self.is_whole(&file).await? => Ok(file),
            // The row is there and its object is gone or changed: what comes now is perhaps the last copy.
            Some(file) => {
                let key = self.keys.data_key(file.home, file.subject).await?;
                self.put(&file, key, upload.content).await?;
                Ok(file)
            }
            None => self.keep(db, actor, upload, sm3).await,
        }
    }

    /// Whether the object of a file is there with the content that was sent; an erased person's counts as whole.
    ///
    /// # Errors
    /// When the key store cannot be read.
    pub async fn is_whole(&self, file: &File) -> Result<bool> {
        let mut report = Report::default();
        self.judge(file, &mut report).await?;
        Ok(report.faulty.is_empty())
    }

    async fn put(&self, file: &File, key: DataKey, content: Bytes) -> Result<()> {
        let (keys, id) = (self.keys.clone(), file.id);
        let sealed = off_the_runtime(move || key.seal(keys.ids(), cell(id), &content)).await?;
        self.objects.put(&path(file), sealed.into()).await?;
        Ok(())
    }

    async fn keep(&self, db: &Db, actor: &Actor, upload: Upload, sm3: Sm3) -> Result<File> {
        let key = self.keys.data_key(upload.home, upload.subject).await?;
        let now = db.clock().now();
        let file = File {
            home: upload.home,
            id: db.ids().uuid(now),
            subject: upload.subject,
            sm3,
            bytes: upload.content.len() as i64,
            media: upload.media,
            is_referenced: false,
            made_at: now,
        };
        self.put(&file, key, upload.content).await?;
        let stands = db
            .write(Lane::Interactive, actor, async |tx| {
                rows::insert(&tx, &file, upload.place).await?;
                rows::find(&tx, file.home, file.subject, sm3).await
            })
            .await?
            .ok_or(Common::Raced)?;
        if stands.id != file.id {
            // Somebody sent the same at the same moment and was faster.
            self.objects.delete(&path(&file)).await?;
        }
        Ok(stands)
    }

    /// Refers to files from a case, in the transaction that writes the case; from now on they stay.
    ///
    /// # Errors
    /// [`Refusal::NotStaged`] for the first that is not there.
    pub async fn reference(&self, tx: &Tx, home: Home, subject: Uuid, sums: &[Sm3]) -> Result<Vec<File>> {
        let mut files = Vec::with_capacity(sums.len());
        for sm3 in sums {
            rows::reference(tx, home, subject, *sm3).await?;
            files.push(rows::find(tx, home, subject, *sm3).await?.ok_or(Refusal::NotStaged { sm3: *sm3 })?);
        }
        Ok(files)
    }

    /// A subject's file by its sum.
    ///
    /// # Errors
    /// Internal failures only.
    pub async fn find(&self, db: &impl ConnectionTrait, home: Home, subject: Uuid, sm3: Sm3) -> Result<Option<File>> {
        rows::find(db, home, subject, sm3).await
    }

    /// The content of a file.
    ///
    /// # Errors
    /// [`keys::Refusal::Erased`] when its subject was erased; an internal failure when the object is gone, changed or
    /// another one's.
    pub async fn open(&self, file: &File) -> Result<Bytes> {
        let key = self.keys.find_key(file.subject).await?.ok_or(keys::Refusal::Erased)?;
        let sealed = self.objects.get(&path(file)).await?.bytes().await?;
        let (id, sm3) = (file.id, file.sm3);
        off_the_runtime(move || opened(&key, id, sm3, &sealed)).await?
    }
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blobs({})", self.objects)
    }
}

fn opened(key: &DataKey, id: Uuid, sm3: Sm3, sealed: &[u8]) -> Result<Bytes> {
    let content = key.open(cell(id), sealed)?;
    if Sm3::of(&content) == sm3 {
        Ok(content.into())
    } else {
        Err(Failure::internal("a file's content is not the one of its row"))
    }
}

fn cell(id: Uuid) -> Cell<'static> {
    Cell::new("files", "content", id)
}

/// `411002/7f/<id>`: the id's last byte spreads a county's files over 256 folders.
fn path(file: &File) -> ObjectPath {
    object_path(file.home, file.id)
}

fn object_path(home: Home, id: Uuid) -> ObjectPath {
    let spread = format!("{:02x}", id.as_bytes()[15]);
    ObjectPath::from_iter([home.number().to_string(), spread, id.simple().to_string()])
}

/// Sealing and hashing 20 MB takes longer than a thread of the runtime may be held.
async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    Ok(tokio::task::spawn_blocking(work).await?)
}
