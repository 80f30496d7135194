//! Bytes become a history, which the state machine and the naive model of its tests go through side
//! by side.
//!
//! A fuzzer sees which code a history reaches, and looks for those that chance does not find. This
//! is built under `cfg(fuzzing)` alone.

use std::time::{Duration, Instant};

use super::trial::{Event, Numbers, Trial};
use crate::settings::Order;
use crate::settings::RecyclePolicy;
use crate::settings::Settings;

/// Lets a history happen to a pool. Panics where the state machine and the model disagree.
pub fn fuzz(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let order = if bytes.below(2) == 0 { Order::Fifo } else { Order::Lifo };
    let mut trial = Trial::new(bytes.settings(), order, start(), Numbers::All(0));
    for _ in 0..LONGEST {
        let Some(event) = bytes.event() else { break };
        trial.step(&event);
    }
    trial.step(&Event::Resize(2));
    trial.finish();
}

/// What is left of the input; zeros, when nothing is.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> Option<usize> {
        self.0.split_off_first().copied().map(usize::from)
    }

    fn below(&mut self, end: usize) -> usize {
        self.next().unwrap_or(0) % end
    }

    fn millis(&mut self) -> Option<Duration> {
        let millis = self.next().filter(|&millis| millis > 0)?;
        u64::try_from(millis).ok().map(Duration::from_millis)
    }

    fn settings(&mut self) -> Settings {
        Settings {
            max_size: self.below(5),
            min_size: self.below(3),
            min_idle: self.below(3),
            max_creating: 1 + self.below(3),
            max_waiting: self.below(4).checked_sub(1),
            create_timeout: self.millis().or(Some(Duration::ZERO)),
            patience: self.millis(),
            max_lifetime: self.millis(),
            idle_timeout: self.millis(),
            recycle_policy: match self.below(2) {
                0 => RecyclePolicy::Always,
                _ => RecyclePolicy::Never,
            },
            ..Settings::default()
        }
    }

    /// The next event: one byte for its kind, one for what it happens to. `None` at the end.
    fn event(&mut self) -> Option<Event> {
        let kind = self.next()?;
        let pick = self.below(8);
        Some(match kind % 40 {
            0 => Event::Get,
            1 => Event::TryGet,
            2 => Event::Look(pick),
            3 => Event::Cancel(pick),
            4 => Event::TimeOut(pick),
            5 => Event::PassCheck(pick),
            6 => Event::FailCheck(pick),
            7 => Event::FailCheckSlowly(pick),
            8 => Event::CancelCheck(pick),
            9 => Event::Put(pick),
            10 => Event::Discard(pick),
            11 => Event::Detach(pick),
            12 => Event::Reset(pick),
            13 => Event::ResetOk(pick),
            14 => Event::Insert,
            15 => Event::CreateOk(pick),
            16 => Event::CreateFails(pick),
            17 => Event::CreateIsDropped(pick),
            18 => Event::Gone,
            19 => Event::Tell,
            20 => Event::Fill,
            21 => Event::MakeOnTheSpot,
            22 => Event::Resize(pick % 5),
            23 => Event::Retune(Box::new(self.settings())),
            24 => Event::Suspend,
            25 => Event::Resume,
            26 => Event::Invalidate,
            27 => Event::Reap(1 << pick),
            28 => Event::AskAbout,
            29 => Event::Wait(1 << pick),
            30 => Event::AwaitCheck(pick),
            31 => Event::LeaveCheck(pick),
            32 => Event::CheckPasses(pick),
            33 => Event::CheckFails(pick),
            34 => Event::CheckFailsSlowly(pick),
            35 => Event::CheckPanics(pick),
            36 => Event::CheckBreaksOff(pick),
            37 => Event::Sweep,
            38 => Event::AwaitCheckAgain(pick),
            _ => Event::Close,
        })
    }
}

fn start() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "any instant will do; it does not move on")]
    Instant::now()
}

/// Events at most, as each is followed by a comparison of all there is.
const LONGEST: usize = 200;
