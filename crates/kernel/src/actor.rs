//! Who acts, and under which one grant.

use uuid::Uuid;

use crate::{Action, Common, PlaceRange, Region, Result, Role, Scope};

/// Who is behind an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A signed-in account.
    Account(Uuid),
    /// A user of the server's command line, by Unix name.
    Cli(String),
    /// The platform: the name of the consumer, job or clock.
    System(&'static str),
}

/// The one grant under which a session acts; switchable, never a union.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acting {
    /// The grant's id; none for the command line and the platform.
    pub grant: Option<Uuid>,
    /// The role.
    pub role: Role,
    /// The place of an administration's grant.
    pub place: Option<Region>,
    /// The organisation of a provider's grant.
    pub organisation: Option<Uuid>,
    /// The worker of a caregiver's grant.
    pub worker: Option<Uuid>,
}

/// Somebody who acts: named in every journal row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub principal: Principal,
    /// The name to show.
    pub name: String,
    /// As what.
    pub acting: Acting,
}

impl Actor {
    /// `cli:<unix user>` with a whole scope.
    #[must_use]
    pub fn cli(user: &str) -> Self {
        Self { principal: Principal::Cli(user.to_owned()), name: user.to_owned(), acting: Acting::of(Role::Operator) }
    }

    /// A consumer, job or clock of the platform, with a whole scope.
    #[must_use]
    pub fn system(name: &'static str) -> Self {
        Self { principal: Principal::System(name), name: name.to_owned(), acting: Acting::of(Role::System) }
    }

    /// What this actor may see.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let account = match &self.principal {
            Principal::Account(id) => *id,
            Principal::Cli(_) | Principal::System(_) => return Scope::whole(),
        };
        match (&self.acting, self.acting.role) {
            (Acting { worker: Some(worker), .. }, Role::Caregiver) => Scope::Grantee(*worker),
            (Acting { organisation: Some(organisation), .. }, _) => Scope::Grantee(*organisation),
            (Acting { place: Some(place), .. }, _) => Scope::of(*place),
            _ => Scope::Own(account),
        }
    }

    /// The range of places this actor writes in; empty for relations.
    #[must_use]
    pub fn range(&self) -> Option<PlaceRange> {
        match self.scope() {
            Scope::Place(range) => Some(range),
            Scope::Grantee(_) | Scope::Own(_) => None,
        }
    }

    /// Passes when the acting role includes `action`.
    ///
    /// # Errors
    /// [`Common::NotAllowed`] otherwise.
    pub fn may(&self, action: Action) -> Result<()> {
        if self.acting.role.may(action) { Ok(()) } else { Err(Common::NotAllowed.into()) }
    }

    /// The text of the journal's `actor` column: `account:<uuid>`, `cli:<user>` or `system:<name>`.
    #[must_use]
    pub fn journal_name(&self) -> String {
        match &self.principal {
            Principal::Account(id) => format!("account:{id}"),
            Principal::Cli(user) => format!("cli:{user}"),
            Principal::System(name) => format!("system:{name}"),
        }
    }

    /// The text of the journal's `acting_as` column: role, and place, organisation or worker.
    #[must_use]
    pub fn journal_acting(&self) -> String {
        let role = self.acting.role.code();
        match (self.acting.worker, self.acting.organisation, self.acting.place) {
            (Some(worker), _, _) => format!("{role}@worker:{worker}"),
            (None, Some(organisation), _) => format!("{role}@organisation:{organisation}"),
            (None, None, Some(place)) => format!("{role}@{}", place.short()),
            (None, None, None) => role.to_owned(),
        }
    }
}

impl Acting {
    /// Acting in a role alone.
    #[must_use]
    pub const fn of(role: Role) -> Self {
        Self { grant: None, role, place: None, organisation: None, worker: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(acting: Acting) -> Actor {
        Actor { principal: Principal::Account(Uuid::from_u128(1)), name: "周敏".into(), acting }
    }

    #[test]
    fn each_kind_of_grant_gives_its_scope() {
        let county: Region = "411002".parse().unwrap();
        let (organisation, worker) = (Uuid::from_u128(2), Uuid::from_u128(3));
        let clerk = account(Acting { place: Some(county), ..Acting::of(Role::CountyClerk) });
        assert_eq!(clerk.scope(), Scope::of(county));
        let dispatcher = account(Acting { organisation: Some(organisation), ..Acting::of(Role::Dispatcher) });
        assert_eq!(dispatcher.scope(), Scope::Grantee(organisation));
        let caregiver =
            account(Acting { organisation: Some(organisation), worker: Some(worker), ..Acting::of(Role::Caregiver) });
        assert_eq!(caregiver.scope(), Scope::Grantee(worker));
        assert_eq!(account(Acting::of(Role::Elder)).scope(), Scope::Own(Uuid::from_u128(1)));
        assert_eq!(Actor::cli("root").scope(), Scope::whole());
    }

    #[test]
    fn the_journal_names_who_and_as_what() {
        let clerk = account(Acting { place: Some("411002".parse().unwrap()), ..Acting::of(Role::CountyClerk) });
        assert_eq!(clerk.journal_acting(), "county_clerk@411002");
        assert_eq!(Actor::cli("root").journal_name(), "cli:root");
    }
}
