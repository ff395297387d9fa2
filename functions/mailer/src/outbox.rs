//! Where mails go: to SES, or into the bucket for the administrator while no sender is configured.

use std::time::Duration;

use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::config::timeout::TimeoutConfig;
use aws_sdk_sesv2::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageTag};
use jiff::Timestamp;
use runtime::env::{Env, MissingVariable};
use serde_json::json;

use crate::letter::Mail;

/// SES looks at the whole mail before it answers. There is one attempt only: an attempt that was cut off may have been
/// taken, so the claim, not the SDK, decides about another.
const PATIENCE: Duration = Duration::from_secs(4);

/// What became of a posted mail.
#[derive(Debug, PartialEq, Eq)]
pub enum Posting {
    /// It was taken.
    Taken {
        /// The id under which it was.
        message: String,
    },
    /// It will never be taken as it is.
    Refused {
        /// The service's word for why.
        code: String,
    },
    /// It was not taken now.
    Later {
        /// The service's word for why.
        code: String,
    },
}

/// Posts mails.
pub enum Outbox {
    /// Through SES.
    Ses {
        /// The way to it.
        client: aws_sdk_sesv2::Client,
        /// The sender of all mails.
        from: String,
    },
    /// Into the bucket, under `mail/`.
    Bucket {
        /// The way to it.
        client: aws_sdk_s3::Client,
        /// Its name.
        name: String,
    },
}

impl Outbox {
    /// SES if the environment names a sender, else the bucket that it names.
    ///
    /// # Errors
    /// When it names neither.
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        if let Some(from) = env.optional("MAIL_FROM") {
            let patience = env.allow(PATIENCE);
            let config = aws_sdk_sesv2::config::Builder::from(&env.aws("AWS_ENDPOINT_URL_SESV2")?)
                .retry_config(RetryConfig::disabled())
                .timeout_config(
                    TimeoutConfig::builder()
                        .connect_timeout(patience / 4)
                        .operation_timeout(patience)
                        .build(),
                );
            let client = aws_sdk_sesv2::Client::from_conf(config.build());
            return Ok(Self::Ses {
                client,
                from: from.to_owned(),
            });
        }
        let endpoint = "AWS_ENDPOINT_URL_S3";
        // On AWS the bucket is part of the host's name; another endpoint has but one name.
        let config = aws_sdk_s3::config::Builder::from(&env.aws(endpoint)?)
            .force_path_style(env.optional(endpoint).is_some());
        Ok(Self::Bucket {
            client: aws_sdk_s3::Client::from_conf(config.build()),
            name: env.var("BUCKET_NAME")?.to_owned(),
        })
    }

    /// Posts a mail. `claim` names it.
    pub async fn post(&self, mail: &Mail, claim: &str, now: Timestamp) -> Posting {
        match self {
            Self::Ses { client, from } => send(client, from, mail, claim).await,
            Self::Bucket { client, name } => keep(client, name, mail, claim, now).await,
        }
    }
}

async fn send(client: &aws_sdk_sesv2::Client, from: &str, mail: &Mail, claim: &str) -> Posting {
    let (content, tag) = match (
        content(mail),
        MessageTag::builder().name("claim").value(claim).build(),
    ) {
        (Ok(content), Ok(tag)) => (content, tag),
        (Err(error), _) | (_, Err(error)) => {
            return Posting::Refused {
                code: error.to_string(),
            };
        }
    };
    let answer = client
        .send_email()
        .from_email_address(from)
        .destination(
            Destination::builder()
                .to_addresses(mail.to.as_str())
                .build(),
        )
        .content(content)
        .email_tags(tag)
        .send()
        .await;
    match answer {
        Ok(answer) => Posting::Taken {
            message: answer.message_id.unwrap_or_default(),
        },
        Err(error) if is_final(&error) => Posting::Refused { code: code(&error) },
        Err(error) => Posting::Later { code: code(&error) },
    }
}

fn content(mail: &Mail) -> Result<EmailContent, BuildError> {
    let text = |data: &str| Content::builder().data(data).charset("UTF-8").build();
    let body = Body::builder()
        .text(text(&mail.text)?)
        .html(text(&mail.html)?)
        .build();
    Ok(EmailContent::builder()
        .simple(
            Message::builder()
                .subject(text(&mail.subject)?)
                .body(body)
                .build(),
        )
        .build())
}

/// Whether SES would say the same tomorrow. A paused account or an unverified domain is ours to mend: such mails wait.
fn is_final<R>(error: &SdkError<SendEmailError, R>) -> bool {
    matches!(
        error.as_service_error(),
        Some(SendEmailError::MessageRejected(_) | SendEmailError::BadRequestException(_))
    )
}

/// The error's code. Its message may quote an address.
fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    let kind = match error {
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "dispatch failure",
        _ => "unreadable answer",
    };
    error.code().unwrap_or(kind).to_owned()
}

async fn keep(
    client: &aws_sdk_s3::Client,
    bucket: &str,
    mail: &Mail,
    claim: &str,
    now: Timestamp,
) -> Posting {
    let key = format!("mail/{}/{claim}.json", now.strftime("%Y-%m-%d"));
    let kept = json!({ "at": now, "to": mail.to, "subject": mail.subject, "text": mail.text, "html": mail.html });
    let put = client
        .put_object()
        .bucket(bucket)
        .key(&key)
        .content_type("application/json");
    match put.body(kept.to_string().into_bytes().into()).send().await {
        Ok(_) => Posting::Taken { message: key },
        Err(error) => Posting::Later { code: code(&error) },
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sesv2::types::error::{
        BadRequestException, MessageRejected, SendingPausedException, TooManyRequestsException,
    };

    use super::*;

    #[test]
    fn only_a_fault_of_the_mail_itself_is_final() {
        let is_final = |error: SendEmailError| is_final(&SdkError::service_error(error, ()));
        assert!(is_final(SendEmailError::MessageRejected(
            MessageRejected::builder().build()
        )));
        assert!(is_final(SendEmailError::BadRequestException(
            BadRequestException::builder().build()
        )));
        let throttled = TooManyRequestsException::builder().build();
        assert!(!is_final(SendEmailError::TooManyRequestsException(
            throttled
        )));
        assert!(!is_final(SendEmailError::SendingPausedException(
            SendingPausedException::builder().build()
        )));
        assert!(!super::is_final::<()>(&SdkError::timeout_error("late")));
    }
}
