//! What a new price book changes against the one before: lines added, taken away, changed. Pure.

use kernel::{Text, text};
use registry::elders::vocabulary::Tag;

use super::{Item, PriceBook, Share, Subsidy};

/// One line that is not as before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The line's code.
    pub code: String,
    /// What people call it, as it will be; as it was when it goes.
    pub name: String,
    /// What becomes of it.
    pub what: What,
}

/// What becomes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added,
    /// It goes: nobody can order it any more.
    Removed,
    /// Some of it is different: its name, before, after.
    Changed(Vec<(Text, String, String)>),
}

/// The lines that differ, in the order of the new book; those that go stand last.
#[must_use]
pub fn changes(before: &PriceBook, after: &PriceBook) -> Vec<Change> {
    let change = |item: &Item, what| Change { code: item.code.clone(), name: item.name.clone(), what };
    let here = after.items.iter().filter_map(|item| match before.find(&item.code) {
        None => Some(change(item, What::Added)),
        Some(old) => Some(differences(old, item)).filter(|d| !d.is_empty()).map(|d| change(item, What::Changed(d))),
    });
    let gone = before.items.iter().filter(|item| after.find(&item.code).is_none());
    here.chain(gone.map(|item| change(item, What::Removed))).collect()
}

fn differences(old: &Item, new: &Item) -> Vec<(Text, String, String)> {
    let yes = |is: bool| if is { "✓" } else { "✗" }.to_owned();
    let all = [
        (text!("名称"), old.name.clone(), new.name.clone()),
        (text!("价格（元）"), old.price_fen.to_string(), new.price_fen.to_string()),
        (text!("时长（分钟）"), old.minutes.to_string(), new.minutes.to_string()),
        (text!("最短（分钟）"), old.least_minutes.to_string(), new.least_minutes.to_string()),
        (text!("国标小类"), old.sub_item.to_string(), new.sub_item.to_string()),
        (text!("计量"), old.unit.word().to_owned(), new.unit.word().to_owned()),
        (text!("补贴"), subsidies(&old.subsidies), subsidies(&new.subsidies)),
        (text!("两人上门"), yes(old.pair), yes(new.pair)),
        (text!("志愿者可做"), yes(old.volunteer), yes(new.volunteer)),
    ];
    all.into_iter().filter(|(_, before, after)| before != after).collect()
}

/// Subsidies as people write them: `特困 100%；低保 80%；失独 ¥30.00`.
#[must_use]
pub fn subsidies(of: &[Subsidy]) -> String {
    let share = |share: Share| match share {
        Share::BasisPoints(points) if points % 100 == 0 => format!("{}%", points / 100),
        Share::BasisPoints(points) => format!("{:.2}%", points as f64 / 100.0),
        Share::Fen(fen) => format!("¥{fen}"),
    };
    let one = |s: &Subsidy| format!("{} {}", Tag::of(s.tag).map_or("?", Tag::word), share(s.share));
    of.iter().map(one).collect::<Vec<_>>().join("；")
}

/// Reads what [`subsidies`] writes; none when a part is no tag with a share.
#[must_use]
pub fn read_subsidies(text: &str) -> Option<Vec<Subsidy>> {
    let parts = text.split(['；', ';', '，', ',', '\n']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(one_subsidy).collect()
}

fn one_subsidy(text: &str) -> Option<Subsidy> {
    let at = text.find(|c: char| c.is_ascii_digit() || c == '¥')?;
    let (word, share) = (text[..at].trim(), text[at..].trim());
    let tag = Tag::read(word)?.code();
    let share = match share.strip_suffix('%') {
        Some(percent) => Share::BasisPoints(percent.trim().parse::<kernel::Fen>().ok()?.0),
        None => Share::Fen(share.trim_start_matches('¥').trim_end_matches('元').parse().ok()?),
    };
    Some(Subsidy { tag, share })
}

#[cfg(test)]
mod tests {
    use kernel::Fen;

    use super::*;
    use crate::catalogue::national;

    #[test]
    fn a_new_a_dearer_and_a_dropped_line_are_told() {
        let before = national();
        let mut after = before.clone();
        after.items.retain(|item| item.code != "meal");
        after.items.iter_mut().find(|item| item.code == "bath").unwrap().price_fen = Fen::yuan(150);
        after.items.push(Item { code: "nails".into(), name: "修脚".into(), ..before.items[0].clone() });
        let told: Vec<_> = changes(&before, &after).into_iter().map(|change| (change.code, change.what)).collect();
        assert_eq!(
            told,
            [
                ("bath".to_owned(), What::Changed(vec![(text!("价格（元）"), "120.00".into(), "150.00".into())])),
                ("nails".to_owned(), What::Added),
                ("meal".to_owned(), What::Removed),
            ]
        );
        assert!(changes(&before, &before).is_empty());
    }

    #[test]
    fn subsidies_read_back_as_they_are_written() {
        for item in national().items {
            assert_eq!(read_subsidies(&subsidies(&item.subsidies)), Some(item.subsidies));
        }
        let odd = vec![
            Subsidy { tag: 2, share: Share::BasisPoints(3_333) },
            Subsidy { tag: 1, share: Share::Fen(Fen(1_250)) },
        ];
        assert_eq!(read_subsidies(&subsidies(&odd)), Some(odd));
        assert_eq!(read_subsidies("特困100%, 低保 30元").unwrap().len(), 2);
        for wrong in ["贵宾 10%", "特困", "特困 许多", "10%"] {
            assert_eq!(read_subsidies(wrong), None, "{wrong}");
        }
        assert_eq!(read_subsidies("  "), Some(vec![]));
    }
}
