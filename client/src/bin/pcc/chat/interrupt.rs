//! Ctrl-C: the first during a turn asks to end the turn, any other ends the program at once.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures_util::FutureExt;
use tokio::sync::Notify;

#[derive(Clone, Default)]
pub struct Interrupt(Arc<State>);

#[derive(Default)]
struct State {
    is_armed: AtomicBool,
    pressed: Notify,
}

impl Interrupt {
    /// Takes over Ctrl-C for the rest of the program.
    pub fn listen() -> Self {
        let interrupt = Self::default();
        let state = interrupt.0.clone();
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if !state.is_armed.swap(false, Ordering::SeqCst) {
                    std::process::exit(130);
                }
                state.pressed.notify_one();
            }
        });
        interrupt
    }

    /// A turn begins: the next Ctrl-C is its end.
    pub fn begin(&self) {
        // One that came as the turn before ended was meant for that.
        self.pressed().now_or_never();
        self.0.is_armed.store(true, Ordering::SeqCst);
    }

    pub fn end(&self) {
        self.0.is_armed.store(false, Ordering::SeqCst);
    }

    pub async fn pressed(&self) {
        self.0.pressed.notified().await;
    }
}
