//! The live page in a real browser, driven by hand as people do: what one does, the others see.
//!
//! `NO_BROWSER=1` leaves these tests out, `SCREENSHOTS=<directory>` keeps pictures.

mod alone;
mod pictures;
mod stage;
mod together;
