//! Passwords: what is accepted, and argon2id with a cap on how many are hashed at once.

use std::{sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use kernel::{Common, Failure, Ids, Result};
use tokio::{sync::Semaphore, time::timeout};

use super::{
    Refusal,
    guessable::{Owner, is_guessable},
};

/// Memory of one hash in KiB (OWASP: 19 MiB with two passes).
const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// A sign-in waits this long for its turn to be hashed, then the platform is busy.
const TURN: Duration = Duration::from_secs(10);
/// ASVS 5.0, 6.2.9: at least 64 characters must be taken.
const MOST: usize = 128;

/// The two profiles of what a password must be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// ASVS 5.0, 6.2: 12 characters or more, no rules of composition.
    #[default]
    Asvs,
    /// 等保: 12 characters or more of three classes, changed every 90 days.
    Classified,
}

impl Profile {
    /// Stored form.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Asvs => "asvs",
            Self::Classified => "classified",
        }
    }

    /// The profile of a stored code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        [Self::Asvs, Self::Classified].into_iter().find(|profile| profile.code() == code)
    }

    /// After how many days a password must be changed; none when never.
    #[must_use]
    pub const fn days(self) -> Option<i64> {
        match self {
            Self::Asvs => None,
            Self::Classified => Some(90),
        }
    }

    /// The stricter of two: an account keeps the profile it was opened with, the platform may ask for more since.
    #[must_use]
    pub const fn or_stricter(self, other: Self) -> Self {
        if matches!((self, other), (Self::Asvs, Self::Asvs)) { Self::Asvs } else { Self::Classified }
    }

    /// Passes a password that fits the profile and that nobody guesses who knows its owner.
    ///
    /// # Errors
    /// [`Refusal`]: what is wrong with it.
    pub fn check(self, password: &str, owner: &Owner<'_>) -> Result<(), Refusal> {
        const LEAST: usize = 12;
        const CLASSES: usize = 3;
        let length = password.chars().count();
        if length < LEAST {
            return Err(Refusal::TooShort { least: LEAST });
        }
        if length > MOST {
            return Err(Refusal::TooLong { most: MOST });
        }
        if self == Self::Classified && classes(password) < CLASSES {
            return Err(Refusal::TooPlain { classes: CLASSES });
        }
        if is_guessable(password, owner) { Err(Refusal::Guessable) } else { Ok(()) }
    }
}

fn classes(password: &str) -> usize {
    let has = |class: fn(char) -> bool| usize::from(password.chars().any(class));
    has(|c| c.is_lowercase()) + has(|c| c.is_uppercase()) + has(|c| c.is_numeric()) + has(|c| !c.is_alphanumeric())
}

/// The hasher of the process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hashing {
    turns: Arc<Semaphore>,
    /// What the password of an unknown login is compared with, so that it takes as long as any other.
    nobody: Arc<str>,
}

impl Hashing {
    /// At most `parallel` hashes at once (19 MiB and about 70 ms of one core each).
    ///
    /// # Errors
    /// When the first hash cannot be made.
    pub fn new(parallel: usize, ids: &Ids) -> Result<Self> {
        let nobody = hash(&argon2()?, b"nobody signs in with this", &ids.bytes::<16>())?;
        Ok(Self { turns: Arc::new(Semaphore::new(parallel.max(1))), nobody: nobody.into() })
    }

    /// Argon2id of a password, in PHC form.
    ///
    /// # Errors
    /// [`Common::Unavailable`] when too many wait.
    pub async fn hash(&self, password: &str, ids: &Ids) -> Result<String> {
        let (password, salt) = (password.to_owned(), ids.bytes::<16>());
        self.in_turn(move || hash(&argon2()?, password.as_bytes(), &salt)).await
    }

    /// Whether the password is the one that was hashed. Without a hash it takes as long and is false.
    ///
    /// # Errors
    /// [`Common::Unavailable`] when too many wait; internal when the hash is no hash.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool> {
        let (known, stored) = (stored.is_some(), stored.unwrap_or(&self.nobody).to_owned());
        let password = password.to_owned();
        let equal = self.in_turn(move || verify(&argon2()?, password.as_bytes(), &stored)).await?;
        Ok(equal && known)
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let turn = timeout(TURN, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| Failure::from(Common::Unavailable))??;
        tokio::task::spawn_blocking(move || {
            // Held here, not outside: a browser that leaves must not free the turn while its hash still runs.
            let _turn = turn;
            work()
        })
        .await?
    }
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(argon2: &Argon2<'_>, password: &[u8], salt: &[u8]) -> Result<String> {
    Ok(argon2.hash_password_with_salt(password, salt)?.to_string())
}

fn verify(argon2: &Argon2<'_>, password: &[u8], stored: &str) -> Result<bool> {
    Ok(argon2.verify_password(password, &PasswordHash::new(stored)?).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_must_be_long_and_not_what_everybody_tries_first() {
        let asvs = |password: &str| Profile::Asvs.check(password, &Owner { words: vec!["zhoumin"], login: None });
        assert_eq!(asvs("correct horse battery"), Ok(()));
        assert_eq!(asvs("桑榆未晚为霞尚满天记得关灯"), Ok(()));
        assert_eq!(asvs("short"), Err(Refusal::TooShort { least: 12 }));
        assert_eq!(asvs(&"长密码".repeat(50)), Err(Refusal::TooLong { most: 128 }));
        for guessable in ["aaaaaaaaaaaaaaa", "123456789012", "Password12345", "zhoumin-20261121", "abcdefghijklm"] {
            assert_eq!(asvs(guessable), Err(Refusal::Guessable), "{guessable}");
        }
    }

    #[test]
    fn the_classified_profile_asks_for_three_classes() {
        let check = |password: &str| Profile::Classified.check(password, &Owner::default());
        assert_eq!(check("correct horse battery"), Err(Refusal::TooPlain { classes: 3 }));
        assert_eq!(check("Correct horse 7 battery"), Ok(()));
    }

    #[tokio::test]
    async fn a_password_verifies_and_another_or_an_unknown_account_does_not() {
        let ids = Ids::seeded(1);
        let hashing = Hashing::new(1, &ids).unwrap();
        let stored = hashing.hash("correct horse battery", &ids).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(hashing.verify("correct horse battery", Some(&stored)).await.unwrap());
        assert!(!hashing.verify("correct horse batterY", Some(&stored)).await.unwrap());
        assert!(!hashing.verify("nobody signs in with this", None).await.unwrap());
    }
}
