//! A small reader of our own markup: tags, attributes and words, with strict nesting.

/// A piece of markup.
#[derive(Debug)]
pub(super) enum Node {
    /// `<name …>`
    Open(Tag),
    /// `</name>`, also for `<name/>`.
    Close(String),
    /// Text between tags, entities resolved as far as we write them.
    Words(String),
}

/// An opening tag.
#[derive(Debug)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
}

impl Tag {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// An input that people fill in.
    pub(super) fn is_field(&self) -> bool {
        let silent = matches!(self.get("type"), Some("hidden" | "submit" | "button"));
        matches!(self.name.as_str(), "input" | "select" | "textarea") && !silent
    }

    /// Named by itself, without a label or words inside.
    pub(super) fn is_named(&self) -> bool {
        self.get("aria-label").is_some_and(|name| !name.trim().is_empty()) || self.get("aria-labelledby").is_some()
    }

    /// Has no content and no closing tag.
    pub(super) fn is_void(&self) -> bool {
        const VOID: [&str; 11] = ["area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"];
        VOID.contains(&self.name.as_str())
    }
}

/// Reads markup; an error is a sentence.
pub(super) fn nodes(html: &str) -> Result<Vec<Node>, String> {
    let mut nodes = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        if start > 0 {
            nodes.push(Node::Words(plain(&rest[..start])));
        }
        rest = &rest[start..];
        if let Some(after) = rest.strip_prefix("<!--") {
            rest = after.split_once("-->").ok_or("a comment does not end")?.1;
        } else if rest.starts_with("<!") {
            rest = rest.split_once('>').ok_or("the doctype does not end")?.1;
        } else if let Some(after) = rest.strip_prefix("</") {
            let (name, after) = after.split_once('>').ok_or("a closing tag does not end")?;
            match open.pop() {
                Some(expected) if expected == name => nodes.push(Node::Close(expected)),
                expected => return Err(format!("</{name}> closes <{}>", expected.unwrap_or_default())),
            }
            rest = after;
        } else {
            let (tag, closed, after) = tag(&rest[1..])?;
            rest = after;
            let (name, void) = (tag.name.clone(), tag.is_void());
            nodes.push(Node::Open(tag));
            if closed && !void {
                nodes.push(Node::Close(name));
            } else if !void {
                open.push(name);
            }
        }
    }
    if open.is_empty() { Ok(nodes) } else { Err(format!("not closed: {}", open.join(", "))) }
}

/// One opening tag after its `<`; whether it closes itself; what follows.
fn tag(from: &str) -> Result<(Tag, bool, &str), String> {
    let end = from.find(|c: char| c.is_whitespace() || c == '>' || c == '/').ok_or("a tag does not end")?;
    let mut tag = Tag { name: from[..end].to_owned(), attributes: Vec::new() };
    let mut rest = from[end..].trim_start();
    loop {
        if let Some(after) = rest.strip_prefix("/>") {
            return Ok((tag, true, after));
        }
        if let Some(after) = rest.strip_prefix('>') {
            return Ok((tag, false, after));
        }
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).ok_or("a tag does not end")?;
        if end == 0 {
            return Err(format!("<{}> is broken at “{}”", tag.name, rest.chars().take(20).collect::<String>()));
        }
        let name = rest[..end].to_owned();
        rest = rest[end..].trim_start();
        let value = match rest.strip_prefix('=') {
            None => String::new(),
            Some(after) => {
                let quote =
                    after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(format!("{name} has no quotes"))?;
                let (value, after) = after[1..].split_once(quote).ok_or(format!("{name} does not end"))?;
                rest = after.trim_start();
                plain(value)
            }
        };
        tag.attributes.push((name, value));
    }
}

fn plain(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (entity, char)| text.replace(entity, char))
}
