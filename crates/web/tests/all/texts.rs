//! Every sentence that people read has its English, and `locales/en.json` holds nothing else.
//!
//! A sentence is a literal before the filters `t` and `with` in `crates/*/templates`, a literal in `text!`,
//! `Text::new` or a row of `refusals!`, a literal in a function called `word` or `label`, or a literal in `t("…")` of
//! `assets/js`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use web::i18n::is_han;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Files below `dir` with this ending.
fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    entries
        .flatten()
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => files(&path, ending),
            path if path.to_string_lossy().ends_with(ending) => vec![path],
            _ => Vec::new(),
        })
        .collect()
}

/// The texts of all crates' files under `folder` with this ending, by path.
fn sources(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let crates = fs::read_dir(root().join("crates")).unwrap().flatten();
    let paths = crates.flat_map(|entry| files(&entry.path().join(folder), ending));
    paths.map(|path| (path.clone(), fs::read_to_string(&path).unwrap())).collect()
}

/// Rust without its unit tests, which stand at the end, and without comments.
fn living(source: &str) -> String {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// String literals with what stands before and after each.
fn literals(source: &str) -> Vec<(&str, String, &str)> {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            // A char literal of a quote.
            b'\'' if source[at..].starts_with("'\"'") => at += 3,
            b'\'' if source[at..].starts_with("'\\\"'") => at += 4,
            b'"' => {
                let start = at + 1;
                let mut end = start;
                while end < bytes.len() && bytes[end] != b'"' {
                    end += if bytes[end] == b'\\' { 2 } else { 1 };
                }
                let end = end.min(bytes.len());
                found.push((
                    &source[..at],
                    source[start..end].replace("\\\"", "\""),
                    &source[(end + 1).min(bytes.len())..],
                ));
                at = end + 1;
            }
            _ => at += 1,
        }
    }
    found
}

fn speaks(text: &str) -> bool {
    text.chars().any(is_han)
}

/// Inside `{{ … }}` or `{% … %}` of a template: the literals before `|t` and `|with(`.
fn template_sentences(template: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let close = if rest[start..].starts_with("{{") { "}}" } else { "%}" };
        let Some(end) = rest[start..].find(close) else { break };
        let code = &rest[start + 2..start + end];
        let filtered = |after: &str| {
            let after = after.trim_start();
            after.starts_with("|t") || after.starts_with("| t") || after.starts_with("|with(")
        };
        found.extend(literals(code).into_iter().filter(|(_, _, after)| filtered(after)).map(|(_, text, _)| text));
        rest = &rest[start + end + 2..];
    }
    found
}

/// Literals of `text!`, `Text::new`, rows of `refusals!`, and functions called `word` or `label`.
fn rust_sentences(source: &str) -> Vec<String> {
    let source = living(source);
    let sentence = |before: &str, after: &str| {
        let before = before.trim_end();
        before.ends_with("text!(")
            || before.ends_with("Text::new(")
            || after.starts_with(')') && before.rsplit("=> (").next().is_some_and(is_refusal_row)
            || is_in_word_table(before)
    };
    literals(&source)
        .into_iter()
        .filter(|(before, text, after)| speaks(text) && sentence(before, after))
        .map(|f| f.1)
        .collect()
}

/// `Verdict, "code",` stands before the sentence.
fn is_refusal_row(row: &str) -> bool {
    const VERDICTS: [&str; 8] =
        ["Unauthenticated", "Forbidden", "NotFound", "Conflict", "TooLarge", "Invalid", "TooMany", "Unavailable"];
    VERDICTS.iter().any(|verdict| row.strip_prefix(verdict).is_some_and(|rest| rest.trim().ends_with("\",")))
}

/// The function around is called `word` or `label` and returns a literal in a match arm.
fn is_in_word_table(before: &str) -> bool {
    let function = before.rsplit("fn ").next().unwrap_or_default();
    before.ends_with("=>") && (function.starts_with("word(") || function.starts_with("label("))
}

fn script_sentences() -> Vec<String> {
    let scripts = files(&root().join("assets/js"), ".js");
    let called = |source: String| -> Vec<String> {
        let found = literals(&source).into_iter().filter(|(before, text, _)| before.ends_with("t(") && speaks(text));
        found.map(|(_, text, _)| text).collect()
    };
    scripts.into_iter().flat_map(|path| called(fs::read_to_string(path).unwrap())).collect()
}

/// Each sentence, and one place where it stands.
fn sentences() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut keep = |path: &Path, texts: Vec<String>| {
        for text in texts.into_iter().filter(|text| speaks(text)) {
            found.entry(text).or_insert_with(|| path.strip_prefix(root()).unwrap_or(path).display().to_string());
        }
    };
    for (path, source) in sources("templates", ".html") {
        keep(&path, template_sentences(&source));
    }
    for (path, source) in sources("src", ".rs") {
        keep(&path, rust_sentences(&source));
        keep(&path, template_sentences(&living(&source).replace("\\\"", "\"")));
    }
    keep(Path::new("assets/js"), script_sentences());
    found
}

fn english() -> BTreeMap<String, String> {
    serde_json::from_str(&fs::read_to_string(root().join("locales/en.json")).unwrap()).unwrap()
}

#[test]
fn every_sentence_has_its_english() {
    let english = english();
    let missing: Vec<_> = sentences().into_iter().filter(|(text, _)| !english.contains_key(text)).collect();
    assert!(missing.is_empty(), "locales/en.json lacks: {missing:#?}");
}

#[test]
fn no_english_stands_without_its_sentence() {
    let sentences = sentences();
    let literals: BTreeSet<String> = sources("src", ".rs")
        .into_iter()
        .flat_map(|(_, source)| literals(&living(&source)).into_iter().map(|(_, text, _)| text).collect::<Vec<_>>())
        .collect();
    let unused: Vec<_> =
        english().into_keys().filter(|zh| !sentences.contains_key(zh) && !literals.contains(zh)).collect();
    assert!(unused.is_empty(), "locales/en.json holds what nobody says: {unused:#?}");
}

#[test]
fn the_english_is_english_and_keeps_every_gap() {
    let gaps = |text: &str| -> BTreeSet<String> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(gap, _)| gap.to_owned()).collect()
    };
    for (zh, en) in english() {
        assert!(!en.trim().is_empty() && en != zh && !speaks(&en), "“{zh}” → “{en}”");
        assert_eq!(gaps(&zh), gaps(&en), "“{zh}” → “{en}”");
    }
}

#[test]
fn the_table_is_sorted_so_that_two_authors_rarely_meet() {
    let text = fs::read_to_string(root().join("locales/en.json")).unwrap();
    let keys: Vec<&str> =
        text.lines().filter_map(|line| line.trim().strip_prefix('"')?.split("\": \"").next()).collect();
    assert!(keys.is_sorted());
}

#[test]
fn templates_say_nothing_around_the_filter_and_trust_nothing() {
    let mut faults = Vec::new();
    for (path, source) in sources("templates", ".html") {
        let mut plain = source.clone();
        for (open, close) in [("{#", "#}"), ("{{", "}}"), ("{%", "%}")] {
            while let Some(start) = plain.find(open) {
                let end = plain[start..].find(close).map_or(plain.len(), |end| start + end + 2);
                plain.replace_range(start..end, "");
            }
        }
        // The name of the other language is written in itself; the mark bears its name.
        let plain = plain.replace("中文", "").replace("aria-label=\"桑榆\"", "");
        // Brackets around a name are no words; `web::check` looks at them in the rendered page.
        let has_word = |line: &&str| line.chars().any(|char| matches!(char, '\u{3400}'..='\u{9fff}'));
        let words: Vec<_> = plain.lines().filter(has_word).collect();
        if !words.is_empty() {
            faults.push(format!("{}: {words:?}", path.display()));
        }
        if source.contains("|safe") {
            faults.push(format!("{}: |safe", path.display()));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn this_test_finds_sentences_where_they_stand() {
    assert_eq!(
        template_sentences(r#"<a title="{{ "甲"|t }}">{{ "共 {n} 人"|with("n", x)|t }}{{ name }}</a>"#),
        ["甲", "共 {n} 人"]
    );
    let rust = r#"
        Head::new(text!("甲")); Text::new( "乙" );
        Moved { from: String } => (Conflict, "order.moved", "丙"),
        const fn word(self) -> &'static str { match self { Self::A => "丁", Self::B => "B" } }
        fn parse() { match x { "戊" => 1 } }
    "#;
    assert_eq!(rust_sentences(rust), ["甲", "乙", "丙", "丁"]);
}
