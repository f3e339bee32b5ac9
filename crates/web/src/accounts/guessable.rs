//! Passwords that somebody guesses who knows what everybody takes, and whose password it is.

use pinyin::ToPinyin as _;
use store::blind::{BlindIndex, Blinder};

use super::login_index;

/// Words that passwords are made of before anything else is tried, one a line.
const COMMON: &str = include_str!("common.txt");
/// The keys as they lie, so that walks over them are seen.
const KEYS: [&str; 4] = ["1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"];
/// What is left of a password without the words that anybody tries must be so long.
const LEFT: usize = 6;

/// Whose password it is.
#[derive(Clone, Default)]
pub struct Owner<'a> {
    /// Login, name, unit: whatever is written of them.
    pub words: Vec<&'a str>,
    /// The login where only its blind index is known.
    pub login: Option<(&'a Blinder, BlindIndex)>,
}

impl std::fmt::Debug for Owner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Owner(…)")
    }
}

impl Owner<'_> {
    /// Everything about the owner that may stand in a password: words in full, their parts, and how Chinese is read.
    fn known(&self) -> Vec<String> {
        let mut known = Vec::new();
        for word in &self.words {
            let word = word.to_lowercase();
            known.extend(word.split(|char: char| !char.is_alphanumeric()).map(str::to_owned));
            known.push(word.as_str().to_pinyin().flatten().map(pinyin::Pinyin::plain).collect());
            known.push(word);
        }
        known.retain(|word| word.chars().count() >= 2);
        known
    }

    /// Whether the login stands in a text.
    fn is_login_in(&self, text: &str) -> bool {
        let Some((blinder, login)) = self.login else { return false };
        let chars: Vec<char> = text.chars().collect();
        let ends = |from: usize| (from + 3..=chars.len().min(from + 32)).map(move |end| (from, end));
        let mut spans = (0..chars.len()).flat_map(ends);
        spans.any(|(from, end)| login_index(blinder, &chars[from..end].iter().collect::<String>()) == login)
    }
}

/// Few different characters, runs (123456), walks over the keys (1qaz2wsx), one piece again and again (abc123abc123),
/// the owner's own login, name or unit, or nothing much beside words that everybody tries and years.
pub(super) fn is_guessable(password: &str, owner: &Owner<'_>) -> bool {
    let folded = password.to_lowercase();
    let chars: Vec<char> = folded.chars().collect();
    let mut distinct = chars.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let steps = chars.windows(2).filter(|pair| is_step(pair[0], pair[1])).count();
    let is_walk = steps * 3 > chars.len() * 2 - 2;
    let repeats = (1..=chars.len() / 2).any(|piece| chars.iter().zip(&chars[piece..]).all(|(one, next)| one == next));
    let (known, spelt) = (owner.known(), unmasked(&folded));
    let is_own = known.iter().any(|word| word.chars().count() >= 4 && folded.contains(word.as_str()));
    let left = left_over(&folded, &known).min(left_over(&spelt, &known));
    distinct.len() < 5 || is_walk || repeats || is_own || left < LEFT || owner.is_login_in(&folded)
}

/// Whether one character leads to the next: the same, its neighbour in the alphabet or among numbers, or on the keys.
fn is_step(one: char, next: char) -> bool {
    let place = |char| KEYS.iter().enumerate().find_map(|(row, keys)| Some((row, keys.find(char)?)));
    let beside = match (place(one), place(next)) {
        (Some((row, at)), Some((other, to))) => {
            row.abs_diff(other) <= 1 && at.abs_diff(to) <= usize::from(row == other)
        }
        _ => false,
    };
    beside || u32::from(one).abs_diff(u32::from(next)) <= 1
}

/// Letters for the signs that stand in for them.
fn unmasked(text: &str) -> String {
    let letter = |char| match char {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    text.chars().map(letter).collect()
}

/// How many characters are left without common and own words, years and what stands between them.
fn left_over(text: &str, known: &[String]) -> usize {
    let mut text = text.to_owned();
    let mut words: Vec<&str> = COMMON.lines().filter(|word| !word.is_empty()).collect();
    words.extend(known.iter().map(String::as_str));
    words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    for word in words {
        text = text.replace(word, " ");
    }
    // A part of one's unit, as it is read: four letters in a row.
    for own in known.iter().filter(|word| word.is_ascii()) {
        text = without_parts(&text, own);
    }
    let parts = text.split(|char: char| !char.is_alphanumeric());
    parts.filter(|part| !is_year(part)).map(|part| part.chars().count()).sum()
}

/// A text without each stretch of four or more characters that stands in `own`, too.
fn without_parts(text: &str, own: &str) -> String {
    let (chars, mut kept, mut at) = (text.chars().collect::<Vec<_>>(), String::new(), 0);
    while at < chars.len() {
        let stretch = |end: &usize| own.contains(&chars[at..*end].iter().collect::<String>());
        match (at + 4..=chars.len()).take_while(stretch).last() {
            Some(end) => {
                kept.push(' ');
                at = end;
            }
            None => {
                kept.push(chars[at]);
                at += 1;
            }
        }
    }
    kept
}

/// A year, or a day as numbers write it.
fn is_year(part: &str) -> bool {
    matches!(part.len(), 4 | 6 | 8) && part.bytes().all(|byte| byte.is_ascii_digit()) && part.starts_with(['1', '2'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessable(password: &str) -> bool {
        is_guessable(password, &Owner { words: vec!["county", "周敏", "许昌市魏都区民政局"], login: None })
    }

    #[test]
    fn what_everybody_takes_is_guessed() {
        for password in [
            "aaaaaaaaaaaaaaa",
            "123456789012",
            "abcdefghijklm",
            "1qaz2wsx3edc",
            "qwertyuiop[]",
            "qazwsxedcrfv",
            "zaq12wsxcde3",
            "asdfghjkl;123",
            "abc123abc123",
            "xy7!xy7!xy7!",
            "Password12345",
            "P@ssw0rd2026",
            "p@$$w0rd-1990",
            "Admin@123456",
            "woaini521woaini",
            "Welcome2026!!",
            "qwerty-2026-01",
            "Aa123456Aa123456",
            "yanglao-fuwu-2026",
            "laoren20261121",
        ] {
            assert!(guessable(password), "{password}");
        }
    }

    #[test]
    fn what_is_known_of_the_owner_is_guessed() {
        for password in [
            "county-county-x1",
            "weidu-minzheng",
            "zhoumin-20261121",
            "zhou-min-2026",
            "XuchangWeidu88",
            "周敏周敏周敏周敏周敏2026",
        ] {
            assert!(guessable(password), "{password}");
        }
    }

    #[test]
    fn what_somebody_thought_up_is_not() {
        for password in [
            "correct horse battery",
            "桑榆未晚为霞尚满天记得关灯",
            "staple under the bridge",
            "Correct horse 7 battery",
            "k7#Vq2!mZp9xL",
            "lantern-osprey-violin",
            "jiuyue-hetang-tingyu",
            "9FwQbN3xTc8s",
        ] {
            assert!(!guessable(password), "{password}");
        }
    }
}
