//! The rooms of the house, in the order of the architecture. Nothing else knows them all.

use kernel::Result;
use registry::timeline::Guests;
use store::{Db, consumers};
use web::module::Module;

/// Every room's declaration.
pub(crate) fn all() -> Vec<Module> {
    vec![registry::module(), care::module(), insight::module()]
}

/// What the rooms above the registry add to an elder's page.
pub(crate) fn guests() -> Guests {
    care::portal::guests(care::orders::timeline::guests(Guests::default()))
}

/// Lets every room's consumers read all that was journaled; for commands that end before `serve` would.
pub(crate) async fn catch_up(db: &Db) -> Result<()> {
    for room in all() {
        for consumer in room.consumers {
            consumers::catch_up(db, &*consumer).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "tests/matrix.rs"]
mod matrix;

#[cfg(test)]
#[path = "tests/odd.rs"]
mod odd;

#[cfg(test)]
#[path = "tests/scopes.rs"]
mod scopes;

#[cfg(test)]
#[path = "tests/moving.rs"]
mod moving;

#[cfg(test)]
#[path = "tests/recoding.rs"]
mod recoding;

#[cfg(test)]
mod tests {
    use store::both;
    use web::testing::TestWeb;

    both! {
        async fn every_table_has_its_class_and_keeps_to_the_rules_of_a_cluster(test: TestDb) {
            let web = TestWeb::open(test, crate::rooms::all()).await;
            assert_eq!(store::tables::lint(&web.house.tables), Vec::<String>::new());
        }
    }

    #[test]
    fn crates_depend_downwards_only() {
        const ORDER: [&str; 9] = ["reach", "kernel", "rounds", "store", "web", "registry", "care", "insight", "app"];
        for (at, name) in ORDER.iter().enumerate() {
            let manifest =
                std::fs::read_to_string(format!("{}/../{name}/Cargo.toml", env!("CARGO_MANIFEST_DIR"))).unwrap();
            let above = ORDER[at + 1..].iter().filter(|upper| manifest.contains(&format!("\n{upper}.workspace")));
            assert_eq!(above.collect::<Vec<_>>(), Vec::<&&str>::new(), "{name} depends on a higher crate");
            assert!(*name != "rounds" || !manifest.contains("\nreach.workspace"), "the engines never meet");
        }
    }

    #[tokio::test]
    async fn the_description_of_the_api_is_the_one_in_the_repository() {
        let test = store::testing::TestDb::open(store::Engine::Sqlite).await;
        let web = TestWeb::open(test, crate::rooms::all()).await;
        let now = web.house.api.to_pretty_json().unwrap() + "\n";
        let path = format!("{}/../../docs/openapi.json", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("SANGYU_UPDATE").is_some() {
            std::fs::write(&path, &now).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(now == kept, "docs/openapi.json is not what is served; SANGYU_UPDATE=1 cargo test -p app writes it");
    }
}
