//! What every page must hold, looked at by tests: [`all`] renders a page's samples in both languages and reads the
//! markup; [`markup`] reads one rendered page. The browser journeys look at the rest with axe.

use crate::{
    assets,
    frame::Frame,
    i18n::{Locale, is_han},
    menu::Menu,
    page::{Samples, View},
    shell,
};

mod tags;

use tags::{Node, Tag, nodes};

/// Renders every sample of a page in both languages and looks at the markup.
///
/// # Panics
/// Names what is wrong: a template that fails, Chinese in the English page outside `data-user`, an input without a
/// label, no or two h1, a doubled id, an inline style or script, an icon or file that does not exist.
pub fn all<V: View + Samples>() {
    let samples = V::samples();
    assert!(!samples.is_empty(), "a page needs at least one sample");
    for sample in &samples {
        for locale in Locale::ALL {
            match shell::whole(sample, &Frame::sample(locale), &Menu::default()) {
                Ok(html) => markup(&html, locale),
                Err(fault) => panic!("the template failed in {locale:?}: {fault}"),
            }
        }
    }
}

/// Looks at the markup of one whole page.
///
/// # Panics
/// Names what is wrong.
pub fn markup(html: &str, locale: Locale) {
    let nodes = nodes(html).unwrap_or_else(|fault| panic!("{fault}"));
    let faults: Vec<String> =
        [headings(&nodes), ids(&nodes), labels(&nodes), policy(&nodes), files(&nodes), hrefs(&nodes)]
            .concat()
            .into_iter()
            .chain(if locale == Locale::En { chinese(&nodes) } else { Vec::new() })
            .collect();
    assert!(faults.is_empty(), "in {locale:?}:\n  {}", faults.join("\n  "));
}

fn tags(nodes: &[Node]) -> impl Iterator<Item = &Tag> {
    nodes.iter().filter_map(|node| match node {
        Node::Open(tag) => Some(tag),
        _ => None,
    })
}

fn headings(nodes: &[Node]) -> Vec<String> {
    match tags(nodes).filter(|tag| tag.name == "h1").count() {
        1 => Vec::new(),
        count => vec![format!("{count} h1 instead of one")],
    }
}

fn ids(nodes: &[Node]) -> Vec<String> {
    let mut seen: Vec<&str> = Vec::new();
    let mut faults = Vec::new();
    for id in tags(nodes).filter_map(|tag| tag.get("id")) {
        if id.is_empty() || id.contains(char::is_whitespace) {
            faults.push(format!("id “{id}” is empty or has a space"));
        }
        if seen.contains(&id) {
            faults.push(format!("id “{id}” stands twice"));
        }
        seen.push(id);
    }
    for tag in tags(nodes) {
        for name in ["for", "aria-labelledby", "aria-describedby", "aria-controls"] {
            for id in tag.get(name).unwrap_or_default().split_whitespace().filter(|id| !seen.contains(id)) {
                faults.push(format!("{name} points to “{id}”, which is not there"));
            }
        }
    }
    faults
}

fn labels(nodes: &[Node]) -> Vec<String> {
    let fors: Vec<&str> = tags(nodes).filter_map(|tag| tag.get("for")).collect();
    let mut faults = Vec::new();
    let mut inside_label = 0_usize;
    for node in nodes {
        match node {
            Node::Open(tag) if tag.name == "label" => inside_label += 1,
            Node::Close(name) if name == "label" => inside_label = inside_label.saturating_sub(1),
            Node::Open(tag) if tag.is_field() => {
                let labelled = tag.get("id").is_some_and(|id| fors.contains(&id));
                if !(labelled || inside_label > 0 || tag.is_named()) {
                    faults.push(format!("{} “{}” has no label", tag.name, tag.get("name").unwrap_or_default()));
                }
            }
            _ => {}
        }
    }
    faults.extend(wordless(nodes));
    faults
}

/// Links and buttons without a word, and pictures without an alternative.
fn wordless(nodes: &[Node]) -> Vec<String> {
    let mut faults = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        let Node::Open(tag) = node else { continue };
        if tag.name == "img" && tag.get("alt").is_none() {
            faults.push("an img has no alt".to_owned());
        }
        if !matches!(tag.name.as_str(), "a" | "button" | "summary") || tag.is_named() {
            continue;
        }
        let rest = &nodes[at + 1..];
        let end =
            rest.iter().position(|node| matches!(node, Node::Close(name) if *name == tag.name)).unwrap_or(rest.len());
        let speaks = rest[..end].iter().any(|node| match node {
            Node::Words(words) => !words.trim().is_empty(),
            Node::Open(inner) => inner.is_named() || inner.get("alt").is_some_and(|alt| !alt.is_empty()),
            Node::Close(_) => false,
        });
        if !speaks {
            faults.push(format!("a {} has no words ({:?})", tag.name, tag.attributes));
        }
    }
    faults
}

/// `style-src 'self'; script-src 'self'`.
fn policy(nodes: &[Node]) -> Vec<String> {
    let mut faults = Vec::new();
    for tag in tags(nodes) {
        for (name, value) in &tag.attributes {
            if name == "style"
                || name.starts_with("on")
                || name.starts_with("hx-on")
                || value.starts_with("javascript:")
            {
                faults.push(format!("{}: the policy forbids {name}=“{value}”", tag.name));
            }
        }
        let data = tag.get("type").is_some_and(|kind| kind.starts_with("application/"));
        if tag.name == "style" || tag.name == "script" && tag.get("src").is_none() && !data {
            faults.push(format!("the policy forbids an inline {}", tag.name));
        }
    }
    faults
}

fn files(nodes: &[Node]) -> Vec<String> {
    let mut faults = Vec::new();
    for tag in tags(nodes) {
        let Some(address) = tag.get("href").or(tag.get("src")).filter(|address| address.starts_with("/assets/")) else {
            continue;
        };
        let (file, icon) = address.split_once('#').unwrap_or((address, ""));
        if !assets::is_served(file) {
            faults.push(format!("{file} does not exist"));
        }
        if tag.name == "use" && !assets::has_icon(icon) {
            faults.push(format!("assets/icons.txt does not name “{icon}”"));
        }
    }
    faults
}

fn hrefs(nodes: &[Node]) -> Vec<String> {
    let foreign =
        |address: &&str| address.starts_with("http:") || address.starts_with("https:") || address.starts_with("//");
    let loads = |tag: &&Tag| !matches!(tag.name.as_str(), "a" | "svg");
    let from =
        |tag: &'_ Tag| tag.get("src").or(tag.get("href")).filter(foreign).map(|address| format!("loads {address}"));
    tags(nodes).filter(loads).filter_map(from).collect()
}

fn chinese(nodes: &[Node]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut depth_of_data = Vec::new();
    let mut depth = 0_usize;
    for node in nodes {
        match node {
            Node::Open(tag) => {
                let data = tag.get("data-user").is_some() || tag.get("lang").is_some_and(|lang| lang.starts_with("zh"));
                if !data && depth_of_data.is_empty() {
                    faults.extend(chinese_attributes(tag));
                }
                if !tag.is_void() {
                    depth += 1;
                    if data {
                        depth_of_data.push(depth);
                    }
                }
            }
            Node::Close(_) => {
                if depth_of_data.last() == Some(&depth) {
                    depth_of_data.pop();
                }
                depth = depth.saturating_sub(1);
            }
            Node::Words(words) if depth_of_data.is_empty() && has_han(words) => {
                faults.push(format!("Chinese in the English page: “{}”", words.trim()));
            }
            Node::Words(_) => {}
        }
    }
    faults
}

fn chinese_attributes(tag: &Tag) -> Vec<String> {
    let spoken =
        |name: &str| matches!(name, "aria-label" | "title" | "placeholder" | "alt") || name.ends_with("-words");
    let chinese = tag.attributes.iter().filter(|(name, value)| spoken(name) && has_han(value));
    chinese.map(|(name, value)| format!("Chinese in the English page: {name}=“{value}”")).collect()
}

/// Chinese outside the isolates that [`crate::i18n::translate`] puts around names.
fn has_han(words: &str) -> bool {
    let mut isolated = false;
    for char in words.chars() {
        match char {
            '\u{2068}' => isolated = true,
            '\u{2069}' => isolated = false,
            _ if !isolated && is_han(char) => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(body: &str) -> String {
        let html = format!("<html><body><h1>T</h1>{body}</body></html>");
        let caught = std::panic::catch_unwind(|| markup(&html, Locale::En));
        caught.err().map_or_else(String::new, |panic| *panic.downcast::<String>().unwrap())
    }

    #[test]
    fn each_fault_of_the_markup_is_named() {
        for (body, fault) in [
            ("<p>老人</p>", "Chinese in the English page: “老人”"),
            ("<a href='/x' title='老人'>x</a>", "title=“老人”"),
            ("<input name='q'>", "input “q” has no label"),
            ("<h1>again</h1>", "2 h1"),
            ("<b id='x'></b><i id='x'></i>", "id “x” stands twice"),
            ("<label for='none'>x</label>", "points to “none”"),
            ("<p style='color:red'>x</p>", "the policy forbids style"),
            ("<script>1</script>", "the policy forbids an inline script"),
            ("<button></button>", "a button has no words"),
            ("<svg><use href='/assets/icons.svg#unicorn'/></svg>", "does not name “unicorn”"),
            ("<img src='https://example.org/x.png' alt=''>", "loads https://example.org/x.png"),
            ("<div><p></div>", "</div> closes <p>"),
        ] {
            let said = faults(body);
            assert!(said.contains(fault), "{body} → {said}");
        }
    }

    #[test]
    fn names_out_of_the_data_need_no_english() {
        let body = "<p data-user>陈秀云</p><p>in \u{2068}魏安区\u{2069}</p><button lang='zh-CN'>中文</button><label>q <input></label>";
        assert_eq!(faults(body), "");
    }
}
