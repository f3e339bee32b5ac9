//! A file as a form or a JSON body types it: what is sent over what stands there, checked as a sheet's row is.
//!
//! A number that a page shows masked is never sent back: an empty field keeps it, 无 takes it off.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::{FieldRefusal, Refused, Region, Result, Sex, text};

use super::{
    file::{Contact, File},
    model::{bits_of, tags_of},
    revise::End,
    sheet::{Checked, Column, Fault, Rules, check_typed},
    vocabulary::{CertKind, LivingSituation, Tag},
};
use crate::places;

/// What takes a value off.
pub const NOTHING: &str = "无";
/// The most contacts of a file.
pub const CONTACTS: usize = 4;
/// Field names of each contact: name, relation, phone.
pub const CONTACT_FIELDS: [[&str; 3]; CONTACTS] = [
    ["contact1", "relation1", "phone1"],
    ["contact2", "relation2", "phone2"],
    ["contact3", "relation3", "phone3"],
    ["contact4", "relation4", "phone4"],
];
/// The field of the day on which each trait ends.
pub const END_FIELDS: [(Tag, &str); 12] = [
    (Tag::Destitute, "end1"),
    (Tag::MinimumAllowance, "end2"),
    (Tag::NearPoor, "end3"),
    (Tag::Alone, "end4"),
    (Tag::EmptyNest, "end5"),
    (Tag::LeftBehind, "end6"),
    (Tag::Disabled, "end7"),
    (Tag::Dementia, "end8"),
    (Tag::SeverelyDisabled, "end9"),
    (Tag::LostOnlyChild, "end10"),
    (Tag::Entitled, "end11"),
    (Tag::Aged, "end12"),
];

/// The field of a column.
const FIELDS: [(Column, &str); 15] = [
    (Column::Name, "name"),
    (Column::CertKind, "cert_kind"),
    (Column::CertNumber, "cert_number"),
    (Column::Sex, "sex"),
    (Column::Birth, "birth_on"),
    (Column::Mobile, "mobile"),
    (Column::Landline, "landline"),
    (Column::HukouAddress, "hukou_address"),
    (Column::Place, "place"),
    (Column::Address, "address"),
    (Column::Living, "living"),
    (Column::Tags, "tags"),
    (Column::Contact, "contact1"),
    (Column::ContactRelation, "relation1"),
    (Column::Remark, "remark"),
];

/// What was sent: names and values; a name may come several times.
pub type Sent = [(String, String)];

/// What was typed, on its way to a file.
struct Typed<'a> {
    sent: &'a Sent,
    before: Option<&'a File>,
}

/// The file that a form opens.
///
/// # Errors
/// A refusal with every wrong field.
pub fn opened(sent: &Sent, place: Region, today: NaiveDate) -> Result<File> {
    let typed = Typed { sent, before: None };
    typed.file(place, today)
}

/// The file after a form, and the days on which traits end that it sets.
///
/// # Errors
/// A refusal with every wrong field.
pub fn revised(
    sent: &Sent,
    before: &File,
    ends: &[(Tag, Option<NaiveDate>)],
    today: NaiveDate,
) -> Result<(File, Vec<End>)> {
    let typed = Typed { sent, before: Some(before) };
    let mut after = typed.file(before.place, today)?;
    after.details.point = before.details.point.filter(|_| after.details.address == before.details.address);
    Ok((after.clone(), typed.ends(after.tags, ends, today)?))
}

impl<'a> Typed<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        self.sent.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim())
    }

    /// An open value: what was sent, or what stands there when the field is absent.
    fn open(&self, name: &str, before: impl FnOnce(&'a File) -> String) -> String {
        self.get(name).map_or_else(|| self.before.map(before).unwrap_or_default(), str::to_owned)
    }

    /// A masked value: an empty field keeps it.
    fn masked(&self, name: &str, before: Option<&str>) -> String {
        match self.get(name) {
            None | Some("") => before.unwrap_or_default().to_owned(),
            Some(NOTHING) => String::new(),
            Some(value) => value.to_owned(),
        }
    }

    fn file(&self, place: Region, today: NaiveDate) -> Result<File> {
        let exists = |asked: Region| asked == place || places::exists(asked);
        let rules = Rules { today, places: &exists };
        let (mut cells, contacts) = (self.cells(place), self.contacts());
        let mut wrong = Vec::new();
        let mut file = None;
        for at in 0..contacts.len().max(1) {
            let contact = contacts.get(at);
            cells.insert(Column::Contact, contact.map(|contact| contact.name.clone()).unwrap_or_default());
            cells.insert(Column::ContactRelation, contact.and_then(|it| it.relation.clone()).unwrap_or_default());
            cells.insert(Column::ContactPhone, contact.and_then(|it| it.phone.clone()).unwrap_or_default());
            match check_typed(&cells, &rules)? {
                // Nobody sees a note behind a form: what would not be taken is to be mended.
                Checked::Elder(row) if !row.notes.is_empty() => {
                    wrong.extend(row.notes.iter().filter_map(|note| refusal(note, at)));
                }
                Checked::Elder(row) => {
                    let read = File::from(&*row);
                    file.get_or_insert(File {
                        details: super::file::Details { contacts: Vec::new(), ..read.details.clone() },
                        ..read.clone()
                    });
                    if let Some(file) = &mut file {
                        file.details.contacts.extend(read.details.contacts);
                    }
                }
                Checked::Bad(faults) => wrong.extend(faults.iter().filter_map(|fault| refusal(fault, at))),
                Checked::None(_) => wrong.push(FieldRefusal { field: "name", text: text!("请填写真实的姓名") }),
            }
        }
        match file.filter(|_| wrong.is_empty()) {
            Some(file) => Ok(self.with_who(file)),
            None => Err(Refused::invalid(wrong).into()),
        }
    }

    /// The file with the certificate, sex and birth date that stand there already.
    fn with_who(&self, file: File) -> File {
        match self.before {
            Some(before) => File {
                cert_kind: before.cert_kind,
                cert_number: before.cert_number.clone(),
                sex: before.sex,
                birth_on: before.birth_on,
                ..file
            },
            None => file,
        }
    }

    /// The cells that do not belong to a contact.
    fn cells(&self, place: Region) -> BTreeMap<Column, String> {
        let words = |bits: i64| tags_of(bits).into_iter().map(Tag::word).collect::<Vec<_>>().join("；");
        let tags = if self.before.is_none() || self.get("tags").is_some() || self.get("tags_sent").is_some() {
            let codes = self.sent.iter().filter(|(name, _)| name == "tags");
            let tags: Vec<Tag> = codes.filter_map(|(_, code)| code.parse().ok().and_then(Tag::of)).collect();
            words(bits_of(&tags))
        } else {
            self.before.map_or(String::new(), |file| words(file.tags))
        };
        let before = self.before;
        let living = |code: i16| LivingSituation::of(code).map_or("", LivingSituation::word).to_owned();
        let coded = |name: &str, word: &dyn Fn(i16) -> String| {
            self.get(name).map(|code| code.parse().map_or_else(|_| String::new(), word))
        };
        let mut cells = self.who();
        cells.extend([
            (Column::Name, self.open("name", |file| file.name.clone())),
            (Column::Mobile, self.masked("mobile", before.and_then(|file| file.mobile.as_deref()))),
            (Column::Landline, self.masked("landline", before.and_then(|file| file.landline.as_deref()))),
            (
                Column::HukouAddress,
                self.open("hukou_address", |file| file.details.hukou_address.clone().unwrap_or_default()),
            ),
            (Column::Place, place.code().to_string()),
            (Column::Address, self.open("address", |file| file.details.address.clone())),
            (
                Column::Living,
                coded("living", &living).unwrap_or_else(|| before.map_or(String::new(), |file| living(file.living))),
            ),
            (Column::Tags, tags),
            (Column::Remark, self.open("remark", |file| file.details.remark.clone().unwrap_or_default())),
        ]);
        cells
    }

    /// Certificate, sex and birth date. A form says them while it opens a file; what stands in one is corrected by the office
    /// that issued it, and is not checked again.
    fn who(&self) -> BTreeMap<Column, String> {
        let word = |code: i16| match Sex::of(code) {
            Sex::Male => "男",
            Sex::Female => "女",
            Sex::Unknown => "未知",
            Sex::Unstated => "未说明",
        };
        let code = |name: &str| self.get(name).and_then(|code| code.parse::<i16>().ok());
        let (kind, number, sex, birth) = match self.before {
            Some(file) => (Some(CertKind::None), "", Some(file.sex), file.birth_on.to_string()),
            None => (
                code("cert_kind").and_then(CertKind::of),
                self.get("cert_number").unwrap_or_default(),
                code("sex"),
                self.get("birth_on").unwrap_or_default().to_owned(),
            ),
        };
        BTreeMap::from([
            (Column::CertKind, kind.map_or("", CertKind::word).to_owned()),
            (Column::CertNumber, number.to_owned()),
            (Column::Sex, sex.map_or("", word).to_owned()),
            (Column::Birth, birth),
        ])
    }

    /// The contacts, in the order of the form; those before when the form has none of their fields.
    fn contacts(&self) -> Vec<Contact> {
        let old: &[Contact] = self.before.map_or(&[], |file| &file.details.contacts);
        if CONTACT_FIELDS.iter().all(|[name, ..]| self.get(name).is_none()) {
            return old.to_vec();
        }
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let mut contacts = Vec::new();
        for [name, relation, phone] in CONTACT_FIELDS {
            let (name, relation) = (self.get(name).unwrap_or_default(), self.get(relation).unwrap_or_default());
            let known = old.iter().find(|contact| contact.name == name).and_then(|contact| contact.phone.as_deref());
            let phone = self.masked(phone, known);
            if !name.is_empty() || !phone.is_empty() {
                contacts.push(Contact { name: name.to_owned(), relation: some(relation), phone: some(&phone) });
            }
        }
        contacts
    }

    /// The days of ends that differ from those that stand there.
    fn ends(&self, tags: i64, stand: &[(Tag, Option<NaiveDate>)], today: NaiveDate) -> Result<Vec<End>> {
        let (mut ends, mut wrong) = (Vec::new(), Vec::new());
        for (tag, field) in END_FIELDS.into_iter().filter(|(tag, _)| bits_of(&[*tag]) & tags != 0) {
            let before = stand.iter().find(|(held, _)| *held == tag).and_then(|(_, end)| *end);
            let after = match self.get(field) {
                None => before,
                Some("") => None,
                Some(text) => match text.parse() {
                    Ok(day) if day > today => Some(day),
                    _ if before.is_some_and(|day| day.to_string() == text) => before,
                    _ => {
                        wrong.push(FieldRefusal { field, text: text!("到期日要在今天以后") });
                        continue;
                    }
                },
            };
            if after != before {
                ends.push(End { tag, day: after });
            }
        }
        if wrong.is_empty() { Ok(ends) } else { Err(Refused::invalid(wrong).into()) }
    }
}

/// A fault of a cell as one of its field; of a later contact only what is wrong with the contact.
fn refusal(fault: &Fault, at: usize) -> Option<FieldRefusal> {
    let [name, relation, phone] = CONTACT_FIELDS[at.min(CONTACTS - 1)];
    let field = match fault.column {
        Some(Column::Contact) => name,
        Some(Column::ContactRelation) => relation,
        Some(Column::ContactPhone) => phone,
        _ if at > 0 => return None,
        Some(column) => FIELDS.iter().find(|(other, _)| *other == column).map_or("name", |(_, field)| field),
        None => "name",
    };
    Some(FieldRefusal { field, text: fault.reason.clone() })
}
