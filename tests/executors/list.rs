//! A case that is written is run: the macro lists all of them.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_case_is_in_the_suite() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pool-core/src");
    let suite = fs::read_to_string(folder.join("testing.rs")).expect("the suite");
    let listed: Vec<_> = suite.lines().map(str::trim).collect();
    let mut cases = 0;
    for file in files(&folder.join("testing")) {
        let source = fs::read_to_string(file).expect("a file of cases");
        for signature in source.split("pub async fn ").skip(1) {
            let (case, _) = signature.split_once('<').expect("generic over the runtime");
            assert!(listed.contains(&case), "{case} is not in `behaviour_suite!`");
            cases += 1;
        }
    }
    assert!(cases > 45, "only {cases} cases were found");
}

/// The files that have cases.
fn files(testing: &Path) -> Vec<PathBuf> {
    let mut files = vec![testing.join("contract.rs")];
    for entry in fs::read_dir(testing.join("behaviour")).expect("a folder of cases") {
        files.push(entry.expect("a file of cases").path());
    }
    files
}
