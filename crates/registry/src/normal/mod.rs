//! What people write, in one form: texts, names, numbers, telephones, dates, and words for "nothing". Sheets, forms, JSON
//! bodies and the search box all come through here, so that what one of them takes the others find.

pub mod dates;
mod names;
mod nothing;
mod numbers;
mod phones;
mod text;

pub(crate) use names::is_han;
pub use names::{key, name, prefixes};
pub use nothing::{Nothing, nothing};
pub use numbers::{certificate, code};
pub use phones::{Phone, PhoneFault, Written, phone, phones};
pub use text::{fold, has_private_use, is_unseen, plain, visible};
