//! A row of `organisations`.

use kernel::{Level, Region, Result};
use sea_orm::entity::prelude::*;
use store::sea_orm;

/// An organisation's row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organisations")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Seat.
    pub place: i64,
    /// Name.
    pub name: String,
    /// [`Kind`].
    pub kind: String,
    /// Unified social credit code.
    pub credit_code: String,
    /// The organisation that runs it (以大带小).
    pub parent: Option<Uuid>,
    /// Telephone, public.
    pub phone: String,
    /// [`Status`].
    pub status: String,
    /// Grows with each write.
    pub version: i32,
    /// Degrees east (CGCS2000); none while nobody has said where it stands.
    pub longitude: Option<f64>,
    /// Degrees north.
    pub latitude: Option<f64>,
}

/// No relations: rooms join by query.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Kinds of organisations and facilities of elderly care (domain facts 1.4 and 3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 居家养老服务商: sends caregivers into homes.
    HomeCare,
    /// 街道（乡镇）综合养老服务中心.
    TownCentre,
    /// 社区养老服务站.
    CommunityStation,
    /// 民办养老机构.
    PrivateHome,
    /// 乡镇敬老院.
    RuralHome,
    /// 特困人员供养机构.
    DestituteHome,
    /// 农村幸福院.
    HappinessHouse,
    /// 助餐点.
    Canteen,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::HomeCare,
        Self::TownCentre,
        Self::CommunityStation,
        Self::PrivateHome,
        Self::RuralHome,
        Self::DestituteHome,
        Self::HappinessHouse,
        Self::Canteen,
    ];

    /// Stored form.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::HomeCare => "home_care",
            Self::TownCentre => "town_centre",
            Self::CommunityStation => "community_station",
            Self::PrivateHome => "private_home",
            Self::RuralHome => "rural_home",
            Self::DestituteHome => "destitute_home",
            Self::HappinessHouse => "happiness_house",
            Self::Canteen => "canteen",
        }
    }

    /// The kind of a stored code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The Chinese name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::HomeCare => "居家养老服务商",
            Self::TownCentre => "街道（乡镇）综合养老服务中心",
            Self::CommunityStation => "社区养老服务站",
            Self::PrivateHome => "民办养老机构",
            Self::RuralHome => "敬老院",
            Self::DestituteHome => "特困供养机构",
            Self::HappinessHouse => "农村幸福院",
            Self::Canteen => "助餐点",
        }
    }
}

/// Whether an organisation works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// 运营.
    Active,
    /// 停业.
    Suspended,
    /// 关闭.
    Closed,
}

/// A step of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// 停业.
    Suspend,
    /// 恢复运营.
    Reopen,
    /// 关闭, for good.
    Close,
}

impl Turn {
    /// All steps.
    pub const ALL: [Self; 3] = [Self::Suspend, Self::Reopen, Self::Close];

    /// Name in addresses and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Reopen => "reopen",
            Self::Close => "close",
        }
    }

    /// The step of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|turn| turn.code() == name)
    }

    /// The Chinese word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Suspend => "停业",
            Self::Reopen => "恢复运营",
            Self::Close => "关闭单位",
        }
    }

    /// Where the step leads from a status; none where it does not start there.
    #[must_use]
    pub const fn from(self, status: Status) -> Option<Status> {
        match (status, self) {
            (Status::Active, Self::Suspend) => Some(Status::Suspended),
            (Status::Suspended, Self::Reopen) => Some(Status::Active),
            (Status::Active | Status::Suspended, Self::Close) => Some(Status::Closed),
            _ => None,
        }
    }
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Active, Self::Suspended, Self::Closed];

    /// The status of a stored code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// The Chinese word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "运营",
            Self::Suspended => "停业中",
            Self::Closed => "已关闭",
        }
    }

    /// Stored form.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
        }
    }
}

impl Model {
    /// Seat.
    ///
    /// # Errors
    /// When the stored number is no place.
    pub fn seat(&self) -> Result<Region> {
        Ok(Region::new(self.place)?)
    }

    /// Where it serves: the county of its seat, or its whole seat when that is wider.
    ///
    /// # Errors
    /// As [`Model::seat`].
    pub fn serves(&self) -> Result<Region> {
        let seat = self.seat()?;
        Ok(seat.at(Level::County).unwrap_or(seat))
    }

    /// Where it stands, degrees east and north.
    #[must_use]
    pub fn point(&self) -> Option<(f64, f64)> {
        self.longitude.zip(self.latitude)
    }

    /// Whether it works; an unknown code does not.
    #[must_use]
    pub fn status(&self) -> Status {
        Status::of(&self.status).unwrap_or(Status::Closed)
    }

    /// Whether it works.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == Status::Active.code()
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Kind::of(&self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_of_an_organisation() {
        // Columns: suspend, reopen, close.
        let table = Status::ALL.map(|status| Turn::ALL.map(|turn| turn.from(status).map(Status::code)));
        assert_eq!(
            table,
            [[Some("suspended"), None, Some("closed")], [None, Some("active"), Some("closed")], [None, None, None],]
        );
    }

    #[test]
    fn a_stored_kind_reads_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.code()), Some(kind));
        }
        assert_eq!(Kind::of("castle"), None);
    }
}
