//! The migrations are embedded: a new or changed file builds this crate anew.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations");
}
