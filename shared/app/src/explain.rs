//! Why somebody may do something, or may not.

use domain::Error;
use domain::access::Action;
use domain::access::explain::{Explanation, Kind};
use domain::call::Call;
use domain::id::{BoardId, NotAnId, OrgId, ProjectId, TaskId, TeamId, UserId};
use domain::membership::organization::Organization;
use domain::work::task::TaskKey;
use store::keys;
use store::open::{Explained, Subject};
use store::record::Stored;
use store::table::Item;
use uuid::Uuid;

use crate::App;
use crate::tenant::{self, OrgRef};
use crate::work::task::{TaskRef, find_task};

/// How a caller names what they ask about: an id of any kind, the slug of an organization, or the key of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// The id of an organization, team, project, board or task.
    Id(OrgId),
    /// The slug of an organization.
    Slug(OrgRef),
    /// The key of a task: `PROJ-12`.
    Key(TaskKey),
}

impl std::str::FromStr for Resource {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        match (text.parse(), text.parse::<TaskKey>()) {
            (Ok(OrgRef::Id(id)), _) => Ok(Self::Id(id)),
            (_, Ok(key)) => Ok(Self::Key(key)),
            (slug, _) => slug.map(Self::Slug),
        }
    }
}

/// The answer.
#[derive(Debug, Clone)]
pub struct AccessAnswer {
    /// What kind of thing it is.
    pub kind: Kind,
    /// Its id.
    pub id: Uuid,
    /// Who was asked about.
    pub user: UserId,
    /// The decision.
    pub verdict: Result<(), Error>,
    /// Its grounds.
    pub explanation: Explanation,
}

/// Explains whether `user`, or the caller themselves, may do `action` to `resource`. `org` says where to look for the
/// key of a task.
///
/// # Errors
/// `NotFound` if the caller may not know of it; `Forbidden` if they ask about somebody else without the right to;
/// `BadFilter` if the action is none that can be done to such a thing.
pub async fn explain_permission(
    app: &App,
    call: &Call,
    action: Action,
    resource: &Resource,
    user: Option<UserId>,
    org: Option<&OrgRef>,
) -> Result<AccessAnswer, Error> {
    let user = user.map_or_else(|| app.store.claimed(call), Ok)?;
    let asked = Asked {
        app,
        call,
        action,
        user,
    };
    match resource {
        Resource::Slug(slug) => {
            asked
                .about(
                    tenant::resolve(app, call, slug).await?,
                    Kind::Organization,
                    OrgId::uuid,
                )
                .await
        }
        Resource::Key(key) => {
            let id = find_task(app, call, &TaskRef::Key(key.clone()), org).await?;
            asked.about(id, Kind::Task, TaskId::uuid).await
        }
        Resource::Id(id) => asked.about_any(*id).await,
    }
}

struct Asked<'a> {
    app: &'a App,
    call: &'a Call,
    action: Action,
    user: UserId,
}

impl Asked<'_> {
    /// Finds out what the id names: ids of all kinds look alike.
    // In one piece: the kinds stand as ids, as keys and as answers, three times in one order.
    async fn about_any(&self, id: OrgId) -> Result<AccessAnswer, Error> {
        let bytes = id.bytes();
        let not_found = |_: NotAnId| Error::NotFound;
        let project = ProjectId::from_bytes(bytes).map_err(not_found)?;
        let task = TaskId::from_bytes(bytes).map_err(not_found)?;
        let team = TeamId::from_bytes(bytes).map_err(not_found)?;
        let board = BoardId::from_bytes(bytes).map_err(not_found)?;
        let wanted = [
            keys::organization(id.tag()),
            keys::project(project),
            keys::task(task),
            keys::team(team),
            keys::board(board),
        ];
        let table = self
            .app
            .store
            .outside("which kind of thing an id names; the thing itself is opened as usual");
        let found = table.get_many(&wanted, true).await?;
        // The organization's item stands under its tag alone.
        let is_it =
            |org: &Item| Stored::<Organization>::read(org).is_ok_and(|org| org.value.id == id);
        if found.get(&wanted[0]).is_some_and(is_it) {
            return self.about(id, Kind::Organization, OrgId::uuid).await;
        }
        match wanted[1..].iter().position(|key| found.contains_key(key)) {
            Some(1) => self.about(task, Kind::Task, TaskId::uuid).await,
            Some(2) => self.about(team, Kind::Team, TeamId::uuid).await,
            Some(3) => self.about(board, Kind::Board, BoardId::uuid).await,
            // What is nothing's is looked for like a project that the caller may not see.
            _ => self.about(project, Kind::Project, ProjectId::uuid).await,
        }
    }

    async fn about<S: Subject>(
        &self,
        id: S,
        kind: Kind,
        uuid: fn(S) -> Uuid,
    ) -> Result<AccessAnswer, Error> {
        let (action, user) = (self.action, self.user);
        let card = keys::card(id.tag(), user);
        let opened = self.app.store.open(self.call, id, &[card]).await?;
        if !action.fits(kind) {
            // Only to those who may know what kind of thing it is.
            opened
                .explain(
                    kind.sight(),
                    kind.sight(),
                    self.app.store.claimed(self.call)?,
                )
                .await?;
            return Err(Error::filter(
                "action",
                format!("is nothing that can be done to a {}", kind.as_str()),
            ));
        }
        let Explained {
            verdict,
            explanation,
        } = opened.explain(action, kind.sight(), user).await?;
        Ok(AccessAnswer {
            kind,
            id: uuid(id),
            user,
            verdict,
            explanation,
        })
    }
}
