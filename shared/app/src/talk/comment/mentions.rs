//! Whom a comment mentions.
//!
//! A name stands for whoever has it when the comment is written: the guards of usernames are read with everything else.
//! Who of them is shown as mentioned, and told, is who may see the task when it is shown or told.

use std::collections::{HashMap, HashSet};

use domain::Error;
use domain::id::UserId;
use domain::membership::organization::Card;
use domain::talk::comment::{Comment, Mention};
use domain::text::Username;
use domain::work::project::Project;
use domain::work::task::Task;
use store::Scope;
use store::keys::{self, Key};
use store::record::find_value;
use store::table::Item;

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
    let found = read(app, task, &people).await?;
    // A project that is not there shows nothing to anybody.
    let project: Option<Project> = find_value(&found, &keys::project(task.project))?;
    let mut seeing = HashSet::new();
    for user in people {
        let card: Option<Card> = find_value(&found, &keys::card(task.id.tag(), user))?;
        let sees = project
            .as_ref()
            .zip(card.as_ref())
            .is_some_and(|(project, card)| project.is_seen_by(card));
        seeing.extend(sees.then_some(user));
    }
    Ok(seeing)
}

/// The project of a task, and the cards of these people in its organization.
async fn read(
    app: &App,
    task: &Task,
    people: &HashSet<UserId>,
) -> Result<HashMap<Key, Item>, Error> {
    let cards = people.iter().map(|user| keys::card(task.id.tag(), *user));
    let wanted: Vec<Key> = cards.chain([keys::project(task.project)]).collect();
    app.store
        .outside("who of those who are named may see a task")
        .get_many(&wanted, false)
        .await
}
