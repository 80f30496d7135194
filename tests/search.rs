//! The `search` example as a user runs it: exit codes, what is printed, and that an interrupt
//! leaves nothing behind. Runs the program that `cargo test` builds with the package's examples.
//!
//! The program's modules are compiled in as well, for their own tests.

#[path = "../examples/search/main.rs"]
#[expect(dead_code, reason = "tests call what `main` calls")]
mod program;

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

type Outcome = Result<(), Box<dyn Error>>;

#[test]
fn a_small_folder_gives_a_summary_and_success() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("one.txt"), "a few known words, a few of them twice")?;
    fs::write(folder.path().join("two.txt"), "known")?;

    let output = search(&["--queries", "300", "--tasks", "30", "--order", "lifo"], folder.path())?;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = String::from_utf8(output.stdout)?;
    assert!(printed.contains("files: 2, 43 B; words: 10, 7 of them distinct"), "{printed}");
    assert!(printed.contains("all answers equal"), "{printed}");
    assert!(printed.contains("times as many queries per second"), "{printed}");
    assert!(output.stderr.is_empty(), "no progress bar in a file");
    Ok(())
}

#[test]
fn a_missing_folder_is_one_clear_line_and_exit_code_2() -> Outcome {
    let folder = tempfile::tempdir()?;
    let output = search(&[], &folder.path().join("missing"))?;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8(output.stderr)?;
    assert!(told.starts_with("can't read folder "), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    Ok(())
}

#[test]
fn a_pool_without_connections_is_refused_with_exit_code_2() -> Outcome {
    let folder = tempfile::tempdir()?;
    let output = search(&["--pool-size", "0"], folder.path())?;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    Ok(())
}

#[cfg(not(feature = "postgres"))]
#[test]
fn without_its_feature_postgres_is_one_line_that_says_how_to_have_it() -> Outcome {
    let folder = tempfile::tempdir()?;
    let output = search(&["--postgres", "postgresql://somewhere"], folder.path())?;
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8(output.stderr)?;
    assert!(told.contains("--features postgres"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    Ok(())
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_postgresql_gives_the_answers_of_a_plain_scan_and_is_left_clean() -> Outcome {
    let server = pool_test_servers::Postgres::start(&[]).await?;
    let url = server.url();
    let options = ["--queries", "500", "--tasks", "50", "--pool-size", "3", "--postgres", &url];
    // Texts with words of all kinds: this package's own.
    let output = search(&options, Path::new(env!("CARGO_MANIFEST_DIR")))?;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = String::from_utf8(output.stdout)?;
    assert!(printed.contains("all answers equal"), "{printed}");
    let opened = printed.lines().find(|line| line.starts_with("connections opened"));
    let opened = opened.ok_or("it is told")?.split_whitespace().skip(2).collect::<Vec<_>>();
    assert!((1..=3).contains(&opened[0].parse::<u8>()?), "{printed}");
    assert_eq!(opened[1], "500", "{printed}");

    let admin = server.connect(pool_test_servers::ADMIN).await?;
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pool_search_%'";
    assert_eq!(admin.query_one_scalar::<i64, _>(schemas, &[]).await?, 0, "a schema is left");
    Ok(())
}

#[cfg(feature = "postgres")]
#[test]
fn a_url_that_is_none_and_a_server_that_is_not_there_are_told_apart() -> Outcome {
    let folder = tempfile::tempdir()?;
    for (url, code, told) in [
        ("postgresql://user@host:port", 2, "can't read the URL of the server: "),
        ("postgresql://user@127.0.0.1:1/none", 1, "the database failed: "),
    ] {
        let output = search(&["--postgres", url], folder.path())?;
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert!(String::from_utf8(output.stderr)?.starts_with(told));
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_with_exit_code_130_and_no_temporary_folder_left() -> Outcome {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let (folder, temporary) = (tempfile::tempdir()?, tempfile::tempdir()?);
    fs::write(folder.path().join("text"), "word")?;
    let mut child = Command::new(program()?)
        .args(["--queries", "1000000000000"])
        .arg(folder.path())
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().ok_or("it is piped")?;
    BufReader::new(stdout)
        .lines()
        .find(|line| line.as_ref().is_ok_and(|line| line.starts_with("asking")))
        .ok_or("it asks")??;
    assert_eq!(fs::read_dir(temporary.path())?.count(), 1, "the database is there");

    let interrupt = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &interrupt]).status()?.success());
    let output = child.wait_with_output()?;
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert_eq!(String::from_utf8(output.stderr)?, "interrupted\n");
    assert_eq!(fs::read_dir(temporary.path())?.count(), 0, "the database is gone");
    Ok(())
}

fn search(options: &[&str], folder: &Path) -> Result<Output, Box<dyn Error>> {
    Ok(Command::new(program()?).args(options).arg(folder).output()?)
}

/// Cargo tells tests where a package's binaries are, but not its examples: those are in the folder
/// beside that of the tests.
fn program() -> Result<PathBuf, Box<dyn Error>> {
    let test = env::current_exe()?;
    let profile = test.ancestors().nth(2).ok_or("a test is in target/<profile>/deps")?;
    let program =
        profile.join("examples").join("search").with_extension(env::consts::EXE_EXTENSION);
    if !program.exists() {
        let path = program.display();
        return Err(format!("no {path}; `cargo test -p pool-examples` builds it").into());
    }
    Ok(program)
}
