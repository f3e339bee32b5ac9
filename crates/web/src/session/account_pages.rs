//! The page of one's own account: password, second factor, and on which devices one is signed in.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use kernel::{Failure, FieldRefusal, Instant, Refused, Result, text};
use serde::Deserialize;
use store::{Lane, blind::BlindIndex};
use uuid::Uuid;

use super::{
    Session, Who, end_one,
    handlers::{go, secret},
    of_account,
};
use crate::{
    accounts::{self, Enrolment, Kind, Owner, Refusal},
    edge::Client,
    filters,
    form::{Field, Form as FormView, FormGuard},
    head::Head,
    page::{ErrorPage, Page, Samples, View},
    routes::{Access, Routes},
    state::AppState,
};

/// Adds the routes of one's own account; they stay open while password and second factor are unfinished.
pub(super) fn add(routes: Routes) -> Routes {
    routes
        .get("/account", Access::Unfinished, show)
        .post("/account/password", Access::Unfinished, change_password)
        .post("/account/second-factor", Access::Unfinished, set_second_factor)
        .post("/account/sessions/end", Access::SignedIn, end_session)
}

#[derive(Template)]
#[template(path = "session/account.html")]
struct AccountPage {
    password: Option<FormView>,
    factor: Factor,
    devices: Vec<Device>,
    guard: FormGuard,
    unfinished: bool,
}

/// How the second factor stands.
enum Factor {
    /// This account needs none.
    None,
    /// It is set.
    Set,
    /// The form that sets it.
    Form(Box<FormView>, String),
}

struct Device {
    id: String,
    agent: String,
    seen_at: Instant,
    this: bool,
}

impl View for AccountPage {
    fn head(&self) -> Head {
        let faulty = self.password.as_ref().is_some_and(FormView::is_faulty);
        Head::new(text!("我的账号")).faulty(faulty || matches!(&self.factor, Factor::Form(form, _) if form.is_faulty()))
    }
}

impl Samples for AccountPage {
    fn samples() -> Vec<Self> {
        let device = |this, agent: &str| Device {
            id: Uuid::from_u128(u128::from(this)).to_string(),
            agent: agent.into(),
            seen_at: Instant::from_timestamp(1_795_264_868, 0).unwrap_or_default(),
            this,
        };
        let devices =
            || vec![device(true, "Mozilla/5.0 (X11; Linux x86_64)"), device(false, "Mozilla/5.0 (Android 14)")];
        let guard = FormGuard::default;
        let refused = Refused::invalid(vec![FieldRefusal { field: "old", text: text!("现在的密码不对") }]);
        vec![
            Self {
                password: Some(password_form(guard()).refused(&refused)),
                factor: Factor::Form(Box::new(factor_form(guard(), "JBSWY3DPEHPK3PXP")), "JBSWY3DPEHPK3PXP".into()),
                devices: devices(),
                guard: guard(),
                unfinished: true,
            },
            Self { password: None, factor: Factor::None, devices: devices(), guard: guard(), unfinished: false },
            Self {
                password: Some(password_form(guard())),
                factor: Factor::Set,
                devices: devices(),
                guard: guard(),
                unfinished: false,
            },
        ]
    }
}

fn password_form(guard: FormGuard) -> FormView {
    let fields = vec![
        secret("old", text!("现在的密码")).autocomplete("current-password"),
        secret("new", text!("新密码"))
            .hint(text!("至少 12 位，不要用姓名、登录名或连续的数字"))
            .autocomplete("new-password"),
        secret("again", text!("再输一次新密码")).autocomplete("new-password"),
    ];
    FormView::new("password", "/account/password", fields, text!("修改密码")).guarded(guard)
}

fn factor_form(guard: FormGuard, shown: &str) -> FormView {
    let fields = vec![
        Field::hidden("secret", shown),
        Field::line("code", text!("手机上显示的 6 位数字")).inputmode("numeric").autocomplete("one-time-code"),
    ];
    FormView::new("second-factor", "/account/second-factor", fields, text!("开通动态码")).guarded(guard)
}

/// The account's page, with forms as they are.
async fn page(state: &AppState, session: &Session) -> Result<AccountPage> {
    let this = |row: &super::SessionRow| row.id == session.row.id;
    let devices = of_account(&state.db, session.account_id()).await?;
    let factor = match (session.kind(), &session.account.totp_sealed) {
        (_, Some(_)) => Factor::Set,
        (Kind::Staff, None) => {
            let shown = Enrolment::begin(&state.keys, &session.account).await?.secret;
            Factor::Form(Box::new(factor_form(session.guard(), &shown)), shown)
        }
        (_, None) => Factor::None,
    };
    Ok(AccountPage {
        password: session.account.password_hash.is_some().then(|| password_form(session.guard())),
        factor,
        devices: devices
            .into_iter()
            .map(|row| Device { id: row.id.to_string(), this: this(&row), agent: row.agent, seen_at: row.seen_at })
            .collect(),
        guard: session.guard(),
        unfinished: session.is_unfinished(state.clock().now()),
    })
}

async fn show(State(state): State<AppState>, session: Session) -> Result<Page<AccountPage>, ErrorPage> {
    Ok(Page(page(&state, &session).await?))
}

#[derive(Deserialize)]
struct Change {
    old: String,
    new: String,
    again: String,
}

async fn change_password(
    State(state): State<AppState>,
    session: Session,
    client: Client,
    Form(change): Form<Change>,
) -> Result<Response, ErrorPage> {
    match checked(&state, &session, client, &change).await {
        Ok(hash) => {
            let write = state.db.write(Lane::Interactive, &session.actor, async |tx| {
                accounts::change_password(&tx, &session.account, hash).await
            });
            write.await?;
            Ok(go("/login"))
        }
        Err(Failure::Refused(refused)) => {
            let mut page = page(&state, &session).await?;
            page.password = page.password.map(|form| form.refused(&refused));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

/// The hash of the new password, when the old one is right and the new one fits.
async fn checked(state: &AppState, session: &Session, client: Client, change: &Change) -> Result<String> {
    let wrong = |field, text| Refused::invalid(vec![FieldRefusal { field, text }]);
    // Guessing the old password here is throttled as guessing it at the door.
    let login: [u8; 16] = session.account.login_index.as_slice().try_into()?;
    let who = Who { login: Some(login), address: client.address, known: Some(session.row.id.into_bytes()) };
    let attempt = state.throttle.attempt(&state.db, &who).await?;
    if !state.hashing.verify(&change.old, session.account.password_hash.as_deref()).await? {
        attempt.failed().await?;
        return Err(wrong("old", text!("现在的密码不对")).into());
    }
    attempt.succeeded().await?;
    if change.new != change.again {
        return Err(wrong("again", text!("两次输入的新密码不一样")).into());
    }
    let words = session.grants.iter().map(|grant| grant.label.as_str()).chain([session.account.name.as_str()]);
    let owner = Owner { words: words.collect(), login: Some((&state.blinder, BlindIndex(login))) };
    let fits = session.profile().check(&change.new, &owner);
    let fits = if change.new == change.old { Err(Refusal::Unchanged) } else { fits };
    fits.map_err(|refusal| wrong("new", Refused::from(refusal).text))?;
    state.hashing.hash(&change.new, state.ids()).await
}

#[derive(Deserialize)]
struct Proof {
    secret: String,
    code: String,
}

async fn set_second_factor(
    State(state): State<AppState>,
    session: Session,
    Form(proof): Form<Proof>,
) -> Result<Response, ErrorPage> {
    let enrolment = Enrolment::shown(&state.keys, &session.account, &proof.secret).await?;
    let set = state.db.write(Lane::Interactive, &session.actor, async |tx| {
        accounts::enrol(&tx, &session.account, &enrolment, &proof.code).await
    });
    match set.await {
        Ok(()) => Ok(go("/account")),
        Err(Failure::Refused(refused)) => {
            let mut page = page(&state, &session).await?;
            let form = factor_form(session.guard(), &proof.secret).refused(&refused);
            page.factor = Factor::Form(Box::new(form), proof.secret);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

#[derive(Deserialize)]
struct One {
    id: Uuid,
}

async fn end_session(
    State(state): State<AppState>,
    session: Session,
    Form(One { id }): Form<One>,
) -> Result<Response, ErrorPage> {
    let end =
        state.db.write(Lane::Interactive, &session.actor, async |tx| end_one(&tx, session.account_id(), id).await);
    end.await?;
    Ok(go("/account"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_page_is_sound_in_both_languages() {
        crate::check::all::<AccountPage>();
    }
}
