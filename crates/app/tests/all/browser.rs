//! A small HTTP client: one connection a request, nothing kept but cookies.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

/// Somebody signed in, at whatever address the program serves now.
#[derive(Clone, Default)]
pub struct Browser {
    cookies: String,
    csrf: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

impl Browser {
    /// Signs in with the password of the demo city.
    pub fn sign_in(address: &str, login: &str) -> Self {
        let mut browser = Self::default();
        let answer = browser.knock(address, login).unwrap();
        assert_eq!(answer.status, 303, "{answer:?}");
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap();
        browser.cookies = cookie.to_owned();
        let page = browser.get(address, "/account").unwrap();
        let token = page.body.split("name=\"csrf\" value=\"").nth(1).unwrap_or_else(|| panic!("{page:?}"));
        browser.csrf = token.split('"').next().unwrap().to_owned();
        browser
    }

    /// Tries to sign in.
    pub fn knock(&self, address: &str, login: &str) -> io::Result<Answer> {
        let form = format!("login={login}&password=sangyu-demo");
        let kind = "content-type: application/x-www-form-urlencoded\r\n";
        self.exchange(address, "POST /login", kind, &form)
    }

    pub fn get(&self, address: &str, path: &str) -> io::Result<Answer> {
        self.exchange(address, &format!("GET {path}"), "", "")
    }

    /// Posts JSON with a key of its own.
    pub fn post(&self, address: &str, path: &str, key: &str, body: &serde_json::Value) -> io::Result<Answer> {
        let head =
            format!("content-type: application/json\r\nidempotency-key: {key}\r\nx-csrf-token: {}\r\n", self.csrf);
        self.exchange(address, &format!("POST {path}"), &head, &body.to_string())
    }

    /// Opens a stream of live events; what happens from now on is told.
    pub fn follow(&self, address: &str) -> io::Result<impl BufRead + use<>> {
        let mut stream = connect(address)?;
        let cookies = &self.cookies;
        write!(
            stream,
            "GET /live HTTP/1.1\r\nhost: {address}\r\ncookie: {cookies}\r\naccept: text/event-stream\r\n\r\n"
        )?;
        let (mut stream, mut line) = (BufReader::new(stream), String::new());
        while line != "\r\n" {
            line.clear();
            stream.read_line(&mut line)?;
        }
        Ok(stream)
    }

    /// `line` is method and path.
    fn exchange(&self, address: &str, line: &str, head: &str, body: &str) -> io::Result<Answer> {
        let mut stream = connect(address)?;
        let (cookies, length) = (&self.cookies, body.len());
        write!(
            stream,
            "{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncookie: {cookies}\r\n\
             content-length: {length}\r\n{head}\r\n{body}"
        )?;
        let mut whole = Vec::new();
        stream.read_to_end(&mut whole)?;
        answer(&whole).ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
    }
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    Ok(stream)
}

/// A whole answer; none when it was cut short.
fn answer(whole: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(whole);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let mut answer = Answer { status, head: head.to_owned(), body: String::new() };
    answer.body = match answer.header("content-length") {
        Some(length) if body.len() < length.parse().ok()? => return None,
        Some(_) => body.to_owned(),
        None if answer.header("transfer-encoding").is_some() => unchunked(&whole[head.len() + 4..])?,
        None => String::new(),
    };
    Some(answer)
}

fn unchunked(mut rest: &[u8]) -> Option<String> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        if length == 0 {
            return Some(String::from_utf8_lossy(&body).into_owned());
        }
        body.extend(rest.get(end + 2..end + 2 + length)?);
        rest = rest.get(end + 4 + length..)?;
    }
}
