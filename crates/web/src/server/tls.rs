//! TLS: reads certificate and key for the accept loop, and makes an own authority and a server certificate for offices
//! without one (`sangyu tls init`), so that phones get the secure context they need.

use std::{
    fs, io,
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{Datelike as _, Days, NaiveDate};
use kernel::{Failure, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

/// Days that an own authority is valid: ten years, so that phones install it once.
const AUTHORITY_DAYS: u64 = 3_650;
/// Days that a server certificate is valid: the most that iOS accepts (Apple HT210176).
const SERVER_DAYS: u64 = 825;

/// The acceptor of a certificate chain and its key, both PEM files; TLS 1.2 and 1.3.
///
/// # Errors
/// When a file is missing, is not PEM, or key and certificate do not belong together.
pub fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor> {
    let named = |path: &Path, error: &dyn std::fmt::Display| Failure::internal(format!("{}: {error}", path.display()));
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| named(certificate, &error))?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| named(key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|error| named(certificate, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The files of [`init`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificates {
    /// The authority that phones install.
    pub authority: PathBuf,
    /// The server's chain.
    pub certificate: PathBuf,
    /// The server's key, readable by its owner only.
    pub key: PathBuf,
}

/// Writes `ca.pem`, `ca.key`, `server.pem` and `server.key` (keys with mode 0600) into `folder` for host names and IP
/// addresses. An authority that is there already is kept, so phones that trust it go on doing so.
///
/// # Errors
/// When a name is not a host name or IP address, or a file cannot be read or written.
pub fn init(folder: &Path, hosts: &[String], today: NaiveDate) -> Result<Certificates> {
    fs::create_dir_all(folder)?;
    let files = Certificates {
        authority: folder.join("ca.pem"),
        certificate: folder.join("server.pem"),
        key: folder.join("server.key"),
    };
    let authority = authority(&files.authority, &folder.join("ca.key"), today)?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(hosts)?;
    name(&mut params, hosts.first().map_or("sangyu", String::as_str));
    validity(&mut params, today, SERVER_DAYS)?;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.signed_by(&key, &authority)?;
    write(&files.key, &key.serialize_pem(), 0o600)?;
    write(&files.certificate, &(certificate.pem() + &fs::read_to_string(&files.authority)?), 0o644)?;
    Ok(files)
}

/// The authority in `pem` with its key: read, or made when there is none.
fn authority(pem: &Path, secret: &Path, today: NaiveDate) -> Result<Issuer<'static, KeyPair>> {
    let mut params = CertificateParams::default();
    name(&mut params, "Sangyu 桑榆");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = match fs::read_to_string(secret) {
        // The issuer's name and key are all that a signature takes over from the authority's certificate.
        Ok(text) if pem.exists() => KeyPair::from_pem(&text)?,
        Ok(_) => return Err(Failure::internal(format!("{} is there without its certificate", secret.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = KeyPair::generate()?;
            validity(&mut params, today, AUTHORITY_DAYS)?;
            write(secret, &key.serialize_pem(), 0o600)?;
            write(pem, &params.self_signed(&key)?.pem(), 0o644)?;
            key
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Issuer::new(params, key))
}

fn name(params: &mut CertificateParams, common: &str) {
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common);
}

/// From yesterday, because a phone's clock may lag.
fn validity(params: &mut CertificateParams, today: NaiveDate, days: u64) -> Result<()> {
    let day = |date: Option<NaiveDate>| {
        let date = date.ok_or_else(|| Failure::internal("a certificate would end after the calendar"))?;
        Ok::<_, Failure>(date_time_ymd(date.year(), u8::try_from(date.month())?, u8::try_from(date.day())?))
    };
    params.not_before = day(today.checked_sub_days(Days::new(1)))?;
    params.not_after = day(today.checked_add_days(Days::new(days - 1)))?;
    Ok(())
}

/// Writes a file that never stands there with wider rights than `mode`.
fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    Ok(file.sync_all()?)
}
