//! Small pieces of markup that Rust writes by itself: icons, bars, escaping.

use std::fmt::Write as _;

use crate::assets;

/// Text made safe for an element's content or a quoted attribute.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(char),
        }
    }
    safe
}

/// An icon of the sprite, hidden from screen readers.
#[must_use]
pub fn icon(name: &str) -> String {
    let sprite = assets::asset("icons.svg");
    format!("<svg class=\"i\" aria-hidden=\"true\"><use href=\"{sprite}#{}\"/></svg>", escape(name))
}

/// A bar that is `percent` (0–100) full, hidden from screen readers.
#[must_use]
pub fn bar(percent: f64) -> String {
    let mut bar =
        String::from("<svg class=\"bar\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    let width = if percent.is_finite() { percent.clamp(0.0, 100.0) } else { 0.0 };
    let _ = write!(bar, "<rect width=\"{width:.1}\" height=\"6\" rx=\"1\"/></svg>");
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_text_stays_text() {
        assert_eq!(escape("<b title='x'>&\"</b>"), "&lt;b title=&#39;x&#39;&gt;&amp;&quot;&lt;/b&gt;");
    }

    #[test]
    fn a_bar_never_leaves_its_track() {
        assert!(bar(140.0).contains("width=\"100.0\""));
        assert!(bar(f64::NAN).contains("width=\"0.0\""));
    }
}
