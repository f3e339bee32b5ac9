//! What is wrong with a cell: the column, the value so that its owner knows it and nobody else, the reason, the cure.

use kernel::Text;

use super::columns::Column;

/// One thing wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The column; none when the row as a whole is wrong.
    pub column: Option<Column>,
    /// What stands there, masked where it tells about a person.
    pub value: String,
    /// Why it cannot stay so.
    pub reason: Text,
    /// What to do.
    pub cure: Text,
}

/// Longest value shown in a fault, in characters.
const SHOWN: usize = 40;

impl Fault {
    /// A fault of a cell; its value is masked as the column asks.
    #[must_use]
    pub fn new(column: Column, value: &str, reason: Text, cure: Text) -> Self {
        Self { column: Some(column), value: shown(column, value), reason, cure }
    }

    /// A fault of the whole row.
    #[must_use]
    pub fn of_row(reason: Text, cure: Text) -> Self {
        Self { column: None, value: String::new(), reason, cure }
    }

    /// The name of the column, or 整行.
    #[must_use]
    pub fn place(&self) -> &'static str {
        self.column.map_or("整行", Column::word)
    }
}

/// A value as a fault may show it.
#[must_use]
pub fn shown(column: Column, value: &str) -> String {
    let clean: String = value.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    match column {
        Column::CertNumber => mask(&clean, 4, 4),
        Column::Mobile | Column::Landline | Column::ContactPhone => mask(&clean, 3, 4),
        Column::Name | Column::Contact => mask(&clean, 1, usize::from(clean.chars().count() > 2)),
        Column::Address | Column::HukouAddress | Column::Remark => mask(&clean, 6, 0),
        Column::CertKind
        | Column::Sex
        | Column::Birth
        | Column::Place
        | Column::Longitude
        | Column::Latitude
        | Column::Living
        | Column::Tags
        | Column::ContactRelation
        | Column::County
        | Column::Town
        | Column::Village
        | Column::Coordinates => limit(&clean),
    }
}

/// Keeps `head` and `tail` characters and stars the rest; a third of the text at most where that would leave fewer than
/// a quarter of stars.
fn mask(text: &str, head: usize, tail: usize) -> String {
    let count = text.chars().count();
    let enough = (count.saturating_sub(head + tail)) * 4 >= count;
    let (head, tail) = if enough { (head, tail) } else { (count / 3, 0) };
    let starred = |at: usize| at >= head && at < count - tail;
    limit(&text.chars().enumerate().map(|(at, c)| if starred(at) { '*' } else { c }).collect::<String>())
}

fn limit(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_is_shown_so_that_its_owner_knows_it() {
        for (column, value, seen) in [
            (Column::CertNumber, "411002194305120011", "4110**********0011"),
            (Column::CertNumber, "41100219430512001", "4110*********2001"),
            (Column::CertNumber, "4.1100219430512E+17", "4.11***********E+17"),
            (Column::CertNumber, "411002", "41****"),
            (Column::Mobile, "13800001234", "138****1234"),
            (Column::Mobile, "1380000123", "138***0123"),
            (Column::Name, "张桂英", "张*英"),
            (Column::Name, "张三", "张*"),
            (Column::Name, "欧阳娜娜", "欧**娜"),
            (Column::Name, "=", "*"),
            (Column::Address, "文昌街道槐荫社区3号楼201", "文昌街道槐荫********"),
            (Column::Birth, "1951-02-30", "1951-02-30"),
            (Column::Mobile, "", ""),
        ] {
            assert_eq!(shown(column, value), seen, "{value}");
        }
    }

    #[test]
    fn a_long_value_is_cut() {
        assert_eq!(shown(Column::Tags, &"贫".repeat(100)).chars().count(), SHOWN + 1);
    }

    proptest! {
        #[test]
        fn no_value_of_a_person_is_shown_whole(value in "\\PC{1,24}") {
            for column in [Column::CertNumber, Column::Mobile, Column::Name, Column::Address] {
                let seen = shown(column, &value);
                let stars = seen.chars().filter(|c| *c == '*').count();
                prop_assert!(stars > 0, "{seen}");
            }
        }
    }
}
