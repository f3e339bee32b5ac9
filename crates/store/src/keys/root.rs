//! The root of all keys: what wraps county keys and the blind-index key. In software it is a file; a certified
//! cryptographic machine (密码机) takes its place behind the same [`Root`] trait. Sealing itself happens in process, with
//! the keys that the root unwrapped (see [`crate::seal`]).

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    fs,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use kernel::{Ids, Result};
use zeroize::Zeroizing;

use super::{Refusal, export::Passphrase};
use crate::{
    heads::NodeKey,
    seal::{self, Secret},
};

/// The slow half of the provider of cryptography: wraps and unwraps county keys. It may live in a machine of its own.
#[async_trait]
pub trait Root: Send + Sync + fmt::Debug {
    /// Wraps a key under the current version of the root; `label` says what the key is for.
    async fn wrap(&self, label: &str, key: &Secret) -> Result<Vec<u8>>;

    /// Unwraps what [`Root::wrap`] made with the same label, under any version not yet retired.
    ///
    /// # Errors
    /// [`Refusal::WrongRoot`] when another root wrapped it, or another label.
    async fn unwrap(&self, label: &str, wrapped: &[u8]) -> Result<Secret>;

    /// Makes a new version, current from now on; the older ones still unwrap.
    async fn renew(&self) -> Result<()>;

    /// Destroys all versions but the current one, after everything was wrapped anew.
    async fn retire(&self) -> Result<()>;
}

/// A root in software: a file that only its owner reads, best outside the data folder. It also keeps the node's signing
/// key. One line each: `root VERSION HEX`, `node HEX`.
pub struct RootFile {
    path: PathBuf,
    ids: Arc<Ids>,
    keyring: Mutex<Keyring>,
}

#[derive(Clone)]
struct Keyring {
    roots: BTreeMap<u16, Secret>,
    node: NodeKey,
}

impl RootFile {
    /// Makes a new root and node key in a file that must not exist yet; folders on the way are made.
    ///
    /// # Errors
    /// [`Refusal::RootThere`].
    pub fn init(path: &Path, ids: Arc<Ids>) -> Result<Self> {
        let keyring = Keyring { roots: BTreeMap::from([(1, Secret::random(&ids))]), node: NodeKey::random(&ids) };
        write_new(path, &keyring.text())?;
        Ok(Self { path: path.to_owned(), ids, keyring: Mutex::new(keyring) })
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`Refusal::RootMissing`], [`Refusal::RootOpen`] when others may read it, [`Refusal::RootDamaged`].
    pub fn load(path: &Path, ids: Arc<Ids>) -> Result<Self> {
        Ok(Self { path: path.to_owned(), ids, keyring: Mutex::new(read(path)?) })
    }

    /// The file's place.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The key that signs this node's journal heads.
    #[must_use]
    pub fn node_key(&self) -> NodeKey {
        self.keyring().node.clone()
    }

    /// The whole file sealed under a passphrase, to be kept apart from data and key store.
    ///
    /// # Errors
    /// [`Refusal::ShortPassphrase`].
    pub fn export(&self, passphrase: &str) -> Result<Vec<u8>> {
        let text = self.keyring().text();
        Passphrase::new(passphrase, &self.ids)?.seal_whole(&self.ids, "root", text.as_bytes())
    }

    /// Makes the file from what [`RootFile::export`] gave.
    ///
    /// # Errors
    /// [`Refusal::NotOpened`], [`Refusal::RootThere`].
    pub fn restore(path: &Path, exported: &[u8], passphrase: &str, ids: Arc<Ids>) -> Result<Self> {
        let bytes = Zeroizing::new(Passphrase::open_whole(passphrase, "root", exported)?);
        let text = std::str::from_utf8(&bytes).map_err(|_| Refusal::NotOpened)?;
        let keyring = Keyring::parse(text, path)?;
        write_new(path, &keyring.text())?;
        Ok(Self { path: path.to_owned(), ids, keyring: Mutex::new(keyring) })
    }

    fn keyring(&self) -> MutexGuard<'_, Keyring> {
        // A panic cannot leave a keyring half changed: it is replaced whole.
        self.keyring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what the file holds *now* (another process may have renewed it) and writes it back.
    fn change(&self, change: impl FnOnce(&mut Keyring)) -> Result<()> {
        let mut held = self.keyring();
        let mut keyring = read(&self.path)?;
        change(&mut keyring);
        let folder = folder(&self.path);
        let file = staged(folder, &keyring.text())?;
        file.persist(&self.path)?;
        fs::File::open(folder)?.sync_all()?;
        *held = keyring;
        Ok(())
    }

    /// The root of a version; a version made by another process is read from the file.
    fn version(&self, version: u16) -> Result<Secret> {
        let mut held = self.keyring();
        if !held.roots.contains_key(&version) {
            *held = read(&self.path)?;
        }
        held.roots.get(&version).cloned().ok_or_else(|| Refusal::WrongRoot.into())
    }
}

#[async_trait]
impl Root for RootFile {
    async fn wrap(&self, label: &str, key: &Secret) -> Result<Vec<u8>> {
        let (version, root) = self.keyring().current();
        Ok(seal::seal(&root, version, &self.ids.bytes(), label.as_bytes(), key.reveal()))
    }

    async fn unwrap(&self, label: &str, wrapped: &[u8]) -> Result<Secret> {
        let root = self.version(seal::version(wrapped)?)?;
        let key = Zeroizing::new(seal::open(&root, label.as_bytes(), wrapped).map_err(|_| Refusal::WrongRoot)?);
        Secret::from_slice(&key).ok_or_else(|| Refusal::WrongRoot.into())
    }

    async fn renew(&self) -> Result<()> {
        self.change(|keyring| {
            let (version, _) = keyring.current();
            keyring.roots.insert(version + 1, Secret::random(&self.ids));
        })
    }

    async fn retire(&self) -> Result<()> {
        self.change(|keyring| keyring.roots = BTreeMap::from([keyring.current()]))
    }
}

impl fmt::Debug for RootFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootFile({})", self.path.display())
    }
}

impl Keyring {
    fn current(&self) -> (u16, Secret) {
        let Some((version, root)) = self.roots.last_key_value() else {
            unreachable!("a keyring is made and read with at least one root")
        };
        (*version, root.clone())
    }

    fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(1_024));
        text.push_str("# Sangyu's root key. Who has this file and the key store reads everything: keep it secret,\n");
        text.push_str("# outside the data folder, and keep a copy apart from every other backup.\n");
        for (version, root) in &self.roots {
            // Writing to a String does not fail.
            let _ = writeln!(text, "root {version} {}", *Zeroizing::new(HEXLOWER.encode(root.reveal())));
        }
        let _ = writeln!(text, "node {}", *Zeroizing::new(HEXLOWER.encode(&*self.node.reveal())));
        text
    }

    fn parse(text: &str, path: &Path) -> Result<Self> {
        let damaged = |line: usize| Refusal::RootDamaged { path: path.display().to_string(), line };
        let (mut roots, mut node) = (BTreeMap::new(), None);
        for (number, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let read = match words[..] {
                [] => Some(()),
                [word, ..] if word.starts_with('#') => Some(()),
                ["root", version, hex] => version.parse().ok().zip(secret(hex)).map(|(v, root)| {
                    roots.insert(v, root);
                }),
                ["node", hex] => bytes(hex).and_then(|b| NodeKey::from_slice(&b)).map(|key| node = Some(key)),
                _ => None,
            };
            read.ok_or_else(|| damaged(number + 1))?;
        }
        match node {
            Some(node) if !roots.is_empty() => Ok(Self { roots, node }),
            _ => Err(damaged(text.lines().count()).into()),
        }
    }
}

fn bytes(hex: &str) -> Option<Zeroizing<Vec<u8>>> {
    HEXLOWER.decode(hex.as_bytes()).ok().map(Zeroizing::new)
}

fn secret(hex: &str) -> Option<Secret> {
    Secret::from_slice(&bytes(hex)?)
}

fn read(path: &Path) -> Result<Keyring> {
    let shown = || path.display().to_string();
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Refusal::RootMissing { path: shown() }.into());
        }
        read => Zeroizing::new(read?),
    };
    if open_to_others(path)? {
        return Err(Refusal::RootOpen { path: shown() }.into());
    }
    Keyring::parse(&text, path)
}

#[cfg(unix)]
fn open_to_others(path: &Path) -> Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> Result<bool> {
    Ok(false)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a file that only its owner reads (mode 0600), beside the place where it will stand.
fn staged(folder: &Path, text: &str) -> Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn write_new(path: &Path, text: &str) -> Result<()> {
    let folder = folder(path);
    fs::create_dir_all(folder)?;
    match staged(folder, text)?.persist_noclobber(path) {
        Err(fault) if fault.error.kind() == ErrorKind::AlreadyExists => {
            Err(Refusal::RootThere { path: path.display().to_string() }.into())
        }
        kept => {
            kept?;
            Ok(fs::File::open(folder)?.sync_all()?)
        }
    }
}
