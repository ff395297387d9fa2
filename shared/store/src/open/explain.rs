//! Why somebody may do something to what was opened, or may not: the very decision, with its grounds.

use domain::Error;
use domain::access::Action;
use domain::access::explain::Explanation;
use domain::id::{TeamId, UserId};
use domain::membership::organization::Card;

use super::Sealed;
use crate::keys;
use crate::record::{Record, find_value};

/// A decision with its grounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The decision, as it would be made now.
    pub verdict: Result<(), Error>,
    /// Its grounds.
    pub explanation: Explanation,
}

impl<T: Record> Sealed<T> {
    /// Explains the decision about an action of `user`, whose card must have been asked for beside the thing. `sight`
    /// is what the caller needs to know that the thing is there, whatever they ask about.
    ///
    /// # Errors
    /// `NotFound` to whoever may not know that the thing is there; `Forbidden` to whoever asks about another without
    /// the right to.
    pub async fn explain(
        mut self,
        action: Action,
        sight: Action,
        user: UserId,
    ) -> Result<Explained, Error> {
        let unread = self.project.is_none() && self.project_id.is_some();
        if unread && self.belongs() {
            self.read_project().await?;
        }
        let explained = self.explained(action, sight, user);
        if explained == Err(Error::NotFound) && !unread && self.belongs() {
            // As many requests for everything that is not told of, of whatever kind it is.
            let decoy = keys::decoy_project(self.tag, &self.principal.session.key());
            self.table.get(&decoy).await?;
        }
        explained
    }

    fn explained(&self, action: Action, sight: Action, user: UserId) -> Result<Explained, Error> {
        let own = self.decide(action).map(drop);
        let (org, caller) = (
            self.org.as_ref().ok_or(Error::NotFound)?,
            self.card.as_ref().ok_or(Error::NotFound)?,
        );
        let thing = &self.thing.as_ref().ok_or(Error::NotFound)?.value;
        let (standing, circumstances) = self.weigh(org, &caller.value, thing, sight);
        if own == Err(Error::NotFound) || !standing.granted(sight, circumstances) {
            return Err(Error::NotFound);
        }
        if user == self.principal.user {
            return Ok(Explained {
                explanation: self.grounds(Some(&caller.value), action, &own),
                verdict: own,
            });
        }
        if !standing.granted(Action::PermissionExplain, circumstances) {
            return Err(Error::Forbidden {
                permission: Action::PermissionExplain.as_str(),
            });
        }
        self.explained_of(action, user, &caller.value)
    }

    /// The decision about another person, whose card shows as far as the caller sees them.
    fn explained_of(
        &self,
        action: Action,
        user: UserId,
        caller: &Card,
    ) -> Result<Explained, Error> {
        let card: Option<Card> = find_value(&self.extra, &keys::card(self.tag, user))?;
        let card = card.filter(|card| card.is_live() && caller.sees(card));
        let verdict = self.decide_for(card.as_ref(), action).map(drop);
        Ok(Explained {
            explanation: self.grounds(card.as_ref(), action, &verdict),
            verdict,
        })
    }

    fn grounds(
        &self,
        card: Option<&Card>,
        action: Action,
        verdict: &Result<(), Error>,
    ) -> Explanation {
        let (Some(org), Some(card), Some(thing)) = (&self.org, card, &self.thing) else {
            let reason = "they do not belong to the organization";
            return Explanation::default().overruled("membership", reason, "membership");
        };
        let (standing, circumstances) = self.weigh(org, card, &thing.value, action);
        let told = standing.explain(action, circumstances, self.team_of(card).as_deref());
        match verdict {
            Err(Error::ProjectArchived) => told.overruled(
                "archived",
                "the project is archived, so nothing in it changes",
                "unarchived project",
            ),
            Err(Error::ParentDeleted) => told.overruled(
                "deleted",
                "nothing comes back before the project that it is in",
                "restored project",
            ),
            Err(Error::NotFound)
                if self.team.is_some() && self.is_hidden_from(card, &thing.value) =>
            {
                let reason = "the team is inside of a project that they do not see";
                told.overruled(
                    "private project",
                    reason,
                    "role in the team or in its project",
                )
            }
            _ => told,
        }
    }

    /// The id of the team whose role counts.
    fn team_of(&self, card: &Card) -> Option<String> {
        if self.team.is_some() {
            return self.team.map(|team| team.to_string());
        }
        let attached = self.project.iter().flat_map(|project| &project.teams);
        let best = attached
            .filter_map(|team| Some((card.teams.get(team)?, team)))
            .min();
        let attached = best.and_then(|(_, team)| TeamId::from_suffix(card.org.tag(), team).ok());
        attached.map(|team| team.to_string())
    }
}
