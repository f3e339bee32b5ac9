//! Accounts as administrators keep them. A county's administrator opens accounts of the county's staff and of its
//! providers; a provider's administrator those of its own dispatchers and caregivers. Nobody administers themselves, an
//! administrator does no business, and administrators are made one level above.

pub(crate) mod actions;
pub mod api;
pub mod pages;
mod refusal;

use kernel::{Actor, Role};

pub use actions::{Opening, Post, appoint, check_login, end_session, open, reactivate, release, reset, suspend};
pub use refusal::Refusal;
pub use web::accounts::directory as queries;

/// Why an account is suspended.
pub const REASONS: [(&str, &str); 4] =
    [("left", "离开单位"), ("lost", "设备或密码丢失"), ("breach", "违规使用"), ("other", "其他")];

/// The roles that an administrator may give: of an administration, or of an organisation. A caregiver's account is
/// opened from the worker.
pub fn offered(actor: &Actor, of_organisation: bool) -> impl Iterator<Item = Role> + use<> {
    let all: &'static [Role] = match (actor.acting.role, of_organisation) {
        (Role::CountyAdmin | Role::Operator, false) => {
            &[Role::CountyClerk, Role::TownClerk, Role::VillageClerk, Role::CallAgent]
        }
        (Role::CountyAdmin | Role::Operator, true) => &[Role::ProviderAdmin, Role::Dispatcher],
        (Role::ProviderAdmin, true) => &[Role::Dispatcher],
        _ => &[],
    };
    all.iter().copied()
}
