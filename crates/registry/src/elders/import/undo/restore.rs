//! Giving fields their old values back: those that the import changed and that still say what it wrote.

use kernel::Result;
use store::{
    journal::Entry,
    seal::{Cell, DataKey},
};

use super::{Bench, Fate};
use crate::elders::{
    Elder,
    events::{Changed, FieldChange, Moved},
    file::{Contact, File},
    revise::{Origin, Revision, revise},
    vocabulary::LivingSituation,
};

/// Restores what the import changed in a file, or says why it stays.
pub(super) async fn restore(bench: &Bench<'_>, elder: &Elder, key: &DataKey, entries: &[Entry]) -> Result<Fate> {
    let before = File::open(elder, key)?;
    let mut after = before.clone();
    let (mut given, mut lost) = (0, 0);
    let mut tally = |restored: bool| if restored { given += 1 } else { lost += 1 };
    // The last change first.
    for entry in entries.iter().rev() {
        match entry.kind.as_str() {
            "elder.moved" => {
                let facts: Moved = entry.facts()?;
                if facts.run == Some(bench.run) && !facts.undone {
                    tally(give_back(&mut after.place, &facts.to, facts.from));
                }
            }
            "elder.changed" => {
                let facts: Changed = entry.facts()?;
                if facts.run == Some(bench.run) && !facts.undone {
                    for change in opened(entry, key)? {
                        if change.field != "tags" {
                            tally(field(&mut after, &change));
                        }
                    }
                    if !facts.tags_added.is_empty() {
                        tally(tags(&mut after, &facts.tags_added));
                    }
                }
            }
            _ => {}
        }
    }
    let revision = Revision { elder: elder.clone(), before, after, ends: Vec::new(), key: key.clone() };
    let origin = Origin { source: "undo", run: Some(bench.run), undone: true, ..Origin::default() };
    let changed = revise(bench.tx, bench.blinder, &revision, origin).await?;
    Ok(match (changed, lost) {
        (true, 0) => Fate::Restored,
        (true, _) => Fate::RestoredInPart,
        (false, 0) if given > 0 => Fate::Restored,
        (false, _) => Fate::ChangedAgain,
    })
}

fn opened(entry: &Entry, key: &DataKey) -> Result<Vec<FieldChange>> {
    let Some(sealed) = &entry.private else { return Ok(Vec::new()) };
    let person = entry.person.unwrap_or(entry.subject);
    Ok(serde_json::from_slice(&key.open(Cell::new("journal", "private", person), sealed)?)?)
}

/// Gives a value back when it is still the one that was written.
fn give_back<T: PartialEq>(now: &mut T, written: &T, old: T) -> bool {
    let same = now == written;
    if same {
        *now = old;
    }
    same
}

fn field(file: &mut File, change: &FieldChange) -> bool {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let (from, to) = (change.from.as_str(), change.to.as_str());
    let text = |value: &mut Option<String>| give_back(value, &some(to), some(from));
    match change.field.as_str() {
        "name" => give_back(&mut file.name, &change.to, change.from.clone()),
        "mobile" => text(&mut file.mobile),
        "landline" => text(&mut file.landline),
        "hukou_address" => text(&mut file.details.hukou_address),
        "remark" => text(&mut file.details.remark),
        "address" => give_back(&mut file.details.address, &change.to, change.from.clone()),
        "living" => {
            let code = |word| LivingSituation::read(word).map_or(0, LivingSituation::code);
            give_back(&mut file.living, &code(to), code(from))
        }
        "point" => give_back(&mut file.details.point, &point(to), point(from)),
        "contact" => contact(&mut file.details.contacts, from, to),
        _ => false,
    }
}

fn point(text: &str) -> Option<(f64, f64)> {
    let (lon, lat) = text.split_once(',')?;
    Some((lon.parse().ok()?, lat.parse().ok()?))
}

/// Takes traits off that the import put on.
fn tags(file: &mut File, added: &[i16]) -> bool {
    let added = added.iter().fold(0, |bits, code| bits | (1_i64 << code));
    let held = file.tags & added == added;
    file.tags &= !added;
    held
}

/// A contact as the journal tells it: name, relation, phone.
fn told(contact: &Contact) -> String {
    let parts = [Some(contact.name.as_str()), contact.relation.as_deref(), contact.phone.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Gives all contacts back, one a line; or takes one out that the import put in, or gives the one of the same name its old
/// relation and phone, as older entries tell it.
fn contact(contacts: &mut Vec<Contact>, from: &str, to: &str) -> bool {
    if !contacts.is_empty() && contacts.iter().map(told).collect::<Vec<_>>().join("\n") == to {
        let known = std::mem::take(contacts);
        *contacts = from.lines().map(|line| read(line, &known)).collect();
        return true;
    }
    let Some(at) = contacts.iter().position(|contact| told(contact) == to) else { return false };
    if from.is_empty() {
        contacts.remove(at);
        return true;
    }
    if !from.starts_with(contacts[at].name.as_str()) {
        return false;
    }
    contacts[at] = read(from, &contacts[at..=at]);
    true
}

/// A contact as the journal tells it: the name is the one of those who are known, or the first word.
fn read(line: &str, known: &[Contact]) -> Contact {
    let name = known.iter().map(|contact| contact.name.as_str()).find(|name| line.starts_with(name));
    let name = name.unwrap_or_else(|| line.split(' ').next().unwrap_or_default());
    let rest = line[name.len()..].trim();
    let (relation, phone) = match rest.rsplit_once(' ') {
        Some((relation, phone)) => (relation, phone),
        None if rest.starts_with(|c: char| c.is_ascii_digit()) => ("", rest),
        None => (rest, ""),
    };
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Contact { name: name.to_owned(), relation: some(relation), phone: some(phone) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, relation: Option<&str>, phone: Option<&str>) -> Contact {
        Contact { name: name.into(), relation: relation.map(Into::into), phone: phone.map(Into::into) }
    }

    #[test]
    fn a_contact_goes_or_gets_back_what_it_was() {
        for old in [
            person("李建华", Some("儿子"), Some("13900002206")),
            person("李建华", None, Some("13900002206")),
            person("李建华", Some("儿子"), None),
            person("李建华", None, None),
        ] {
            let mut now = vec![person("李建华", Some("长子"), Some("13911110000"))];
            let to = told(&now[0]);
            assert!(contact(&mut now, &told(&old), &to));
            assert_eq!(now, [old]);
        }
        let mut now = vec![person("李建华", None, None), person("李丽", None, None)];
        assert!(contact(&mut now, "", "李建华") && now.len() == 1 && now[0].name == "李丽");
        assert!(!contact(&mut now, "", "李建华"));
        let mut now = vec![person("李建华", Some("长子"), None), person("李丽", None, Some("13911110000"))];
        assert!(contact(&mut now, "李丽 13911110000", "李建华 长子\n李丽 13911110000"));
        assert_eq!(now, [person("李丽", None, Some("13911110000"))]);
    }

    #[test]
    fn only_what_still_says_what_was_written_is_given_back() {
        let mut value = 2;
        assert!(give_back(&mut value, &2, 1) && value == 1);
        assert!(!give_back(&mut value, &2, 0) && value == 1);
    }
}
