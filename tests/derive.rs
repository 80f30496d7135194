//! The derive, held against programs: `tests/pass` has what works, `tests/ui` what the compiler says
//! to each mistake.
//!
//! `TRYBUILD=overwrite cargo test --test derive` writes each `.stderr` anew; read the difference.

#[test]
fn what_is_right_compiles_and_runs() {
    trybuild::TestCases::new().pass("pass/*.rs");
}

#[test]
fn a_mistake_is_told_where_it_is_with_its_remedy() {
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}
