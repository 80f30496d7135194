//! Random events for the state machine and, beside it, the naive model of its tests.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| pool_core::fuzz(bytes));
