//! The checker has to notice each kind of wrong.
