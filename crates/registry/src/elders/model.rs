//! An elder's row: what stands in clear, and the sealed cells beside it.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{Home, Key, Region, Result, Sex, age_on};
use sea_orm::entity::prelude::*;
use store::sea_orm;

use super::vocabulary::{LivingSituation, Tag};

/// An elder's row of the table `elders`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "elders")]
pub struct Model {
    /// County of the first registration.
    #[sea_orm(primary_key, auto_increment = false)]
    pub home: i32,
    /// The person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Where the person lives now: county, town or village.
    pub place: i64,
    /// 档案号: `411002-0006821`.
    pub number: String,
    /// Name; empty after an erasure.
    pub name: String,
    /// The name without dots, blanks and marks, by which it is found.
    pub name_key: String,
    /// Reading of the name with blanks between syllables, for the order of lists.
    pub pinyin: String,
    /// GB/T 2261.1.
    pub sex: i16,
    /// Birth date; after an erasure a day that tells the year only.
    pub birth_on: Option<NaiveDate>,
    /// [`super::vocabulary::CertKind`].
    pub cert_kind: i16,
    /// Sealed certificate number.
    pub cert_sealed: Option<Vec<u8>>,
    /// `4110**********1234`.
    pub cert_mask: String,
    /// Sealed mobile phone.
    pub mobile_sealed: Option<Vec<u8>>,
    /// `138****1234`.
    pub mobile_mask: String,
    /// Sealed landline.
    pub landline_sealed: Option<Vec<u8>>,
    /// `0374****1234`.
    pub landline_mask: String,
    /// Sealed JSON of [`super::file::Details`].
    pub details_sealed: Option<Vec<u8>>,
    /// [`LivingSituation`], 0 when unknown.
    pub living: i16,
    /// Bit set of [`Tag`] codes, for lists; sources and terms stand in `elder_tags`.
    pub tags: i64,
    /// [`Status`].
    pub status: i16,
    /// The home a person moved to; this row is then a tombstone.
    pub moved_to: Option<i32>,
    /// Grows with each write.
    pub version: i32,
    /// When the file was opened.
    pub registered_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
}

/// No relations: rooms join by query.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Life state of a person (domain.md 8.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// 在册正常.
    Normal,
    /// 迁出.
    MovedOut,
    /// 去世.
    Dead,
    /// 失联.
    LostContact,
    /// 机构入住.
    InInstitution,
    /// 住院.
    InHospital,
    /// 登记撤销: an import that was taken back.
    Withdrawn,
}

impl Status {
    /// All states, by code from 1.
    pub const ALL: [Self; 7] = [
        Self::Normal,
        Self::MovedOut,
        Self::Dead,
        Self::LostContact,
        Self::InInstitution,
        Self::InHospital,
        Self::Withdrawn,
    ];

    /// Stored form.
    #[must_use]
    pub fn code(self) -> i16 {
        Self::ALL.iter().zip(1..).find(|(status, _)| **status == self).map_or(0, |(_, code)| code)
    }

    /// The state of a stored code.
    #[must_use]
    pub fn of(code: i16) -> Option<Self> {
        usize::try_from(code).ok()?.checked_sub(1).and_then(|at| Self::ALL.get(at).copied())
    }

    /// The Chinese word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "在册正常",
            Self::MovedOut => "迁出",
            Self::Dead => "去世",
            Self::LostContact => "失联",
            Self::InInstitution => "机构入住",
            Self::InHospital => "住院",
            Self::Withdrawn => "登记撤销",
        }
    }

    /// Whether the person counts as registered and can be served at home.
    #[must_use]
    pub const fn can_be_served_at_home(self) -> bool {
        matches!(self, Self::Normal | Self::LostContact)
    }
}

impl Model {
    /// The key.
    ///
    /// # Errors
    /// When the stored home is none.
    pub fn key(&self) -> Result<Key<Self>> {
        Ok(Key::new(Home::new(self.home)?, self.id))
    }

    /// Where the person lives.
    ///
    /// # Errors
    /// When the stored number is no place.
    pub fn place(&self) -> Result<Region> {
        Ok(Region::new(self.place)?)
    }

    /// The name, or the file's number when the name was erased.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        if self.name.is_empty() { &self.number } else { &self.name }
    }

    /// Sex.
    #[must_use]
    pub const fn sex(&self) -> Sex {
        Sex::of(self.sex)
    }

    /// Full years on a day.
    #[must_use]
    pub fn age(&self, day: NaiveDate) -> Option<i32> {
        self.birth_on.map(|birth| age_on(birth, day))
    }

    /// Life state.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        Status::of(self.status)
    }

    /// With whom the person lives.
    #[must_use]
    pub const fn living(&self) -> Option<LivingSituation> {
        LivingSituation::of(self.living)
    }

    /// Traits that hold now.
    #[must_use]
    pub fn tags(&self) -> Vec<Tag> {
        tags_of(self.tags)
    }
}

/// The traits of a bit set.
#[must_use]
pub fn tags_of(bits: i64) -> Vec<Tag> {
    Tag::ALL.iter().copied().filter(|tag| bits & (1 << tag.code()) != 0).collect()
}

/// The bit set of traits.
#[must_use]
pub fn bits_of(tags: &[Tag]) -> i64 {
    tags.iter().fold(0, |bits, tag| bits | (1 << tag.code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_state_reads_back() {
        for status in Status::ALL {
            assert_eq!(Status::of(status.code()), Some(status));
        }
        assert_eq!((Status::of(0), Status::of(8), Status::of(-1)), (None, None, None));
    }

    #[test]
    fn a_bit_set_of_tags_reads_back() {
        assert_eq!(tags_of(bits_of(Tag::ALL)), Tag::ALL);
        assert_eq!(tags_of(0), []);
    }
}
