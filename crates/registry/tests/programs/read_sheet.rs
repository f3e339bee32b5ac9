//! The child process of the sheet tests: what the hidden verb of the program does, and nothing else.

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1);
    assert_eq!(args.next().as_deref(), Some(registry::elders::sheet::child::VERB));
    registry::elders::sheet::child::main(&args.next().unwrap_or_default())
}
