//! Reading who stands for what lets people in: see [`domain::vouching`].

use std::collections::{HashMap, HashSet};

use domain::Error;
use domain::id::{InvitationId, JoinCodeId};
use domain::membership::invitation::Invitation;
use domain::membership::joining::JoinCode;
use store::keys::{self, Key};
use store::record::{Record, find_value};
use store::table::{Item, Table};

/// What was read of the people who stand for something, and of the places that they let others into.
pub(crate) struct Vouchers(HashMap<Key, Item>);

/// What must be read to judge an invitation.
pub(crate) fn of_invitation(invitation: &Invitation) -> Vec<Key> {
    let (tag, user) = (invitation.org.tag(), invitation.voucher().user);
    // What project and team are now, private or gone, decides who may still bring people in there.
    let places = invitation
        .project
        .map(keys::project)
        .into_iter()
        .chain(invitation.team.map(keys::team));
    // The account too: one that was suspended, or passed to another hand, stands for nothing.
    [keys::card(tag, user), keys::account(user)]
        .into_iter()
        .chain(places)
        .collect()
}

impl Vouchers {
    /// From what was read, with [`of_invitation`] among it.
    pub fn among(items: &HashMap<Key, Item>) -> Self {
        Self(items.clone())
    }

    async fn read(table: &Table, wanted: HashSet<Key>) -> Result<Self, Error> {
        if wanted.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        Ok(Self(
            table
                .get_many(&wanted.into_iter().collect::<Vec<_>>(), true)
                .await?,
        ))
    }

    fn one<T: Record>(&self, key: &Key) -> Result<Option<T>, Error> {
        find_value(&self.0, key)
    }

    /// Whether an invitation lets somebody in.
    pub fn stand_for_invitation(&self, invitation: &Invitation) -> Result<bool, Error> {
        let (tag, user) = (invitation.org.tag(), invitation.voucher().user);
        let (card, account) = (
            self.one(&keys::card(tag, user))?,
            self.one(&keys::account(user))?,
        );
        let project = invitation
            .project
            .map(|id| self.one(&keys::project(id)))
            .transpose()?
            .flatten();
        let team = invitation
            .team
            .map(|id| self.one(&keys::team(id)))
            .transpose()?
            .flatten();
        Ok(invitation.is_vouched_for(
            card.as_ref(),
            account.as_ref(),
            project.as_ref(),
            team.as_ref(),
        ))
    }

    fn stand_for_code(&self, code: &JoinCode) -> Result<bool, Error> {
        let user = code.voucher().user;
        let (card, account) = (
            self.one(&keys::card(code.org.tag(), user))?,
            self.one(&keys::account(user))?,
        );
        Ok(code.is_vouched_for(card.as_ref(), account.as_ref()))
    }
}

/// Those of some invitations that let somebody in, in one round trip.
pub async fn good_invitations<'a>(
    table: &Table,
    invitations: impl Iterator<Item = &'a Invitation> + Clone,
) -> Result<HashSet<InvitationId>, Error> {
    let vouchers =
        Vouchers::read(table, invitations.clone().flat_map(of_invitation).collect()).await?;
    let mut good = HashSet::new();
    for invitation in invitations {
        if vouchers.stand_for_invitation(invitation)? {
            good.insert(invitation.id);
        }
    }
    Ok(good)
}

/// Those of some join codes that somebody stands for, in one round trip.
pub(crate) async fn good_codes<'a>(
    table: &Table,
    codes: impl Iterator<Item = &'a JoinCode> + Clone,
) -> Result<HashSet<JoinCodeId>, Error> {
    let wanted = codes.clone().flat_map(|code| {
        let user = code.voucher().user;
        [keys::card(code.org.tag(), user), keys::account(user)]
    });
    let vouchers = Vouchers::read(table, wanted.collect()).await?;
    let mut good = HashSet::new();
    for code in codes {
        if vouchers.stand_for_code(code)? {
            good.insert(code.id);
        }
    }
    Ok(good)
}
