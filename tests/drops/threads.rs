//! Items and pools that end where nobody expects it: in other drops, in statics, in thread-locals.

use std::cell::RefCell;
use std::sync::OnceLock;
use std::thread;

use pool_core::testing::{Backend, CleanupProbe, Plan, Probe};
use pool_tests::{OnTokio, let_others_run};
use pool_tokio::{Event, Item, Pool, Pooled};

use crate::alone::survived_to_exit;
use crate::{assert_whole, in_its_own_process, runtime};

/// Owns items of pools: of another, and later of its own.
#[derive(Default)]
struct Owner {
    other: Option<Item<Probe>>,
    sibling: Option<Box<Item<Self>>>,
    home: Option<Pool<Self>>,
}

impl Pooled for Owner {
    type Resource = Self;
    type Config = ();
    type Error = std::convert::Infallible;

    async fn create((): &()) -> Result<Self, Self::Error> {
        Ok(Self::default())
    }
}

thread_local! {
    static KEPT: RefCell<Option<(Item<Probe>, Item<CleanupProbe>)>> = const { RefCell::new(None) };
}

static LEAKED: OnceLock<(Pool<Probe>, Item<Probe>)> = OnceLock::new();

in_its_own_process! {
    fn an_item_goes_home_on_a_thread_without_a_runtime() {
        let backend = Backend::on_tokio();
        let pool = Pool::<CleanupProbe>::builder(backend.clone()).max_size(2).build().expect("they agree");
        let first = runtime();
        let items = first.block_on(async { (pool.get().await, pool.get().await) });
        backend.resets(Plan::Hang).closes(Plan::Hang);
        thread::spawn(move || drop(items)).join().expect("no panic");
        // Nobody could finish their resets.
        assert_eq!((pool.status().size, backend.alive()), (0, 0));
    }

    fn items_go_home_when_their_thread_ends() {
        let (backend, cleaned) = (Backend::on_tokio(), Backend::on_tokio());
        let pool = backend.pool().max_size(1).build().expect("settings agree");
        let other = Pool::<CleanupProbe>::builder(cleaned.clone()).max_size(1).build().expect("they agree");
        thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let items = runtime().block_on(async { (pool.get().await, other.get().await) });
                cleaned.resets(Plan::Hang);
                KEPT.set(Some((items.0.expect("made"), items.1.expect("made"))));
            });
            // The scope alone would not wait for the thread-locals.
            thread.join().expect("no panic");
        });
        assert_eq!((pool.status().idle, pool.status().in_use), (1, 0));
        assert_eq!((other.status().size, cleaned.alive()), (0, 0));
        assert_whole(&pool, &backend);
    }

    fn items_go_home_when_the_main_thread_ends() {
        let (backend, cleaned) = (Backend::on_tokio(), Backend::on_tokio());
        let pool = backend.pool().max_size(1).build().expect("settings agree");
        let other = Pool::<CleanupProbe>::builder(cleaned.clone()).max_size(1).build().expect("they agree");
        let items = runtime().block_on(async { (pool.get().await, other.get().await) });
        KEPT.set(Some((items.0.expect("made"), items.1.expect("made"))));
    }

    fn a_pool_and_its_item_are_left_in_a_static() {
        let runtime = runtime();
        runtime.block_on(async {
            let pool = Backend::on_tokio().pool().max_size(2).min_size(2).build().expect("they agree");
            let item = pool.get().await.expect("made");
            drop(LEAKED.set((pool, item)));
            let_others_run().await;
        });
        drop(runtime);
        assert_eq!(LEAKED.get().map(|(pool, _)| pool.status().in_use), Some(1));
    }

    fn the_process_exits_while_items_are_held_and_somebody_waits() {
        let backend = Backend::on_tokio();
        let pool = backend.pool().max_size(1).build().expect("settings agree");
        let _held = runtime().block_on(pool.get()).expect("made");
        let waiting = pool.clone();
        let (begun, begins) = std::sync::mpsc::channel();
        thread::spawn(move || {
            begun.send(()).expect("main waits");
            drop(waiting.get_blocking());
        });
        begins.recv().expect("it begins");
        survived_to_exit();
    }

    fn a_pool_ends_in_the_drop_of_its_own_resource() {
        let pool = Pool::<Owner>::builder(()).max_size(2).build().expect("settings agree");
        let (mut one, two) = runtime().block_on(async {
            (pool.get().await.expect("made"), pool.get().await.expect("made"))
        });
        drop(two);
        one.home = Some(pool);
        // Discarded, it drops the last handle, which closes the pool.
        Item::discard(one);
    }

    fn a_pool_ends_in_the_drop_of_an_idle_one_of_its_own() {
        let pool = Pool::<Owner>::builder(()).max_size(1).build().expect("settings agree");
        let weak = pool.downgrade();
        let mut item = runtime().block_on(pool.get()).expect("made");
        item.home = Some(pool);
        drop(item);
        weak.upgrade().expect("it keeps itself open").invalidate_all();
        assert!(weak.upgrade().is_none(), "nothing is left of it");
    }

    fn a_resource_owns_an_item_of_another_pool() {
        let backend = Backend::on_tokio();
        let probes = backend.pool().max_size(1).build().expect("settings agree");
        let owners = Pool::<Owner>::builder(()).max_size(1).build().expect("settings agree");
        runtime().block_on(async {
            let mut owner = owners.get().await.expect("made");
            owner.other = Some(probes.get().await.expect("made"));
        });
        assert_eq!((owners.status().idle, probes.status().in_use), (1, 1));
        drop(owners);
        assert_eq!(probes.status().idle, 1);
        assert_whole(&probes, &backend);
    }

    fn a_resource_owns_an_item_of_its_own_pool() {
        let pool = Pool::<Owner>::builder(()).max_size(3).build().expect("settings agree");
        let (mut outer, inner) = runtime().block_on(async {
            (pool.get().await.expect("made"), pool.get().await.expect("made"))
        });
        outer.sibling = Some(Box::new(inner));
        drop(outer);
        assert_eq!((pool.status().idle, pool.status().in_use), (1, 1));
        // The idle one ends, and in its drop the other comes back to a pool that is closed.
        runtime().block_on(pool.close());
        assert_eq!(pool.status().size, 0);
    }

    fn an_observer_uses_the_pool_that_it_observes() {
        static OBSERVED: OnceLock<Pool<Probe>> = OnceLock::new();
        let backend = Backend::on_tokio();
        let observer = |_: &Event| drop(OBSERVED.get().map(Pool::holders));
        let pool = backend.pool().max_size(1).observer(observer).build().expect("they agree");
        drop(OBSERVED.set(pool.clone()));
        assert_whole(&pool, &backend);
        drop(pool.close());
        assert_eq!(backend.alive(), 0);
    }
}
