use crate::organisations::Kind as OrganisationKind;
use std::collections::{HashMap, HashSet};

use kernel::{CreditCode, Level, age_on};

use super::*;
use crate::places;

const COUNT: usize = 20_000;

fn xuchang() -> Region {
    "4110".parse().unwrap()
}

fn people() -> Vec<Person> {
    People::new(xuchang(), COUNT, 1).collect()
}

/// Fails when the share of people is not within the bounds, in percent.
fn assert_share(what: &str, people: &[&Person], has: impl Fn(&Person) -> bool, bounds: std::ops::RangeInclusive<f64>) {
    let share = people.iter().filter(|person| has(person)).count() as f64 / people.len() as f64 * 100.0;
    assert!(bounds.contains(&share), "{what}: {share:.2} % is not in {bounds:?}");
}

#[test]
fn the_same_seed_gives_the_same_people_and_another_seed_others() {
    let of = |count, seed| People::new(xuchang(), count, seed).collect::<Vec<_>>();
    assert_eq!(of(300, 1), of(300, 1));
    assert_eq!(of(300, 1)[..100], of(100, 1));
    assert_ne!(of(100, 1), of(100, 2));
    // Who changes the first person changes every demo city: do it on purpose only.
    let first = &of(1, 1)[0];
    assert_eq!((first.name.as_str(), first.resident_id.masked().as_str(), first.birth.to_string().as_str()), FIRST);
    assert_eq!(first.resident_id.county(), first.place.short()[..6].to_owned());
}

const FIRST: (&str, &str, &str) = ("柳卫清", "4110**********9419", "1952-01-20");

#[test]
fn every_number_is_valid_and_unique_and_tells_birth_sex_and_county() {
    let mut numbers = HashSet::new();
    let mut mobiles = HashSet::new();
    for person in people() {
        let read = ResidentId::parse(person.resident_id.reveal(), as_of()).unwrap();
        assert_eq!((read.birth(), read.sex()), (person.birth, person.sex));
        assert!(person.place.short().starts_with(read.county()));
        assert!(numbers.insert(read.reveal().to_owned()));
        let phones = person.mobile.iter().chain(person.contacts.iter().map(|contact| &contact.phone));
        for mobile in phones {
            assert!(mobile.len() == 11 && mobile.starts_with('1') && mobiles.insert(mobile.clone()), "{mobile}");
        }
        assert!(person.landline.is_none_or(|landline| landline.starts_with("0374-") && landline.len() == 12));
    }
    assert_eq!(numbers.len(), COUNT);
}

#[test]
fn everybody_lives_in_a_village_of_the_city_and_all_counties_have_people() {
    let mut counties: HashMap<Region, usize> = HashMap::new();
    for person in people() {
        assert!(person.place.level() == Level::Village && places::exists(person.place));
        assert!(xuchang().contains(person.place));
        assert!(person.address.starts_with(places::name(person.place.at(Level::County).unwrap()).unwrap()));
        assert!(person.hukou_address.starts_with("河南省许昌市"));
        let centre = county_centre(person.place);
        assert!((person.spot.longitude - centre.longitude).abs() < 0.2);
        assert!((person.spot.latitude - centre.latitude).abs() < 0.2);
        *counties.entry(person.place.at(Level::County).unwrap()).or_default() += 1;
    }
    assert_eq!(counties.len(), 7);
    assert!(counties.values().all(|count| *count > 60), "{counties:?}");
}

#[test]
fn ages_and_sexes_are_those_of_an_ageing_city() {
    let people = people();
    let all: Vec<&Person> = people.iter().collect();
    let age = |person: &Person| age_on(person.birth, as_of());
    assert!(people.iter().all(|person| (60..=106).contains(&age(person))));
    assert_share("60 to 69", &all, |p| age(p) < 70, 48.0..=60.0);
    assert_share("70 to 79", &all, |p| (70..80).contains(&age(p)), 29.0..=38.0);
    assert_share("80 and more", &all, |p| age(p) >= 80, 9.0..=15.0);
    assert_share("90 and more", &all, |p| age(p) >= 90, 0.5..=2.5);
    assert_share("women", &all, |p| p.sex == Sex::Female, 50.0..=54.0);
    let old: Vec<&Person> = all.iter().copied().filter(|person| age(person) >= 90).collect();
    assert_share("women of the oldest", &old, |p| p.sex == Sex::Female, 60.0..=75.0);
}

#[test]
fn tags_have_plausible_shares_and_agree_with_age_and_living() {
    let people = people();
    let all: Vec<&Person> = people.iter().collect();
    let tag = |tag: Tag| move |person: &Person| person.tags.contains(&tag);
    for (wanted, bounds) in [
        (Tag::Alone, 8.0..=15.0),
        (Tag::EmptyNest, 20.0..=35.0),
        (Tag::LeftBehind, 2.0..=9.0),
        (Tag::Destitute, 0.7..=2.2),
        (Tag::MinimumAllowance, 2.0..=5.0),
        (Tag::NearPoor, 0.6..=2.5),
        (Tag::Disabled, 6.0..=13.0),
        (Tag::Dementia, 1.5..=4.5),
        (Tag::SeverelyDisabled, 1.2..=2.6),
        (Tag::LostOnlyChild, 0.1..=0.8),
        (Tag::Entitled, 1.0..=3.0),
        (Tag::Aged, 9.0..=15.0),
    ] {
        assert_share(wanted.word(), &all, tag(wanted), bounds);
    }
    for person in &people {
        let has = |tag| person.tags.contains(&tag);
        assert!(person.tags.is_sorted() && (1..=3).contains(&person.contacts.len()));
        assert!(!person.tags.iter().any(|a| person.tags.iter().any(|b| a.excludes(*b))), "{:?}", person.tags);
        assert_eq!(has(Tag::Aged), age_on(person.birth, as_of()) >= 80);
        assert_eq!(has(Tag::Alone), person.living == LivingSituation::Alone);
        assert!(!has(Tag::LeftBehind) || person.is_rural);
        assert!(!has(Tag::LostOnlyChild) || person.living != LivingSituation::Children);
        let children = person.contacts.iter().any(|contact| ["儿子", "女儿"].contains(&contact.relation));
        assert!(!children || !has(Tag::LostOnlyChild), "{person:?}");
    }
    let disabled: Vec<&Person> = all.iter().copied().filter(|p| tag(Tag::Disabled)(p)).collect();
    let able: Vec<&Person> = all.iter().copied().filter(|p| !tag(Tag::Disabled)(p)).collect();
    assert_share("disabled in institutions", &disabled, |p| p.living == LivingSituation::Institution, 5.0..=16.0);
    assert_share("able in institutions", &able, |p| p.living == LivingSituation::Institution, 0.5..=3.0);
}

#[test]
fn names_are_common_ones_and_the_surnames_with_odd_readings_are_among_them() {
    let people = people();
    let all: Vec<&Person> = people.iter().collect();
    assert_share("王", &all, |p| p.surname == "王", 6.0..=9.0);
    assert_share("names of three characters", &all, |p| p.name.chars().count() == 3, 78.0..=95.0);
    for surname in ["单", "曾", "仇", "解", "尉迟"] {
        assert!(people.iter().any(|person| person.surname == surname), "{surname}");
    }
    let born = |person: &Person, name: &str, years: std::ops::RangeInclusive<i32>| {
        person.name.ends_with(name) && years.contains(&person.birth.year())
    };
    assert!(people.iter().any(|person| born(person, "秀英", 1940..=1949)));
    assert!(!people.iter().any(|person| born(person, "援朝", 1920..=1949)));
}

#[test]
fn a_town_or_a_city_without_counties_can_be_peopled_and_a_place_without_villages_cannot() {
    let first = |place: &str| People::new(place.parse().unwrap(), 1, 1).next();
    assert!(first("411002001").unwrap().place.short().starts_with("411002001"));
    assert_eq!(first("4419").unwrap().resident_id.county(), "441900");
    assert_eq!(People::new("411099".parse().unwrap(), 5, 1).len(), 0);
}

#[test]
fn organisations_are_as_many_as_a_city_of_that_size_has() {
    let of = |elders| organisations(xuchang(), elders, 1);
    let count = |list: &[Organisation], kind| list.iter().filter(|o| o.kind == kind).count();
    let whole = of(690_000);
    assert_eq!(count(&whole, OrganisationKind::TownCentre), 28);
    assert_eq!(count(&whole, OrganisationKind::HappinessHouse), 306);
    let small = of(20_000);
    assert_eq!(count(&small, OrganisationKind::HomeCare), 8);
    assert!(OrganisationKind::ALL.into_iter().all(|kind| count(&small, kind) >= 1));
    assert_eq!(small, of(20_000));
    let (mut names, mut codes) = (HashSet::new(), HashSet::new());
    for organisation in &whole {
        let code = organisation.credit_code.as_str();
        assert!(CreditCode::parse(code).is_ok() && codes.insert(code.to_owned()), "{code}");
        assert!(names.insert(&organisation.name), "{}", organisation.name);
        assert!(organisation.county.contains(organisation.place) && places::exists(organisation.place));
    }
    let counties: HashSet<Region> =
        whole.iter().filter(|o| o.kind == OrganisationKind::HomeCare).map(|o| o.county).collect();
    assert_eq!(counties.len(), 7);
}

#[test]
fn workers_serve_for_organisations_that_send_them_and_do_no_basic_care_without_certificate() {
    let organisations = organisations(xuchang(), 20_000, 1);
    let workers = workers(&organisations, 1);
    assert_eq!(workers, super::workers(&organisations, 1));
    assert!((100..400).contains(&workers.len()), "{}", workers.len());
    let phones: HashSet<_> = workers.iter().map(|worker| &worker.phone).collect();
    assert_eq!(phones.len(), workers.len());
    let elders: HashSet<_> = people().into_iter().filter_map(|person| person.mobile).collect();
    assert!(phones.iter().all(|phone| !elders.contains(*phone)));
    for worker in &workers {
        assert!(!worker.skills.is_empty() && organisations[worker.organisation].kind != OrganisationKind::PrivateHome);
        assert!(worker.cert_level.is_some() || !worker.skills.contains(&Skill::BasicCare));
    }
}
