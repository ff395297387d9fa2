//! Every key of the table, and every list that it keeps, by their names. How one is made is told where the thing is stored.

pub use crate::account::session::session;
pub use crate::account::*;
pub use crate::answered::answered;
pub use crate::derived;
pub use crate::done::done;
pub use crate::feed::keys::*;
pub use crate::feed::signal::{account_signal, name_mark, signal};
pub use crate::files::attachment::*;
pub use crate::key::{Holder, Key, gone_of, hash, holder, registered, trash_of};
pub use crate::limits::rate;
pub use crate::live::keys as live;
pub use crate::membership::invitation::*;
pub use crate::membership::joining::*;
pub use crate::membership::organization::*;
pub use crate::membership::team::*;
pub use crate::notices::claims::{device_claim, mail_claim};
pub use crate::notices::device::*;
pub use crate::notices::notification::*;
pub use crate::notices::preferences::*;
pub use crate::notices::watch::*;
pub use crate::prose::long_text;
pub use crate::scan::job;
pub use crate::talk::comment::*;
pub use crate::token::{published_keys, vapid_key};
pub use crate::work::board::*;
pub use crate::work::counts::counts;
pub use crate::work::label::*;
pub use crate::work::project::*;
pub use crate::work::task::*;

#[cfg(test)]
mod tests {
    use domain::id::{
        AttachmentId, BoardId, CommentId, JoinCodeId, LabelId, ProjectId, Tag, TaskId, TeamId,
        UserId,
    };
    use domain::work::workflow::Category;

    use super::*;

    const TAG: Tag = Tag::from_bytes([9, 8, 7, 6, 5]);

    #[test]
    fn every_tenant_key_begins_with_its_tenant() {
        let task_id = TaskId::new(TAG, [3; 11]);
        let project_id = ProjectId::new(TAG, [4; 11]);
        let user = UserId::new(1, [5; 10]);
        let prefix = format!("T#{TAG}");
        let keys = [
            organization(TAG).pk,
            card(TAG, user).pk,
            signal(TAG, "access.refused", user, Some(project_id), 1).pk,
            task(task_id).pk,
            project(project_id).pk,
            members_of(TAG).partition,
            projects_of(TAG).partition,
            teams_of(TAG).partition,
            team(TeamId::new(TAG, [7; 11])).pk,
            trash_of(TAG).partition,
            gone_of(TAG).partition,
            join_code(JoinCodeId::new(TAG, [9; 11])).pk,
            domain(domain_id(TAG, &"acme.example".parse().unwrap())).pk,
            join_request(TAG, user).pk,
            join_codes_of(TAG).partition,
            domains_of(TAG).partition,
            join_requests_of(TAG).partition,
            tasks_of(project_id).partition,
            comment(task_id, CommentId::new(TAG, [6; 11])).pk,
            revision(task_id, CommentId::new(TAG, [6; 11]), 1).pk,
            counts(task_id).pk,
            comments_of(task_id).partition,
            watch(task_id, user).pk,
            inbox_of(TAG, user).partition,
            unread_of(TAG, user).partition,
            boards_of(project_id).partition,
            board(BoardId::new(TAG, [8; 11])).pk,
            attachment(task_id, AttachmentId::new(TAG, [8; 11])).pk,
            attachments_of(task_id).partition,
            storage(TAG).pk,
            alias(TAG, &"WEB".parse().unwrap(), 12).pk,
            column(project_id, &Category::Todo.into()).partition,
            urgency(project_id).partition,
            person(TAG, user).partition,
            label(LabelId::new(TAG, [9; 11])).pk,
            label_name(TAG, Some(project_id), "Bug").pk,
            labels_of(TAG).partition,
            feed_head(TAG).pk,
            feed_of_task(task_id).partition,
            audit_of(TAG).partition,
            feed_of_project(project_id).partition,
            feed_of_actor(TAG, user).partition,
        ];
        assert!(keys.iter().all(|key| key.starts_with(&prefix)));
    }

    #[test]
    fn a_partition_tells_whose_it_is() {
        let user = UserId::new(1, [5; 10]);
        assert_eq!(
            holder(&task(TaskId::new(TAG, [3; 11])).pk),
            Some(Holder::Tenant(TAG))
        );
        assert_eq!(holder(&organization(TAG).pk), Some(Holder::Tenant(TAG)));
        assert_eq!(holder(&account(user).pk), Some(Holder::Person(user)));
        assert_eq!(
            (holder("SYS#KEYS"), holder("T"), holder("U#x"), holder("")),
            (None, None, None, None)
        );
    }
}
