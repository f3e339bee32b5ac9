//! Readers of problems: our own JSON, the JSON of the home health care instances, the text of the routing instances.
//! Whatever the bytes, the answer is a valid problem or a defect that names the place; nothing panics.

mod hhcrsp;
mod solomon;

use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use crate::{defect::Defects, plan::Plan, problem::Problem};

/// The formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// [`Problem`] and [`Plan`] as JSON.
    Ours,
    /// The JSON of the University of Udine for home health care routing and scheduling.
    Hhcrsp,
    /// The text of Solomon, and of Gehring and Homberger, for routing with time windows.
    Solomon,
}

/// Reads a problem in whichever format it is, and validates it.
///
/// # Errors
/// What is wrong, with its place in the file or the name of the item.
pub fn problem(text: &str) -> Result<(Problem, Format), Defects> {
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    if start.is_empty() {
        return Err(empty());
    }
    let (problem, format) = if !start.starts_with(['{', '[']) {
        (solomon::read(text)?, Format::Solomon)
    } else {
        let text = plain_numbers(start);
        let kind: Kind = json(&text)?;
        match (kind.patients, kind.orders) {
            (Some(_), None) => (hhcrsp::read(&text)?, Format::Hhcrsp),
            _ => (json(&text)?, Format::Ours),
        }
    };
    problem.validate()?;
    Ok((problem, format))
}

/// Reads a plan of our own JSON; [`crate::check`] judges it.
///
/// # Errors
/// What is wrong, with its place in the file.
pub fn plan(text: &str) -> Result<Plan, Defects> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err(empty());
    }
    json(&plain_numbers(text))
}

fn empty() -> Defects {
    Defects::one("file", "文件是空的", "the file is empty")
}

/// What tells the two kinds of JSON apart.
#[derive(Deserialize)]
struct Kind {
    patients: Option<serde::de::IgnoredAny>,
    orders: Option<serde::de::IgnoredAny>,
}

/// Reads JSON; a defect names the field and the line.
pub(crate) fn json<T: DeserializeOwned>(text: &str) -> Result<T, Defects> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let why = error.into_inner();
        let item = if path == "." { format!("line {}", why.line()) } else { path };
        Defects::one(item, "JSON 不合要求", why.to_string())
    })?;
    reader.end().map_err(|why| Defects::one(format!("line {}", why.line()), "JSON 之后还有内容", why.to_string()))?;
    Ok(value)
}

/// Replaces the bare words NaN and Infinity, which some programs write into JSON, by `null`: in a matrix they are then
/// reported with row and column, elsewhere with the name of the field.
fn plain_numbers(text: &str) -> String {
    if !text.contains("NaN") && !text.contains("Infinity") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut quoted) = (text, false);
    while let Some(c) = rest.chars().next() {
        let word = ["-Infinity", "Infinity", "NaN"].into_iter().find(|word| !quoted && rest.starts_with(word));
        if let Some(word) = word {
            out.push_str("null");
            rest = &rest[word.len()..];
            continue;
        }
        let mut taken = c.len_utf8();
        if quoted && c == '\\' {
            taken += rest[taken..].chars().next().map_or(0, char::len_utf8);
        } else if c == '"' {
            quoted = !quoted;
        }
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

/// Reads rows of numbers, `null` as not a number.
pub(crate) fn rows<'de, D: Deserializer<'de>>(reader: D) -> Result<Vec<Vec<f64>>, D::Error> {
    let rows = Vec::<Vec<Option<f64>>>::deserialize(reader)?;
    Ok(rows.into_iter().map(|row| row.into_iter().map(|x| x.unwrap_or(f64::NAN)).collect()).collect())
}

/// Reads rows of numbers or nothing.
pub(crate) fn some_rows<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Vec<Vec<f64>>>, D::Error> {
    #[derive(Deserialize)]
    struct Rows(#[serde(deserialize_with = "rows")] Vec<Vec<f64>>);
    Ok(Option::<Rows>::deserialize(reader)?.map(|rows| rows.0))
}
