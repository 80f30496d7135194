//! The figures that the README and the page on performance show, as SVG.
//!
//! On a background of their own, so that they read in light and dark; the bars are in order, the
//! axes have their units.

use std::error::Error;
use std::fs;
use std::path::Path;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{
    Cartesian2d, ChartBuilder, ChartContext, Color, DrawingArea, IntoDrawingArea, IntoFont,
    RGBAColor, RGBColor, Rectangle, SVGBackend, Text, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::contenders::{Contender, Ours};
use crate::harness::{Results, Unit};
use crate::report::{number, rows};
use crate::scenarios::cases;
use crate::statistics::Summary;

/// Some figures of one scenario, side by side for each contender.
struct Chart {
    file: &'static str,
    title: &'static str,
    scenario: &'static str,
    /// The figures, and what they are called in the legend; the first decides the order.
    cases: Vec<(&'static str, &'static str)>,
    axis: &'static str,
    is_logarithmic: bool,
}

/// Draws all charts whose figures were measured.
pub(crate) fn draw(folder: &Path, results: &[Results]) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    for chart in charts() {
        if let Some(results) = results.iter().find(|results| results.name == chart.scenario) {
            chart.draw(folder, results)?;
        }
    }
    Ok(())
}

fn charts() -> [Chart; 4] {
    let [p50, p99, max] = cases::CURRENT_THREAD_WAITS;
    let [_, parked, _] = cases::BYTES;
    [
        Chart {
            file: "hit.svg",
            title: "One task: get and drop, something idle",
            scenario: "hit",
            cases: vec![(cases::HIT, "")],
            axis: "nanoseconds, logarithmic",
            is_logarithmic: true,
        },
        Chart {
            file: "threads.svg",
            title: "One pinned thread on a pool, and two: get and drop",
            scenario: "threads",
            cases: vec![(cases::TWO_THREADS, "two threads"), (cases::ONE_THREAD, "one thread")],
            axis: "nanoseconds per operation and thread, logarithmic",
            is_logarithmic: true,
        },
        Chart {
            file: "waits.svg",
            title: "1000 tasks over 8 resources: how long a get waits",
            scenario: "waits",
            cases: vec![(max, "longest"), (p99, "99th percentile"), (p50, "median")],
            axis: "microseconds, logarithmic",
            is_logarithmic: true,
        },
        Chart {
            file: "parked.svg",
            title: "A get that waits, one of 10,000: memory with its future",
            scenario: "parked",
            cases: vec![(parked, "")],
            axis: "bytes",
            is_logarithmic: false,
        },
    ]
}

impl Chart {
    fn draw(&self, folder: &Path, results: &Results) -> Result<(), Box<dyn Error>> {
        let groups = self.groups(results);
        let lines = groups.len() * (self.cases.len() + 1);
        let height = HEAD + FOOT + STEP * u32::try_from(lines)?;
        let path = folder.join(self.file);
        let root = SVGBackend::new(&path, (WIDTH, height)).into_drawing_area();
        root.fill(&BACKGROUND)?;
        root.draw(&Text::new(self.title, (16, 14), font(22)))?;
        self.draw_legend(&root)?;
        let bars = || groups.iter().flat_map(|group| &group.bars).map(|(_, value)| *value);
        let longest = bars().fold(1.0, f64::max);
        // A logarithmic axis is an axis of logarithms, so that one kind of chart does for both.
        let (from, to) = if self.is_logarithmic {
            (bars().fold(longest, f64::min).log10().floor(), longest.log10() + 0.05)
        } else {
            (0.0, longest * 1.05)
        };
        let mut chart = ChartBuilder::on(&root)
            .margin_top(HEAD)
            .margin_right(70)
            .x_label_area_size(FOOT)
            .y_label_area_size(NAMES)
            .build_cartesian_2d(from..to, 0.0..f64::from(u32::try_from(lines)?))?;
        self.draw_axis(&mut chart)?;
        for (at, group) in groups.iter().rev().enumerate() {
            let bottom = at * (self.cases.len() + 1);
            self.draw_group(&root, &mut chart, group, (from, f64::from(u32::try_from(bottom)?)))?;
        }
        root.present()?;
        Ok(())
    }

    /// The contenders with their bars, the shortest first.
    fn groups(&self, results: &Results) -> Vec<Group> {
        let found = |case: &str| results.cases.iter().find(|it| it.name == case);
        let Some(first) = found(self.cases[0].0) else { return Vec::new() };
        let bar = |case: &str, contender: &str| {
            let case = found(case)?;
            Some((case.unit, Summary::of(case.values(contender)?.to_vec())?.median))
        };
        let group = |contender| {
            let bars = self.cases.iter().filter_map(|(case, _)| bar(case, contender)).collect();
            Group { contender, bars }
        };
        rows(&[], first).iter().map(|row| group(row.contender)).collect()
    }

    fn draw_legend(&self, root: &Area<'_>) -> Result<(), Box<dyn Error>> {
        let named = self.cases.iter().filter(|(_, name)| !name.is_empty());
        for (at, (_, name)) in named.enumerate() {
            let left = 20 + 140 * i32::try_from(at)?;
            let square = [(left, 46), (left + 12, 58)];
            root.draw(&Rectangle::new(square, shade(PEER, at).filled()))?;
            root.draw(&Text::new(*name, (left + 18, 46), font(16)))?;
        }
        Ok(())
    }

    fn draw_axis(&self, chart: &mut Plane<'_>) -> Result<(), Box<dyn Error>> {
        let plain = |value: &f64| format!("{value:.0}");
        let power = |value: &f64| match 10_f64.powf(*value) {
            value if value < 1.0 => format!("{value:.2}"),
            value => format!("{value:.0}"),
        };
        let label: &dyn Fn(&f64) -> String = if self.is_logarithmic { &power } else { &plain };
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .y_labels(0)
            .x_labels(7)
            .x_label_formatter(label)
            .x_label_style(font(15))
            .axis_style(LINE)
            .bold_line_style(LINE)
            .max_light_lines(0)
            .x_desc(self.axis)
            .axis_desc_style(font(16))
            .draw()?;
        Ok(())
    }

    /// Draws a contender's name, its bars and their values.
    fn draw_group(
        &self,
        root: &Area<'_>,
        chart: &mut Plane<'_>,
        Group { contender, bars }: &Group,
        (from, bottom): (f64, f64),
    ) -> Result<(), Box<dyn Error>> {
        let hue = if contender.starts_with(Ours::NAME) { OURS } else { PEER };
        let count = f64::from(u32::try_from(bars.len())?);
        for (at, (unit, value)) in bars.iter().enumerate() {
            let top = bottom + 0.5 + count - f64::from(u32::try_from(at)?);
            let end = if self.is_logarithmic { value.log10() } else { *value };
            let bar = [(from, top - 0.92), (end, top - 0.08)];
            chart.draw_series([Rectangle::new(bar, shade(hue, at).filled())])?;
            let (x, y) = chart.backend_coord(&(end, top - 0.5));
            let style = font(15).pos(Pos::new(HPos::Left, VPos::Center));
            root.draw(&Text::new(number(*unit, *value), (x + 5, y), style))?;
        }
        let (x, y) = chart.backend_coord(&(from, bottom + 0.5 + count / 2.0));
        let style = font(16).pos(Pos::new(HPos::Right, VPos::Center));
        root.draw(&Text::new(*contender, (x - 8, y), style))?;
        Ok(())
    }
}

/// A contender's bars.
struct Group {
    contender: &'static str,
    bars: Vec<(Unit, f64)>,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

type Plane<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

fn font(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&TEXT)
}

/// The same hue for all figures of a contender, the later ones lighter.
fn shade(hue: RGBColor, at: usize) -> RGBAColor {
    hue.mix([1.0, 0.6, 0.3][at.min(2)])
}

const WIDTH: u32 = 820;

/// For the title and the legend.
const HEAD: u32 = 72;

/// For the axis.
const FOOT: u32 = 50;

/// For the names.
const NAMES: u32 = 200;

/// A bar, with what is around it.
const STEP: u32 = 17;

const BACKGROUND: RGBColor = RGBColor(255, 255, 255);
const TEXT: RGBColor = RGBColor(36, 41, 47);
const LINE: RGBColor = RGBColor(208, 215, 222);
const OURS: RGBColor = RGBColor(9, 105, 218);
const PEER: RGBColor = RGBColor(110, 119, 129);
