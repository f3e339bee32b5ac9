//! What went wrong, as JSON (RFC 9457), for routes that answer programs. Pages have [`crate::page::ErrorPage`].

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use kernel::{Failure, FieldRefusal, Refused, Text, Verdict, text};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    i18n::{Locale, Translate as _},
    page::ErrorPage,
};

/// The failure of an API handler: whatever converts into a [`Failure`] converts into it, so handlers use `?`. The edge,
/// which knows language and request id, writes its body.
#[derive(Debug)]
pub struct Problem(pub Failure);

/// What an API handler returns.
pub type ApiResult<T> = Result<T, Problem>;

impl<E: Into<Failure>> From<E> for Problem {
    #[track_caller]
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

#[derive(Clone)]
struct Failed(Arc<Failure>);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let failure = store::unavailable_if_away(self.0);
        let status = match &failure {
            Failure::Refused(refused) => status_of(refused.verdict),
            Failure::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(Failed(Arc::new(failure)));
        response
    }
}

fn status_of(verdict: Verdict) -> StatusCode {
    StatusCode::from_u16(verdict.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Whether the one who asks reads pages or JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A page or a piece of one.
    Page,
    /// JSON.
    Json,
}

impl Wish {
    /// JSON for everything under `/api/` and for those who ask for JSON first.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        Self::told(request.headers(), request.uri())
    }

    /// The same, of a request whose body was taken off.
    #[must_use]
    pub fn of_parts(parts: &Parts) -> Self {
        Self::told(&parts.headers, &parts.uri)
    }

    fn told(headers: &HeaderMap, uri: &Uri) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let json = uri.path().starts_with("/api/") || accept.starts_with("application/json");
        if json { Self::Json } else { Self::Page }
    }

    /// A failure as the asker reads it.
    #[must_use]
    pub fn refuse(self, failure: Failure) -> Response {
        match self {
            Self::Page => ErrorPage(failure).into_response(),
            Self::Json => Problem(failure).into_response(),
        }
    }
}

/// A problem (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Document {
    /// `urn:sangyu:problem:` and the code.
    r#type: String,
    /// A sentence in the language of the one who asks.
    title: String,
    /// The status of the answer.
    status: u16,
    /// For programs: `room.fact`.
    code: &'static str,
    /// What the log calls the request.
    request_id: String,
    /// Which inputs are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<Wrong>,
}

/// A wrong input.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WrongInput)]
pub(crate) struct Wrong {
    /// Its name.
    field: &'static str,
    /// What is wrong with it.
    detail: String,
}

/// Writes the body of an answer that carries a [`Problem`], or that an extractor of axum refused with a line of
/// English, and logs a fault once; other answers pass.
pub(super) fn shown(mut response: Response, wish: Wish, locale: Locale, request_id: &str) -> Response {
    let status = response.status();
    let failed = response.extensions_mut().remove::<Failed>();
    let refused = match failed.as_ref().map(|Failed(failure)| &**failure) {
        Some(Failure::Refused(refused)) => (**refused).clone(),
        Some(Failure::Internal(internal)) => {
            tracing::error!(fault = ?internal, "a request failed");
            said(Verdict::Unavailable, "internal", text!("系统出错了，刚才的操作没有完成"))
        }
        None if wish == Wish::Json => match bare(&response) {
            Some(refused) => refused,
            None => return response,
        },
        None => return response,
    };
    let wrong = |field: &FieldRefusal| (field.field, field.text.in_locale(locale));
    let document = Document {
        r#type: format!("urn:sangyu:problem:{}", refused.code),
        title: refused.text.in_locale(locale),
        status: status.as_u16(),
        code: refused.code,
        request_id: request_id.to_owned(),
        errors: refused.fields.iter().map(wrong).map(|(field, detail)| Wrong { field, detail }).collect(),
    };
    let (kind, body) = axum::Json(document).into_response().into_parts();
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(kind.headers);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    Response::from_parts(parts, body)
}

fn said(verdict: Verdict, code: &'static str, text: Text) -> Refused {
    Refused { verdict, code, text, fields: Vec::new() }
}

/// What a router or an extractor of axum refused by itself, in our words.
fn bare(response: &Response) -> Option<Refused> {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain")) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(kernel::Common::NotFound.into()),
        StatusCode::METHOD_NOT_ALLOWED => Some(said(Verdict::NotFound, "wrong_method", text!("这个地址不能这样访问"))),
        StatusCode::PAYLOAD_TOO_LARGE => Some(too_large()),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Some(said(Verdict::Invalid, "unreadable", text!("提交的内容读不懂，请检查格式")))
        }
        _ => None,
    }
}

/// The refusal of a body over its limit.
#[must_use]
pub fn too_large() -> Refused {
    said(Verdict::TooLarge, "too_large", text!("上传的内容太大，没有保存"))
}

/// The refusal of a body that came too slowly.
#[must_use]
pub fn too_slow() -> Refused {
    said(Verdict::TooSlow, "too_slow", text!("内容传得太慢，没有收完，也没有保存，请换个网络再试"))
}

/// The refusal of a body whose sender has too many others half sent.
#[must_use]
pub fn too_many_half_sent() -> Refused {
    said(Verdict::TooMany, "too_many_half_sent", text!("同时上传的内容太多，请等前面的传完再试"))
}

/// The refusal of a body that broke off.
#[must_use]
pub fn broken_off() -> Refused {
    said(Verdict::Invalid, "broken_off", text!("提交的内容没有传完，没有保存"))
}

/// The answer at addresses that nothing stands at.
pub async fn nothing_here(request: Request) -> Response {
    Wish::of(&request).refuse(kernel::Common::NotFound.into())
}
