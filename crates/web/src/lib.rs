//! What every door shares: pages and fragments, shells, forms, lists, charts, languages, the browser's files.
//!
//! # A page in three steps
//! 1. The page is a struct with its template; the template is what stands below the head.
//! ```
//! use askama::Template;
//! use kernel::text;
//! use web::{filters, head::Head, page::{Page, PageResult, Samples, View}};
//!
//! #[derive(Template)]
//! #[template(source = r#"<section class="card"><div class="pad">{{ "共 {n} 条"|with("n", count)|t }}</div></section>"#, ext = "html")]
//! struct Hello { count: u32 }
//!
//! impl View for Hello {
//!     fn head(&self) -> Head {
//!         Head::new(text!("总览")).menu("home").solid(text!("打印"), "printer", "/print")
//!     }
//! }
//!
//! impl Samples for Hello {
//!     fn samples() -> Vec<Self> { vec![Self { count: 0 }, Self { count: 12 }] }
//! }
//!
//! // 2. The handler returns it; `?` works on every kernel::Result.
//! async fn hello() -> PageResult<Hello> { Ok(Page(Hello { count: 12 })) }
//!
//! // 3. One test renders all samples in both languages and looks at the markup.
//! web::check::all::<Hello>();
//! ```
//! Names out of the data (people, places, organisations) stand in elements marked `data-user`; all other words go
//! through the filter `t`. No inline styles, no inline scripts: the policy forbids both.
//!
//! # Routes that the shells expect
//! `POST /language {to, back}` · `POST /grant {grant}` · `POST /reading {to, back}` · `POST /session/keep {back}` ·
//! `POST /logout` (all with `csrf`) · `GET /login` · `GET /account` · `GET /search?q=` · `GET /sos` · `GET /live`
//! (SSE: `event: topic`, `data: <topic>`).

pub mod accounts;
pub mod api;
pub mod assets;
pub mod chart;
pub mod check;
pub mod edge;
pub mod export;
pub mod filters;
pub mod form;
pub mod frame;
pub mod head;
pub mod html;
pub mod i18n;
pub mod list;
pub mod live;
pub mod menu;
pub mod metrics;
pub mod module;
pub mod page;
pub mod query;
pub mod routes;
pub mod server;
pub mod session;
mod shell;
pub mod state;
pub mod styleguide;
mod way_out;
