//! What a worksheet of an .xlsx says beside its cells: merged cells, hidden rows and hidden columns. A narrow scan of tags
//! in constant memory, because the cell reader passes over all of it.

use std::io::{self, BufRead, BufReader, Read, Seek};

use zip::ZipArchive;

use super::{Refusal, delimited::Stop};

/// Merged cells of one sheet that are kept; a sheet with more of them was made to be looked at only.
const MERGES: usize = 200_000;
/// Bytes of one tag; a longer one is no tag.
const TAG: u64 = 1 << 16;

/// Cells of one column that a merge makes one: the value of the first holds for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Merge {
    /// The first row, from 1.
    pub(super) first: u32,
    /// The last row.
    pub(super) last: u32,
    /// The column, from 0.
    pub(super) column: u32,
}

/// What one worksheet says beside its cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// Merges over several rows, by their first row.
    pub(super) merges: Vec<Merge>,
    /// Hidden rows, from 1.
    pub(super) hidden_rows: Vec<u32>,
    /// Hidden columns, from 0.
    pub(super) hidden_columns: Vec<u32>,
}

/// The layouts of the sheets, in the order of the workbook; none of a sheet whose part is not found.
pub(super) fn layouts<R: Read + Seek>(archive: &mut ZipArchive<R>, columns: u32) -> Result<Vec<Option<Layout>>, Stop> {
    let mut names = Vec::new();
    for at in 0..archive.len() {
        let part = archive.by_index_raw(at).map_err(|_| Refusal::Damaged)?;
        names.push(part.name().map_err(|_| Refusal::Damaged)?.into_owned());
    }
    let part = |wanted: &str| names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
    let book = names.iter().position(|name| name.to_ascii_lowercase().ends_with("workbook.xml"));
    let Some(book) = book else { return Ok(Vec::new()) };
    let folder = names[book].rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let ids = tagged(archive, book, "sheet", "id")?;
    let Some(relations) = part(&format!("{folder}/_rels/workbook.xml.rels")) else { return Ok(vec![None; ids.len()]) };
    let targets = targets(archive, relations)?;
    let mut layouts = Vec::with_capacity(ids.len());
    for id in ids {
        let target = targets.iter().find(|(other, _)| *other == id).map(|(_, target)| target.as_str());
        let path = target.map(|target| match target.strip_prefix('/') {
            Some(whole) => whole.to_owned(),
            None if folder.is_empty() => target.to_owned(),
            None => format!("{folder}/{target}"),
        });
        layouts.push(match path.and_then(|path| part(&path)) {
            Some(at) => Some(layout(archive, at, columns)?),
            None => None,
        });
    }
    Ok(layouts)
}

fn layout<R: Read + Seek>(archive: &mut ZipArchive<R>, at: usize, columns: u32) -> Result<Layout, Stop> {
    let mut layout = Layout::default();
    let mut row = 0;
    each(archive, at, &mut |name, tag| {
        match name {
            "row" => {
                row = attribute(tag, "r").and_then(|r| r.parse().ok()).unwrap_or(row + 1);
                if is_true(attribute(tag, "hidden")) {
                    layout.hidden_rows.push(row);
                }
            }
            "col" if is_true(attribute(tag, "hidden")) => {
                let edge = |name| attribute(tag, name).and_then(|at| at.parse::<u32>().ok());
                if let (Some(min @ 1..), Some(max)) = (edge("min"), edge("max")) {
                    layout.hidden_columns.extend(min - 1..max.min(columns));
                }
            }
            "mergeCell" => layout.merges.extend(attribute(tag, "ref").and_then(merge)),
            _ => {}
        }
        if layout.merges.len() > MERGES { Err(Refusal::TooHeavy.into()) } else { Ok(()) }
    })?;
    layout.merges.sort_unstable();
    layout.hidden_rows.sort_unstable();
    Ok(layout)
}

/// `B2:C9`: the first column of a merge over several rows.
fn merge(range: &str) -> Option<Merge> {
    let (from, to) = range.split_once(':')?;
    let ((column, first), (_, last)) = (cell(from)?, cell(to)?);
    (last > first).then_some(Merge { first, last, column })
}

/// `B2`: the column from 0 and the row from 1.
fn cell(text: &str) -> Option<(u32, u32)> {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let column = text[..letters].bytes().try_fold(0_u32, |column, letter| {
        column.checked_mul(26)?.checked_add(u32::from(letter.to_ascii_uppercase() - b'A') + 1)
    })?;
    Some((column.checked_sub(1)?, text[letters..].parse().ok()?))
}

/// The values of an attribute of all tags of a name.
fn tagged<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    at: usize,
    name: &str,
    wanted: &str,
) -> Result<Vec<String>, Stop> {
    let mut found = Vec::new();
    each(archive, at, &mut |tag_name, tag| {
        if tag_name == name {
            found.push(attribute(tag, wanted).unwrap_or_default().to_owned());
        }
        Ok(())
    })?;
    Ok(found)
}

/// Ids of relations and where they lead.
fn targets<R: Read + Seek>(archive: &mut ZipArchive<R>, at: usize) -> Result<Vec<(String, String)>, Stop> {
    let mut found = Vec::new();
    each(archive, at, &mut |name, tag| {
        if name == "Relationship"
            && let (Some(id), Some(target)) = (attribute(tag, "Id"), attribute(tag, "Target"))
        {
            found.push((id.to_owned(), target.to_owned()));
        }
        Ok(())
    })?;
    Ok(found)
}

type EachTag<'a> = &'a mut dyn FnMut(&str, &str) -> Result<(), Stop>;

/// Hands out the tags of a part: the name without its prefix, and the whole tag.
fn each<R: Read + Seek>(archive: &mut ZipArchive<R>, at: usize, take: EachTag<'_>) -> Result<(), Stop> {
    let part = archive.by_index(at).map_err(|_| Refusal::Damaged)?;
    let mut input = BufReader::with_capacity(1 << 16, part);
    let mut buffer = Vec::new();
    let unpacked = |e: io::Error| if e.raw_os_error().is_some() { Stop::Io(e) } else { Refusal::Damaged.into() };
    loop {
        if input.skip_until(b'<').map_err(unpacked)? == 0 {
            return Ok(());
        }
        buffer.clear();
        Read::by_ref(&mut input).take(TAG).read_until(b'>', &mut buffer).map_err(unpacked)?;
        let tag = std::str::from_utf8(&buffer).unwrap_or_default();
        let name = tag.split([' ', '/', '>', '\t', '\n', '\r']).next().unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or_default();
        if !name.is_empty() {
            take(name, tag)?;
        }
    }
}

/// The value of an attribute, whatever its prefix.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    loop {
        let at = rest.find(name)?;
        let is_name = rest[..at].ends_with([' ', ':', '\t', '\n', '\r']);
        rest = &rest[at + name.len()..];
        let value = rest.trim_start().strip_prefix('=').map(str::trim_start).filter(|_| is_name);
        if let Some(value) = value {
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            return value[1..].split(quote).next();
        }
    }
}

fn is_true(value: Option<&str>) -> bool {
    matches!(value, Some("1" | "true" | "on"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_cells_are_read() {
        let tag = "x:sheet name=\"sid='9'\" sheetId=\"2\" r:id='rId7'/>";
        assert_eq!((attribute(tag, "id"), attribute(tag, "hidden")), (Some("rId7"), None));
        assert_eq!(attribute("row r=\"5\" hidden = \"1\">", "hidden"), Some("1"));
        assert_eq!(
            [cell("A1"), cell("AB12"), cell("12"), cell("ZZZZZZZZ1")],
            [Some((0, 1)), Some((27, 12)), None, None]
        );
        assert_eq!(merge("I2:J3"), Some(Merge { first: 2, last: 3, column: 8 }));
        assert_eq!(merge("A1:K1"), None);
    }
}
