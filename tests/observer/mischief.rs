//! Observers whose spans do what they are not to do.

use super::*;

use pool_tests::OnTokio;
use pool_tokio::{Item, Operation, Span};

/// Does with its spans what it is not to do.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mischief {
    PanicsWhenTold,
    PanicsAtBegin,
    PanicsBeforeWork,
    PanicsAfterWork,
    PanicsAtEnd,
    PanicsWhenDropped,
    DoesNoWork,
    WorksTwice,
}

use Mischief::{
    DoesNoWork, PanicsAfterWork, PanicsAtBegin, PanicsAtEnd, PanicsBeforeWork, PanicsWhenDropped,
    PanicsWhenTold, WorksTwice,
};

const MISCHIEF: [Mischief; 8] = [
    PanicsWhenTold,
    PanicsAtBegin,
    PanicsBeforeWork,
    PanicsAfterWork,
    PanicsAtEnd,
    PanicsWhenDropped,
    DoesNoWork,
    WorksTwice,
];

impl Observer for Mischief {
    fn observe(&self, _: &Event) {
        assert!(*self != PanicsWhenTold, "as planned");
    }

    fn begin(&self, _: Operation) -> Option<Box<dyn Span>> {
        assert!(*self != PanicsAtBegin, "as planned");
        Some(Box::new(Trick(*self)))
    }
}

struct Trick(Mischief);

impl Span for Trick {
    fn enter(&self, work: &mut dyn FnMut()) {
        assert!(self.0 != PanicsBeforeWork, "as planned");
        if self.0 == WorksTwice {
            work();
        }
        if self.0 != DoesNoWork {
            work();
        }
        assert!(self.0 != PanicsAfterWork, "as planned");
    }

    fn end(&self, _: &Event) {
        assert!(self.0 != PanicsAtEnd, "as planned");
    }
}

impl Drop for Trick {
    fn drop(&mut self) {
        assert!(self.0 != PanicsWhenDropped, "as planned");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_a_span_does_the_work_is_done_once_and_nothing_is_lost() {
    for mischief in MISCHIEF {
        let (backend, diary) = (Backend::on_tokio(), Diary::default());
        let observers = (mischief, diary.clone());
        let pool = backend.pool().max_size(1).observer(observers).build().expect("they agree");
        backend.creates(Plan::After(ms(3)));
        drop(pool.get().await.expect("made"));
        let made = [created(Outcome::Succeeded, 3), got(GetOutcome::Served, 3), returned(0)];
        diary.assert_next(made);
        backend.checks(Plan::After(ms(2)));
        let held = pool.get().await.expect("fit");
        diary.assert_next([checked(Outcome::Succeeded, 2), got(GetOutcome::Served, 2)]);
        assert!(pool.get_timeout(ms(1)).await.is_err());
        diary.assert_next([got(GetOutcome::TimedOut, 1)]);
        Item::discard(held);
        diary.assert_next([returned(1), discarded(DiscardReason::Discarded)]);
        backend.creates(Plan::Panic);
        let mut get = Box::pin(pool.get());
        let polled = catch_unwind(AssertUnwindSafe(|| poll_once(get.as_mut()).is_ready()));
        let payload = polled.expect_err("the create's own panic goes through");
        assert!(payload.is::<&str>() || payload.is::<String>());
        drop(get);
        diary.assert_next([created(Outcome::Panicked, 0), got(GetOutcome::Failed, 0)]);
        backend.creates(Plan::Hang);
        let mut get = Box::pin(pool.get());
        assert!(poll_once(get.as_mut()).is_pending());
        drop(get);
        diary.assert_next([got(GetOutcome::Cancelled, 0)]);
        backend.creates(Plan::Succeed).checks(Plan::Succeed);
        sleep(ms(11_000)).await;
        backend.assert_whole(&pool).await;
        assert_eq!(backend.checked(), 1, "{mischief:?}: a check was begun twice");
    }
}
