//! An elder's file as an office fills it in, and how it goes into sealed cells and comes out again.

use chrono::NaiveDate;
use kernel::{Failure, Ids, Region, Result, Sex};
use serde::{Deserialize, Serialize};
use store::{
    blind::{BlindIndex, Blinder, phone_digits},
    seal::{Cell, DataKey, Sealer},
};
use uuid::Uuid;

use super::{
    Elder,
    model::{bits_of, tags_of},
    sheet::ElderRow,
    vocabulary::{CertKind, LivingSituation, Tag},
};

/// Somebody to call in need, in the order of calling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Mobile phone or landline.
    pub phone: Option<String>,
    /// What the contact is to the elder.
    pub relation: Option<String>,
}

/// What is sealed as one cell: where the person lives, whom to call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// Address.
    pub address: String,
    /// Address in the household register.
    pub hukou_address: Option<String>,
    /// Degrees east and north, CGCS2000.
    pub point: Option<(f64, f64)>,
    /// Contacts.
    pub contacts: Vec<Contact>,
    /// Remark.
    pub remark: Option<String>,
}

/// A whole file in clear: held while it is read or written, never stored so.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// Name.
    pub name: String,
    /// GB/T 2261.1.
    pub sex: i16,
    /// Birth date.
    pub birth_on: NaiveDate,
    /// [`CertKind`].
    pub cert_kind: i16,
    /// Certificate number; empty without certificate.
    pub cert_number: String,
    /// Mobile phone.
    pub mobile: Option<String>,
    /// Landline.
    pub landline: Option<String>,
    /// Where the person lives.
    pub place: Region,
    /// [`LivingSituation`], 0 when unknown.
    pub living: i16,
    /// Bit set of tags.
    pub tags: i64,
    /// The rest.
    pub details: Details,
}

/// Sealed cells and masks of a file.
#[derive(Debug)]
pub struct Sealed {
    /// Certificate number.
    pub cert: Option<Vec<u8>>,
    /// Mobile phone.
    pub mobile: Option<Vec<u8>>,
    /// Landline.
    pub landline: Option<Vec<u8>>,
    /// Details.
    pub details: Option<Vec<u8>>,
}

impl From<&ElderRow> for File {
    fn from(row: &ElderRow) -> Self {
        Self {
            name: row.name.clone(),
            sex: row.sex.code(),
            birth_on: row.birth,
            cert_kind: row.certificate.kind().code(),
            cert_number: row.certificate.reveal().to_owned(),
            mobile: row.mobile.clone(),
            landline: row.landline.clone(),
            place: row.place,
            living: row.living.map_or(0, LivingSituation::code),
            tags: bits_of(&row.tags),
            details: Details {
                address: row.address.clone(),
                hukou_address: row.hukou_address.clone(),
                point: row.point.map(|point| (point.longitude, point.latitude)),
                contacts: row.contact.iter().map(Contact::from).collect(),
                remark: row.remark.clone(),
            },
        }
    }
}

impl From<&super::sheet::Contact> for Contact {
    fn from(contact: &super::sheet::Contact) -> Self {
        Self { name: contact.name.clone(), phone: contact.phone.clone(), relation: contact.relation.clone() }
    }
}

impl File {
    /// Seals what must be sealed with the person's key.
    ///
    /// # Errors
    /// Never in practice: the details always serialise.
    pub fn seal(&self, sealer: &Sealer, ids: &Ids, person: Uuid) -> Result<Sealed> {
        let seal = |column, value: &[u8]| sealer.seal(ids, Cell::new("elders", column, person), value);
        let text = |column, value: Option<&str>| value.map(|value| seal(column, value.as_bytes()));
        let details = serde_json::to_vec(&self.details)?;
        Ok(Sealed {
            cert: text("cert_sealed", (!self.cert_number.is_empty()).then_some(self.cert_number.as_str())),
            mobile: text("mobile_sealed", self.mobile.as_deref()),
            landline: text("landline_sealed", self.landline.as_deref()),
            details: Some(seal("details_sealed", &details)),
        })
    }

    /// Opens a row's sealed cells with the person's key.
    ///
    /// # Errors
    /// When a cell does not open: it was changed, moved, or belongs to an erased person.
    pub fn open(elder: &Elder, key: &DataKey) -> Result<Self> {
        let text = |column: &'static str, sealed: Option<&Vec<u8>>| {
            sealed.map(|sealed| key.open_text(Cell::new("elders", column, elder.id), sealed)).transpose()
        };
        let erased = || Failure::internal("an erased file cannot be opened");
        Ok(Self {
            name: elder.name.clone(),
            sex: elder.sex,
            birth_on: elder.birth_on.ok_or_else(erased)?,
            cert_kind: elder.cert_kind,
            cert_number: text("cert_sealed", elder.cert_sealed.as_ref())?.unwrap_or_default(),
            mobile: text("mobile_sealed", elder.mobile_sealed.as_ref())?,
            landline: text("landline_sealed", elder.landline_sealed.as_ref())?,
            place: elder.place()?,
            living: elder.living,
            tags: elder.tags,
            details: match text("details_sealed", elder.details_sealed.as_ref())? {
                Some(json) => serde_json::from_str(&json)?,
                None => Details::default(),
            },
        })
    }

    /// The blind index by which the same person is recognised: of the certificate, or of name, birth date and place for
    /// an elder without one.
    #[must_use]
    pub fn identity(&self, blinder: &Blinder) -> BlindIndex {
        match CertKind::of(self.cert_kind) {
            Some(CertKind::None) | None => self.unnumbered(blinder, 1),
            Some(kind) => certificate_index(blinder, kind, &self.cert_number),
        }
    }

    /// The blind index of name, birth date and place, by which people without a number are compared: of the first such
    /// person, or of one whom somebody told apart from the first, by a count.
    #[must_use]
    pub fn unnumbered(&self, blinder: &Blinder, nth: u32) -> BlindIndex {
        let mut known_by = format!("{}\0{}\0{}", self.name, self.birth_on, self.place);
        if nth > 1 {
            known_by.push_str(&format!("\0{nth}"));
        }
        blinder.other("elders.without_certificate", &known_by)
    }

    /// The blind indexes of its phones, whole numbers and tails, each once: the person's own, and those of the contacts.
    #[must_use]
    pub fn phones(&self, blinder: &Blinder) -> Vec<BlindIndex> {
        let numbers = self.mobile.iter().chain(&self.landline);
        let mut found: Vec<_> =
            numbers.filter_map(|number| blinder.phone(number)).flat_map(|index| [index.full, index.tail]).collect();
        let contacts = self.details.contacts.iter().filter_map(|contact| contact.phone.as_deref());
        found.extend(contacts.flat_map(|number| contact_indexes(blinder, number)).flatten());
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Sex.
    #[must_use]
    pub const fn sex(&self) -> Sex {
        Sex::of(self.sex)
    }

    /// Traits.
    #[must_use]
    pub fn tags(&self) -> Vec<Tag> {
        tags_of(self.tags)
    }
}

/// The blind index of a certificate number as stored or typed.
#[must_use]
pub fn certificate_index(blinder: &Blinder, kind: CertKind, number: &str) -> BlindIndex {
    blinder.document(&kind.code().to_string(), number)
}

/// The blind indexes of a contact's phone: of all digits and of the last four. They are none of a person's own phones.
#[must_use]
pub fn contact_indexes(blinder: &Blinder, number: &str) -> [Option<BlindIndex>; 2] {
    [false, true].map(|tail| contact_search(blinder, number, tail).filter(|_| phone_digits(number).len() > 4))
}

/// The blind index by which a typed number of a contact is looked up: of all digits, or of the last four.
#[must_use]
pub fn contact_search(blinder: &Blinder, typed: &str, tail: bool) -> Option<BlindIndex> {
    let digits = phone_digits(typed);
    let from = if tail { digits.len().checked_sub(4)? } else { 0 };
    let of = if tail { "elders.contact_phone.tail" } else { "elders.contact_phone" };
    digits.get(from..).filter(|digits| digits.len() >= 4).map(|digits| blinder.other(of, digits))
}

/// `138****1234`; numbers of fewer than eight digits keep their last two.
#[must_use]
pub fn mask_phone(number: &str) -> String {
    let digits: Vec<char> = number.chars().collect();
    if digits.len() < 8 {
        let tail: String = digits.iter().rev().take(2).rev().collect();
        return format!("****{tail}");
    }
    let head: String = digits[..3].iter().collect();
    let tail: String = digits[digits.len() - 4..].iter().collect();
    format!("{head}****{tail}")
}

/// The first four and last four characters; shorter numbers keep their last two.
#[must_use]
pub fn mask_certificate(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    if chars.is_empty() {
        return String::new();
    }
    if chars.len() < 12 {
        let tail: String = chars.iter().rev().take(2).rev().collect();
        return format!("{}{tail}", "*".repeat(chars.len().saturating_sub(2)));
    }
    let (head, tail): (String, String) = (chars[..4].iter().collect(), chars[chars.len() - 4..].iter().collect());
    format!("{head}{}{tail}", "*".repeat(chars.len() - 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_what_people_recognise_and_no_more() {
        assert_eq!(mask_phone("13812341234"), "138****1234");
        assert_eq!(mask_phone("0374-2331234"), "037****1234");
        assert_eq!(mask_phone("2331234"), "****34");
        assert_eq!(mask_certificate("411002194305120010"), "4110**********0010");
        assert_eq!(mask_certificate("E12345678"), "*******78");
        assert_eq!(mask_certificate(""), "");
    }
}
