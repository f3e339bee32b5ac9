//! Places in five shades with printed breaks, name and value on each, each a link one level down.

use askama::{Template, filters::HtmlSafe};
use kernel::Text;

use super::figure;
use crate::filters;

/// The outline of a place and where its name stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// SVG path.
    pub path: String,
    /// Middle of the name.
    pub x: f64,
    /// Base line of the name.
    pub y: f64,
}

/// One place of the map.
#[derive(Clone, Debug)]
pub struct MapPlace {
    /// Its name.
    pub name: String,
    /// Its figure; none is drawn pale and says so.
    pub value: Option<f64>,
    /// The page of the place.
    pub href: String,
    /// Outlined in ink.
    pub chosen: bool,
    /// Its outline.
    pub shape: Shape,
}

/// A map of one measure.
#[derive(Clone, Debug, Template)]
#[template(path = "kit/choropleth.html")]
pub struct Choropleth {
    /// Id of the map.
    pub id: &'static str,
    /// What is measured.
    pub title: Text,
    /// %, 人; written after each figure.
    pub unit: &'static str,
    /// The four values at which the shade changes; fixed through the year so that months compare.
    pub breaks: [f64; 4],
    /// Width and height of the shapes' plane.
    pub size: (f64, f64),
    /// The places.
    pub places: Vec<MapPlace>,
    /// The shapes are invented: the map says 示意边界，非标准地图.
    pub schematic: bool,
}

impl HtmlSafe for Choropleth {}

impl Choropleth {
    /// Shade 1 to 5, or 0 without a figure.
    fn shade(&self, place: &MapPlace) -> usize {
        place.value.map_or(0, |value| 1 + self.breaks.iter().filter(|edge| value >= **edge).count())
    }

    fn words(&self, place: &MapPlace) -> String {
        place.value.map_or_else(|| "–".to_owned(), |value| format!("{}{}", figure(value), self.unit))
    }

    /// The chosen place is drawn last, so that no neighbour covers its outline.
    fn drawn(&self) -> Vec<&MapPlace> {
        let (chosen, rest): (Vec<_>, Vec<_>) = self.places.iter().partition(|place| place.chosen);
        rest.into_iter().chain(chosen).collect()
    }

    /// Highest first: the table, and the description's extremes.
    fn ranked(&self) -> Vec<&MapPlace> {
        let mut places: Vec<_> = self.places.iter().collect();
        places.sort_by(|a, b| b.value.unwrap_or(f64::MIN).total_cmp(&a.value.unwrap_or(f64::MIN)));
        places
    }

    fn highest(&self) -> Option<&MapPlace> {
        self.ranked().into_iter().find(|place| place.value.is_some())
    }

    fn lowest(&self) -> Option<&MapPlace> {
        self.ranked().into_iter().rfind(|place| place.value.is_some())
    }

    /// Where each break is printed under the legend.
    fn edges(&self) -> Vec<(f64, String)> {
        let at = [36.0, 72.0, 108.0, 144.0];
        at.into_iter().zip(self.breaks.map(figure)).collect()
    }
}

#[cfg(test)]
mod tests {
    use kernel::text;

    use super::*;
    use crate::chart::schematic;

    fn map(values: &[Option<f64>]) -> Choropleth {
        let codes: Vec<u32> = (411_002..).take(values.len()).collect();
        let shapes = schematic::map(&codes);
        let place = |((value, shape), code): ((&Option<f64>, Shape), &u32)| MapPlace {
            name: format!("县{code}"),
            value: *value,
            href: format!("/figures/{code}"),
            chosen: *code == 411_003,
            shape,
        };
        let places = values.iter().zip(shapes).zip(&codes).map(place).collect();
        let (breaks, size) = ([70.0, 75.0, 80.0, 90.0], schematic::SIZE);
        Choropleth { id: "m", title: text!("月探访率"), unit: "%", breaks, size, places, schematic: true }
    }

    #[test]
    fn a_value_on_a_break_takes_the_darker_shade_and_none_stays_pale() {
        let map = map(&[Some(69.9), Some(70.0), Some(94.1), None]);
        assert_eq!(map.places.iter().map(|place| map.shade(place)).collect::<Vec<_>>(), [1, 2, 5, 0]);
    }

    #[test]
    fn each_place_is_a_link_with_name_and_value_and_the_map_says_that_it_is_invented() {
        let html = map(&[Some(69.9), Some(70.0)]).render().unwrap();
        assert!(html.contains(r#"<a href="/figures/411002" aria-label="县411002 69.9%""#), "{html}");
        assert!(html.contains("示意边界，非标准地图"));
        let chosen = html.find("class=\"on").unwrap();
        assert!(chosen > html.find("/figures/411002").unwrap(), "the chosen place is drawn last");
    }
}
