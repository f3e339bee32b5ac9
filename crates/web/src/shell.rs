//! The shells of the four doors: what stands around a page.

use askama::{Template, filters::HtmlSafe};
use kernel::Action;

use crate::{
    filters,
    frame::{Frame, Reading, Sitting},
    head::{Head, Label, Weight},
    i18n::{Locale, Translate},
    menu::{Menu, MenuGroup},
    page::{AnyView, Door, Now},
};

/// Markup that a template of ours has already escaped.
#[derive(Debug)]
struct Ready(String);

impl std::fmt::Display for Ready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Ready {}

#[derive(Template)]
#[template(path = "shell/console.html")]
struct Console<'a> {
    frame: &'a Frame,
    who: Option<&'a Sitting>,
    head: &'a Head,
    title: String,
    scripts: &'static [&'static str],
    menu: Vec<MenuGroup<'a>>,
    inner: Inner<'a>,
}

#[derive(Template)]
#[template(path = "shell/portal.html")]
struct Portal<'a> {
    frame: &'a Frame,
    head: &'a Head,
    title: String,
    scripts: &'static [&'static str],
    body: Ready,
}

#[derive(Template)]
#[template(path = "shell/phone.html")]
struct Phone<'a> {
    frame: &'a Frame,
    head: &'a Head,
    title: String,
    scripts: &'static [&'static str],
    body: Ready,
}

#[derive(Template)]
#[template(path = "shell/threshold.html")]
struct Threshold<'a> {
    frame: &'a Frame,
    head: &'a Head,
    title: String,
    scripts: &'static [&'static str],
    body: Ready,
}

/// Head and body of a console page: what htmx gets, and what stands in `<main>`.
#[derive(Template)]
#[template(path = "shell/inner.html")]
struct Inner<'a> {
    head: &'a Head,
    body: Ready,
}

impl HtmlSafe for Inner<'_> {}

/// A page in its shell.
pub(crate) fn whole(view: &dyn AnyView, frame: &Frame, menu: &Menu) -> askama::Result<String> {
    let values = Now(frame.locale);
    let head = &view.head();
    let body = Ready(view.body(&values)?);
    let (title, scripts) = (title(head, frame.locale), view.scripts());
    match view.door() {
        Door::Console => {
            let who = frame.sitting.as_ref();
            // Before password and second factor are set every entry, and every count beside one, leads back here.
            let menu = who.filter(|who| !who.unfinished).map_or_else(Vec::new, |who| menu.of(who.role));
            Console { frame, who, head, title, scripts, menu, inner: Inner { head, body } }.render_with_values(&values)
        }
        Door::Portal => Portal { frame, head, title, scripts, body }.render_with_values(&values),
        Door::Phone => Phone { frame, head, title, scripts, body }.render_with_values(&values),
        Door::Threshold => Threshold { frame, head, title, scripts, body }.render_with_values(&values),
    }
}

/// A page without its shell, with its title for the browser's bar.
pub(crate) fn inner(view: &dyn AnyView, frame: &Frame) -> askama::Result<String> {
    let values = Now(frame.locale);
    let head = view.head();
    let body = Ready(view.body(&values)?);
    let title = crate::html::escape(&title(&head, frame.locale));
    let inner = Inner { head: &head, body }.render_with_values(&values)?;
    let named = if matches!(head.title, Label::Data(_)) { " data-user" } else { "" };
    Ok(format!("<title{named}>{title}</title>{inner}"))
}

/// 有误：老人档案 · 桑榆
fn title(head: &Head, locale: Locale) -> String {
    let page = match &head.title {
        Label::Text(text) => text.in_locale(locale),
        Label::Data(name) => name.clone(),
    };
    let house = "桑榆".in_locale(locale);
    let fault = if head.faulty { "有误：".in_locale(locale) } else { String::new() };
    format!("{fault}{page} · {house}")
}
