//! Codes by which people join: made, listed, rotated, revoked. The code itself is told once and not kept.

use domain::access::Action;
use domain::call::{Call, Page, Versioned};
use domain::id::JoinCodeId;
use domain::membership::joining::{CodeText, JoinCode, JoinRole, Voucher};
use domain::{Error, FieldError};
use jiff::Timestamp;
use paging::Walk;
use runtime::meter;
use store::Scope;
use store::keys;
use store::record::Stored;
use store::transaction::Transaction;

use super::{Opened, open};
use crate::membership::organization::id_of;
use crate::membership::vouching::good_codes;
use crate::tenant::OrgRef;
use crate::{App, retry};

/// What a new code is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCode {
    /// The role of those who join.
    pub role: JoinRole,
    /// Whoever uses it must be approved by an admin.
    pub approval: bool,
    /// How often it can be used.
    pub max_uses: Option<u32>,
    /// Until when it can be used.
    pub expires_at: Option<Timestamp>,
}

/// A code that was made, or made anew.
#[derive(Debug, Clone)]
pub struct Made {
    /// What is kept of it.
    pub kept: Versioned<JoinCode>,
    /// The code itself. A repetition of the request does not know it any more.
    pub code: Option<CodeText>,
}

impl Made {
    /// The answer to a request that was made before.
    fn again(kept: Stored<JoinCode>) -> Self {
        meter::note(|totals| totals.replayed = true);
        Self {
            kept: kept.versioned(),
            code: None,
        }
    }
}

/// Makes a code.
pub async fn create_join_code(
    app: &App,
    call: &Call,
    org: &OrgRef,
    new: &NewCode,
) -> Result<Made, Error> {
    check_expiry(new, call.at)?;
    let org = id_of(app, call, org).await?;
    let operation = app.store.operation(call)?;
    let id: JoinCodeId = app.new_id(org.tag(), &operation);
    let key = keys::join_code(id);
    retry::contended(|| async {
        let scope = open(app, call, org, std::slice::from_ref(&key)).await?;
        if let Some(made) = scope.extra::<JoinCode>(&key)? {
            made.made_by(scope.operation())?;
            let gone = made.value.deleted_at.is_some();
            return if gone {
                Err(Error::IdempotencyTargetDeleted)
            } else {
                Ok(Made::again(made))
            };
        }
        scope.proved()?;
        make(app, &scope, id, new).await
    })
    .await
}

fn check_expiry(new: &NewCode, at: Timestamp) -> Result<(), Error> {
    if new.expires_at.is_some_and(|expires| expires <= at) {
        return Err(Error::Invalid(vec![FieldError::new(
            "expires_at",
            "past",
            "must be in the future",
        )]));
    }
    Ok(())
}

async fn make(app: &App, scope: &Scope, id: JoinCodeId, new: &NewCode) -> Result<Made, Error> {
    let code = CodeText::from_bytes(app.entropy.bytes());
    let mut transaction = Transaction::new();
    let made = transaction.create(
        kept(scope, id, new, &code),
        scope.operation(),
        Error::Conflict,
    )?;
    claim(&mut transaction, &made.value);
    app.store.commit(scope, transaction).await?;
    Ok(Made {
        kept: made.versioned(),
        code: Some(code),
    })
}

fn kept(scope: &Scope, id: JoinCodeId, new: &NewCode, code: &CodeText) -> JoinCode {
    JoinCode {
        id,
        org: scope.org_id(),
        digest: keys::join_code_digest(code),
        prefix: code.prefix(),
        role: new.role,
        approval: new.approval,
        max_uses: new.max_uses,
        uses: 0,
        used_at: None,
        kept_by: None,
        expires_at: new.expires_at,
        created_at: scope.at(),
        created_by: scope.user(),
        updated_at: scope.at(),
        updated_by: scope.user(),
        deleted_at: None,
    }
}

fn claim(transaction: &mut Transaction, code: &JoinCode) {
    transaction.claim(
        keys::join_code_guard(&code.digest),
        code.id.to_string(),
        Error::Conflict,
    );
}

fn release(transaction: &mut Transaction, code: &JoinCode) {
    transaction.release(keys::join_code_guard(&code.digest), code.id.to_string());
}

/// A page of an organization's codes, the newest first, those that are used up or expired too.
pub async fn list_join_codes(
    app: &App,
    call: &Call,
    org: &OrgRef,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<ListedCode>, Error> {
    let id = id_of(app, call, org).await?;
    let range = keys::join_codes_of(id.tag()).backwards();
    let walk = Walk::new(app.pager(), call, id.tag(), range, &(), limit, cursor).await?;
    let opening = app.store.open(call, id, &[]);
    let row = |_: &Scope, code: Stored<JoinCode>| Some(code.versioned());
    let page = walk
        .page(opening, Action::SecurityPolicy, |_| Ok(()), row, false)
        .await?;
    let table = app
        .store
        .outside("who stands for codes, whoever may see those people");
    let good = good_codes(table, page.rows.iter().map(|row| &row.value)).await?;
    Ok(page.map(|row| ListedCode {
        is_suspended: !good.contains(&row.value.id),
        row,
    }))
}

/// A code in a list.
#[derive(Debug, Clone)]
pub struct ListedCode {
    /// The code.
    pub row: Versioned<JoinCode>,
    /// Whoever stands for it may not let people in any more: it lets nobody in unless somebody takes it over.
    pub is_suspended: bool,
}

/// Opens a code for a change.
async fn find(
    app: &App,
    call: &Call,
    org: &OrgRef,
    id: JoinCodeId,
) -> Result<Opened<JoinCode>, Error> {
    let org = id_of(app, call, org).await?;
    let key = (id.tag() == org.tag()).then(|| keys::join_code(id));
    Opened::read(app, call, org, key, |code: &JoinCode| {
        code.deleted_at.is_some()
    })
    .await
}

/// Takes a code over: the caller stands for it from now on, if they can, and no longer whoever made it.
pub async fn keep_join_code(
    app: &App,
    call: &Call,
    org: &OrgRef,
    id: JoinCodeId,
) -> Result<Versioned<JoinCode>, Error> {
    retry::contended(|| async {
        let Opened {
            scope,
            found: before,
            replayed,
        } = find(app, call, org, id).await?;
        if replayed {
            return Ok(before.versioned());
        }
        scope.proved()?;
        let (at, by) = (scope.at(), scope.user());
        let kept_by = Some(Voucher {
            user: by,
            since: at,
        });
        let next = JoinCode {
            kept_by,
            updated_at: at,
            updated_by: by,
            ..before.value.clone()
        };
        Ok(app.store.save(&scope, &before, next).await?.versioned())
    })
    .await
}

/// Gives a code another text; the old one lets nobody in any more. Limit, uses and term stay as they are. Whoever does so
/// stands for it from then on.
pub async fn rotate_join_code(
    app: &App,
    call: &Call,
    org: &OrgRef,
    id: JoinCodeId,
) -> Result<Made, Error> {
    retry::contended(|| async {
        let Opened {
            scope,
            found: before,
            replayed,
        } = find(app, call, org, id).await?;
        if replayed {
            return Ok(Made::again(before));
        }
        scope.proved()?;
        let code = CodeText::from_bytes(app.entropy.bytes());
        let mut transaction = Transaction::new();
        let next = rotated(&scope, &before.value, &code);
        let saved = transaction.save(&before, next, scope.operation())?;
        release(&mut transaction, &before.value);
        claim(&mut transaction, &saved.value);
        app.store.commit(&scope, transaction).await?;
        Ok(Made {
            kept: saved.versioned(),
            code: Some(code),
        })
    })
    .await
}

fn rotated(scope: &Scope, before: &JoinCode, code: &CodeText) -> JoinCode {
    JoinCode {
        kept_by: Some(Voucher {
            user: scope.user(),
            since: scope.at(),
        }),
        digest: keys::join_code_digest(code),
        prefix: code.prefix(),
        updated_at: scope.at(),
        updated_by: scope.user(),
        ..before.clone()
    }
}

/// Revokes a code: it lets nobody in any more.
pub async fn revoke_join_code(
    app: &App,
    call: &Call,
    org: &OrgRef,
    id: JoinCodeId,
) -> Result<Versioned<JoinCode>, Error> {
    retry::contended(|| async {
        let Opened {
            scope,
            found: before,
            replayed,
        } = find(app, call, org, id).await?;
        if replayed {
            return Ok(before.versioned());
        }
        // No fresh proof of who they are is asked here: revoking lets nobody in.
        let (at, by) = (scope.at(), scope.user());
        let next = JoinCode {
            deleted_at: Some(at),
            updated_at: at,
            updated_by: by,
            ..before.value.clone()
        };
        let mut transaction = Transaction::new();
        let saved = transaction.save(&before, next, scope.operation())?;
        release(&mut transaction, &before.value);
        app.store.commit(&scope, transaction).await?;
        Ok(saved.versioned())
    })
    .await
}
