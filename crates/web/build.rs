//! Turns `assets/dist` into a table of embedded files. `make assets` makes that folder; without it nothing here can be
//! served, so the build stops and says so.

use std::{env, fmt::Write as _, fs, path::Path};

fn main() {
    let manifest_dir = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let dist = Path::new(&manifest_dir).join("../../assets/dist");
    let manifest = dist.join("manifest.json");
    println!("cargo::rerun-if-changed={}", manifest.display());
    println!("cargo::rerun-if-changed=../../locales/en.json");
    let Some(source) = fs::read_to_string(&manifest).ok().and_then(|json| table(&json, &dist)) else {
        println!("cargo::error=the browser's files are missing (assets/dist): run `make assets`");
        return;
    };
    let out = Path::new(&env::var("OUT_DIR").unwrap_or_default()).join("embedded.rs");
    if let Err(fault) = fs::write(&out, source) {
        println!("cargo::error=cannot write {}: {fault}", out.display());
    }
}

/// The Rust source of the table: one row per file, and the names of the icons in the sprite.
fn table(manifest: &str, dist: &Path) -> Option<String> {
    let manifest: serde_json::Value = serde_json::from_str(manifest).ok()?;
    let mut source = String::from("pub(super) static FILES: &[File] = &[\n");
    for (name, hashed) in manifest["files"].as_object()? {
        let path = dist.join(hashed.as_str()?).canonicalize().ok()?;
        let row = format!(
            "File {{ name: {name:?}, hashed: {hashed}, plain: include_bytes!({path:?}), packed: include_bytes!(\"{}.gz\") }},",
            path.display()
        );
        writeln!(source, "    {row}").ok()?;
    }
    source.push_str("];\npub(super) static ICONS: &[&str] = &[");
    for icon in manifest["icons"].as_array()? {
        write!(source, "{icon}, ").ok()?;
    }
    source.push_str("];\n");
    Some(source)
}
