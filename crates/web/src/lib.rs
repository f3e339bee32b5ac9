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
//! # Parts
//! - [`form`]: `Form::new(id, action, vec![Field::line("phone", text!("手机")).hint(..)], text!("提交")).guarded(guard)`;
//!   `{{ form }}` draws it; `.filled(&submitted).refused(&refused)` shows it again with its faults, and
//!   `Head::faulty(form.is_faulty())` begins the title with 有误：. Answer with `Page(view).refused()` (422).
//! - [`list`]: `ListView { rows, next, .. ListView::new(id, caption, query, columns, empty) }`; `{{ list }}` draws it;
//!   rows are templates of the page (`impl HtmlSafe for Row {}`); [`query::ListQuery`] is an extractor.
//! - [`export`]: `Sheet::new(title, heads)?`, `sheet.row(&cells)?`, `export::download(name, sheet.finish()?)`.
//! - [`chart`]: `Trend`, `Bars`, `Choropleth`, and `schematic::map(&codes)` where nobody gave us boundaries.
//! - Live: an element with `data-live="orders" hx-get="…" hx-trigger="sy:live" hx-swap="morph"` fetches itself again
//!   when the topic changes; `data-announce` is spoken then.
//! - Classes and icons: look at `/styleguide` (`cargo run -p web --example styleguide`); new icons go into
//!   `assets/icons.txt`, then `make assets`.
//!
//! # Routes that the shells expect
//! `POST /language {to, back}` · `POST /grant {grant}` · `POST /reading {to, back}` · `POST /session/keep {back}` ·
//! `POST /logout` (all with `csrf`) · `GET /login` · `GET /account` · `GET /search?q=` · `GET /sos` · `GET /live`
//! (SSE: `event: topic`, `data: <topic>`).

pub mod accounts;
pub mod api;
pub mod assets;
pub mod base_map;
pub mod chart;
pub mod check;
pub mod commands;
pub mod edge;
pub mod export;
pub mod filters;
pub mod form;
pub mod frame;
pub mod head;
mod healthz;
pub mod housekeeping;
pub mod html;
pub mod i18n;
pub mod list;
pub mod live;
pub mod menu;
pub mod metrics;
pub mod module;
pub mod page;
mod phone;
pub mod query;
pub mod routes;
pub mod server;
pub mod session;
mod shares;
mod shell;
pub mod state;
pub mod styleguide;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tokens;
mod way_out;
