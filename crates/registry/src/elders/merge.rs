//! What a sheet's row changes in a file that exists: only what the row says and says differently. An empty cell never
//! deletes.

use super::file::{Contact, File};

/// The file after a row.
#[must_use]
pub fn merge(file: &File, row: &File) -> File {
    let mut merged = file.clone();
    merged.name.clone_from(&row.name);
    if !row.place.contains(file.place) {
        merged.place = row.place;
    }
    if row.living != 0 {
        merged.living = row.living;
    }
    merged.tags |= row.tags;
    if merged.cert_number.is_empty() && !row.cert_number.is_empty() {
        (merged.cert_kind, merged.sex, merged.birth_on) = (row.cert_kind, row.sex, row.birth_on);
        merged.cert_number.clone_from(&row.cert_number);
    }
    for (new, target) in [
        (&row.mobile, &mut merged.mobile),
        (&row.landline, &mut merged.landline),
        (&row.details.hukou_address, &mut merged.details.hukou_address),
        (&row.details.remark, &mut merged.details.remark),
    ] {
        if new.is_some() {
            target.clone_from(new);
        }
    }
    if !row.details.address.is_empty() {
        merged.details.address.clone_from(&row.details.address);
    }
    // A point belongs to its address: another address without a point of its own has none.
    let moved = merged.details.address != file.details.address
        || (merged.place != file.place && !file.place.contains(merged.place));
    merged.details.point = row.details.point.or(merged.details.point.filter(|_| !moved));
    for contact in &row.details.contacts {
        merge_contact(&mut merged.details.contacts, contact);
    }
    merged
}

/// Puts a contact in place of the one of the same name, or in front of the others.
fn merge_contact(contacts: &mut Vec<Contact>, new: &Contact) {
    match contacts.iter_mut().find(|known| known.name == new.name) {
        Some(known) => {
            known.phone = new.phone.clone().or(known.phone.take());
            known.relation = new.relation.clone().or(known.relation.take());
        }
        None => contacts.insert(0, new.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elders::{file::Details, revise::changes, vocabulary::Tag};

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
        changes(&file(), &merge(&file(), &row)).into_iter().map(|c| (c.field, c.from, c.to)).collect()
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
    fn another_address_drops_the_point_of_the_old_one() {
        let mut before = file();
        before.details.point = Some((113.8261, 34.0225));
        let merged = |change: &dyn Fn(&mut File)| {
            let mut row = before.clone();
            row.details.point = None;
            change(&mut row);
            merge(&before, &row).details.point
        };
        assert_eq!(merged(&|_| {}), before.details.point);
        assert_eq!(merged(&|row| row.details.address = "建安大道999号".into()), None);
        assert_eq!(merged(&|row| row.place = "411002001002".parse().unwrap()), None);
        assert_eq!(merged(&|row| row.place = "411002".parse().unwrap()), before.details.point);
        let new = Some((113.9, 34.1));
        let told = |row: &mut File| (row.details.address, row.details.point) = ("建安大道999号".into(), new);
        assert_eq!(merged(&told), new);
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
