//! Attachments: files that people give with prompts.
//!
//! A file is uploaded before the prompt that has it is sent. Uploaded again (the answer was lost, say) it is the same
//! attachment. The first prompt that has it makes it its session's, and it goes when that goes; one that no prompt has taken
//! within a day goes by itself.
//!
//! What is noted in the database has its content in the data folder: that is written first, and removed last.

pub mod contents;
pub mod error;
pub mod media;
pub mod service;
pub mod store;
pub mod sweep;
pub mod uploads;

pub use error::Error;
pub use service::Attachments;
pub use sweep::Sweep;
