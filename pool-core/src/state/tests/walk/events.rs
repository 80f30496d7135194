//! What can happen to a pool, how often, and with which settings.

use std::time::Duration;

use fastrand::Rng;

use super::{MOST_WAITERS, Walk};
use crate::settings::RecyclePolicy;
use crate::settings::Settings;
use crate::state::tests::settings;

/// Something that happens to a pool, or would if there were what it can happen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Get,
    TryGet,
    LookAwake,
    LookAsleep,
    Cancel,
    TimeOut,
    PassCheck,
    FailCheck,
    CancelCheck,
    AwaitCheck,
    LeaveCheck,
    CheckPasses,
    CheckFails,
    CheckBreaksOff,
    Freeze,
    Sweep,
    Put,
    Discard,
    Detach,
    Reset,
    ResetOk,
    Insert,
    CreateOk,
    CreateFails,
    CreateBreaksOff,
    ReleasePermit,
    Gone,
    Tell,
    Fill,
    MakeOnTheSpot,
    Resize,
    Retune,
    Suspend,
    Resume,
    Invalidate,
    Reap,
    LoseMaintenance,
    AskAbout,
    Close,
}

/// In the order of the declaration.
pub(super) const EVENTS: [Event; 39] = {
    let mut events = [Event::Get; WEIGHTS.len()];
    let mut at = 0;
    while at < WEIGHTS.len() {
        events[at] = WEIGHTS[at].0;
        assert!(events[at] as usize == at, "the weights are in the order of the events");
        at += 1;
    }
    events
};

/// How often each is drawn, for every 1024 draws.
const WEIGHTS: [(Event, usize); 39] = [
    (Event::Get, 120),
    (Event::TryGet, 8),
    (Event::LookAwake, 200),
    (Event::LookAsleep, 8),
    (Event::Cancel, 10),
    (Event::TimeOut, 5),
    (Event::PassCheck, 60),
    (Event::FailCheck, 12),
    (Event::CancelCheck, 4),
    (Event::AwaitCheck, 40),
    (Event::LeaveCheck, 4),
    (Event::CheckPasses, 40),
    (Event::CheckFails, 8),
    (Event::CheckBreaksOff, 4),
    (Event::Freeze, 8),
    (Event::Sweep, 40),
    (Event::Put, 104),
    (Event::Discard, 8),
    (Event::Detach, 5),
    (Event::Reset, 20),
    (Event::ResetOk, 40),
    (Event::Insert, 5),
    (Event::CreateOk, 110),
    (Event::CreateFails, 22),
    (Event::CreateBreaksOff, 6),
    (Event::ReleasePermit, 6),
    (Event::Gone, 60),
    (Event::Tell, 20),
    (Event::Fill, 12),
    (Event::MakeOnTheSpot, 4),
    (Event::Resize, 4),
    (Event::Retune, 3),
    (Event::Suspend, 2),
    (Event::Resume, 10),
    (Event::Invalidate, 1),
    (Event::Reap, 5),
    (Event::LoseMaintenance, 2),
    (Event::AskAbout, 3),
    (Event::Close, 1),
];

/// Each event as often as it is to be drawn.
static DRAWS: [Event; 1024] = {
    let mut draws = [Event::Get; 1024];
    let (mut at, mut kind) = (0, 0);
    while kind < WEIGHTS.len() {
        let mut times = WEIGHTS[kind].1;
        while times > 0 {
            draws[at] = WEIGHTS[kind].0;
            at += 1;
            times -= 1;
        }
        kind += 1;
    }
    assert!(at == draws.len(), "the weights add up");
    draws
};

pub(super) fn draw(random: &mut Rng) -> Event {
    DRAWS[random.usize(..DRAWS.len())]
}

/// How many may wait: as often few as many.
pub(super) fn any_crowd(random: &mut Rng) -> usize {
    1 << random.u32(..=MOST_WAITERS.ilog2())
}

pub(super) fn any_settings(random: &mut Rng) -> Settings {
    let max_size = random.usize(0..=8);
    let time = |random: &mut Rng| random.bool().then(|| Duration::from_millis(random.u64(1..200)));
    Settings {
        min_size: if random.bool() { 0 } else { random.usize(0..=max_size) },
        min_idle: if random.bool() { 0 } else { random.usize(0..=max_size.min(3)) },
        max_creating: if random.bool() { usize::MAX } else { random.usize(1..=4) },
        max_waiting: (random.u8(..4) == 0).then(|| random.usize(0..=8)),
        patience: (random.u8(..4) > 0).then_some(Duration::from_millis(10)),
        max_lifetime: time(random),
        idle_timeout: time(random),
        recycle_policy: match random.u8(..2) {
            0 => RecyclePolicy::Always,
            _ => RecyclePolicy::Never,
        },
        ..settings(max_size)
    }
}

impl Walk {
    /// Lets an event happen; `None` if there is not what it could happen to.
    pub(super) fn happen(&mut self, event: Event) -> Option<()> {
        match event {
            Event::Get => self.get()?,
            Event::TryGet => self.try_get(),
            Event::LookAwake => self.look(true)?,
            Event::LookAsleep => self.look(false)?,
            Event::Cancel => self.cancel()?,
            Event::TimeOut => self.time_out()?,
            Event::PassCheck => self.pass_check()?,
            Event::FailCheck => self.fail_check()?,
            Event::CancelCheck => self.cancel_check()?,
            Event::AwaitCheck => self.await_check()?,
            Event::LeaveCheck => self.leave_check()?,
            Event::CheckPasses => self.check_passes()?,
            Event::CheckFails => self.check_fails()?,
            Event::CheckBreaksOff => self.check_breaks_off()?,
            Event::Freeze => self.freeze()?,
            Event::Sweep => self.sweep()?,
            Event::Put => self.put()?,
            Event::Discard => self.discard()?,
            Event::Detach => self.detach()?,
            Event::Reset => self.reset()?,
            Event::ResetOk => self.reset_ok()?,
            Event::Insert => self.insert()?,
            Event::CreateOk => self.create_ok()?,
            Event::CreateFails => self.create_fails()?,
            Event::CreateBreaksOff => self.create_breaks_off()?,
            Event::ReleasePermit => self.release_permit()?,
            Event::Gone => self.gone()?,
            Event::Tell => self.tell()?,
            Event::Fill => self.fill()?,
            Event::MakeOnTheSpot => self.make_inline()?,
            Event::Resize => self.resize(),
            Event::Retune => self.retune(),
            Event::Suspend => self.suspend(),
            Event::Resume => self.resume()?,
            Event::Invalidate => self.invalidate(),
            Event::Reap => self.reap(),
            Event::LoseMaintenance => self.lose_maintenance()?,
            Event::AskAbout => self.ask_about()?,
            Event::Close => self.close()?,
        }
        Some(())
    }
}
