//! `/organisations/new`: registering an organisation.

use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Failure, Level, Refused, Region, Result, Text, text};
use store::Lane;
use web::{
    form::{Choice, Field, Form as FormView, Kind as Input, Sent},
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    session::Session,
    state::AppState,
};

use crate::{
    organisations::{
        Kind,
        actions::{self, Registration},
    },
    places,
};

/// The form.
#[derive(Debug, Template)]
#[template(source = r#"<section class="card"><div class="pad">{{ form }}</div></section>"#, ext = "html")]
pub(crate) struct FormPage {
    form: FormView,
}

impl View for FormPage {
    fn head(&self) -> Head {
        Head::new(text!("登记单位"))
            .menu("organisations")
            .crumb(text!("单位与人员"), "/organisations")
            .here(text!("登记单位"))
            .faulty(self.form.is_faulty())
    }
}

fn form(top: Option<Region>) -> FormView {
    let kinds = Kind::ALL.iter().map(|kind| Choice::new(kind.code(), Text::new(kind.word()))).collect();
    let fields = vec![
        Field::line("name", text!("单位名称"))
            .mends(&["organisation.name_wanted"])
            .hint(text!("照营业执照或登记证书填写")),
        Field::new("kind", text!("类型"), Input::Select(kinds))
            .mends(&["organisation.kind_wanted"])
            .value(Kind::HomeCare.code()),
        Field::line("credit_code", text!("统一社会信用代码"))
            .mends(&["organisation.code_shape", "organisation.code_check", "organisation.code_taken"])
            .hint(text!("18 位，当场核对校验位")),
        Field::new("place", text!("登记地"), Input::Select(seats(top)))
            .mends(&["organisation.place_outside"])
            .hint(text!("服务商为登记地所在的县区服务")),
        Field::new("phone", text!("电话"), Input::Line("tel"))
            .mends(&["organisation.phone_wrong"])
            .hint(text!("给老人看的电话")),
    ];
    FormView::new("organisation", "/organisations", fields, text!("登记")).cancel("/organisations")
}

/// The place of the grant and, within a county, its towns.
fn seats(top: Option<Region>) -> Vec<Choice> {
    let Some(top) = top else { return Vec::new() };
    let towns = if top.level() < Level::Town { places::children(top) } else { Vec::new() };
    let all = std::iter::once(top).chain(towns.into_iter().map(|place| place.region));
    all.map(|place| Choice::new(place.short(), Label::data(places::full_name(place).unwrap_or_default()))).collect()
}

pub(super) async fn show(session: Session) -> PageResult<FormPage> {
    Ok(Page(FormPage { form: form(session.actor.acting.place).guarded(session.guard()) }))
}

pub(super) async fn register(
    State(state): State<AppState>,
    session: Session,
    Form(sent): Form<Sent>,
) -> Result<Response, ErrorPage> {
    let value = |name: &str| sent.value(name).to_owned();
    let new = Registration {
        name: value("name"),
        kind: value("kind"),
        credit_code: value("credit_code"),
        place: value("place"),
        phone: value("phone"),
    };
    let made = state.db.write(Lane::Interactive, &session.actor, async |tx| actions::register(&tx, &new).await);
    match made.await {
        Ok(made) => Ok(Redirect::to(&format!("/organisations/{}", made.id)).into_response()),
        Err(Failure::Refused(refused)) if refused.is_mendable() => {
            let form = form(session.actor.acting.place).guarded(session.guard());
            let form = form.filled(&sent).refused(&refused);
            Ok(Page(FormPage { form }).refused_as(&refused).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

impl Samples for FormPage {
    fn samples() -> Vec<Self> {
        let place = "411002".parse().ok();
        let refused = Refused::from(crate::organisations::Refusal::CodeCheck);
        vec![Self { form: form(place) }, Self { form: form(place).refused(&refused) }]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_form_of_an_organisation_holds_in_both_languages() {
        web::check::all::<super::FormPage>();
    }
}
