//! The rooms of the house, in the order of the architecture. Nothing else knows them all.

use web::module::Module;

/// Every room's declaration.
pub(crate) fn all() -> Vec<Module> {
    vec![registry::module(), care::module(), insight::module()]
}
