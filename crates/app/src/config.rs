//! Settings: every one has a default, and may be set in the file, the environment or a flag, in this order of weight.
//! `config.default.toml` is their manual; a test holds it to this table.

use std::{
    collections::BTreeMap,
    env, fmt,
    path::{Path, PathBuf},
};

use kernel::{Result, refusals};

refusals! {
    /// How settings say no.
    pub(crate) enum Refusal {
        /// The file cannot be read.
        Unreadable { path: String, why: String } => (Invalid, "config.unreadable", "配置文件 {path} 读不了：{why}"),
        /// The file names a setting that there is not.
        Unknown { key: String, path: String } => (Invalid, "config.unknown", "配置文件 {path} 里没有“{key}”这一项"),
        /// A value is not of its kind.
        Wrong { key: String, value: String } => (Invalid, "config.wrong", "配置项 {key} 的值“{value}”不对"),
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Default,
    File(PathBuf),
    Environment(&'static str),
    Flag,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// One setting: its key in the file, its name in the environment, its default (`{data}` is the data folder, `{home}`
/// the user's configuration folder).
pub(crate) struct Setting {
    pub(crate) key: &'static str,
    pub(crate) variable: &'static str,
    pub(crate) default: &'static str,
}

const fn setting(key: &'static str, variable: &'static str, default: &'static str) -> Setting {
    Setting { key, variable, default }
}

/// All settings but the data folder, which is where the file lies.
pub(crate) const SETTINGS: &[Setting] = &[
    setting("database_url", "SANGYU_DATABASE_URL", "sqlite:{data}/sangyu.db"),
    setting("keys_url", "SANGYU_KEYS_URL", "sqlite:{data}/keys.db"),
    setting("root_key", "SANGYU_ROOT_KEY", "{home}/sangyu/root.key"),
    setting("connections", "SANGYU_CONNECTIONS", "16"),
    setting("statement_seconds", "SANGYU_STATEMENT_SECONDS", "20"),
    setting("node", "SANGYU_NODE", "0"),
    setting("node_name", "SANGYU_NODE_NAME", ""),
    setting("listen", "SANGYU_LISTEN", "127.0.0.1:8080"),
    setting("metrics_listen", "SANGYU_METRICS_LISTEN", ""),
    setting("tls_certificate", "SANGYU_TLS_CERTIFICATE", ""),
    setting("tls_key", "SANGYU_TLS_KEY", ""),
    setting("origin", "SANGYU_ORIGIN", ""),
    setting("proxies", "SANGYU_PROXIES", ""),
    setting("sockets", "SANGYU_SOCKETS", "4096"),
    setting("sockets_kept", "SANGYU_SOCKETS_KEPT", "512"),
    setting("sockets_per_address", "SANGYU_SOCKETS_PER_ADDRESS", "256"),
    setting("half_sent", "SANGYU_HALF_SENT", "16"),
    setting("password_profile", "SANGYU_PASSWORD_PROFILE", "asvs"),
    setting("base_map", "SANGYU_BASE_MAP", ""),
    setting("base_map_licence", "SANGYU_BASE_MAP_LICENCE", ""),
    setting("circle_days", "SANGYU_CIRCLE_DAYS", "800"),
];

/// The settings in force.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    data: PathBuf,
    values: BTreeMap<&'static str, (String, Source)>,
}

impl Config {
    /// Reads the settings of a data folder: `config.toml` inside it, the environment, then `flags`.
    pub(crate) fn read(data: &Path, flags: &[(&'static str, String)]) -> Result<Self> {
        Self::assemble(data, flags, |name| env::var(name).ok())
    }

    fn assemble(
        data: &Path,
        flags: &[(&'static str, String)],
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let file = data.join("config.toml");
        let written = table(&file)?;
        if let Some(key) = written.keys().find(|key| SETTINGS.iter().all(|setting| setting.key != **key)) {
            return Err(Refusal::Unknown { key: key.clone(), path: file.display().to_string() }.into());
        }
        let values = SETTINGS.iter().map(|setting| {
            let flag = flags.iter().find(|(key, _)| *key == setting.key).map(|(_, value)| value.clone());
            let (value, source) = flag
                .map(|value| (value, Source::Flag))
                .or_else(|| variable(setting.variable).map(|value| (value, Source::Environment(setting.variable))))
                .or_else(|| written.get(setting.key).map(|value| (value.clone(), Source::File(file.clone()))))
                .unwrap_or_else(|| (setting.default.to_owned(), Source::Default));
            (setting.key, (expand(&value, data, &variable), source))
        });
        Ok(Self { data: data.to_owned(), values: values.collect() })
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// A value; empty when it is not set.
    pub(crate) fn text(&self, key: &'static str) -> &str {
        self.values.get(key).map_or("", |(value, _)| value)
    }

    /// A value that may be left empty.
    pub(crate) fn optional(&self, key: &'static str) -> Option<&str> {
        Some(self.text(key)).filter(|value| !value.is_empty())
    }

    /// A value of a kind that reads from text.
    pub(crate) fn parse<T: std::str::FromStr>(&self, key: &'static str) -> Result<T> {
        let value = self.text(key);
        value.parse().map_err(|_| Refusal::Wrong { key: key.to_owned(), value: value.to_owned() }.into())
    }

    /// Every value with its source, a database's password masked.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        self.values.iter().map(|(key, (value, source))| format!("{key} = {:?}  # {source}", masked(value)))
    }
}

fn table(file: &Path) -> Result<BTreeMap<String, String>> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(unreadable(file, &error)),
    };
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| unreadable(file, &error.message()))?;
    Ok(table
        .into_iter()
        .map(|(key, value)| {
            let text = match value {
                toml::Value::String(text) => text,
                other => other.to_string(),
            };
            (key, text)
        })
        .collect())
}

fn unreadable(file: &Path, why: &dyn fmt::Display) -> kernel::Failure {
    Refusal::Unreadable { path: file.display().to_string(), why: why.to_string() }.into()
}

fn expand(value: &str, data: &Path, variable: &impl Fn(&str) -> Option<String>) -> String {
    let home = variable("XDG_CONFIG_HOME")
        .or_else(|| variable("HOME").map(|home| format!("{home}/.config")))
        .unwrap_or_else(|| "/etc".to_owned());
    value.replace("{data}", &data.display().to_string()).replace("{home}", &home)
}

/// A URL without its password.
fn masked(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    match rest.split_once('@').map(|(user, host)| (user.split_once(':'), host)) {
        Some((Some((user, _)), host)) => format!("{scheme}://{user}:****@{host}"),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(config: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        folder
    }

    #[test]
    fn a_flag_outweighs_the_environment_and_that_the_file_and_that_the_default() {
        let folder = folder("listen = \"1.1.1.1:1\"\nconnections = 4\nnode_name = \"许昌市\"");
        let environment = |name: &str| match name {
            "SANGYU_LISTEN" => Some("2.2.2.2:2".to_owned()),
            "SANGYU_CONNECTIONS" => Some("8".to_owned()),
            _ => None,
        };
        let flags = [("listen", "3.3.3.3:3".to_owned())];
        let config = Config::assemble(folder.path(), &flags, environment).unwrap();
        assert_eq!(config.text("listen"), "3.3.3.3:3");
        assert_eq!(config.parse::<u32>("connections").unwrap(), 8);
        assert_eq!(config.text("node_name"), "许昌市");
        assert_eq!(config.text("database_url"), format!("sqlite:{}/sangyu.db", folder.path().display()));
        assert!(config.lines().any(|line| line == "connections = \"8\"  # SANGYU_CONNECTIONS"));
    }

    #[test]
    fn a_misspelt_key_and_a_wrong_value_are_told() {
        let none = |_: &str| None;
        let misspelt = Config::assemble(folder("listn = \"x\"").path(), &[], none).unwrap_err();
        assert_eq!(misspelt.code(), Some("config.unknown"));
        let wrong = folder("connections = \"many\"");
        let config = Config::assemble(wrong.path(), &[], none).unwrap();
        assert_eq!(config.parse::<u32>("connections").unwrap_err().code(), Some("config.wrong"));
        assert_eq!(Config::assemble(folder("= x").path(), &[], none).unwrap_err().code(), Some("config.unreadable"));
    }

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(masked("postgres://sangyu:secret@db/sangyu"), "postgres://sangyu:****@db/sangyu");
        assert_eq!(masked("sqlite:data/sangyu.db"), "sqlite:data/sangyu.db");
    }

    #[test]
    fn the_manual_names_every_setting_with_its_default() {
        let manual: toml::Table = include_str!("../../../config.default.toml").parse().unwrap();
        let written: Vec<(&str, String)> = manual
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect();
        let mut known: Vec<(&str, String)> = SETTINGS.iter().map(|s| (s.key, s.default.to_owned())).collect();
        known.sort();
        assert_eq!(written, known);
    }
}
