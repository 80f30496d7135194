//! The middle of several rounds, and how far they lie apart.

/// What is left of the values of several rounds.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    /// Half of the rounds lie between these two.
    pub(crate) quartiles: [f64; 2],
}

impl Summary {
    /// `None` of nothing.
    pub(crate) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_unstable_by(f64::total_cmp);
        let at = |part: usize| values.get(part * values.len() / 4).copied();
        Some(Self { median: at(2)?, quartiles: [at(1)?, at(3)?] })
    }

    /// The ratios of values of the same rounds.
    pub(crate) fn of_ratios(values: &[f64], to: &[f64]) -> Option<Self> {
        Self::of(values.iter().zip(to).map(|(value, to)| value / to).collect())
    }
}
