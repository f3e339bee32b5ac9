//! Roles, and what each may do. One table; the permission matrix of the tests is made from it.

use serde::{Deserialize, Serialize};

/// What somebody may want to do. Reading needs a scope that holds the row, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Import elders from a sheet.
    ImportElders,
    /// See elders' files, masked.
    ViewElders,
    /// Change an elder's file.
    EditElder,
    /// Move an elder's file to another county.
    MoveElder,
    /// Erase a person for ever.
    EraseElder,
    /// Look at one masked value, with a reason.
    UnmaskElder,
    /// Take a list out as a sheet.
    ExportElders,
    /// See orders.
    ViewOrders,
    /// Place an order for an elder.
    PlaceOrder,
    /// Assign an order to a caregiver.
    AssignOrder,
    /// Accept, check in and out.
    PerformOrder,
    /// Confirm that a service was given, and rate it.
    ConfirmOrder,
    /// Cancel before the start.
    CancelOrder,
    /// Give an elder or family a one-use code for the portal.
    IssuePortalCode,
    /// Enter the portal: one's own services, in plain words.
    UsePortal,
    /// See the figures of a place.
    ViewFigures,
    /// Count the fifteen-minute circle now, keep plans of where to build.
    PlanCircle,
    /// Register organisations, suspend and reopen them.
    ManageOrganisations,
    /// Take people on, keep their certificates and skills, let them go.
    ManageWorkers,
    /// Open accounts, give and end their grants, suspend and reset them, end their sessions.
    ManageAccounts,
    /// Make and revoke tokens for programs.
    ManageTokens,
    /// Enact price books.
    EnactPrices,
    /// Enact the rules by which rosters are made.
    EnactRoster,
}

/// A role under which somebody acts (domain.md section 5; those that the platform serves so far).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 市民政局.
    CityOfficer,
    /// 县区档案管理.
    CountyClerk,
    /// 乡镇街道经办.
    TownClerk,
    /// 社区（村）网格员.
    VillageClerk,
    /// 县区管理员: system administration of a county, no business.
    CountyAdmin,
    /// 呼叫中心坐席.
    CallAgent,
    /// 服务商管理员: people and accounts of one provider.
    ProviderAdmin,
    /// 服务商派单员.
    Dispatcher,
    /// 护理员.
    Caregiver,
    /// 老人.
    Elder,
    /// 家属.
    Family,
    /// 命令行: whoever may run the program on the server.
    Operator,
    /// The platform itself: consumers, jobs, clocks.
    System,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 13] = [
        Self::CityOfficer,
        Self::CountyClerk,
        Self::TownClerk,
        Self::VillageClerk,
        Self::CountyAdmin,
        Self::CallAgent,
        Self::ProviderAdmin,
        Self::Dispatcher,
        Self::Caregiver,
        Self::Elder,
        Self::Family,
        Self::Operator,
        Self::System,
    ];

    /// Stored form.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::CityOfficer => "city_officer",
            Self::CountyClerk => "county_clerk",
            Self::TownClerk => "town_clerk",
            Self::VillageClerk => "village_clerk",
            Self::CountyAdmin => "county_admin",
            Self::CallAgent => "call_agent",
            Self::ProviderAdmin => "provider_admin",
            Self::Dispatcher => "dispatcher",
            Self::Caregiver => "caregiver",
            Self::Elder => "elder",
            Self::Family => "family",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    /// The role of a stored code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// The Chinese name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::CityOfficer => "运行监测",
            Self::CountyClerk => "档案管理",
            Self::TownClerk => "乡镇经办",
            Self::VillageClerk => "社区网格员",
            Self::CountyAdmin => "县区管理员",
            Self::CallAgent => "坐席",
            Self::ProviderAdmin => "服务商管理员",
            Self::Dispatcher => "派单员",
            Self::Caregiver => "护理员",
            Self::Elder => "老人",
            Self::Family => "家属",
            Self::Operator => "运维",
            Self::System => "系统",
        }
    }

    /// Whether it runs the platform for others; such a role and one of business are never one account's.
    #[must_use]
    pub const fn is_admin(self) -> bool {
        matches!(self, Self::CountyAdmin | Self::ProviderAdmin)
    }

    /// Whether the role includes the action.
    #[must_use]
    pub const fn may(self, action: Action) -> bool {
        use Action as A;
        match self {
            Self::CityOfficer => {
                matches!(action, A::ViewFigures | A::PlanCircle | A::ViewElders | A::ViewOrders)
            }
            Self::CountyClerk => matches!(
                action,
                A::ImportElders
                    | A::ViewElders
                    | A::EditElder
                    | A::MoveElder
                    | A::EraseElder
                    | A::UnmaskElder
                    | A::ExportElders
                    | A::ViewOrders
                    | A::PlaceOrder
                    | A::CancelOrder
                    | A::IssuePortalCode
                    | A::ViewFigures
                    | A::PlanCircle
            ),
            Self::TownClerk | Self::VillageClerk => matches!(
                action,
                A::ViewElders
                    | A::EditElder
                    | A::UnmaskElder
                    | A::ViewOrders
                    | A::PlaceOrder
                    | A::CancelOrder
                    | A::IssuePortalCode
                    | A::ViewFigures
            ),
            Self::CountyAdmin => matches!(
                action,
                A::ManageOrganisations
                    | A::ManageWorkers
                    | A::ManageAccounts
                    | A::ManageTokens
                    | A::EnactPrices
                    | A::EnactRoster
            ),
            Self::ProviderAdmin => matches!(action, A::ManageWorkers | A::ManageAccounts),
            Self::CallAgent => matches!(
                action,
                A::ViewElders
                    | A::UnmaskElder
                    | A::ViewOrders
                    | A::PlaceOrder
                    | A::CancelOrder
                    | A::ConfirmOrder
                    | A::IssuePortalCode
            ),
            Self::Dispatcher => matches!(action, A::ViewOrders | A::AssignOrder | A::CancelOrder),
            Self::Caregiver => matches!(action, A::ViewOrders | A::PerformOrder),
            Self::Elder | Self::Family => matches!(action, A::ViewOrders | A::ConfirmOrder | A::UsePortal),
            Self::Operator => !matches!(action, A::PerformOrder | A::ConfirmOrder | A::UsePortal | A::UnmaskElder),
            Self::System => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_role_reads_back() {
        for role in Role::ALL {
            assert_eq!(Role::of(role.code()), Some(role));
        }
        assert_eq!(Role::of("emperor"), None);
    }

    #[test]
    fn who_administers_does_no_business() {
        for role in [Role::CountyAdmin, Role::ProviderAdmin] {
            for action in [Action::ViewElders, Action::PlaceOrder, Action::AssignOrder, Action::ConfirmOrder] {
                assert!(role.is_admin() && !role.may(action), "{role:?} {action:?}");
            }
        }
    }

    #[test]
    fn entry_and_performance_and_confirmation_are_never_one_role() {
        for role in Role::ALL {
            let duties = [Action::PlaceOrder, Action::PerformOrder, Action::AssignOrder];
            assert!(role == Role::Operator || duties.into_iter().filter(|a| role.may(*a)).count() <= 1, "{role:?}");
        }
    }
}
