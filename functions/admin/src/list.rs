//! `GET /audit-logs`.

use app::App;
use app::feed::activity::audit::{self, AuditFilter, Audited};
use axum::extract::State;
use data_encoding::HEXLOWER;
use domain::Error;
use domain::text::Fault;
use edge::event::EventDto;
use edge::openapi::Many;
use edge::reply::Listed;
use edge::{Caller, Params, Problem};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAuditLogs {
    /// Of this organization: id or slug.
    #[param(required, example = "acme")]
    org: Option<String>,
    /// What this person did: an id.
    actor: Option<String>,
    /// Of this type, such as member.updated; or of all types that begin with this word, such as session.
    action: Option<String>,
    /// security: who signed in, who joined and by what, roles, settings, refusals (the default); or all: every event.
    category: Option<String>,
    /// Since this moment, or the beginning of this day (UTC).
    from: Option<String>,
    /// Before this moment, or the beginning of this day (UTC).
    to: Option<String>,
    /// How many, 1 to 100; 20 if absent.
    limit: Option<String>,
    /// Where to go on: `next_cursor` of the page before.
    cursor: Option<String>,
}

impl ListAuditLogs {
    fn filter(&self) -> Result<AuditFilter, Error> {
        let all = match self.category.as_deref() {
            None | Some("security") => false,
            Some("all") => true,
            Some(_) => return Err(Error::filter("category", "must be security or all")),
        };
        let person = |_| Error::filter("actor", "must be a person's id");
        let kind = |fault: Fault| Error::filter("action", fault.message);
        Ok(AuditFilter {
            org: self.org.clone(),
            actor: self
                .actor
                .as_deref()
                .map(str::parse)
                .transpose()
                .map_err(person)?,
            kinds: self
                .action
                .as_deref()
                .map(str::parse)
                .transpose()
                .map_err(kind)?,
            all,
            from: moment("from", self.from.as_deref())?,
            to: moment("to", self.to.as_deref())?,
        })
    }
}

/// A moment, or the beginning of a day.
fn moment(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Error> {
    let Some(text) = text else { return Ok(None) };
    let day = || {
        text.parse::<Date>()
            .and_then(|day| day.to_zoned(TimeZone::UTC))
            .map(|day| day.timestamp())
    };
    let read = if text.contains(['T', 't']) {
        text.parse()
    } else {
        day()
    };
    read.map(Some).map_err(|_| {
        Error::filter(
            name,
            "must be a moment (RFC 3339) or a day such as 2026-11-20",
        )
    })
}

/// An entry of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct AuditEntryDto {
    /// Its number in the feed of the organization: 1 for the first, without gaps.
    #[schema(example = 418)]
    seq: u64,
    /// What it tells.
    event: EventDto,
    /// The entry as it was written, JSON as text: what the hash is made of.
    record: String,
    /// The hash of the entry before it, 64 hex digits; that before the first is 64 zeros.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    prev_hash: String,
    /// SHA-256 of the 32 bytes of `prev_hash` and of `record` in UTF-8, as 64 hex digits.
    #[schema(example = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752")]
    hash: String,
}

impl From<Audited> for AuditEntryDto {
    fn from(
        Audited {
            numbered,
            record,
            before,
            hash,
        }: Audited,
    ) -> Self {
        let (prev_hash, hash) = (HEXLOWER.encode(&before), HEXLOWER.encode(&hash));
        Self {
            seq: numbered.seq,
            event: numbered.event.into(),
            record,
            prev_hash,
            hash,
        }
    }
}

/// Lists an organization's audit trail.
///
/// The latest first. For owners and admins. Every change of anything is an entry; what changed nothing and must be
/// known (refusals, failed attempts to sign in, an owner or admin who looks into a private project in which they have
/// no role, downloads) is one too, at most one of a kind per person, project and minute. Each entry carries what proves
/// it: all pages of category `all` can be verified without us.
#[utoipa::path(get, path = "/audit-logs", tag = "admin", operation_id = "listAuditLogs", params(ListAuditLogs),
    responses((status = 200, description = "A page of entries.", body = Many<AuditEntryDto>)),
    extensions(("x-errors" = json!(edge::codes![Forbidden, NotFound, ChainBroken]))))]
pub async fn list(
    State(app): State<App>,
    Caller(call): Caller,
    Params(query): Params<ListAuditLogs>,
) -> Result<Listed<AuditEntryDto>, Problem> {
    let limit = edge::limit(query.limit.as_deref())?;
    let page = audit::list_audit_logs(
        &app,
        &call,
        &query.filter()?,
        limit,
        query.cursor.as_deref(),
    )
    .await?;
    Ok(Listed::page(page.map(AuditEntryDto::from)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        let read = |text: &str| moment("from", Some(text)).unwrap().unwrap().to_string();
        assert_eq!(read("2026-11-20"), "2026-11-20T00:00:00Z");
        assert_eq!(read("2026-11-20T12:00:00+02:00"), "2026-11-20T10:00:00Z");
        for wrong in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-11-20T25:00:00Z",
            "2026-11-20T12:00:00",
        ] {
            assert!(moment("from", Some(wrong)).is_err(), "{wrong}");
        }
    }
}
