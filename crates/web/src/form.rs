//! The form kit: label above, hint before the field, error under it, a summary on top that links down; values are
//! kept, nothing is asked twice. A form is data; its template is here, so that every form looks and works alike.

use std::ops::Deref;

use askama::{Template, filters::HtmlSafe};
use kernel::{Refused, Text};
use serde::Deserialize;

use crate::{filters, head::Label};

/// The two hidden values that a POST must carry: the session's CSRF token, and a key that works once. Both come from
/// the session.
#[derive(Clone, Debug, Default, Template)]
#[template(
    source = r#"<input type="hidden" name="csrf" value="{{ csrf }}"><input type="hidden" name="form_key" value="{{ key }}">"#,
    ext = "html"
)]
pub struct FormGuard {
    /// The session's CSRF token.
    pub csrf: String,
    /// Spent by the first POST that succeeds; a second gets the first one's answer.
    pub key: String,
}

impl HtmlSafe for FormGuard {}

/// What a browser sent of a form: names and values as they came; a name may come several times.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Sent(Vec<(String, String)>);

impl Sent {
    /// The first value of a name, trimmed; empty when there is none.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.values(name).next().unwrap_or_default()
    }

    /// All values of a name, trimmed.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.trim())
    }
}

impl Deref for Sent {
    type Target = [(String, String)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Sent {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// One thing to choose.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: Label,
}

impl Choice {
    /// A choice with words of ours or a name out of the data.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<Label>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// What kind of input a field is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// One line; the type of the HTML input: text, tel, date, time, number, password, search.
    Line(&'static str),
    /// Several lines.
    Lines,
    /// One of a closed list that unfolds.
    Select(Vec<Choice>),
    /// One of a few, all visible.
    Radios(Vec<Choice>),
    /// Any number of a few, all visible.
    Checks(Vec<Choice>),
    /// A file; the accepted endings.
    File(&'static str),
    /// Carried along, not seen.
    Hidden,
}

/// One field.
#[derive(Clone, Debug, Template)]
#[template(path = "kit/field.html")]
pub struct Field {
    /// Name in the form; the element's id is `f-<name>`.
    pub name: &'static str,
    /// Label above.
    pub label: Text,
    /// Hint under the label.
    pub hint: Option<Text>,
    /// Kind of input.
    pub kind: Kind,
    /// Kept values; one, except for checks.
    pub values: Vec<String>,
    /// What is wrong and how to mend it.
    pub error: Option<Text>,
    /// Must be filled in; others say （选填）.
    pub required: bool,
    /// The browser's autocomplete token.
    pub autocomplete: Option<&'static str>,
    /// The keyboard of a phone: numeric, tel.
    pub inputmode: Option<&'static str>,
    /// A short value: a narrow field.
    pub short: bool,
    /// Stands beside the field before it (日期, 时段).
    pub beside: bool,
    /// Codes of the refusals that another value of this field mends.
    pub mends: &'static [&'static str],
}

impl HtmlSafe for Field {}

impl Field {
    /// A required field of a kind.
    #[must_use]
    pub const fn new(name: &'static str, label: Text, kind: Kind) -> Self {
        Self {
            name,
            label,
            hint: None,
            kind,
            values: Vec::new(),
            error: None,
            required: true,
            autocomplete: None,
            inputmode: None,
            short: false,
            beside: false,
            mends: &[],
        }
    }

    /// A required line of text.
    #[must_use]
    pub const fn line(name: &'static str, label: Text) -> Self {
        Self::new(name, label, Kind::Line("text"))
    }

    /// Carried along, not seen.
    #[must_use]
    pub fn hidden(name: &'static str, value: impl Into<String>) -> Self {
        Self::new(name, Text::new(""), Kind::Hidden).value(value)
    }

    /// A hint under the label.
    #[must_use]
    pub fn hint(mut self, hint: Text) -> Self {
        self.hint = Some(hint);
        self
    }

    /// What stands in it.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.values = vec![value.into()];
        self
    }

    /// May stay empty.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// The browser's autocomplete token.
    #[must_use]
    pub const fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = Some(token);
        self
    }

    /// The keyboard of a phone.
    #[must_use]
    pub const fn inputmode(mut self, mode: &'static str) -> Self {
        self.inputmode = Some(mode);
        self
    }

    /// A narrow field.
    #[must_use]
    pub const fn short(mut self) -> Self {
        self.short = true;
        self
    }

    /// Beside the field before it.
    #[must_use]
    pub const fn beside(mut self) -> Self {
        self.beside = true;
        self
    }

    /// A refusal with one of these codes is shown at this field.
    #[must_use]
    pub const fn mends(mut self, codes: &'static [&'static str]) -> Self {
        self.mends = codes;
        self
    }

    /// What is wrong.
    #[must_use]
    pub fn error(mut self, error: Text) -> Self {
        self.error = Some(error);
        self
    }

    /// Puts what was submitted for it back.
    fn fill(&mut self, submitted: &[(String, String)]) {
        let sent = submitted.iter().filter(|(name, _)| name == self.name);
        self.values = sent.map(|(_, value)| value.clone()).collect();
    }

    /// The first value, unless it is a secret that no page repeats.
    fn shown(&self) -> &str {
        match self.kind {
            Kind::Line("password") => "",
            _ => self.values.first().map_or("", String::as_str),
        }
    }

    const fn is_radio(&self) -> bool {
        matches!(self.kind, Kind::Radios(_))
    }

    fn holds(&self, choice: &Choice) -> bool {
        self.values.contains(&choice.value)
    }

    fn described_by(&self) -> String {
        let hint = self.hint.as_ref().map(|_| format!("f-{}-hint", self.name));
        let error = self.error.as_ref().map(|_| format!("f-{}-err", self.name));
        hint.into_iter().chain(error).collect::<Vec<_>>().join(" ")
    }
}

/// A form that posts.
#[derive(Clone, Debug, Template)]
#[template(path = "kit/form.html")]
pub struct Form {
    /// Id of the form element.
    pub id: &'static str,
    /// Where it posts.
    pub action: String,
    /// Its hidden values.
    pub guard: FormGuard,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Words of the solid button.
    pub submit: Text,
    /// Where 取消 leads.
    pub cancel: Option<String>,
    /// What is wrong with the whole.
    pub error: Option<Text>,
}

impl HtmlSafe for Form {}

impl Form {
    /// A form with its fields and the words of its button.
    #[must_use]
    pub fn new(id: &'static str, action: impl Into<String>, fields: Vec<Field>, submit: Text) -> Self {
        let (action, guard) = (action.into(), FormGuard::default());
        Self { id, action, guard, fields, submit, cancel: None, error: None }
    }

    /// The hidden values of this session.
    #[must_use]
    pub fn guarded(mut self, guard: FormGuard) -> Self {
        self.guard = guard;
        self
    }

    /// Where 取消 leads.
    #[must_use]
    pub fn cancel(mut self, href: impl Into<String>) -> Self {
        self.cancel = Some(href.into());
        self
    }

    /// Puts submitted values back into the fields.
    #[must_use]
    pub fn filled(mut self, submitted: &[(String, String)]) -> Self {
        self.fields.iter_mut().for_each(|field| field.fill(submitted));
        self
    }

    /// Shows a refusal: at its fields, and on top when it belongs to none of them.
    #[must_use]
    pub fn refused(mut self, refused: &Refused) -> Self {
        self.error = place(&mut self.fields.iter_mut().collect::<Vec<_>>(), refused).or(self.error);
        self
    }

    /// Whether something is wrong: the page's head says 有误：.
    #[must_use]
    pub fn is_faulty(&self) -> bool {
        self.error.is_some() || self.fields.iter().any(|field| field.error.is_some())
    }

    fn faults(&self) -> usize {
        usize::from(self.error.is_some()) + self.fields.iter().filter(|field| field.error.is_some()).count()
    }

    /// Fields in rows: short twins share one.
    fn rows(&self) -> Vec<&[Field]> {
        self.fields.chunk_by(|_, next| next.beside).collect()
    }

    fn has_file(&self) -> bool {
        self.fields.iter().any(|field| matches!(field.kind, Kind::File(_)))
    }
}

/// Puts submitted values back into fields that stand outside of a [`Form`], and shows a refusal at them; what belongs to
/// none of them comes back, for the top of the page.
pub fn refuse<'a>(
    fields: impl IntoIterator<Item = &'a mut Field>,
    submitted: &[(String, String)],
    refused: &Refused,
) -> Option<Text> {
    let mut fields: Vec<_> = fields.into_iter().collect();
    fields.iter_mut().for_each(|field| field.fill(submitted));
    place(&mut fields, refused)
}

/// Shows a refusal at its fields; what belongs to none of them comes back.
fn place(fields: &mut [&mut Field], refused: &Refused) -> Option<Text> {
    let mut rest = None;
    let mut fault = |is_at: &dyn Fn(&Field) -> bool, text: &Text| {
        let field = fields.iter_mut().find(|field| is_at(field) && !matches!(field.kind, Kind::Hidden));
        *field.map_or(&mut rest, |field| &mut field.error) = Some(text.clone());
    };
    for one in &refused.fields {
        fault(&|field| field.name == one.field, &one.text);
    }
    if refused.fields.is_empty() {
        fault(&|field| field.mends.contains(&refused.code), &refused.text);
    }
    rest
}

#[cfg(test)]
mod tests {
    use kernel::{FieldRefusal, text};

    use super::*;

    fn form() -> Form {
        let choices = vec![Choice::new("am", text!("上午")), Choice::new("pm", text!("下午"))];
        let fields = vec![
            Field::line("phone", text!("手机")),
            Field::new("part", text!("时段"), Kind::Radios(choices)).beside(),
            Field::new("secret", text!("口令"), Kind::Line("password")),
            Field::hidden("elder", "411002-x"),
        ];
        Form::new("order", "/orders", fields, text!("下单"))
    }

    fn sent() -> Sent {
        [("phone", "13\""), ("part", "pm"), ("secret", "open sesame")].into_iter().collect()
    }

    #[test]
    fn a_refused_form_keeps_its_values_and_links_from_the_summary_to_each_fault() {
        let fields = vec![FieldRefusal { field: "phone", text: text!("手机应有 11 位") }];
        let html = form().filled(&sent()).refused(&Refused::invalid(fields)).render().unwrap();
        assert!(html.contains(r##"<a href="#f-phone">手机应有 11 位</a>"##), "{html}");
        assert!(html.contains(r#"aria-invalid="true" aria-describedby="f-phone-err""#), "{html}");
        assert!(html.contains("value=\"13&#34;\""), "{html}");
        assert!(html.contains(r#"value="pm" checked"#), "{html}");
    }

    #[test]
    fn a_password_is_never_sent_back() {
        assert!(!form().filled(&sent()).render().unwrap().contains("sesame"));
    }

    #[test]
    fn a_refusal_stands_at_the_field_that_mends_it() {
        let mut form = form();
        let refused: Refused = kernel::Common::Raced.into();
        form.fields[0].mends = &["other.code"];
        form.fields[1].mends = &["raced"];
        let form = form.refused(&refused);
        assert_eq!((form.error.clone(), form.fields[0].error.clone()), (None, None));
        assert_eq!(form.fields[1].error, Some(refused.text));
    }

    #[test]
    fn what_was_sent_is_read_by_name() {
        let sent: Sent = [("tags", " 1 "), ("tags", "2"), ("name", "陈秀云")].into_iter().collect();
        assert_eq!((sent.value("name"), sent.value("age")), ("陈秀云", ""));
        assert_eq!(sent.values("tags").collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn a_fault_of_a_hidden_field_or_of_the_whole_stands_on_top() {
        let hidden = vec![FieldRefusal { field: "elder", text: text!("没有这位老人") }];
        assert_eq!(form().refused(&Refused::invalid(hidden)).error, Some(text!("没有这位老人")));
        assert!(form().refused(&kernel::Common::Raced.into()).is_faulty());
        assert!(!form().is_faulty());
    }
}
