//! The table: situations downwards, pools across.

use crate::outcome::{Outcome, Should};

/// What all pools did in one situation.
pub(crate) struct Row {
    pub(crate) title: &'static str,
    pub(crate) should: Should,
    /// `None` where a pool has nothing that could be asked for it.
    pub(crate) outcomes: [Option<Outcome>; POOLS.len()],
}

impl Row {
    fn cells(&self) -> Vec<String> {
        let mut cells = vec![self.title.to_owned(), self.should.to_string()];
        cells.extend(self.outcomes.iter().map(|outcome| match outcome {
            None => String::from("-  "),
            Some(outcome) if outcome.is(self.should) => format!("{outcome}  "),
            Some(outcome) => format!("{outcome} !"),
        }));
        cells
    }
}

pub(crate) fn print(rows: &[Row]) {
    let mut lines = vec![["situation", "should"].map(String::from).to_vec()];
    lines[0].extend(POOLS.iter().map(|pool| format!("{pool}  ")));
    lines.extend(rows.iter().map(Row::cells));
    lines.push(score(rows));
    let widths: Vec<usize> = (0..lines[0].len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    for line in &lines {
        print!("{:<width$}", line[0], width = widths[0]);
        for (figure, width) in line.iter().zip(&widths).skip(1) {
            print!("  {figure:>width$}");
        }
        println!();
    }
    println!("\n!  not as it should be    -  the pool has no such thing");
}

/// How often each pool did as it should.
fn score(rows: &[Row]) -> Vec<String> {
    let mut cells = vec![String::from("as it should be"), String::new()];
    cells.extend((0..POOLS.len()).map(|pool| {
        let judged = || rows.iter().filter_map(|row| Some((row.outcomes[pool]?, row.should)));
        let right = judged().filter(|(outcome, should)| outcome.is(*should)).count();
        format!("{right} of {}  ", judged().count())
    }));
    cells
}

/// This pool and its peers.
pub(crate) const POOLS: [&str; 4] = ["this pool", "deadpool", "bb8", "sqlx"];
