//! The engine against the slow way, on random streets.

use proptest::prelude::*;
use reach::{
    Field, Hierarchy, Network, Position, Profile, Queue, Reading, Snap, Streets, UNREACHED,
    city::{CitySpec, city},
    geo::{metres, units},
    import::draft,
    nearest::{Facilities, Kind, Nearest},
};

use crate::reference::Plain;

/// A random town: lines over a lattice of vertices that are moved a little, so that lines share vertices, cross without
/// a vertex, double each other and end blindly.
#[derive(Clone, Debug)]
struct Town {
    lines: Vec<(Vec<(u8, u8)>, &'static str)>,
    barriers: Vec<((u8, u8), &'static str)>,
    points: Vec<Position>,
    facilities: Vec<Position>,
    south: f64,
}

fn town() -> impl Strategy<Value = Town> {
    let vertex = (0..8_u8, 0..8_u8);
    let kind = prop_oneof![
        6 => Just(r#"{"highway":"residential"}"#),
        2 => Just(r#"{"highway":"steps"}"#),
        1 => Just(r#"{"highway":"service","access":"private"}"#),
        1 => Just(r#"{"highway":"footway","wheelchair":"no"}"#),
        1 => Just(r#"{"highway":"motorway"}"#),
        3 => Just("null"),
    ];
    let barrier = prop_oneof![
        Just(r#"{"barrier":"wall"}"#),
        Just(r#"{"barrier":"gate","access":"private"}"#),
        Just(r#"{"barrier":"stile"}"#),
        Just(r#"{"barrier":"gate"}"#),
    ];
    let place = || (-200..1_000_i32, -200..1_000_i32);
    (
        prop::collection::vec((prop::collection::vec(vertex.clone(), 2..6), kind), 1..30),
        prop::collection::vec((vertex, barrier), 0..6),
        prop::collection::vec(place(), 1..40),
        prop::collection::vec(place(), 1..5),
        prop_oneof![Just(0.0), Just(34.0), Just(-41.0), Just(62.0)],
    )
        .prop_map(|(lines, barriers, points, facilities, south)| {
            let put = |(x, y): (i32, i32)| Position::new(113.0 + f64::from(x) * 1.1e-5, south + f64::from(y) * 1.3e-5);
            Town {
                lines,
                barriers,
                points: points.into_iter().map(put).collect(),
                facilities: facilities.into_iter().map(put).collect(),
                south,
            }
        })
}

impl Town {
    fn vertex(&self, (x, y): (u8, u8)) -> String {
        let wobble = f64::from((u32::from(x) * 37 + u32::from(y) * 101) % 17) * 1e-5;
        format!("[{},{}]", 113.0 + f64::from(x) * 0.001 + wobble, self.south + f64::from(y) * 0.001 - wobble / 3.0)
    }

    fn geojson(&self) -> String {
        let feature = |kind: &str, coordinates: String, tags: &str| {
            format!(
                r#"{{"type":"Feature","properties":{tags},"geometry":{{"type":"{kind}","coordinates":{coordinates}}}}}"#
            )
        };
        let lines = self.lines.iter().map(|(line, tags)| {
            let line: Vec<String> = line.iter().map(|vertex| self.vertex(*vertex)).collect();
            feature("LineString", format!("[{}]", line.join(",")), tags)
        });
        let barriers = self.barriers.iter().map(|(vertex, tags)| feature("Point", self.vertex(*vertex), tags));
        let features: Vec<String> = lines.chain(barriers).collect();
        format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
    }
}

fn profiles() -> impl Strategy<Value = Profile> {
    prop_oneof![
        Just(Profile::PLANNER),
        Just(Profile::ELDER),
        Just(Profile::WHEELCHAIR),
        Just(Profile::ELDER.with_private())
    ]
}

fn facilities(network: &Network, places: &[Position]) -> Option<Facilities> {
    let snaps: Option<Vec<_>> = places.iter().map(|place| network.snap(*place, 5_000.0)).collect();
    Some(Facilities { kinds: vec![Kind { snaps: snaps?, ..Kind::default() }] })
}

proptest! {
    #[test]
    fn every_distance_is_that_of_a_plain_dijkstra(town in town(), profile in profiles()) {
        let Ok(draft) = draft(town.geojson().as_bytes(), Reading::default()) else { return Ok(()) };
        let plain = Plain::new(&draft, profile);
        let streets = match Streets::of_draft(&draft) {
            Ok(streets) => streets,
            Err(fault) => { prop_assert!(plain.is_empty() || draft.lines.is_empty(), "{fault}"); return Ok(()) }
        };
        let streets = reach::read(&reach::pack(&streets), Reading::default()).unwrap();
        let Ok(network) = Network::build(streets, profile) else { prop_assert!(plain.is_empty()); return Ok(()) };
        let facilities = facilities(&network, &town.facilities).unwrap();
        let from: Vec<_> = town.facilities.iter().map(|place| plain.spot(*place, &[], 5_000.0)).collect();
        prop_assume!(!town.facilities.iter().any(|place| plain.is_ambiguous(*place, &[], 5_000.0)));
        let distances = plain.distances(&from);
        for within in [150.0, 1_125.0, 60_000.0] {
            let nearest = Nearest::new(&network, &facilities, within).unwrap();
            let (costs, counts) = nearest.costs(&town.points);
            prop_assert_eq!(counts.all() as usize, town.points.len());
            for (point, cost) in town.points.iter().zip(costs) {
                if plain.is_ambiguous(*point, &from, within) {
                    continue;
                }
                let expected = plain.at(plain.spot(*point, &from, within), &distances, &from);
                if cost == UNREACHED {
                    prop_assert!(expected > within - 0.01, "{expected} is within {within}");
                } else {
                    prop_assert!((metres(cost) - expected).abs() < 0.01, "{} for {expected}", metres(cost));
                }
            }
        }
    }

    #[test]
    fn opening_and_closing_leaves_what_a_new_search_finds(
        town in town(), steps in prop::collection::vec((any::<bool>(), 0..5_usize), 1..12)
    ) {
        let Ok(streets) = reach::read(town.geojson().as_bytes(), Reading::default()) else { return Ok(()) };
        let Ok(network) = Network::build(streets, Profile::PLANNER) else { return Ok(()) };
        let mut queue = reach::Queue::default();
        let bound = units(500.0);
        let mut field = reach::Field::empty(&network, bound);
        let mut standing: Vec<(u32, reach::Snap)> = Vec::new();
        for (number, (opens, place)) in (0_u32..).zip(steps) {
            if opens || standing.is_empty() {
                let Some(snap) = network.snap(town.facilities[place % town.facilities.len()], 5_000.0) else { continue };
                standing.push((number, snap));
                field.open(&network, (snap, number), &mut queue, |_| {});
            } else {
                let (gone, _) = standing.remove(place % standing.len());
                field.close(&network, gone, &mut queue, |_| {});
            }
            let snaps: Vec<_> = standing.iter().map(|(_, snap)| *snap).collect();
            let fresh = reach::Field::search(&network, &snaps, bound, &mut queue);
            for node in 0..network.node_count() as u32 {
                prop_assert_eq!(field.label(node).cost, fresh.label(node).cost);
            }
            for point in &town.points {
                if let Some(snap) = network.snap(*point, 500.0) {
                    prop_assert_eq!(field.nearest(&network, snap).cost, fresh.nearest(&network, snap).cost);
                }
            }
        }
    }

    #[test]
    fn the_way_between_two_places_is_that_of_a_search_from_one_of_them(town in town(), profile in profiles()) {
        let Ok(streets) = reach::read(town.geojson().as_bytes(), Reading::default()) else { return Ok(()) };
        let Ok(network) = Network::build(streets, profile) else { return Ok(()) };
        // Some are too far from any street, some stand on one edge, some on streets that lead nowhere.
        let places: Vec<_> = town.points.iter().map(|place| network.snap(*place, 200.0)).collect();
        let (rows, found) = each_pair(&network, &places);
        prop_assert_eq!(rows, places.len());
        for (a, b, cost) in found {
            prop_assert_eq!(cost, searched(&network, (places[a], places[b])), "{} and {}", a, b);
        }
    }
}

/// The rows of the table of some places, and each pair with its cost.
fn each_pair(network: &Network, places: &[Option<Snap>]) -> (usize, Vec<(usize, usize, u32)>) {
    let (mut rows, mut found) = (0, Vec::new());
    Hierarchy::build(network).table(network, places, |place, costs| {
        assert_eq!((place, costs.len()), (rows, rows));
        found.extend(costs.iter().enumerate().map(|(other, cost)| (place, other, *cost)));
        rows += 1;
    });
    (rows, found)
}

fn searched(network: &Network, pair: (Option<Snap>, Option<Snap>)) -> u32 {
    let (Some(from), Some(to)) = pair else { return UNREACHED };
    let field = Field::search(network, &[from], units(200_000.0), &mut Queue::default());
    field.nearest(network, to).cost
}

#[test]
fn shortcuts_over_a_town_keep_every_way_as_short_as_it_was() {
    let made = city(CitySpec { seed: 3, blocks: 6, centre: Position::new(113.82, 34.03) }).unwrap();
    let homes = made.homes(1, 120);
    for profile in [Profile::PLANNER, Profile::ELDER.with_private()] {
        let network = Network::build(Streets::of_draft(&made.draft).unwrap(), profile).unwrap();
        let places: Vec<_> = homes.iter().map(|home| network.snap(*home, 300.0)).collect();
        let (_, found) = each_pair(&network, &places);
        let of_some = found.into_iter().filter(|(a, b, _)| (a * 7 + b) % 13 == 0);
        for (a, b, cost) in of_some {
            assert_eq!(cost, searched(&network, (places[a], places[b])), "{a} and {b}");
            assert!(metres(cost) >= homes[a].metres_to(homes[b]) - 0.1);
        }
    }
}

/// A street of two kilometres, and 20 m south of it a pier of 90 m that nothing joins.
const PIER: &[u8] = br#"{"type":"MultiLineString","coordinates":[[[113.80,34.0],[113.8217,34.0]],
    [[113.81,33.99982],[113.811,33.99982]]]}"#;

fn by_the_pier(facilities: &[u8], points: &[u8]) -> (String, reach::nearest::Counts) {
    let network = Network::build(reach::read(PIER, Reading::default()).unwrap(), Profile::PLANNER).unwrap();
    let facilities = Facilities::read(&network, facilities, None, 1_125.0).unwrap();
    let nearest = Nearest::new(&network, &facilities, 1_125.0).unwrap();
    let (table, counts) = nearest.table(points, None, 1).unwrap();
    (String::from_utf8(table).unwrap(), counts)
}

#[test]
fn who_lives_beside_a_scrap_of_street_walks_to_the_street_behind_it() {
    let facility = b"id,kind,lon,lat\nf,canteen,113.80,34.0\n";
    // On the pier; 45 m beyond it; 55 m beyond it, from where the street is no more than 20 m farther.
    let points = b"id,lon,lat\na,113.8105,33.99982\nb,113.8105,33.99942\nc,113.8105,33.9993\n";
    let (table, counts) = by_the_pier(facility, points);
    assert_eq!((counts.counted, counts.unconnected), (3, 0), "{table}");
    let metres: Vec<f64> = table.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
    assert!((metres[0] - 968.0 - 20.0).abs() < 1.0 && (metres[1] - metres[0] - 44.5).abs() < 1.0, "{table}");
}

#[test]
fn a_scrap_on_which_a_facility_stands_is_none() {
    // 75 m from the street, so the facility itself stands on the pier.
    let (table, counts) =
        by_the_pier(b"id,kind,lon,lat\nf,canteen,113.8103,33.99932\n", b"id,lon,lat\na,113.8105,33.99982\n");
    assert_eq!((counts.counted, counts.within[0]), (1, 1), "{table}");
    let far = br#"{"type":"MultiLineString","coordinates":[[[113.80,34.0],[113.8217,34.0]],[[113.81,33.999],[113.811,33.999]]]}"#;
    let network = Network::build(reach::read(far, Reading::default()).unwrap(), Profile::PLANNER).unwrap();
    let facilities =
        Facilities::read(&network, b"id,kind,lon,lat\nf,canteen,113.8103,33.999\n", None, 1_125.0).unwrap();
    let nearest = Nearest::new(&network, &facilities, 1_125.0).unwrap();
    // 60 m north of the pier and 51 m from the street: the street is nearer, but who stands at the pier stays there.
    let (table, _) = nearest.table(b"id,lon,lat\na,113.8105,33.9992\n", None, 1).unwrap();
    assert!(String::from_utf8(table).unwrap().contains("a,40."), "straight along the pier");
}

#[test]
fn a_home_at_the_facility_is_there_however_far_the_street_is() {
    let facility = b"id,kind,lon,lat\nf,canteen,113.805,34.0003\n";
    let (table, _) =
        by_the_pier(facility, b"id,lon,lat\nhere,113.805,34.0003\nnext,113.8051,34.0003\nover,113.805,33.9997\n");
    let metres: Vec<f64> = table.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
    assert_eq!(metres[0], 0.0, "{table}");
    assert!((metres[1] - 9.2).abs() < 0.2 && (metres[2] - 66.7).abs() < 0.2, "{table}");
}

#[test]
fn thirty_facilities_from_a_map_shop_are_noticed_beside_a_street_of_wgs84_and_true_ones_are_not() {
    let network = Network::build(reach::read(PIER, Reading::default()).unwrap(), Profile::PLANNER).unwrap();
    let read = |datum: reach::Datum, stated| {
        let rows = (0..30).map(|number| {
            let place = datum.of_wgs84(Position::new(113.801 + f64::from(number) * 0.000_6, 34.000_1));
            format!("f{number},canteen,{:.7},{:.7}\n", place.lon, place.lat)
        });
        let text = format!("id,kind,lon,lat\n{}", rows.collect::<String>());
        Facilities::read(&network, text.as_bytes(), stated, 1_125.0)
    };
    assert!(read(reach::Datum::Wgs84, None).is_ok());
    assert!(read(reach::Datum::Gcj02, Some(reach::Datum::Gcj02)).is_ok());
    for datum in [reach::Datum::Gcj02, reach::Datum::Bd09] {
        let said = read(datum, None).unwrap_err();
        assert!(matches!(said, reach::Fault::LooksLike { datum: name, .. } if name == datum.name()), "{said}");
    }
}
