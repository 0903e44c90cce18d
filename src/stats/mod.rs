//! Pure functions on slices of numbers: decimation, smoothing, axis ticks, and series made ready to draw.
//!
//! Invariant: no input and no output here but values; the same input gives the same output, bit for bit.

pub mod axis;
pub mod decimate;
pub mod series;
pub mod smooth;
