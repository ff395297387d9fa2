//! Whom a comment mentions.
//!
//! A name stands for whoever has it when the comment is written: the guards of usernames are read with everything else.
//! Who of them is shown as mentioned, and told, is who may see the task when it is shown or told.

use std::collections::HashSet;

use domain::Error;
use domain::id::UserId;
use domain::membership::organization::Card;
use domain::talk::comment::{Comment, Mention};
use domain::text::Username;
use domain::work::project::Project;
use domain::work::task::Task;
use store::Scope;
use store::keys::{self, Key};
use store::record::Stored;

use crate::App;

/// The names that stand in a text by `@name`, each once, in their order; at most [`Comment::MAX_MENTIONS`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(Vec<Username>);

impl Names {
    /// The names that were found in the field `body`.
    pub fn new(names: Vec<Username>) -> Result<Self, Error> {
        if names.len() > Comment::MAX_MENTIONS {
            let message = format!("must mention at most {} names", Comment::MAX_MENTIONS);
            return Err(Error::field("body", "too_many", message));
        }
        Ok(Self(names))
    }

    /// The guards that tell whose they are.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.0.iter().map(keys::username_guard)
    }

    /// Those that are somebody's, with whom. Who was mentioned by a name before stays who is meant by it.
    pub(super) fn people(&self, scope: &Scope, before: &[Mention]) -> Vec<(Username, UserId)> {
        let meant = |name: &Username| {
            let known = before
                .iter()
                .find(|mention| mention.name == *name)
                .map(|mention| mention.user);
            known.or_else(|| scope.extra_owner(&keys::username_guard(name))?.parse().ok())
        };
        self.0
            .iter()
            .filter_map(|name| Some((name.clone(), meant(name)?)))
            .collect()
    }
}

/// Who of these people may see the task now.
pub(super) async fn seeing(
    app: &App,
    task: &Task,
    people: HashSet<UserId>,
) -> Result<HashSet<UserId>, Error> {
    if people.is_empty() {
        return Ok(people);
    }
    let tag = task.id.tag();
    let cards = people.iter().map(|user| keys::card(tag, *user));
    let wanted: Vec<Key> = cards.chain([keys::project(task.project)]).collect();
    let table = app
        .store
        .outside("who of those who are named may see a task");
    let found = table.get_many(&wanted, false).await?;
    let project = found
        .get(&keys::project(task.project))
        .map(Stored::<Project>::read)
        .transpose()?;
    let sees = |card: &Card| {
        project
            .as_ref()
            .is_some_and(|project| project.value.is_seen_by(card))
    };
    let mut seeing = HashSet::new();
    for user in people {
        let card = found
            .get(&keys::card(tag, user))
            .map(Stored::<Card>::read)
            .transpose()?;
        seeing.extend(card.filter(|card| sees(&card.value)).map(|_| user));
    }
    Ok(seeing)
}
