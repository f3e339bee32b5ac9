//! What happens to elders' files, as the journal keeps it.

use kernel::{Facts, Region};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A file was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// GB/T 2261.1.
    pub sex: i16,
    /// Year of birth.
    pub birth_year: i32,
    /// Full years on the day of registration.
    pub age: i32,
    /// Living situation code, 0 unknown.
    pub living: i16,
    /// Tag codes.
    pub tags: Vec<i16>,
    /// The import that brought it.
    pub run: Option<Uuid>,
}

impl Facts for Registered {
    const KIND: &'static str = "elder.registered";
}

/// Fields of a file changed; old and new values stand in the private part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Names of the fields.
    pub fields: Vec<String>,
    /// Living situation before and after, when it changed.
    pub living: Option<(i16, i16)>,
    /// Tag codes that came.
    pub tags_added: Vec<i16>,
    /// Tag codes that went.
    pub tags_removed: Vec<i16>,
    /// The import that brought it, or that is taken back.
    pub run: Option<Uuid>,
    /// Whether that import is taken back.
    #[serde(default)]
    pub undone: bool,
}

impl Facts for Changed {
    const KIND: &'static str = "elder.changed";
}

/// A person moved within the home county, or the place became more precise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// From where.
    pub from: Region,
    /// To where.
    pub to: Region,
    /// Age on that day, for the figures.
    pub age: i32,
    /// Living situation.
    pub living: i16,
    /// Tag codes.
    pub tags: Vec<i16>,
    /// Sex.
    pub sex: i16,
    /// The import that brought it.
    #[serde(default)]
    pub run: Option<Uuid>,
    /// Why: the name of a [`super::moving::MoveReason`].
    #[serde(default)]
    pub reason: Option<String>,
    /// Whether an import is taken back.
    #[serde(default)]
    pub undone: bool,
}

impl Facts for Moved {
    const KIND: &'static str = "elder.moved";
}

/// A person moved to another county; told in the chain of the old one, which follows the person no further.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departed {
    /// The county of the new place.
    pub county: Region,
    /// The life state that stays here: 迁出.
    pub status: i16,
    /// Why: the name of a [`super::moving::MoveReason`].
    pub reason: String,
}

impl Facts for Departed {
    const KIND: &'static str = "elder.departed";
}

/// A person came from another county; told in the chain of the new one. The whole file is the private part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// The county of the old place.
    pub county: Region,
    /// The new place.
    pub to: Region,
    /// GB/T 2261.1.
    pub sex: i16,
    /// Year of birth.
    pub birth_year: i32,
    /// Full years on the day of the write.
    pub age: i32,
    /// Living situation code, 0 unknown.
    pub living: i16,
    /// Tag codes.
    pub tags: Vec<i16>,
    /// Life state.
    pub status: i16,
    /// Why: the name of a [`super::moving::MoveReason`].
    pub reason: String,
}

impl Facts for Arrived {
    const KIND: &'static str = "elder.arrived";
}

/// Traits ended on the day that was set for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagsEnded {
    /// Tag codes.
    pub tags_removed: Vec<i16>,
}

impl Facts for TagsEnded {
    const KIND: &'static str = "elder.tags_ended";
}

/// A file that an import had opened was taken back with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Life state: 登记撤销.
    pub status: i16,
    /// The import.
    pub run: Uuid,
}

impl Facts for Withdrawn {
    const KIND: &'static str = "elder.withdrawn";
}

/// An import began or ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// Rows read.
    pub rows: i64,
    /// New files.
    pub created: i64,
    /// Changed files.
    pub changed: i64,
    /// Rows that said nothing new.
    pub same: i64,
    /// Rows refused.
    pub bad: i64,
    /// SM3 of the sheet, in hexadecimal.
    pub sheet: String,
}

impl Facts for Imported {
    const KIND: &'static str = "import.finished";
}

/// One field's change, for the private part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Name of the field.
    pub field: String,
    /// Before.
    pub from: String,
    /// After.
    pub to: String,
}
