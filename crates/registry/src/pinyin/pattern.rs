//! What somebody typed in letters: which index ranges hold its names, and whether a name is one of them.

use super::{
    readings::{LONG, long_key},
    syllables,
};

/// Ranges of short names per pattern; one more is for long names.
const MOST_SHORT: usize = 6;

/// The folded column that a [`Probe`] reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// `initials`.
    Initials,
    /// `pinyin`.
    Pinyin,
}

impl Column {
    /// The column's name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Initials => "initials",
            Self::Pinyin => "pinyin",
        }
    }
}

/// One index range, `lo <= column AND column < hi`, and what to ask of its rows beside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Probe {
    /// The column.
    pub column: Column,
    /// Lowest value inside.
    pub lo: String,
    /// First value above.
    pub hi: String,
    /// A range of the other column that every name looked for lies in, too; it leaves fewer rows to bring.
    pub also: Option<Beside>,
}

/// A condition on the other column of a [`Probe`]: `lo <= column AND column < hi`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Beside {
    /// The column.
    pub column: Column,
    /// Lowest value inside.
    pub lo: String,
    /// First value above.
    pub hi: String,
}

/// Letters typed to find a name: full pinyin, initials, or any mix (`zhangxiuyun`, `zxy`, `zhangxy`, `zxiuy`), whole or
/// so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What was typed, and what it is when ü was typed as u or, as passports do, as yu: at least one.
    forms: Vec<String>,
}

/// Ways in which typed letters may mean ü.
const FORMS: usize = 8;

/// The letters as they are, and with v in every place where they may mean ü.
fn forms(letters: String) -> Vec<String> {
    let mut forms = vec![letters];
    let mut at = 0;
    while at < forms.len() {
        let form = forms[at].clone();
        for (from, _) in form.match_indices(['l', 'n']) {
            let (before, rest) = form.split_at(from + 1);
            // luo, luan and the like have no ü.
            let folded = match rest.strip_prefix("yu").or_else(|| rest.strip_prefix('u')) {
                Some(rest) if !rest.starts_with(['a', 'o', 'i']) => format!("{before}v{rest}"),
                _ => continue,
            };
            if forms.len() < FORMS && !forms.contains(&folded) {
                forms.push(folded);
            }
        }
        at += 1;
    }
    forms
}

impl Pattern {
    /// Reads letters; blanks, apostrophes and hyphens are left out, ü is v. None when anything else is inside.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let folded = text.trim().to_lowercase().replace('ü', "v").replace("u:", "v");
        let letters: String = folded.chars().filter(|c| !c.is_whitespace() && !"'’-·".contains(*c)).collect();
        let readable = !letters.is_empty() && letters.bytes().all(|b| b.is_ascii_lowercase());
        readable.then(|| Self { forms: forms(letters) })
    }

    /// The folded letters.
    #[must_use]
    pub fn letters(&self) -> &str {
        self.forms.first().map_or("", String::as_str)
    }

    /// The ranges that hold every name this pattern matches (and others: see [`Self::matches`]); at most seven, likeliest
    /// first. A name may lie in more than one.
    #[must_use]
    pub fn probes(&self) -> Vec<Probe> {
        let (mut ranges, mut long) = (Vec::new(), Vec::new());
        for form in &self.forms {
            let mut ways = Vec::new();
            segment(form, &mut Vec::new(), &mut ways);
            ranges.extend(ways.iter().map(|tokens| Range::best(tokens)));
            if form.starts_with(syllables::can_be_initial) {
                long.push(Range::initials(&long_key(form)));
            }
        }
        drop_contained(&mut long);
        while long.len() > 1 && merge_cheapest(&mut long) {}
        loop {
            drop_contained(&mut ranges);
            if ranges.len() <= MOST_SHORT || !merge_cheapest(&mut ranges) {
                break;
            }
        }
        ranges.into_iter().chain(long).map(|range| range.probe).collect()
    }

    /// Whether the pattern is a way to type (the beginning of) a name with this `pinyin` column: each syllable in full
    /// or by its initial (z or zh), the last one as far as typed.
    #[must_use]
    pub fn matches(&self, pinyin: &str) -> bool {
        self.forms.iter().any(|form| begins(form, pinyin))
    }
}

fn begins(typed: &str, pinyin: &str) -> bool {
    if typed.is_empty() {
        return true;
    }
    let (syllable, rest) = pinyin.split_once(' ').unwrap_or((pinyin, ""));
    if syllable.is_empty() {
        return false;
    }
    let double = ["zh", "ch", "sh"].into_iter().find(|double| syllable.starts_with(double));
    syllable.starts_with(typed)
        || [Some(syllable), syllable.get(..1), double]
            .into_iter()
            .flatten()
            .any(|token| typed.strip_prefix(token).is_some_and(|typed| begins(typed, rest)))
}

/// One part of a way to read the pattern.
#[derive(Clone, Copy)]
enum Token<'a> {
    /// A syllable typed in full.
    Whole(&'a str),
    /// An initial that stands for its syllable.
    Initial(&'a str),
    /// The last one, as far as it is typed.
    Last(&'a str),
}

impl<'a> Token<'a> {
    const fn letters(self) -> &'a str {
        match self {
            Self::Whole(letters) | Self::Initial(letters) | Self::Last(letters) => letters,
        }
    }
}

/// All ways to read the letters as the beginning of a short name.
fn segment<'a>(rest: &'a str, before: &mut Vec<Token<'a>>, ways: &mut Vec<Vec<Token<'a>>>) {
    if syllables::begins_one(rest) {
        ways.push([before.as_slice(), &[Token::Last(rest)]].concat());
    }
    if before.len() + 2 > LONG - 1 {
        return;
    }
    for at in (1..rest.len().min(7)).rev() {
        let (token, rest) = rest.split_at(at);
        let token = match token {
            _ if at > 1 && syllables::is_whole(token) => Token::Whole(token),
            "zh" | "ch" | "sh" => Token::Initial(token),
            _ if at == 1 && token.starts_with(syllables::can_be_initial) => Token::Initial(token),
            _ => continue,
        };
        before.push(token);
        segment(rest, before, ways);
        before.pop();
    }
}

/// A probe and the share of all names that it is expected to hold.
#[derive(Clone, Debug, PartialEq)]
struct Range {
    probe: Probe,
    share: f64,
}

impl Range {
    fn of(column: Column, prefix: &str) -> Self {
        let (lo, hi) = super::prefix_range(prefix);
        Self { share: share(column, &lo, &hi), probe: Probe { column, lo, hi, also: None } }
    }

    fn initials(letters: &str) -> Self {
        Self::of(Column::Initials, letters)
    }

    /// The narrower of the two columns' ranges for one way to read the pattern, with the other one beside it.
    fn best(tokens: &[Token<'_>]) -> Self {
        let initials: String = tokens.iter().filter_map(|token| token.letters().chars().next()).collect();
        let initials = Self::initials(&initials);
        let mut prefix = String::new();
        for token in tokens {
            prefix.push_str(token.letters());
            match token {
                Token::Whole(_) => prefix.push(' '),
                Token::Initial(_) | Token::Last(_) => break,
            }
        }
        let by_pinyin = Self::of(Column::Pinyin, &prefix);
        if matches!(tokens.first(), Some(Token::Initial(_))) {
            return initials;
        }
        let is_narrower = by_pinyin.share < initials.share;
        let (mut range, other) = if is_narrower { (by_pinyin, initials) } else { (initials, by_pinyin) };
        range.probe.also = Some(Beside { column: other.probe.column, lo: other.probe.lo, hi: other.probe.hi });
        range
    }

    fn contains(&self, other: &Self) -> bool {
        let (a, b) = (&self.probe, &other.probe);
        let beside = match (&a.also, &b.also) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(a), Some(b)) => a.lo <= b.lo && b.hi <= a.hi,
        };
        a.column == b.column && a.lo <= b.lo && b.hi <= a.hi && beside
    }

    fn merged(&self, other: &Self) -> Option<Self> {
        let (a, b) = (&self.probe, &other.probe);
        let (lo, hi) = (a.lo.clone().min(b.lo.clone()), a.hi.clone().max(b.hi.clone()));
        let share = share(a.column, &lo, &hi);
        let also = a.also.as_ref().zip(b.also.as_ref()).map(|(a, b)| Beside {
            column: a.column,
            lo: a.lo.clone().min(b.lo.clone()),
            hi: a.hi.clone().max(b.hi.clone()),
        });
        (a.column == b.column).then_some(Self { probe: Probe { column: a.column, lo, hi, also }, share })
    }
}

fn drop_contained(ranges: &mut Vec<Range>) {
    let mut kept: Vec<Range> = Vec::with_capacity(ranges.len());
    for range in ranges.drain(..) {
        if !kept.iter().any(|other| other.contains(&range)) {
            kept.retain(|other| !range.contains(other));
            kept.push(range);
        }
    }
    *ranges = kept;
}

/// Merges the two ranges of one column whose union adds least, the likeliest one only when nothing else can be merged;
/// false when no two share a column.
fn merge_cheapest(ranges: &mut Vec<Range>) -> bool {
    merge_cheapest_from(1, ranges) || merge_cheapest_from(0, ranges)
}

fn merge_cheapest_from(first: usize, ranges: &mut Vec<Range>) -> bool {
    let pairs = (first..ranges.len()).flat_map(|a| (first..a).map(move |b| (b, a)));
    let merged = pairs.filter_map(|(a, b)| {
        let union = ranges[a].merged(&ranges[b])?;
        Some((a, b, union.share - ranges[a].share - ranges[b].share, union))
    });
    let Some((a, b, _, union)) = merged.min_by(|x, y| x.2.total_cmp(&y.2)) else { return false };
    ranges.remove(b);
    ranges[a] = union;
    true
}

/// Shares of the letters a to z among first letters of syllables, in percent: of surnames, and of given names.
const SURNAME_LETTERS: [f64; 26] = [
    0.3, 1.3, 7.1, 3.0, 0.3, 3.4, 4.0, 6.9, 0.0, 3.1, 1.1, 19.0, 2.8, 0.5, 0.2, 1.7, 1.7, 0.7, 4.9, 2.9, 0.0, 0.0,
    11.6, 6.4, 6.5, 14.6,
];
const GIVEN_LETTERS: [f64; 26] = [
    0.9, 2.0, 5.4, 3.4, 1.0, 4.9, 6.8, 8.7, 0.0, 8.7, 0.9, 9.4, 4.3, 1.4, 0.1, 2.3, 4.0, 2.8, 7.2, 2.8, 0.0, 0.0, 3.4,
    9.6, 11.0, 6.3,
];
/// Shares of the commonest surnames by syllable, in percent; together nearly half of all people.
const SURNAME_SYLLABLES: [(&str, f64); 14] = [
    ("chen", 4.6),
    ("guo", 1.2),
    ("huang", 2.3),
    ("li", 8.0),
    ("liu", 5.4),
    ("sun", 1.6),
    ("wang", 7.6),
    ("wu", 2.4),
    ("xu", 2.4),
    ("yang", 3.2),
    ("zhang", 7.0),
    ("zhao", 2.2),
    ("zhou", 2.0),
    ("zhu", 1.4),
];

/// The expected share of names between two values: a rough guess that only chooses between ranges. A place in the order
/// of each column is a number between 0 and 1; the share is their difference.
fn share(column: Column, lo: &str, hi: &str) -> f64 {
    let place = |text: &str| match column {
        Column::Initials => in_initials(text.as_bytes()),
        Column::Pinyin => in_pinyin(text),
    };
    place(hi) - place(lo)
}

fn in_initials(letters: &[u8]) -> f64 {
    let (mut place, mut width) = (0.0, 1.0);
    for (at, letter) in letters.iter().enumerate() {
        let table = if at == 0 { &SURNAME_LETTERS } else { &GIVEN_LETTERS };
        let index = usize::from(letter.saturating_sub(b'a')).min(25);
        place += width * table[..index].iter().sum::<f64>() / 100.0;
        width *= table[index] / 100.0;
        if *letter > b'z' {
            return place + width;
        }
    }
    place
}

fn in_pinyin(text: &str) -> f64 {
    let (surname, given) = text.split_once(' ').unwrap_or((text, ""));
    let known = |until: &str| SURNAME_SYLLABLES.iter().filter(|(s, _)| *s < until).map(|(_, share)| share).sum::<f64>();
    // The surnames that are not in the table lie where their letters lie, about half of all.
    let others = in_initials(surname.as_bytes().get(..1).unwrap_or_default()) * 45.0
        + f64::from(surname.as_bytes().get(1).map_or(0, |b| b.saturating_sub(b'a'))) * 0.07;
    let width = SURNAME_SYLLABLES.iter().find(|(s, _)| *s == surname).map_or(0.2, |(_, share)| *share);
    let inside = if given.is_empty() { 0.0 } else { in_initials_of_given(given.as_bytes()) };
    (known(surname) + others + width * inside) / 100.0
}

fn in_initials_of_given(letters: &[u8]) -> f64 {
    let index = usize::from(letters[0].saturating_sub(b'a')).min(25);
    let inner = f64::from(letters.get(1).map_or(0, |b| b.saturating_sub(b'a').min(26))) / 26.0;
    (GIVEN_LETTERS[..index].iter().sum::<f64>() + GIVEN_LETTERS[index] * inner) / 100.0
}

#[cfg(test)]
mod tests;
