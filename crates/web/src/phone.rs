//! The caregiver's phone as an installable page at `/m`: a shell without data, its manifest and its service worker. What
//! it shows and sends goes through the JSON API ([`crate::commands`]).

use std::fmt::Write as _;

use askama::Template;
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use kernel::{Failure, Result, text};
use serde_json::json;
use sm3::{Digest as _, Sm3};

use crate::{
    assets::{self, asset},
    edge::ApiResult,
    filters,
    head::Head,
    page::{Door, Page, Samples, View},
    routes::{Access, Routes},
};

/// What the shell consists of, by asset name.
const SHELL: [&str; 6] = ["phone.css", "phone.js", "icons.svg", "mark.svg", "icon-192.png", "icon-512.png"];

/// The shell: the script draws everything else.
#[derive(Debug, Template)]
#[template(path = "phone/app.html")]
struct Shell;

impl View for Shell {
    const DOOR: Door = Door::Phone;
    const SCRIPTS: &'static [&'static str] = &["phone.js"];

    fn head(&self) -> Head {
        Head::new(text!("上门护理")).own_heading()
    }
}

impl Samples for Shell {
    fn samples() -> Vec<Self> {
        vec![Self]
    }
}

pub(crate) fn routes() -> Routes {
    Routes::new("web").get("/m", Access::Public, async || Page(Shell)).get("/m/sw.js", Access::Public, worker).get(
        "/m/manifest.webmanifest",
        Access::Public,
        manifest,
    )
}

/// The service worker: our script with the shell's addresses in front. Another content of any file is another version.
async fn worker() -> ApiResult<Response> {
    let mut response = script()?.into_response_as("text/javascript; charset=utf-8");
    // It lies below the page that it serves.
    response.headers_mut().insert("service-worker-allowed", HeaderValue::from_static("/m"));
    Ok(response)
}

/// A file that browsers ask for anew each time.
struct Fresh(Vec<u8>);

impl Fresh {
    fn into_response_as(self, kind: &'static str) -> Response {
        let mut response = self.0.into_response();
        let set = response.headers_mut();
        set.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        set.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }
}

fn script() -> Result<Fresh> {
    let body = assets::bytes("sw.js").ok_or_else(|| Failure::internal("the service worker is not embedded"))?;
    let mut files = vec!["/m".to_owned(), "/m/manifest.webmanifest".to_owned()];
    files.extend(SHELL.map(asset));
    let sum = Sm3::digest([files.concat().as_bytes(), body].concat());
    let version = sum.iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let shell = json!({ "version": version, "files": files });
    Ok(Fresh([format!("self.SHELL={shell};\n").as_bytes(), body].concat()))
}

/// What an installed phone shows of us.
async fn manifest() -> ApiResult<Response> {
    let icon =
        |name: &str, size: &str| json!({ "src": asset(name), "sizes": size, "type": "image/png", "purpose": "any" });
    let told = json!({
        "name": "桑榆 上门护理",
        "short_name": "桑榆",
        "lang": "zh-CN",
        "start_url": "/m",
        "scope": "/m",
        "id": "/m",
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#f5f6f3",
        "theme_color": "#ffffff",
        "icons": [icon("icon-192.png", "192x192"), icon("icon-512.png", "512x512")],
    });
    Ok(Fresh(serde_json::to_vec(&told)?).into_response_as("application/manifest+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_is_whole_in_both_languages() {
        crate::check::all::<Shell>();
    }

    #[test]
    fn the_service_worker_keeps_every_file_of_the_shell_and_all_are_served() {
        let script = String::from_utf8(script().unwrap().0).unwrap();
        for name in SHELL {
            assert!(script.contains(&asset(name)) && assets::bytes(name).is_some(), "{name}");
        }
        assert!(script.starts_with("self.SHELL={\"files\":[\"/m\","));
    }

    /// interface.md item 8: the phone loads at most 150 KB.
    #[test]
    fn what_the_phone_loads_is_small() {
        let bytes: usize = SHELL.iter().filter_map(|name| assets::bytes(name)).map(<[u8]>::len).sum();
        assert!(bytes < 150_000, "{bytes} bytes before packing");
    }
}
