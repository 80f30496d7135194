//! Five tasks on embassy share two sensors.
//!
//! ```text
//! cargo run -p pool-example-embassy --example on_embassy
//! ```

use std::process::exit;

use embassy_executor::Spawner;
use embassy_time::Timer;
use futures::future::join_all;
use pool_core::Pooled;
use pool_example_embassy::{Pool, drive_on};

/// Takes a while to warm up, so that it is worth keeping.
#[derive(Pooled)]
#[pooled(create = async Self::warm_up() -> Self, close = async Self::cool_down)]
struct Sensor {
    readings: u32,
}

impl Sensor {
    async fn warm_up() -> Self {
        Timer::after_millis(50).await;
        Self { readings: 0 }
    }

    async fn read(&mut self) -> u32 {
        Timer::after_millis(5).await;
        self.readings += 1;
        self.readings
    }

    async fn cool_down(self) {
        Timer::after_millis(20).await;
        println!("a sensor is off after {} readings", self.readings);
    }
}

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    drive_on(spawner).expect("nothing drives pools yet");
    let pool = Pool::<Sensor>::builder(()).max_size(2).build().expect("a maximum alone is right");

    let readers = (0..5).map(|_| async {
        for _ in 0..4 {
            let mut sensor = pool.get().await.expect("a sensor");
            sensor.read().await;
        }
    });
    join_all(readers).await;

    println!("20 readings; {}", pool.status());
    pool.close().await; // both goodbyes are said
    exit(0); // embassy's own main never ends
}
