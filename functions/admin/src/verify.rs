//! `GET /audit-logs/verify`.

use app::App;
use app::feed::activity::audit::{self, Verified};
use axum::extract::State;
use data_encoding::HEXLOWER;
use domain::Error;
use edge::openapi::One;
use edge::reply::Data;
use edge::{Caller, Params, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which stretch.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VerifyAuditLogs {
    /// Of this organization: id or slug.
    #[param(required, example = "acme")]
    org: Option<String>,
    /// The number of the first entry; 1 if absent.
    from_seq: Option<String>,
    /// The number of the last entry; the latest if absent.
    to_seq: Option<String>,
}

/// A stretch of the audit trail that holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditVerification {
    /// Always true: anything else is the error `chain_broken`.
    ok: bool,
    /// How many entries were checked.
    #[schema(example = 500)]
    checked: usize,
    /// The number of the first.
    #[schema(example = 1)]
    from_seq: u64,
    /// The number of the last; one less than `from_seq` if there was none.
    #[schema(example = 500)]
    to_seq: u64,
    /// The number of the organization's latest entry.
    #[schema(example = 742)]
    head_seq: u64,
    /// Its hash. Who notes it down can tell later that nothing up to here was changed.
    #[schema(example = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752")]
    head_hash: String,
    /// Where to go on with `from_seq`; null at the end of what was asked for.
    #[schema(example = 501)]
    next_seq: Option<u64>,
}

impl From<Verified> for AuditVerification {
    fn from(verified: Verified) -> Self {
        Self {
            ok: true,
            checked: verified.checked,
            from_seq: verified.from,
            to_seq: verified.to,
            head_seq: verified.head,
            head_hash: HEXLOWER.encode(&verified.hash),
            next_seq: verified.next,
        }
    }
}

fn number(name: &str, text: Option<&str>) -> Result<Option<u64>, Error> {
    // Fourteen digits, as the feed counts.
    const MOST: u64 = 99_999_999_999_999;
    let Some(text) = text else { return Ok(None) };
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=MOST).contains(number) && !text.starts_with('+'));
    number
        .map(Some)
        .ok_or_else(|| Error::filter(name, "must be a number from 1"))
}

/// Verifies the audit trail.
///
/// No more than 500 entries a call: that none is missing, that each is what was written, and that the latest is the
/// latest. `next_seq` tells where to go on. For owners and admins.
#[utoipa::path(get, path = "/audit-logs/verify", tag = "admin", operation_id = "verifyAuditLogs",
    params(VerifyAuditLogs),
    responses((status = 200, description = "The stretch holds.", body = One<AuditVerification>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, NotFound, ChainBroken]))))]
pub async fn verify(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<VerifyAuditLogs>,
) -> Result<Data<AuditVerification>, Problem> {
    let from = number("from_seq", query.from_seq.as_deref())?.unwrap_or(1);
    let to = number("to_seq", query.to_seq.as_deref())?;
    if to.is_some_and(|to| to < from) {
        return Err(Error::filter("to_seq", "must not be below from_seq").into());
    }
    let verified = audit::verify_audit_logs(&app, &call, query.org.as_deref(), from, to).await?;
    Ok(Data::plain(verified.into()))
}
