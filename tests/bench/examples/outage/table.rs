//! The table: situations downwards, contenders across, a verdict beside each figure of this pool's.

use crate::figure::{Figure, Summary};

/// What the runs of one situation measured.
pub(crate) struct Section {
    title: &'static str,
    /// The runs of each contender; this pool's first.
    contenders: [Vec<Vec<Figure>>; CONTENDERS],
}

impl Section {
    pub(crate) const fn new(title: &'static str) -> Self {
        Self { title, contenders: [const { Vec::new() }; CONTENDERS] }
    }

    pub(crate) fn add(&mut self, contender: usize, figures: Vec<Figure>) {
        self.contenders[contender].push(figures);
    }

    fn rows(&self) -> Vec<Row> {
        let Some(first) = self.contenders[OURS].first() else { return Vec::new() };
        first.iter().enumerate().map(|(index, figure)| self.row(index, figure)).collect()
    }

    fn row(&self, index: usize, figure: &Figure) -> Row {
        let summaries = self.contenders.each_ref().map(|runs| {
            let same: Vec<Figure> = runs.iter().map(|run| run[index]).collect();
            Summary::of(&same)
        });
        let verdict = summaries[OURS].verdict;
        let [ours, deadpool, bb8] = summaries.map(|summary| summary.text);
        let mark = match verdict {
            None => "",
            Some(true) => "ok",
            Some(false) => "MISS",
        };
        let cells = [format!("  {}", figure.name), figure.must(), ours, mark.into(), deadpool, bb8];
        Row { cells, is_missed: verdict == Some(false) }
    }
}

struct Row {
    cells: [String; 6],
    is_missed: bool,
}

/// Prints all that was measured, and says how many of this pool's figures are not as they must be.
pub(crate) fn print(sections: &[Section]) -> usize {
    let heading = ["situation", "must reach", "this pool", "", "deadpool", "bb8"].map(String::from);
    let sections: Vec<_> = sections.iter().map(|section| (section.title, section.rows())).collect();
    let rows = || sections.iter().flat_map(|(_, rows)| rows);
    let widths: [usize; 6] = std::array::from_fn(|column| {
        let widths = rows().map(|row| row.cells[column].chars().count());
        widths.max().unwrap_or(0).max(heading[column].len())
    });
    println!("{}", line(&heading, widths));
    for (title, rows) in &sections {
        println!("\n{title}");
        for row in rows {
            println!("{}", line(&row.cells, widths));
        }
    }
    rows().filter(|row| row.is_missed).count()
}

/// Names to the left, figures to the right.
fn line(cells: &[String; 6], widths: [usize; 6]) -> String {
    let [name, must, ours, mark, deadpool, bb8] = cells;
    let [names, musts, our_width, marks, deadpools, bb8s] = widths;
    let line = format!(
        "{name:<names$}  {must:>musts$}  {ours:>our_width$} {mark:<marks$}  {deadpool:>deadpools$}  \
         {bb8:>bb8s$}"
    );
    line.trim_end().to_owned()
}

/// This pool and its two peers.
pub(crate) const CONTENDERS: usize = 3;

/// Which of them is this pool.
const OURS: usize = 0;
