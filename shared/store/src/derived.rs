//! A new organization's id, and every id that a creation derives from its idempotency key: so whoever repeats it finds what
//! was made.

use aws_lc_rs::digest::{SHA256, digest};
use domain::files::attachment::ObjectId;
use domain::id::{ENTROPY_BYTES, OrgId, Tag, TenantId};

fn bytes(seed: &[u8; 16], purpose: &str) -> [u8; 16] {
    let mut input = seed.to_vec();
    input.extend_from_slice(purpose.as_bytes());
    let mut out = [0; 16];
    out.copy_from_slice(&digest(&SHA256, &input).as_ref()[..16]);
    out
}

/// The id of what an operation makes in a tenant.
pub fn id<I: TenantId>(tag: Tag, operation: &[u8; 16]) -> I {
    let mut entropy = [0; ENTROPY_BYTES];
    entropy.copy_from_slice(&bytes(operation, I::KIND)[..ENTROPY_BYTES]);
    I::new(tag, entropy)
}

/// The place of the bytes that an operation announces.
pub fn object(operation: &[u8; 16]) -> ObjectId {
    ObjectId::from_bytes(bytes(operation, "object"))
}

/// The organization that an operation makes, with its tenant.
pub fn organization(operation: &[u8; 16]) -> OrgId {
    let tag = bytes(operation, "tenant");
    id(
        Tag::from_bytes([tag[0], tag[1], tag[2], tag[3], tag[4]]),
        operation,
    )
}
