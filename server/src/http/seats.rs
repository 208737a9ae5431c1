//! How many sockets and streams each device holds open.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use entity::ids::DeviceId;

use crate::caller::Caller;

#[derive(Clone, Debug)]
pub struct Seats {
    per_device: usize,
    taken: Arc<Mutex<HashMap<Option<DeviceId>, usize>>>,
}

/// A place held until it is dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Seats,
    device: Option<DeviceId>,
}

impl Seats {
    pub fn new(per_device: usize) -> Self {
        Self {
            per_device,
            taken: Arc::default(),
        }
    }

    pub fn per_device(&self) -> usize {
        self.per_device
    }

    /// A place for this caller's device, if one is left. Those without a token share the places of one device.
    pub fn take(&self, caller: Option<&Caller>) -> Option<Seat> {
        let device = caller.map(|caller| caller.device);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(device).or_default();
        if *count >= self.per_device {
            return None;
        }
        *count += 1;
        Some(Seat {
            seats: self.clone(),
            device,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.device) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.device);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_free_again_when_it_is_dropped() {
        let seats = Seats::new(2);
        let first = seats.take(None).unwrap();
        let _second = seats.take(None).unwrap();
        assert!(seats.take(None).is_none());
        drop(first);
        assert!(seats.take(None).is_some());
    }
}
