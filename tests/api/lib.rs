//! What the published crates offer is listed beside this file, a text for each, and `listing.rs` holds
//! the crates against it. There is no code here.
