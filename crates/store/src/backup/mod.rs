//! Backups of the business data: a copy of the database as of one moment, taken while others write, the sealed files,
//! and a manifest that says what must be there. What is sealed stays sealed; the keys are backed up apart
//! ([`crate::keys::Keys::backup`]).
//!
//! ```text
//! FOLDER/20261121T150501Z/     one backup, whole in itself: older ones may be deleted at will
//!   manifest.json              what it holds, with sums; see `Manifest`
//!   sangyu.db | sangyu.dump    the database: an SQLite file, or PostgreSQL's custom format
//!   heads.txt                  the journal's heads of that moment, signed
//!   files.txt                  SUM BYTES PATH of each sealed file
//!   files/                     sealed files; unchanged ones are hard links into the backup before
//! FOLDER/.making-…/            an unfinished one; the next backup removes it
//! ```

mod copy;
mod facts;
mod manifest;
mod postgres;
mod restore;
mod sqlite;
mod take;

use std::{io, path::Path};

use kernel::refusals;

pub use self::{
    manifest::{Backup, Manifest, Part, Place, newest},
    restore::{Restoring, UNFINISHED, check_empty, compare, restore},
    take::{Taking, take},
};

refusals! {
    /// How backups and restores say no.
    pub enum Refusal {
        /// Another process is at it.
        Running { folder: String } => (Conflict, "backup.running", "{folder} 里正有另一个备份在进行，请等它完成"),
        /// Nothing in the folder is a finished backup.
        NoBackup { folder: String } => (NotFound, "backup.none", "{folder} 里没有完整的备份"),
        /// The manifest cannot be read.
        Unreadable { file: String, why: String } => (Invalid, "backup.unreadable", "备份清单 {file} 读不了：{why}"),
        /// The backup was made by a newer program.
        Newer { version: String } => (Conflict, "backup.newer", "这份备份由更新的程序（{version}）制作，请先升级程序"),
        /// A file of the backup is gone.
        Missing { file: String } => (Conflict, "backup.missing", "备份不完整：缺少 {file}，没有恢复任何数据"),
        /// A file of the backup is not what it was.
        Damaged { file: String } => (Conflict, "backup.damaged", "备份已损坏：{file} 与清单不符，没有恢复任何数据"),
        /// The signed heads are not those of the manifest.
        OtherHeads => (Conflict, "backup.other_heads", "备份清单里的链头与签名的链头不一致，没有恢复任何数据"),
        /// The target folder holds something.
        FolderInUse { folder: String } => (Conflict, "backup.folder_in_use", "{folder} 不是空文件夹，恢复只写入空的地方"),
        /// The target database holds something.
        DatabaseInUse => (Conflict, "backup.database_in_use", "目标数据库里已有数据表，恢复只写入空数据库"),
        /// A backup of one engine does not go into the other.
        OtherEngine { engine: String } => (Conflict, "backup.other_engine", "这份备份来自 {engine}，请恢复到同一种数据库"),
        /// PostgreSQL's own program is not installed.
        NoProgram { program: String } => (Unavailable, "backup.no_program", "没有找到 {program}，请先安装 PostgreSQL 客户端程序（Debian：postgresql-client）"),
        /// PostgreSQL's own program failed.
        ProgramFailed { program: String, why: String } => (Unavailable, "backup.program_failed", "{program} 没有成功：{why}"),
    }
}

/// What is being done, for a progress bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Copying the database; bytes.
    Database,
    /// Copying sealed files; files.
    Files,
    /// Holding what is there against the manifest; bytes.
    Sums,
}

/// Is told how far a backup or restore is, also from other threads.
pub trait Watch: Send + Sync {
    /// `done` of about `total` (0 while unknown) of a step.
    fn progress(&self, step: Step, done: u64, total: u64);
}

/// Nobody watches.
impl Watch for () {
    fn progress(&self, _: Step, _: u64, _: u64) {}
}

/// Makes what was written into a folder survive a power cut.
fn sync_folder(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}
