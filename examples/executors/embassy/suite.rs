//! All that a pool promises, on embassy's hosted executor: one for all tests, on a thread of its own.

use std::sync::Once;
use std::thread;

use embassy_executor::Executor;
use pool_core::{Runtime, Task};
use pool_example_embassy::{Embassy, drive_on};

/// Runs a case on the executor and waits for its end.
fn run(task: Task) {
    static START: Once = Once::new();
    START.call_once(|| {
        let (sender, is_driven) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let executor = Box::leak(Box::new(Executor::new()));
            executor.run(|spawner| {
                drive_on(spawner).expect("it is the first");
                sender.send(()).expect("it is waited for");
            });
        });
        is_driven.recv().expect("an executor");
    });
    let (sender, ended) = std::sync::mpsc::channel();
    Embassy.spawn(Box::pin(async move {
        task.await;
        sender.send(()).expect("it is waited for");
    }));
    ended.recv().expect("a case's panic is caught in it");
}

pool_core::behaviour_suite! {
    runtime: || Embassy,
    block_on: run,
}
