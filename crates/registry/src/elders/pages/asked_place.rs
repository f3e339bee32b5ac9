//! A place that somebody typed into a form: which one is meant, and which to choose from when there are several.

use kernel::{FieldRefusal, Refused, Region, Result, text};
use web::{
    form::{Choice, Form, Kind},
    head::Label,
};

use crate::{elders::Refusal, places};

/// The one place that was found for what was typed.
pub(super) fn only(found: &[places::Place], field: &'static str) -> Result<Region> {
    match found {
        [one] => Ok(one.region),
        [] => Err(Refusal::NoSuchPlace.into()),
        more => {
            let text = text!("有 {n} 个地方可能是您要找的，请选一个", n = more.len());
            Err(Refused::invalid(vec![FieldRefusal { field, text }]).into())
        }
    }
}

/// Lets a field choose from the places of an ambiguous name.
pub(super) fn offer(form: &mut Form, field: &'static str, found: &[places::Place]) {
    if found.len() < 2 {
        return;
    }
    let choice = |place: &places::Place| {
        Choice::new(place.region.code().to_string(), Label::data(places::full_name(place.region).unwrap_or_default()))
    };
    if let Some(field) = form.fields.iter_mut().find(|it| it.name == field) {
        field.kind = Kind::Radios(found.iter().map(choice).collect());
        field.values = Vec::new();
    }
}
