//! Messages to phones: SNS passes them on to Firebase and Apple.

use std::time::Duration;

use app::notices::device::DeviceJob;
use aws_sdk_sns::Client;
use aws_sdk_sns::config::retry::RetryConfig;
use aws_sdk_sns::config::timeout::TimeoutConfig;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::publish::PublishError;
use data_encoding::BASE64URL_NOPAD;
use domain::notices::device::Platform;
use runtime::env::{Env, MissingVariable};
use serde_json::json;

use crate::Posting;
use crate::notice::{fitting, for_apns, for_fcm};

/// There is one attempt only: an attempt that was cut off may have been taken, so the claim, not the SDK, decides about
/// another.
const PATIENCE: Duration = Duration::from_secs(4);
/// The most bytes that Firebase and Apple take, less what SNS may add.
const LONGEST: usize = 3800;

/// Sends messages to phones.
pub struct Phones {
    client: Client,
}

impl Phones {
    /// The way to SNS.
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        let patience = env.allow(PATIENCE);
        let config = aws_sdk_sns::config::Builder::from(&env.aws("AWS_ENDPOINT_URL_SNS")?)
            .retry_config(RetryConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(patience / 4)
                    .operation_timeout(patience)
                    .build(),
            );
        Ok(Self {
            client: Client::from_conf(config.build()),
        })
    }

    /// Sends a job's message to an endpoint of SNS.
    pub async fn post(&self, platform: Platform, arn: &str, job: &DeviceJob) -> Posting {
        let Some(message) = message(platform, arn, job) else {
            return Posting::Refused {
                code: "too long".to_owned(),
            };
        };
        let publish = self
            .client
            .publish()
            .target_arn(arn)
            .message_structure("json")
            .message(message);
        match publish.send().await {
            Ok(answer) => Posting::Taken {
                message: answer.message_id.unwrap_or_default(),
            },
            Err(error) => self.verdict(arn, &error).await,
        }
    }

    async fn verdict<R>(&self, arn: &str, error: &SdkError<PublishError, R>) -> Posting {
        let code = error.code().unwrap_or("no answer").to_owned();
        match error.as_service_error() {
            Some(PublishError::EndpointDisabledException(_)) => {
                // The platform says that the token is nobody's. A disabled endpoint stays so even if the phone comes
                // back with the token; a new one would not.
                if self
                    .client
                    .delete_endpoint()
                    .endpoint_arn(arn)
                    .send()
                    .await
                    .is_err()
                {
                    tracing::warn!("a disabled endpoint of SNS could not be deleted");
                }
                Posting::Gone { code }
            }
            Some(PublishError::NotFoundException(_)) => Posting::Gone { code },
            // What SNS says of an endpoint that was deleted.
            Some(PublishError::InvalidParameterException(_)) if says_no_endpoint(error) => {
                Posting::Gone { code }
            }
            Some(
                PublishError::InvalidParameterException(_)
                | PublishError::InvalidParameterValueException(_)
                | PublishError::PlatformApplicationDisabledException(_),
            ) => Posting::Refused { code },
            _ => Posting::Later { code },
        }
    }
}

fn says_no_endpoint<R>(error: &SdkError<PublishError, R>) -> bool {
    error
        .message()
        .is_some_and(|message| message.contains("No endpoint found for the target arn"))
}

/// The message in the form that SNS wants for a platform (`MessageStructure` `json`): JSON in JSON.
fn message(platform: Platform, arn: &str, job: &DeviceJob) -> Option<String> {
    let (notice, id) = (&job.notification, job.id.as_str());
    let text = match platform {
        Platform::Apns => fitting(notice, LONGEST, |notice| for_apns(id, notice)),
        Platform::Fcm | Platform::WebPush => {
            let collapse = BASE64URL_NOPAD.encode(&store::keys::hash(&[notice.tag.as_bytes()]));
            fitting(notice, LONGEST, |notice| for_fcm(id, notice, &collapse))
        }
    }?;
    // `arn:aws:sns:<region>:<account>:endpoint/<platform>/<application>/<id>`
    let name = arn.split('/').nth(1)?;
    Some(json!({ "default": notice.title, name: text }).to_string())
}

#[cfg(test)]
mod tests {
    use app::notices::device::Notice;
    use domain::id::UserId;
    use serde_json::Value;

    use super::*;

    fn job() -> DeviceJob {
        let text = |text: &str| text.to_owned();
        let notification = Notice {
            title: text("WEB-1"),
            body: "é".repeat(9000),
            link: text("/x"),
            tag: text("t"),
        };
        DeviceJob {
            id: text("n1"),
            user: UserId::new(1, [7; 10]),
            org: None,
            project: None,
            notification,
            not_before: None,
        }
    }

    #[test]
    fn each_platform_gets_json_in_json_no_longer_than_it_takes() {
        for (platform, endpoint, place) in [
            (
                Platform::Fcm,
                "endpoint/GCM/app/1",
                "/fcmV1Message/message/notification/title",
            ),
            (Platform::Apns, "endpoint/APNS/app/1", "/aps/alert/title"),
            (
                Platform::Apns,
                "endpoint/APNS_SANDBOX/app/1",
                "/aps/alert/title",
            ),
        ] {
            let arn = format!("arn:aws:sns:us-east-1:000000000000:{endpoint}");
            let name = endpoint.split('/').nth(1).unwrap();
            let message: Value =
                serde_json::from_str(&message(platform, &arn, &job()).unwrap()).unwrap();
            assert_eq!(message["default"], "WEB-1");
            let inner = message[name].as_str().unwrap();
            assert!(
                (LONGEST - 10..=LONGEST).contains(&inner.len()),
                "{}",
                inner.len()
            );
            assert_eq!(
                serde_json::from_str::<Value>(inner)
                    .unwrap()
                    .pointer(place)
                    .unwrap(),
                "WEB-1"
            );
        }
    }
}
