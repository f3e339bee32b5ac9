//! What a sheet's row changes in a file that exists: only what the row says and says differently. An empty cell never
//! deletes.

use super::{
    events::FieldChange,
    file::{Contact, File},
    model::tags_of,
    vocabulary::{LivingSituation, Tag},
};

/// The file after a row, and what changed; nothing changed when the list is empty.
#[must_use]
pub fn merge(file: &File, row: &File) -> (File, Vec<FieldChange>) {
    let mut merged = file.clone();
    let mut changes = Vec::new();
    let mut note =
        |field: &str, from: String, to: String| changes.push(FieldChange { field: field.to_owned(), from, to });
    if row.name != file.name {
        note("name", file.name.clone(), row.name.clone());
        merged.name.clone_from(&row.name);
    }
    if row.place != file.place && !row.place.contains(file.place) {
        note("place", file.place.to_string(), row.place.to_string());
        merged.place = row.place;
    }
    if row.living != 0 && row.living != file.living {
        let word = |code| LivingSituation::of(code).map_or("", LivingSituation::word).to_owned();
        note("living", word(file.living), word(row.living));
        merged.living = row.living;
    }
    if row.tags != 0 && row.tags | file.tags != file.tags {
        note("tags", words(file.tags), words(row.tags | file.tags));
        merged.tags = row.tags | file.tags;
    }
    for (field, old, new, target) in [
        ("mobile", &file.mobile, &row.mobile, &mut merged.mobile),
        ("landline", &file.landline, &row.landline, &mut merged.landline),
        ("hukou_address", &file.details.hukou_address, &row.details.hukou_address, &mut merged.details.hukou_address),
        ("remark", &file.details.remark, &row.details.remark, &mut merged.details.remark),
    ] {
        if new.is_some() && new != old {
            note(field, old.clone().unwrap_or_default(), new.clone().unwrap_or_default());
            target.clone_from(new);
        }
    }
    if !row.details.address.is_empty() && row.details.address != file.details.address {
        note("address", file.details.address.clone(), row.details.address.clone());
        merged.details.address.clone_from(&row.details.address);
    }
    if row.details.point.is_some() && row.details.point != file.details.point {
        let text = |point: Option<(f64, f64)>| point.map_or(String::new(), |(lon, lat)| format!("{lon:.6},{lat:.6}"));
        note("point", text(file.details.point), text(row.details.point));
        merged.details.point = row.details.point;
    }
    for contact in &row.details.contacts {
        if let Some((from, to)) = merge_contact(&mut merged.details.contacts, contact) {
            note("contact", from, to);
        }
    }
    (merged, changes)
}

/// Puts a contact in place of the one of the same name, or in front of the others.
fn merge_contact(contacts: &mut Vec<Contact>, new: &Contact) -> Option<(String, String)> {
    let text = |c: &Contact| {
        [Some(c.name.as_str()), c.relation.as_deref(), c.phone.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    };
    match contacts.iter_mut().find(|c| c.name == new.name) {
        Some(old) => {
            let before = text(old);
            old.phone = new.phone.clone().or(old.phone.take());
            old.relation = new.relation.clone().or(old.relation.take());
            (text(old) != before).then(|| (before, text(old)))
        }
        None => {
            contacts.insert(0, new.clone());
            Some((String::new(), text(new)))
        }
    }
}

fn words(bits: i64) -> String {
    tags_of(bits).into_iter().map(Tag::word).collect::<Vec<_>>().join("；")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elders::file::Details;

    fn file() -> File {
        File {
            name: "陈秀云".into(),
            sex: 2,
            birth_on: "1942-03-05".parse().unwrap(),
            cert_kind: 1,
            cert_number: "411002194203050021".into(),
            mobile: Some("13700000021".into()),
            landline: None,
            place: "411002001001".parse().unwrap(),
            living: 1,
            tags: 1 << Tag::Alone.code(),
            details: Details {
                address: "榆园 3 号楼".into(),
                contacts: vec![Contact { name: "李建华".into(), phone: Some("13900002206".into()), relation: None }],
                ..Details::default()
            },
        }
    }

    fn changed(change: impl Fn(&mut File)) -> Vec<(String, String, String)> {
        let mut row = file();
        change(&mut row);
        merge(&file(), &row).1.into_iter().map(|c| (c.field, c.from, c.to)).collect()
    }

    #[test]
    fn the_same_row_changes_nothing() {
        assert_eq!(changed(|_| {}), []);
    }

    #[test]
    fn one_changed_phone_changes_that_field_only() {
        let changes = changed(|row| row.mobile = Some("13800006071".into()));
        assert_eq!(changes, [("mobile".into(), "13700000021".into(), "13800006071".into())]);
    }

    #[test]
    fn an_empty_cell_and_a_coarser_place_delete_nothing() {
        let changes = changed(|row| {
            row.mobile = None;
            row.living = 0;
            row.tags = 0;
            row.place = "411002".parse().unwrap();
            row.details = Details::default();
        });
        assert_eq!(changes, []);
    }

    #[test]
    fn tags_are_added_and_a_contact_of_the_same_name_is_updated() {
        let changes = changed(|row| {
            row.tags = 1 << Tag::MinimumAllowance.code();
            row.details.contacts[0].phone = Some("13900000000".into());
        });
        assert_eq!(changes[0], ("tags".into(), "独居".into(), "低保；独居".into()));
        assert_eq!(changes[1].0, "contact");
    }
}
