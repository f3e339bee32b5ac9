//! Takes an uploaded sheet in: streamed to a file that only the platform reads, whole or not at all.

use std::path::Path;

use axum::extract::{Multipart, multipart::Field};
use kernel::{Failure, Result};
use tokio::{
    fs::{self, OpenOptions},
    io::AsyncWriteExt as _,
};
use web::edge::problem;

/// The longest name that is kept, in characters.
const NAME: usize = 120;

/// A staged sheet.
#[derive(Debug)]
pub(super) struct Staged {
    /// Its name as the user knows it.
    pub(super) name: String,
    /// Its length.
    pub(super) bytes: i64,
}

/// Stages the field `file` and reads the field `place`; no file when it is missing or empty.
///
/// # Errors
/// Too much was sent, or the disk is full; then nothing is left of it.
pub(super) async fn stage(mut body: Multipart, folder: &Path, to: &Path) -> Result<(Option<Staged>, String)> {
    fs::create_dir_all(folder).await?;
    let (mut staged, mut place) = (None, String::new());
    while let Some(field) = body.next_field().await.map_err(|_| too_large())? {
        match field.name() {
            Some("file") if staged.is_none() => staged = stage_file(field, to).await?,
            Some("place") => {
                let sent = field.text().await.map_err(|_| too_large())?;
                place = sent.trim().chars().take(NAME).collect();
            }
            _ => {}
        }
    }
    Ok((staged, place))
}

async fn stage_file(field: Field<'_>, to: &Path) -> Result<Option<Staged>> {
    let name = plain_name(field.file_name().unwrap_or_default());
    let part = to.with_extension("part");
    match write(field, &part).await {
        Ok(0) => {
            fs::remove_file(&part).await?;
            Ok(None)
        }
        Ok(bytes) => {
            fs::rename(&part, to).await?;
            Ok(Some(Staged { name, bytes }))
        }
        Err(failure) => {
            fs::remove_file(&part).await?;
            Err(failure)
        }
    }
}

async fn write(mut field: Field<'_>, part: &Path) -> Result<i64> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(part).await?;
    let mut bytes = 0;
    while let Some(chunk) = field.chunk().await.map_err(|_| too_large())? {
        bytes += i64::try_from(chunk.len())?;
        file.write_all(&chunk).await?;
    }
    file.sync_all().await?;
    Ok(bytes)
}

/// A body that breaks off is over its limit, or its sender went away.
fn too_large() -> Failure {
    problem::too_large().into()
}

/// The last part of a path, without what a terminal or a header would misread.
fn plain_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|char| !char.is_control()).take(NAME).collect();
    if plain.is_empty() { "sheet".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path() {
        assert_eq!(plain_name("C:\\我的\\老人档案.xlsx"), "老人档案.xlsx");
        assert_eq!(plain_name("../../etc/passwd\u{7}"), "passwd");
        assert_eq!(plain_name("/"), "sheet");
    }
}
