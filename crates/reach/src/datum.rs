//! The shifted coordinates of Chinese map services. GCJ-02 (高德, 腾讯) is WGS84 with a published distortion inside
//! China; BD-09 (百度) is GCJ-02 with one more. Everything is turned into WGS84 when it is read; CGCS2000 is read as
//! WGS84, from which it differs by centimetres.

use std::{f64::consts::PI, fmt, str::FromStr};

use crate::geo::Position;

/// In which coordinates an input is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Datum {
    /// WGS84 or CGCS2000.
    #[default]
    Wgs84,
    /// GCJ-02.
    Gcj02,
    /// BD-09.
    Bd09,
}

impl Datum {
    /// Turns a place given in this datum into WGS84, to about a centimetre.
    #[must_use]
    pub fn to_wgs84(self, place: Position) -> Position {
        match self {
            Self::Wgs84 => place,
            Self::Gcj02 => gcj_to_wgs(place),
            Self::Bd09 => gcj_to_wgs(bd_to_gcj(place)),
        }
    }

    /// Turns a WGS84 place into this datum.
    #[must_use]
    pub fn of_wgs84(self, place: Position) -> Position {
        match self {
            Self::Wgs84 => place,
            Self::Gcj02 => wgs_to_gcj(place),
            Self::Bd09 => gcj_to_bd(wgs_to_gcj(place)),
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wgs84 => "wgs84",
            Self::Gcj02 => "gcj02",
            Self::Bd09 => "bd09",
        }
    }
}

impl fmt::Display for Datum {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.name())
    }
}

impl FromStr for Datum {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().replace(['-', '_', ' '], "").as_str() {
            "wgs84" | "cgcs2000" | "epsg4326" | "epsg4490" => Ok(Self::Wgs84),
            "gcj02" => Ok(Self::Gcj02),
            "bd09" | "bd09ll" => Ok(Self::Bd09),
            other => Err(format!("unknown datum {other:?}; known are wgs84, cgcs2000, gcj02, bd09")),
        }
    }
}

/// Whether the distortion applies: the rectangle around China that the published formula uses.
fn in_china(place: Position) -> bool {
    (72.004..=137.8347).contains(&place.lon) && (0.8293..=55.8271).contains(&place.lat)
}

/// Krassovsky's ellipsoid, on which the distortion is defined.
const AXIS: f64 = 6_378_245.0;
const ECCENTRICITY: f64 = 0.006_693_421_622_965_943;

/// The waves along one axis, with the amplitudes of the two long ones.
fn waves(value: f64, [middle, long]: [f64; 2]) -> f64 {
    let sin = |factor: f64| (factor * value * PI).sin();
    let short = 20.0 * sin(1.0) + 40.0 * sin(1.0 / 3.0);
    (short + middle * sin(1.0 / 12.0) + long * sin(1.0 / 30.0)) * 2.0 / 3.0
}

fn shift(place: Position) -> [f64; 2] {
    let (x, y) = (place.lon - 105.0, place.lat - 35.0);
    let ripple = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let root = x.abs().sqrt();
    let north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple + waves(y, [160.0, 320.0]);
    let east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple + waves(x, [150.0, 300.0]);
    let latitude = place.lat.to_radians();
    let magic = 1.0 - ECCENTRICITY * latitude.sin().powi(2);
    let north = (north * 180.0) / ((AXIS * (1.0 - ECCENTRICITY)) / (magic * magic.sqrt()) * PI);
    let east = (east * 180.0) / (AXIS / magic.sqrt() * latitude.cos() * PI);
    [east, north]
}

fn wgs_to_gcj(place: Position) -> Position {
    if !in_china(place) {
        return place;
    }
    let [east, north] = shift(place);
    Position::new(place.lon + east, place.lat + north)
}

/// The distortion has no closed inverse; five rounds of correction leave less than a millimetre.
fn gcj_to_wgs(place: Position) -> Position {
    if !in_china(place) {
        return place;
    }
    let mut guess = place;
    for _ in 0..5 {
        let there = wgs_to_gcj(guess);
        guess = Position::new(guess.lon + place.lon - there.lon, guess.lat + place.lat - there.lat);
    }
    guess
}

const BAIDU: f64 = PI * 3_000.0 / 180.0;

fn gcj_to_bd(place: Position) -> Position {
    if !in_china(place) {
        return place;
    }
    let radius = place.lon.hypot(place.lat) + 0.000_02 * (place.lat * BAIDU).sin();
    let angle = place.lat.atan2(place.lon) + 0.000_003 * (place.lon * BAIDU).cos();
    Position::new(radius * angle.cos() + 0.006_5, radius * angle.sin() + 0.006)
}

fn bd_to_gcj(place: Position) -> Position {
    if !in_china(place) {
        return place;
    }
    let mut guess = Position::new(place.lon - 0.006_5, place.lat - 0.006);
    for _ in 0..5 {
        let there = gcj_to_bd(guess);
        guess = Position::new(guess.lon + place.lon - there.lon, guess.lat + place.lat - there.lat);
    }
    guess
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiananmen_is_where_the_map_services_show_it() {
        let wgs = Position::new(116.391_27, 39.907_33);
        let gcj = Datum::Gcj02.of_wgs84(wgs);
        // As eviltransform and coordtransform publish it.
        assert!((gcj.lon - 116.397_512).abs() < 2e-5 && (gcj.lat - 39.908_734).abs() < 2e-5, "{gcj:?}");
        let bd = Datum::Bd09.of_wgs84(wgs);
        assert!((bd.lon - gcj.lon - 0.006_4).abs() < 3e-4 && (bd.lat - gcj.lat - 0.006_3).abs() < 4e-4, "{bd:?}");
    }

    #[test]
    fn there_and_back_is_the_same_place_to_a_millimetre() {
        for lon in [73.6, 87.6, 104.06, 113.82, 121.47, 134.7] {
            for lat in [18.3, 30.6, 34.03, 45.8, 53.3] {
                let place = Position::new(lon, lat);
                for datum in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
                    let back = datum.to_wgs84(datum.of_wgs84(place));
                    assert!(place.metres_to(back) < 0.001, "{datum} {place:?} {back:?}");
                }
            }
        }
    }

    #[test]
    fn outside_china_nothing_is_shifted() {
        let porto = Position::new(-8.61, 41.15);
        assert_eq!(Datum::Gcj02.to_wgs84(porto), porto);
        assert_eq!(Datum::Bd09.to_wgs84(porto), porto);
    }
}
