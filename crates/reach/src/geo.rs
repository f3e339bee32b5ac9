//! Places on the globe: lengths on the sphere, and the flat neighbourhood of a point in which "nearest" is decided.

/// Mean radius of the earth (IUGG), in metres. Every length of this crate is a length on the sphere of this radius.
pub const EARTH_RADIUS: f64 = 6_371_008.8;

/// Metres per degree of latitude on that sphere.
pub const METRES_PER_DEGREE: f64 = EARTH_RADIUS * std::f64::consts::PI / 180.0;

/// Units per metre in which walking costs are counted: tenths of a millimetre, so that a sum of a thousand rounded
/// edges is still within 5 cm.
pub const UNITS_PER_METRE: f64 = 10_000.0;

/// The longest limit of a search, in metres.
pub const MAX_LIMIT: f64 = 200_000.0;

/// A place in WGS84 (CGCS2000 differs by centimetres and is read as the same), in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Longitude, −180 to 180.
    pub lon: f64,
    /// Latitude, −90 to 90.
    pub lat: f64,
}

impl Position {
    /// Puts longitude and latitude together.
    #[must_use]
    pub const fn new(lon: f64, lat: f64) -> Self {
        Self { lon, lat }
    }

    /// Whether both are finite and within ±180 and ±90.
    #[must_use]
    pub fn is_on_earth(self) -> bool {
        self.lon.abs() <= 180.0 && self.lat.abs() <= 90.0
    }

    /// Great-circle distance in metres (haversine).
    #[must_use]
    pub fn metres_to(self, other: Self) -> f64 {
        let north = ((other.lat - self.lat).to_radians() / 2.0).sin();
        let east = ((other.lon - self.lon).to_radians() / 2.0).sin();
        let half = north * north + self.lat.to_radians().cos() * other.lat.to_radians().cos() * east * east;
        2.0 * EARTH_RADIUS * half.sqrt().min(1.0).asin()
    }
}

/// The flat neighbourhood of a place: x = R·cos(latitude of the centre)·Δlon, y = R·Δlat, both in metres.
#[derive(Clone, Copy, Debug)]
pub struct Plane {
    /// The origin.
    pub centre: Position,
    /// Metres per degree of longitude.
    pub per_lon: f64,
    /// Metres per degree of latitude, times the sine of the latitude.
    slope: f64,
}

impl Plane {
    /// The plane around a place.
    #[must_use]
    pub fn around(centre: Position) -> Self {
        let (sine, cosine) = centre.lat.to_radians().sin_cos();
        Self { centre, per_lon: METRES_PER_DEGREE * cosine, slope: METRES_PER_DEGREE * sine }
    }

    /// The plane around a place near the centre: by Taylor's series, which within a kilometre is exact to 16 digits.
    #[must_use]
    pub fn moved_to(&self, place: Position) -> Self {
        let step = (place.lat - self.centre.lat).to_radians();
        if step.abs() > 1.6e-4 {
            return Self::around(place);
        }
        let per_lon = self.per_lon - step * (self.slope + step * (self.per_lon / 2.0 - step * self.slope / 6.0));
        let slope = self.slope + step * (self.per_lon - step * (self.slope / 2.0 + step * self.per_lon / 6.0));
        Self { centre: place, per_lon, slope }
    }

    /// Where a place lies on it, in metres east and north of the centre.
    #[must_use]
    pub fn flat(&self, place: Position) -> [f64; 2] {
        [(place.lon - self.centre.lon) * self.per_lon, (place.lat - self.centre.lat) * METRES_PER_DEGREE]
    }

    /// The place at metres east and north of the centre.
    #[must_use]
    pub fn place(&self, [x, y]: [f64; 2]) -> Position {
        let per_lon = if self.per_lon.abs() < 1.0 { 1.0 } else { self.per_lon };
        Position::new(self.centre.lon + x / per_lon, self.centre.lat + y / METRES_PER_DEGREE)
    }

    /// The point of a straight piece that is nearest to the centre: square of its distance in m², and where on the
    /// piece it lies, from 0 (at `a`) to 1 (at `b`).
    #[must_use]
    pub fn nearest_on(&self, a: Position, b: Position) -> (f64, f64) {
        let [ax, ay] = self.flat(a);
        let [bx, by] = self.flat(b);
        let (dx, dy) = (bx - ax, by - ay);
        let square = dx * dx + dy * dy;
        let t = if square > 0.0 { (-(ax * dx + ay * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
        let (x, y) = (ax + t * dx, ay + t * dy);
        (x * x + y * y, t)
    }
}

/// Walking cost units of a length in metres, rounded.
#[must_use]
pub fn units(metres: f64) -> u32 {
    // `as` saturates, and turns NaN into 0.
    (metres * UNITS_PER_METRE + 0.5) as u32
}

/// Metres of walking cost units.
#[must_use]
pub fn metres(units: u32) -> f64 {
    f64::from(units) / UNITS_PER_METRE
}

/// The place of a cell on the Hilbert curve of order 16: near cells get near numbers.
#[must_use]
pub fn hilbert(mut x: u32, mut y: u32) -> u32 {
    let mut number = 0;
    let mut side = 1_u32 << 15;
    while side > 0 {
        let right = u32::from(x & side > 0);
        let up = u32::from(y & side > 0);
        number += side * side * ((3 * right) ^ up);
        if up == 0 {
            if right == 1 {
                x = 0xffff - (x & 0xffff);
                y = 0xffff - (y & 0xffff);
            }
            std::mem::swap(&mut x, &mut y);
        }
        side >>= 1;
    }
    number
}

/// The rectangle around places, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// South-west corner.
    pub low: Position,
    /// North-east corner.
    pub high: Position,
}

impl Bounds {
    /// The rectangle around nothing.
    pub const EMPTY: Self = Self {
        low: Position { lon: f64::INFINITY, lat: f64::INFINITY },
        high: Position { lon: f64::NEG_INFINITY, lat: f64::NEG_INFINITY },
    };

    /// The rectangle around all of them.
    #[must_use]
    pub fn around(places: impl IntoIterator<Item = Position>) -> Self {
        places.into_iter().fold(Self::EMPTY, Self::with)
    }

    /// The rectangle around this and one more place.
    #[must_use]
    pub fn with(self, place: Position) -> Self {
        Self {
            low: Position::new(self.low.lon.min(place.lon), self.low.lat.min(place.lat)),
            high: Position::new(self.high.lon.max(place.lon), self.high.lat.max(place.lat)),
        }
    }

    /// The middle; the null island for nothing.
    #[must_use]
    pub fn centre(self) -> Position {
        if self.low.lon > self.high.lon {
            return Position::new(0.0, 0.0);
        }
        Position::new(self.low.lon.midpoint(self.high.lon), self.low.lat.midpoint(self.high.lat))
    }

    /// The cell of a place on a grid of 65,536 × 65,536 over the rectangle.
    #[must_use]
    pub fn cell(self, place: Position) -> (u32, u32) {
        let scale = |value: f64, low: f64, high: f64| {
            if high > low { ((value - low) / (high - low) * 65_535.0) as u32 & 0xffff } else { 0 }
        };
        (scale(place.lon, self.low.lon, self.high.lon), scale(place.lat, self.low.lat, self.high.lat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_has_111_195_metres() {
        let metres = Position::new(8.0, 41.0).metres_to(Position::new(8.0, 42.0));
        assert!((metres - 111_195.08).abs() < 0.01, "{metres}");
    }

    #[test]
    fn the_plane_and_the_sphere_agree_within_a_millimetre_over_a_hundred_metres() {
        let (a, b) = (Position::new(113.82, 34.03), Position::new(113.8208, 34.0306));
        let [x, y] = Plane::around(a).flat(b);
        assert!((x.hypot(y) - a.metres_to(b)).abs() < 0.001);
    }

    #[test]
    fn a_moved_plane_is_the_plane_there() {
        let (from, to) = (Position::new(8.0, 41.0), Position::new(8.003, 41.008));
        let (moved, there) = (Plane::around(from).moved_to(to), Plane::around(to));
        assert!((moved.per_lon / there.per_lon - 1.0).abs() < 1e-15 && (moved.slope / there.slope - 1.0).abs() < 1e-15);
    }

    #[test]
    fn the_nearest_point_may_lie_at_an_end_or_between() {
        let plane = Plane::around(Position::new(0.0, 0.0));
        let (square, t) = plane.nearest_on(Position::new(-0.001, 0.001), Position::new(0.001, 0.001));
        assert!((square.sqrt() - 111.195).abs() < 0.01 && (t - 0.5).abs() < 1e-9);
        let (_, t) = plane.nearest_on(Position::new(0.001, 0.001), Position::new(0.002, 0.001));
        assert!(t == 0.0);
    }

    #[test]
    fn neighbours_on_the_hilbert_curve_are_neighbours_on_the_grid() {
        let mut all = Vec::new();
        for x in 0..32 {
            for y in 0..32 {
                all.push((hilbert(x, y), x, y));
            }
        }
        all.sort_unstable();
        assert!(all.windows(2).all(|two| two[0].1.abs_diff(two[1].1) + two[0].2.abs_diff(two[1].2) == 1));
    }
}
