//! Lists in which several organizations take part, a lane in each.

use domain::Error;
use domain::id::OrgId;
use futures_util::future::try_join_all;
use store::open::Me;
use store::range::Range;
use store::table::Rows;
use store::{Scope, SealedRows, Store};

/// The rows of each range, which is one of the scope beside it. Without a scope there are none: whoever does not belong to an
/// organization any more has no rows in it.
pub async fn rows(
    store: &Store,
    scopes: &[Option<&Scope>],
    ranges: &[Range],
) -> Result<Vec<Rows>, Error> {
    let reads = scopes.iter().zip(ranges).map(|(scope, range)| async move {
        match scope {
            Some(scope) => store.rows(scope, range).await,
            None => Ok(Rows::default()),
        }
    });
    try_join_all(reads).await
}

/// The first rows of a list over organizations of the caller, which are read while it is found out to which of them the
/// caller still belongs: the scopes of those, and the rows of each range.
pub async fn begin(
    store: &Store,
    me: &Me,
    orgs: &[OrgId],
    ranges: &[Range],
) -> Result<(Vec<Scope>, Vec<Rows>), Error> {
    let reads = orgs
        .iter()
        .zip(ranges)
        .map(|(org, range)| store.peek(org.tag(), range));
    let (scopes, found) = tokio::join!(store.scopes(me, orgs), try_join_all(reads));
    let scopes = scopes?;
    let unseal = |(scope, rows): (Option<&Scope>, SealedRows)| {
        scope.map_or_else(|| Ok(Rows::default()), |scope| rows.unseal(scope))
    };
    let rows = in_order(&scopes, orgs)
        .into_iter()
        .zip(found?)
        .map(unseal)
        .collect::<Result<Vec<_>, _>>()?;
    Ok((scopes, rows))
}

/// All of these scopes, each with a lane.
pub fn all(scopes: &[Scope]) -> Vec<Option<&Scope>> {
    scopes.iter().map(Some).collect()
}

/// The scopes of these organizations, in their order.
pub fn in_order<'s>(scopes: &'s [Scope], orgs: &[OrgId]) -> Vec<Option<&'s Scope>> {
    orgs.iter()
        .map(|org| scopes.iter().find(|scope| scope.org_id() == *org))
        .collect()
}
