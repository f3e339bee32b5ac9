//! How the platform says no. Each room lists its refusals with [`refusals!`](crate::refusals): a fact with fields, and
//! in the same row its verdict, code and sentence. Anything else that goes wrong is [`Internal`]: opaque to users,
//! logged once at the edge.

use std::{error::Error, fmt, panic::Location};

use crate::Text;

/// What a refusal means for the one who asked; one HTTP status each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 401: nobody is signed in.
    Unauthenticated,
    /// 403: visible, but not allowed.
    Forbidden,
    /// 404: not there, or not visible.
    NotFound,
    /// 408: it did not come in time.
    TooSlow,
    /// 409: the state moved on, or somebody was faster.
    Conflict,
    /// 413: too large.
    TooLarge,
    /// 422: the input is wrong.
    Invalid,
    /// 429: too often.
    TooMany,
    /// 503: cannot be done right now, and nothing was.
    Unavailable,
    /// 504: nobody knows whether it was done.
    Unknown,
}

impl Verdict {
    /// The HTTP status code.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::TooSlow => 408,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::Invalid => 422,
            Self::TooMany => 429,
            Self::Unavailable => 503,
            Self::Unknown => 504,
        }
    }
}

/// A no, ready for any door: page, fragment or JSON problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What it means.
    pub verdict: Verdict,
    /// Stable code for programs, `room.fact`.
    pub code: &'static str,
    /// The sentence for people.
    pub text: Text,
    /// Which inputs are wrong and why; empty unless the verdict is [`Verdict::Invalid`].
    pub fields: Vec<FieldRefusal>,
}

/// One wrong input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRefusal {
    /// The input's name in the form or JSON body.
    pub field: &'static str,
    /// What is wrong and how to mend it.
    pub text: Text,
}

/// A fault of the platform or its surroundings, with the place in the code where it surfaced.
pub struct Internal {
    /// What went wrong.
    pub source: Box<dyn Error + Send + Sync>,
    /// Where it surfaced.
    pub at: &'static Location<'static>,
}

impl fmt::Debug for Internal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at {})", self.source, self.at)?;
        let mut cause = self.source.source();
        while let Some(deeper) = cause {
            write!(f, "; {deeper}")?;
            cause = deeper.source();
        }
        Ok(())
    }
}

/// What every fallible function of the platform returns on failure. Any error type converts into it as [`Internal`];
/// only the rows of [`refusals!`](crate::refusals) become a [`Refused`].
#[derive(Debug)]
pub enum Failure {
    /// A no for the user.
    Refused(Box<Refused>),
    /// A fault.
    Internal(Internal),
}

/// The result of every fallible function of the platform.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    #[track_caller]
    fn from(source: E) -> Self {
        Self::Internal(Internal { source: Box::new(source), at: Location::caller() })
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(Box::new(refused))
    }
}

impl Failure {
    /// A fault that no error type tells.
    #[track_caller]
    #[must_use]
    pub fn internal(what: impl Into<String>) -> Self {
        Self::Internal(Internal { source: what.into().into(), at: Location::caller() })
    }

    /// The fault's error, when it is of this type.
    #[must_use]
    pub fn cause<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::Refused(_) => None,
            Self::Internal(internal) => internal.source.downcast_ref(),
        }
    }

    /// The stable code, for a refusal.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Refused(refused) => Some(refused.code),
            Self::Internal(_) => None,
        }
    }
}

impl Refused {
    /// Whether whoever sent it can mend it and send it again: the input is wrong, or the state moved on.
    #[must_use]
    pub const fn is_mendable(&self) -> bool {
        matches!(self.verdict, Verdict::Invalid | Verdict::Conflict)
    }

    /// Wrong inputs, by field.
    #[must_use]
    pub fn invalid(fields: Vec<FieldRefusal>) -> Self {
        Self { verdict: Verdict::Invalid, code: "input.invalid", text: Text::new("有几处需要修改"), fields }
    }
}

/// Declares a room's refusals: each variant a fact with fields, and its verdict, code and sentence in the same row.
///
/// ```
/// kernel::refusals! {
///     /// How orders say no.
///     pub enum Refusal {
///         /// The order is no longer in the state that this step starts from.
///         Moved { from: String } => (Conflict, "order.moved", "工单已经是“{from}”，请刷新后再看"),
///     }
/// }
/// let failure = kernel::Failure::from(Refusal::Moved { from: "已取消".into() });
/// assert_eq!(failure.code(), Some("order.moved"));
/// ```
#[macro_export]
macro_rules! refusals {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[$vmeta:meta])* $variant:ident $({ $($field:ident : $type:ty),* $(,)? })?
                => ($verdict:ident, $code:literal, $zh:literal) ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis enum $name {
            $( $(#[$vmeta])* $variant $({ $(#[doc = concat!("`", stringify!($field), "` of the sentence.")] $field: $type),* })? ),*
        }

        impl From<$name> for $crate::Refused {
            fn from(refusal: $name) -> Self {
                match refusal {
                    $( $name::$variant $({ $($field),* })? => $crate::Refused {
                        verdict: $crate::Verdict::$verdict,
                        code: $code,
                        text: $crate::Text::new($zh)$($(.with(stringify!($field), &$field))*)?,
                        fields: Vec::new(),
                    } ),*
                }
            }
        }

        impl From<$name> for $crate::Failure {
            fn from(refusal: $name) -> Self {
                $crate::Failure::from($crate::Refused::from(refusal))
            }
        }
    };
}

refusals! {
    /// The refusals that no room owns.
    pub enum Common {
        /// Not there, or not visible: the same answer.
        NotFound => (NotFound, "not_found", "没有找到，或者不在您的数据范围内"),
        /// The acting role does not include this.
        NotAllowed => (Forbidden, "not_allowed", "您现在的岗位不能做这件事"),
        /// Another write came first.
        Raced => (Conflict, "raced", "刚刚有别人改过，请刷新后再试"),
        /// The database is busy or away.
        Unavailable => (Unavailable, "unavailable", "系统正忙，刚才的操作没有保存，请稍后再试"),
        /// The answer of a commit was lost.
        Unknown => (Unknown, "unknown", "不知道刚才的操作是否已保存，请先查看，再决定要不要重做"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads_a_number(text: &str) -> Result<i32> {
        Ok(text.parse::<i32>()?)
    }

    fn says_no() -> Result<()> {
        Err(Common::NotFound.into())
    }

    #[test]
    fn an_error_becomes_internal_with_its_place_and_a_refusal_keeps_its_code() {
        let failure = reads_a_number("x").unwrap_err();
        assert!(failure.cause::<std::num::ParseIntError>().is_some());
        assert!(format!("{failure:?}").contains("refusal.rs"));
        assert_eq!(says_no().unwrap_err().code(), Some("not_found"));
    }
}
