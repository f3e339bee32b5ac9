//! `/accounts/new`: opening an account; of an administration, or with `organisation` (and `worker`) of a provider. The
//! first password stands on the answer once and nowhere else.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use kernel::{Failure, Refused, Result, Role, Text, text};
use store::Lane;
use uuid::Uuid;
use web::{
    accounts::{first_password, login_index},
    filters,
    form::{Choice, Field, Form as FormView, Kind as Input, Sent},
    head::{Head, Label},
    page::{ErrorPage, Page, PageResult, Samples, View},
    query::ListQuery,
    session::Session,
    state::AppState,
};

use crate::{
    accounts::{self, Opening, Post, offered},
    organisations, workers,
};

/// The form.
#[derive(Debug, Template)]
#[template(source = r#"<section class="card"><div class="pad">{{ form }}</div></section>"#, ext = "html")]
pub(crate) struct FormPage {
    form: FormView,
    of: Option<String>,
}

impl View for FormPage {
    fn head(&self) -> Head {
        let head = Head::new(text!("开户")).menu("accounts").crumb(text!("账号"), "/accounts").here(text!("开户"));
        let head = match &self.of {
            Some(unit) => head.soft(Label::data(unit.clone())),
            None => head,
        };
        head.faulty(self.form.is_faulty())
    }
}

/// A first password, told once.
#[derive(Debug, Template)]
#[template(path = "accounts/password.html")]
pub(crate) struct PasswordPage {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) login: Option<String>,
    pub(super) password: String,
}

impl View for PasswordPage {
    fn head(&self) -> Head {
        Head::new(text!("初始密码")).menu("accounts").crumb(text!("账号"), "/accounts").here(text!("初始密码"))
    }
}

impl PasswordPage {
    /// Nobody keeps it: no browser, no proxy.
    pub(super) fn told(self) -> Response {
        let mut response = Page(self).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// The field of a role.
pub(super) fn role(roles: Vec<Choice>) -> Field {
    Field::new("role", text!("岗位"), Input::Radios(roles)).mends(&["account.role_wanted", "account.worker_wanted"])
}

/// The fields of a post at a place.
pub(crate) fn at_place(roles: Vec<Choice>) -> Vec<Field> {
    vec![
        role(roles),
        Field::line("place", text!("所在地"))
            .mends(&["account.county_wanted", "account.town_wanted", "account.village_wanted"])
            .hint(text!("街道经办、社区网格员填名称或区划代码；县区岗位可以不填"))
            .optional(),
        Field::line("unit", text!("单位名称")).hint(text!("显示在右上角，例如 魏都区民政局")).optional(),
    ]
}

pub(crate) fn roles(actor: &kernel::Actor, of_organisation: bool) -> Vec<Choice> {
    offered(actor, of_organisation).map(|role| Choice::new(role.code(), Text::new(role.word()))).collect()
}

/// The post that a form names.
pub(crate) fn post(sent: &Sent) -> Post {
    Post {
        role: sent.value("role").to_owned(),
        place: sent.value("place").to_owned(),
        unit: sent.value("unit").to_owned(),
        organisation: sent.value("organisation").parse().ok(),
        worker: sent.value("worker").parse().ok(),
    }
}

async fn page(state: &AppState, session: &Session, sent: &Sent) -> Result<FormPage> {
    let asked = post(sent);
    let mut fields = vec![
        Field::line("name", text!("姓名")).mends(&["account.name_wanted"]),
        Field::line("login", text!("登录名"))
            .mends(&["account.login_shape", "account.login_taken"])
            .hint(text!("3 到 32 位字母、数字、点、短横线或下划线")),
    ];
    let own = asked.organisation.or(session.actor.acting.organisation);
    let mut unit = None;
    if let Some(id) = own {
        let found = organisations::queries::visible(&state.db, &session.scope(), id).await?;
        fields.push(Field::hidden("organisation", found.id.to_string()));
        unit = Some(found.name);
        if let Some(worker) = asked.worker {
            if !workers::queries::works_for(&state.db, worker, id, state.clock().today()).await? {
                return Err(kernel::Common::NotFound.into());
            }
            let worker = workers::queries::get(&state.db, worker).await?;
            fields[0] = fields[0].clone().value(worker.name);
            fields.push(Field::hidden("worker", worker.id.to_string()));
            fields.push(Field::hidden("role", Role::Caregiver.code()));
        } else {
            fields.push(role(roles(&session.actor, true)).value(asked.role));
        }
    } else {
        fields.extend(at_place(roles(&session.actor, false)));
    }
    let form = FormView::new("open", "/accounts", fields, text!("开户")).cancel("/accounts");
    Ok(FormPage { form: form.guarded(session.guard()), of: unit })
}

pub(super) async fn show(State(state): State<AppState>, session: Session, query: ListQuery) -> PageResult<FormPage> {
    let asked = ["organisation", "worker", "role"];
    let sent: Sent = asked.into_iter().filter_map(|name| Some((name, query.get(name)?))).collect();
    Ok(Page(page(&state, &session, &sent).await?))
}

pub(super) async fn open(
    State(state): State<AppState>,
    session: Session,
    Form(sent): Form<Sent>,
) -> Result<Response, ErrorPage> {
    match opened(&state, &session, &sent).await {
        Ok(told) => Ok(told.told()),
        Err(Failure::Refused(refused)) if refused.is_mendable() => {
            let mut page = page(&state, &session, &sent).await?;
            page.form = page.form.filled(&sent).refused(&refused);
            Ok(Page(page).refused_as(&refused).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn opened(state: &AppState, session: &Session, sent: &Sent) -> Result<PasswordPage> {
    let login = accounts::check_login(sent.value("login"))?.to_owned();
    let password = first_password(state.ids());
    let opening = Opening {
        login: login_index(&state.blinder, &login),
        name: sent.value("name").to_owned(),
        post: post(sent),
        password_hash: state.hashing().hash(&password, state.ids()).await?,
        profile: state.config.profile,
    };
    let write = async |tx| accounts::open(&tx, opening).await;
    let account = state.db.write(Lane::Interactive, &session.actor, write).await?;
    Ok(PasswordPage { id: account.id, name: account.name, login: Some(login), password })
}

impl Samples for FormPage {
    fn samples() -> Vec<Self> {
        let roles = [Role::CountyClerk, Role::TownClerk].map(|role| Choice::new(role.code(), Text::new(role.word())));
        let form = || {
            let mut fields = vec![Field::line("name", text!("姓名")), Field::line("login", text!("登录名"))];
            fields.extend(at_place(roles.clone().into()));
            FormView::new("open", "/accounts", fields, text!("开户"))
        };
        let refused = Refused::from(accounts::Refusal::TownWanted);
        vec![Self { form: form(), of: None }, Self { form: form().refused(&refused), of: Some("安颐居家".into()) }]
    }
}

impl Samples for PasswordPage {
    fn samples() -> Vec<Self> {
        let page = |login: Option<&str>| Self {
            id: Uuid::nil(),
            name: "高晓".into(),
            login: login.map(str::to_owned),
            password: "abcd-efgh-jkmn-pqrs".into(),
        };
        vec![page(Some("gaoxiao")), page(None)]
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn opening_an_account_holds_in_both_languages() {
        web::check::all::<super::FormPage>();
        web::check::all::<super::PasswordPage>();
    }
}
