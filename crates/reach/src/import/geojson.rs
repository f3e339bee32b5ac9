//! GeoJSON (RFC 7946): `LineString` and `MultiLineString` are streets, `Point` with a `barrier` is a barrier at its
//! vertex; other geometries are passed over. Lines join where vertices are the same to 10⁻⁷ degrees (a centimetre).
//! `properties` are read as OSM tags; a line without `highway` is a street as long as its access tags allow. The
//! members `attribution` (or `copyright`, `license`) and `crs` of the collection are read, others are passed over.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Draft, index};
use crate::{
    datum::Datum,
    fault::{Fault, Flaw, Result},
    geo::Position,
    walk::{Tags, Traits},
};

/// Whether the first character that is no white space or byte order mark opens an object.
pub(super) fn is_geojson(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Document {
    FeatureCollection {
        features: Vec<Feature>,
        #[serde(default)]
        attribution: Option<String>,
        #[serde(default)]
        copyright: Option<String>,
        #[serde(default)]
        license: Option<String>,
        #[serde(default)]
        crs: Option<Crs>,
    },
    Feature(Feature),
    LineString {
        coordinates: Vec<Vec<f64>>,
    },
    MultiLineString {
        coordinates: Vec<Vec<Vec<f64>>>,
    },
}

#[derive(Deserialize)]
struct Crs {
    #[serde(default)]
    properties: Option<CrsName>,
}

#[derive(Deserialize)]
struct CrsName {
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
struct Feature {
    #[serde(default)]
    geometry: Option<Geometry>,
    #[serde(default)]
    properties: Option<serde_json::Map<String, serde_json::Value>>,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Geometry {
    Point {
        coordinates: Vec<f64>,
    },
    LineString {
        coordinates: Vec<Vec<f64>>,
    },
    MultiLineString {
        coordinates: Vec<Vec<Vec<f64>>>,
    },
    #[serde(other)]
    Other,
}

pub(super) fn read(bytes: &[u8], datum: Datum) -> Result<Draft> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let document: Document = serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => Fault::Truncated { at: 0, length: bytes.len() as u64 },
        _ => Fault::NotGeoJson(error.to_string()),
    })?;
    let mut reader = Reader { draft: Draft::default(), datum, vertices: HashMap::new(), barriers: Vec::new() };
    let lone = |geometry| vec![Feature { geometry: Some(geometry), properties: None }];
    let features = match document {
        Document::FeatureCollection { features, attribution, copyright, license, crs } => {
            check_crs(crs, datum)?;
            reader.draft.attribution = attribution.or(copyright).or(license).unwrap_or_default();
            features
        }
        Document::Feature(feature) => vec![feature],
        Document::LineString { coordinates } => lone(Geometry::LineString { coordinates }),
        Document::MultiLineString { coordinates } => lone(Geometry::MultiLineString { coordinates }),
    };
    for (number, feature) in (1..).zip(features) {
        reader.feature(number, feature)?;
    }
    reader.finish()
}

/// The old member `crs` must not contradict what was stated.
fn check_crs(crs: Option<Crs>, stated: Datum) -> Result<()> {
    let Some(name) = crs.and_then(|crs| crs.properties).and_then(|properties| properties.name) else { return Ok(()) };
    let word = name.to_ascii_uppercase();
    let found = if ["CRS84", "4326", "4490", "WGS84", "CGCS2000"].iter().any(|known| word.contains(known)) {
        Some(Datum::Wgs84)
    } else if word.contains("GCJ") {
        Some(Datum::Gcj02)
    } else if word.contains("BD09") || word.contains("BD-09") {
        Some(Datum::Bd09)
    } else {
        None
    };
    if found == Some(stated) {
        return Ok(());
    }
    Err(Fault::MixedDatums { what: "streets".to_owned(), found: name, stated: stated.to_string() })
}

struct Reader {
    draft: Draft,
    datum: Datum,
    vertices: HashMap<(i64, i64), u32>,
    barriers: Vec<((i64, i64), Traits)>,
}

/// The centimetre grid on which vertices are the same.
fn key(place: Position) -> (i64, i64) {
    ((place.lon * 1e7).round() as i64, (place.lat * 1e7).round() as i64)
}

impl Reader {
    fn feature(&mut self, number: usize, feature: Feature) -> Result<()> {
        let mut tags = Tags::default();
        for (key, value) in feature.properties.iter().flatten() {
            if let serde_json::Value::String(value) = value {
                tags.note(key, value);
            }
        }
        match feature.geometry {
            Some(Geometry::Point { coordinates }) => {
                let traits = tags.node();
                if traits != Traits::NONE {
                    let place = self.place(number, 1, &coordinates)?;
                    self.barriers.push((key(place), traits));
                }
                Ok(())
            }
            Some(Geometry::LineString { coordinates }) => self.line(number, 0, &coordinates, &tags).map(drop),
            Some(Geometry::MultiLineString { coordinates }) => {
                coordinates.iter().try_fold(0, |before, line| self.line(number, before, line, &tags)).map(drop)
            }
            Some(Geometry::Other) | None => Ok(()),
        }
    }

    /// Adds a line; returns the number of coordinates of the feature read so far.
    fn line(&mut self, feature: usize, before: usize, line: &[Vec<f64>], tags: &Tags<'_>) -> Result<usize> {
        self.draft.lines_seen += 1;
        let traits = if tags.has_highway() { tags.way() } else { tags.traits() };
        let mut refs = Vec::with_capacity(line.len());
        for (number, coordinate) in (before + 1..).zip(line) {
            let place = self.place(feature, number, coordinate)?;
            if traits.is_some() {
                refs.push(self.vertex(place)?);
            }
        }
        if let Some(traits) = traits {
            self.draft.line(traits, refs)?;
        }
        Ok(before + line.len())
    }

    fn place(&self, feature: usize, vertex: usize, coordinate: &[f64]) -> Result<Position> {
        let wrong = |flaw| Fault::Vertex { feature, vertex, flaw };
        let [lon, lat, ..] = *coordinate else { return Err(wrong(Flaw::Missing)) };
        let place = Position::new(lon, lat);
        if !place.is_on_earth() {
            return Err(wrong(Flaw::OutOfRange(format!("{lon}, {lat}"))));
        }
        Ok(self.datum.to_wgs84(place))
    }

    fn vertex(&mut self, place: Position) -> Result<u32> {
        let next = index(self.draft.vertices.len())?;
        let vertex = *self.vertices.entry(key(place)).or_insert(next);
        if vertex == next {
            self.draft.vertices.push(place);
            self.draft.barriers.push(Traits::NONE);
        }
        Ok(vertex)
    }

    fn finish(mut self) -> Result<Draft> {
        for (key, traits) in self.barriers {
            if let Some(vertex) = self.vertices.get(&key)
                && let Some(barrier) = self.draft.barriers.get_mut(*vertex as usize)
            {
                *barrier = traits;
            }
        }
        Ok(self.draft)
    }
}
