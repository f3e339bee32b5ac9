//! The portal of elders and families: what comes next, what waits for them, and the two things they say about a visit:
//! “是的，来过了” (or “不对”) and how it was. Few choices, short sentences, no script needed.
//!
//! ```text
//! staff ──one-use code──▶ /portal/enter ──▶ /portal ──▶ a visit ──confirm──▶ rate ──▶ thanks
//!                                                         └──not so──▶ reason ──▶ provider and call centre are told
//! ```
//! What can be done here a call agent can do for them: on the order's page, and for “不对” on `/orders/{key}/dispute`.
//! The journal says who did it.

mod pages;
mod queries;
mod refusal;
mod rules;
mod timeline;
mod wording;

use axum::{extract::FromRequestParts, http::request::Parts, response::IntoResponse as _, response::Response};
use kernel::{Action, Common, Role};
use web::{page::ErrorPage, routes::Routes, session::Session, state::AppState};

pub use refusal::Refusal;
pub use rules::PortalRules;
pub use timeline::guests;

use pages::{code, home, judge, objection, visit};

/// The routes of the portal, of objections that the call centre notes, and of the codes that staff give.
#[must_use]
pub fn routes() -> Routes {
    let own = Action::UsePortal;
    Routes::new("care")
        .get("/portal", own, home::show)
        .get("/portal/help", own, home::help)
        .get("/portal/me", own, home::me)
        .get("/portal/visits", own, visit::list)
        .get("/portal/visits/{key}", own, visit::show)
        .post("/portal/visits/{key}/confirm", own, judge::confirm)
        .get("/portal/visits/{key}/wrong", own, judge::ask_what_was_wrong)
        .post("/portal/visits/{key}/wrong", own, judge::dispute)
        .post("/portal/visits/{key}/rate", own, judge::rate)
        .get("/portal/visits/{key}/why", own, judge::ask_why)
        .get("/portal/visits/{key}/thanks", own, judge::thanks)
        .get("/orders/{key}/dispute", Action::ConfirmOrder, objection::show)
        .post("/orders/{key}/dispute", Action::ConfirmOrder, objection::note)
        .get("/portal-codes/new", Action::IssuePortalCode, code::of_elder)
        .get("/elders/{key}/portal-code", Action::IssuePortalCode, code::ask)
        .post("/elders/{key}/portal-code", Action::IssuePortalCode, code::issue)
}

/// The session of an elder or a family member; staff have other doors.
#[derive(Clone, Debug)]
struct Guest(Session);

impl FromRequestParts<AppState> for Guest {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Response> {
        let session = <Session as FromRequestParts<AppState>>::from_request_parts(parts, state).await?;
        match session.actor.acting.role {
            Role::Elder | Role::Family => Ok(Self(session)),
            _ => Err(ErrorPage(Common::NotAllowed.into()).into_response()),
        }
    }
}

impl Guest {
    fn is_family(&self) -> bool {
        self.0.actor.acting.role == Role::Family
    }
}

#[cfg(test)]
mod tests {
    /// The templates that elders and families read.
    const TEMPLATES: [&str; 9] = [
        include_str!("../../templates/portal/home.html"),
        include_str!("../../templates/portal/help.html"),
        include_str!("../../templates/portal/me.html"),
        include_str!("../../templates/portal/list.html"),
        include_str!("../../templates/portal/visit.html"),
        include_str!("../../templates/portal/wrong.html"),
        include_str!("../../templates/portal/why.html"),
        include_str!("../../templates/portal/thanks.html"),
        include_str!("../../templates/portal/moved.html"),
    ];

    #[test]
    fn no_sentence_for_elders_is_longer_than_fifteen_characters() {
        let quoted = TEMPLATES.iter().flat_map(|template| template.split('"').skip(1).step_by(2));
        let words = include_str!("wording.rs").split("text!(\"").skip(1).filter_map(|rest| rest.split('"').next());
        let sentences: Vec<_> = quoted.chain(words).flat_map(|text| text.split(['。', '？', '！'])).collect();
        assert!(sentences.contains(&"不舒服、摔倒了，打 120") && sentences.contains(&"没有人来"));
        let is_chinese = |text: &str| text.chars().any(web::i18n::is_han);
        let long: Vec<_> = sentences
            .iter()
            .filter(|text| is_chinese(text) && text.chars().count() > 15 && !text.contains('{'))
            .collect();
        assert!(long.is_empty(), "{long:?}");
    }
}
