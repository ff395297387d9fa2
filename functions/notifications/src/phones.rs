//! Phones, whose platforms are reached through SNS: it makes an endpoint of a phone's token.

use aws_sdk_sns::Client;
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::create_platform_endpoint::CreatePlatformEndpointError;
use domain::notices::device::{Platform, Reach};
use domain::{Error, Faults};
use runtime::env::{Env, MissingVariable};

use crate::devices::not_set_up;

/// The platforms that are set up.
#[derive(Clone)]
pub(crate) struct Phones {
    client: Client,
    fcm: Option<String>,
    apns: Option<String>,
}

impl Phones {
    /// The platforms whose applications the environment names.
    pub fn new(env: &Env) -> Result<Self, MissingVariable> {
        let application = |name: &str| env.optional(name).map(str::to_owned);
        Ok(Self {
            client: Client::new(&env.aws("AWS_ENDPOINT_URL_SNS")?),
            fcm: application("FCM_APPLICATION_ARN"),
            apns: application("APNS_APPLICATION_ARN"),
        })
    }

    /// Makes an endpoint of a phone's token. The same token again has the same one.
    ///
    /// # Errors
    /// `Invalid` if the platform is not set up, or the token is none of its.
    pub async fn enroll(&self, platform: Platform, token: &str) -> Result<Reach, Error> {
        let (application, reach): (_, fn(String) -> Reach) = match platform {
            Platform::Fcm => (&self.fcm, |arn| Reach::Fcm { arn }),
            Platform::Apns => (&self.apns, |arn| Reach::Apns { arn }),
            Platform::WebPush => return Err(Error::Internal("a browser is no phone".to_owned())),
        };
        let mut faults = Faults::new();
        let application = faults.take("platform", application.as_ref().ok_or_else(not_set_up));
        let application = faults.finish(application)?;
        let endpoint = self
            .client
            .create_platform_endpoint()
            .platform_application_arn(application)
            .token(token);
        let answer = endpoint.send().await.map_err(refusal)?;
        let no_arn = || Error::Internal("SNS made an endpoint without ARN".to_owned());
        answer.endpoint_arn.map(reach).ok_or_else(no_arn)
    }
}

fn refusal<R>(error: SdkError<CreatePlatformEndpointError, R>) -> Error {
    if let Some(CreatePlatformEndpointError::InvalidParameterException(_)) =
        error.as_service_error()
    {
        return Error::field("token", "invalid", "is not a token of this platform");
    }
    let code = error.code().unwrap_or("no answer").to_owned();
    runtime::meter::note(|totals| totals.fault = Some(format!("CreatePlatformEndpoint: {code}")));
    Error::Unavailable
}
