//! The row of a grant: a role at a place, in an organisation, or as a worker.

use chrono::{DateTime, Utc};
use kernel::{Acting, Failure, Region, Result, Role};
use sea_orm::entity::prelude::*;

/// What an account may act as, as stored.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_grants")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account: Uuid,
    /// The grant's own id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// A code of [`Role`].
    pub role: String,
    /// The place of the administration, the organisation or the person.
    pub place: Option<i64>,
    /// The organisation of a provider's grant.
    pub organisation: Option<Uuid>,
    /// The worker of a caregiver's grant.
    pub worker: Option<Uuid>,
    /// The unit's name as shown in the top bar: 魏安区民政局.
    pub label: String,
    /// How far it reaches, as shown: 全区 14 街道乡镇.
    pub extent: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until when; none while it holds.
    pub until: Option<DateTime<Utc>>,
}

/// None.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The role.
    ///
    /// # Errors
    /// When the stored code is none of ours.
    pub fn role(&self) -> Result<Role> {
        Role::of(&self.role).ok_or_else(|| Failure::internal(format!("an unknown role is stored: {}", self.role)))
    }

    /// The place.
    ///
    /// # Errors
    /// When the stored code is no place.
    pub fn place(&self) -> Result<Option<Region>> {
        Ok(self.place.map(Region::new).transpose()?)
    }

    /// What a session under this grant acts as. The place of an elder or family member is where they are, not what they
    /// may see, so it is left out.
    ///
    /// # Errors
    /// When role or place are stored wrong.
    pub fn acting(&self) -> Result<Acting> {
        let role = self.role()?;
        let place = if matches!(role, Role::Elder | Role::Family) { None } else { self.place()? };
        Ok(Acting { grant: Some(self.id), role, place, organisation: self.organisation, worker: self.worker })
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Actor, Principal, Scope};

    use super::*;

    #[test]
    fn an_elder_sees_what_is_their_own_and_never_their_whole_county() {
        let (account, place) = (Uuid::from_u128(1), Some(411_002_000_000));
        let mut grant = Model {
            account,
            id: Uuid::from_u128(2),
            role: "elder".into(),
            place,
            organisation: None,
            worker: None,
            label: String::new(),
            extent: String::new(),
            since: DateTime::default(),
            until: None,
        };
        let scope = |grant: &Model| {
            let acting = grant.acting().unwrap();
            Actor { principal: Principal::Account(account), name: "张桂英".into(), acting }.scope()
        };
        assert_eq!(scope(&grant), Scope::Own(account));
        grant.role = "family".into();
        assert_eq!(scope(&grant), Scope::Own(account));
        grant.role = "county_clerk".into();
        assert_eq!(scope(&grant), Scope::of("411002".parse().unwrap()));
    }
}
