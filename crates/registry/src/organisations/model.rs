//! A row of `organisations`.

use kernel::{Level, Region, Result};
use sea_orm::entity::prelude::*;
use store::sea_orm;

/// An organisation's row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
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
}

/// No relations: rooms join by query.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What an organisation is (domain.md 3.10; those that the platform tells apart so far).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 居家服务商: serves at home.
    HomeCare,
    /// 养老机构.
    Institution,
    /// 敬老院、特困供养机构.
    SupportHome,
    /// 街道（乡镇）综合养老服务中心.
    TownCentre,
    /// 社区养老服务站、日间照料中心.
    CommunityStation,
    /// 助餐点.
    Canteen,
    /// 农村幸福院.
    HappinessHouse,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::HomeCare,
        Self::Institution,
        Self::SupportHome,
        Self::TownCentre,
        Self::CommunityStation,
        Self::Canteen,
        Self::HappinessHouse,
    ];

    /// Stored form.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::HomeCare => "home_care",
            Self::Institution => "institution",
            Self::SupportHome => "support_home",
            Self::TownCentre => "town_centre",
            Self::CommunityStation => "community_station",
            Self::Canteen => "canteen",
            Self::HappinessHouse => "happiness_house",
        }
    }

    /// The kind of a stored code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The Chinese word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::HomeCare => "居家服务商",
            Self::Institution => "养老机构",
            Self::SupportHome => "敬老院",
            Self::TownCentre => "街道综合养老服务中心",
            Self::CommunityStation => "社区养老服务站",
            Self::Canteen => "助餐点",
            Self::HappinessHouse => "农村幸福院",
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

impl Status {
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
    fn a_stored_kind_reads_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::of(kind.code()), Some(kind));
        }
        assert_eq!(Kind::of("castle"), None);
    }
}
