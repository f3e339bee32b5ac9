//! The embedded database: `VACUUM INTO` copies it as of one moment while others write.

use std::{fs, path::Path, time::Duration};

use kernel::{Failure, Result};
use sea_orm::{ConnectionTrait, Database, Statement};

use super::{Step, Watch, facts::Facts};
use crate::{Engine, dialect};

/// The database's name in a backup.
pub(super) const NAME: &str = "sangyu.db";

/// Copies the database behind `url` into `folder`; what the copy holds.
pub(super) async fn take(url: &str, folder: &Path, watch: &dyn Watch) -> Result<Facts> {
    let target = folder.join(NAME);
    let text = target.to_str().ok_or_else(|| Failure::internal("the backup's path is not UTF-8"))?;
    let expected = dialect::file_of(url).and_then(|file| fs::metadata(file).ok()).map_or(0, |file| file.len());
    // A connection of its own: the writer goes on writing meanwhile.
    let conn = Database::connect(dialect::pool(Engine::Sqlite, url, true, 1)).await?;
    let vacuum = Statement::from_sql_and_values(Engine::Sqlite.backend(), "VACUUM INTO $1", [text.into()]);
    let mut copying = Box::pin(conn.execute_raw(vacuum));
    loop {
        tokio::select! {
            copied = &mut copying => {
                copied?;
                break;
            }
            () = tokio::time::sleep(Duration::from_millis(200)) => {
                let done = fs::metadata(&target).map_or(0, |file| file.len());
                watch.progress(Step::Database, done, expected);
            }
        }
    }
    drop(copying);
    conn.close().await?;
    fs::File::open(&target)?.sync_all()?;
    read(&target).await
}

/// What the copy in a file holds; the file is not touched.
async fn read(file: &Path) -> Result<Facts> {
    let copy = Database::connect(format!("sqlite:{}?mode=ro&immutable=1", file.display())).await?;
    let facts = Facts::read(&copy, Engine::Sqlite).await?;
    copy.close().await?;
    Ok(facts)
}
