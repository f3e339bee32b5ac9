//! Searching files for planted secrets: a test plants an identity number, works, and looks into every database file,
//! backup and log for it, in any of the forms in which it could have leaked.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use data_encoding::{BASE64, BASE64URL, HEXLOWER, HEXUPPER};

/// A secret that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// In which file.
    pub file: PathBuf,
    /// Which secret.
    pub needle: String,
    /// In what form: `plain`, `hex`, `base64`, `utf-16`, `escaped`.
    pub form: &'static str,
}

/// Looks for secrets in a file, or in all files of a folder and its folders.
///
/// # Errors
/// When something cannot be read.
pub fn search(place: &Path, needles: &[&str]) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    if place.is_dir() {
        for entry in fs::read_dir(place)? {
            found.extend(search(&entry?.path(), needles)?);
        }
        return Ok(found);
    }
    let content = fs::read(place)?;
    let hits = search_bytes(&content, needles).into_iter();
    found.extend(hits.map(|(needle, form)| Found { file: place.to_owned(), needle, form }));
    Ok(found)
}

/// The secrets that stand in some bytes, each with its form.
#[must_use]
pub fn search_bytes(content: &[u8], needles: &[&str]) -> Vec<(String, &'static str)> {
    // As text of one character a byte, so that the fast search of `str` does the work.
    let content = latin(content);
    let forms = needles.iter().flat_map(|needle| forms(needle).into_iter().map(move |form| (*needle, form)));
    let hits = forms.filter(|(_, (_, bytes))| content.contains(&latin(bytes)));
    let mut hits: Vec<_> = hits.map(|(needle, (form, _))| (needle.to_owned(), form)).collect();
    hits.dedup();
    hits
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn forms(needle: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = needle.as_bytes();
    let escaped: String = needle.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let mut forms = vec![
        ("plain", bytes.to_vec()),
        ("hex", HEXLOWER.encode(bytes).into_bytes()),
        ("hex", HEXUPPER.encode(bytes).into_bytes()),
        ("utf-16", needle.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("utf-16", needle.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("escaped", escaped.into_bytes()),
    ];
    for (encoding, before) in [BASE64, BASE64URL].iter().flat_map(|encoding| (0..3).map(move |n| (encoding, n))) {
        // What stands before shifts the groups of three; characters that also carry neighbours' bits are left out.
        let shifted = encoding.encode(&[vec![0; before], bytes.to_vec()].concat());
        let (first, last) = ([0, 2, 3][before], (before + bytes.len()) * 8 / 6);
        if first < last {
            forms.push(("base64", shifted.as_bytes()[first..last].to_vec()));
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "411002193903071234";

    #[test]
    fn a_planted_number_is_found_in_every_form_at_every_offset() {
        for before in 0..6 {
            let around = [vec![7; before], ID.as_bytes().to_vec(), vec![9; 4]].concat();
            let utf16: Vec<u8> = String::from_utf8_lossy(&around).encode_utf16().flat_map(u16::to_le_bytes).collect();
            for (form, content) in [
                ("plain", around.clone()),
                ("hex", HEXLOWER.encode(&around).into_bytes()),
                ("hex", HEXUPPER.encode(&around).into_bytes()),
                ("base64", BASE64.encode(&around).into_bytes()),
                ("base64", BASE64URL.encode(&around).into_bytes()),
                ("utf-16", utf16),
            ] {
                assert_eq!(search_bytes(&content, &["nothing", ID]), [(ID.to_owned(), form)], "{form} after {before}");
            }
        }
    }

    #[test]
    fn an_escaped_name_is_found_and_a_similar_number_is_not() {
        assert_eq!(search_bytes(br#"{"name":"\u5f20\u6842\u82f1"}"#, &["张桂英"]), [("张桂英".to_owned(), "escaped")]);
        assert_eq!(search_bytes(b"411002193903071235", &[ID]), []);
    }

    #[test]
    fn folders_are_searched_to_the_bottom() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("log.txt"), format!("elder {ID} moved")).unwrap();
        let found = search(folder.path(), &[ID]).unwrap();
        assert_eq!(found, [Found { file: deep.join("log.txt"), needle: ID.into(), form: "plain" }]);
    }
}
