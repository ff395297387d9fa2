//! A message to a person's devices, as it stands in the queue.

use domain::id::{OrgId, ProjectId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One message to all devices of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceJob {
    /// The id of the notification: with the device it names the message, so that it is sent once.
    pub id: String,
    /// Whose devices.
    #[serde(with = "crate::notices::mail::public")]
    pub user: UserId,
    /// The organization that it tells of: to somebody who has left it meanwhile nothing is sent.
    #[serde(default, with = "optional", skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// The project that it tells of: to somebody who does not see it any more nothing is sent.
    #[serde(default, with = "optional", skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// What the devices show.
    pub notification: Notice,
    /// Not to be sent before this moment: the person's quiet hours end then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
}

/// What a device shows. Clients get it as this JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The first line.
    pub title: String,
    /// The text; shortened where a platform takes less.
    pub body: String,
    /// Where a tap leads: a path of the API or of the client's pages.
    pub link: String,
    /// A later message of the same tag takes the place of an earlier one that was not shown yet.
    pub tag: String,
}

/// Ids in their public form, where there may be none.
mod optional {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<T: Display, S: Serializer>(
        id: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => serializer.collect_str(id),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(de::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use domain::id::Tag;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_in_the_queue_has_public_ids() {
        let (user, org) = (
            UserId::new(1, [7; 10]),
            OrgId::new(Tag::from_bytes([1; 5]), [2; 11]),
        );
        let notice =
            json!({ "title": "WEB-1", "body": "Ann: hello", "link": "/tasks/1", "tag": "task 1" });
        let written = json!({
            "id": "n1", "user": user.to_string(), "org": org.to_string(), "notification": notice,
            "not_before": "2026-01-01T07:00:00Z",
        });
        let job: DeviceJob = serde_json::from_value(written.clone()).unwrap();
        assert_eq!((job.user, job.org, job.project), (user, Some(org), None));
        assert_eq!(serde_json::to_value(&job).unwrap(), written);
        let plain = json!({ "id": "n1", "user": user.to_string(), "notification": notice });
        let job: DeviceJob = serde_json::from_value(plain.clone()).unwrap();
        assert_eq!((job.org, job.not_before), (None, None));
        assert_eq!(serde_json::to_value(&job).unwrap(), plain);
        assert!(
            serde_json::from_value::<DeviceJob>(
                json!({ "id": "n1", "user": "x", "notification": notice })
            )
            .is_err()
        );
    }
}
