//! What a function is given from outside: its variables, the time, randomness and the way to AWS.
//!
//! On Lambda everything comes from the process ([`Env::from_process`]); the local cloud and the tests run many
//! functions in one process and hand each its own `Env`.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use jiff::Timestamp;
use std::time::Duration;

use crate::outbound::Outbound;
use crate::resolver::Resolver;

/// The only source of the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// The clock of the machine.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system clock"
    )]
    pub fn system() -> Self {
        Self(Arc::new(Timestamp::now))
    }

    /// A clock of the caller's making; tests move time with it.
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The present moment, cut to milliseconds: what the API prints is what is stored.
    pub fn now(&self) -> Timestamp {
        let now = (self.0)();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

/// The only source of randomness.
#[derive(Clone)]
pub struct Entropy {
    fill: Fill,
    dice: Option<Dice>,
}

type Fill = Arc<dyn Fn(&mut [u8]) + Send + Sync>;
/// Tells whether a throw that succeeds once in so many times does.
type Dice = Arc<dyn Fn(u32) -> bool + Send + Sync>;

impl Entropy {
    /// The operating system's randomness.
    pub fn system() -> Self {
        Self {
            fill: Arc::new(fill_from_system),
            dice: None,
        }
    }

    /// Replaces the dice of [`Entropy::one_in`] (and nothing else): tests that count requests fix them.
    pub fn with_dice(mut self, dice: impl Fn(u32) -> bool + Send + Sync + 'static) -> Self {
        self.dice = Some(Arc::new(dice));
        self
    }

    /// Fills `buffer` with random bytes.
    pub fn fill(&self, buffer: &mut [u8]) {
        (self.fill)(buffer);
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A throw of dice: true once in `n` times on average.
    pub fn one_in(&self, n: u32) -> bool {
        match &self.dice {
            Some(dice) => dice(n),
            None => u32::from_be_bytes(self.bytes()).is_multiple_of(n.max(1)),
        }
    }
}

fn fill_from_system(buffer: &mut [u8]) {
    // The generator fails only when the operating system has none, and then nothing here may go on.
    assert!(
        aws_lc_rs::rand::fill(buffer).is_ok(),
        "the operating system gives no randomness"
    );
}

/// A variable that a function needs and was not given.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {0} is missing")]
pub struct MissingVariable(pub String);

/// Everything a function gets from outside.
#[derive(Clone)]
pub struct Env {
    variables: Arc<BTreeMap<String, String>>,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
    http: Option<SharedHttpClient>,
    resolver: Option<Resolver>,
    outbound: Option<Outbound>,
    slack: u32,
}

impl Env {
    /// The environment of this process: what Lambda sets, and what `template.yaml` adds.
    pub fn from_process() -> Self {
        Self::new(std::env::vars().collect())
    }

    /// An environment of given variables, with the system's time and randomness.
    pub fn new(variables: BTreeMap<String, String>) -> Self {
        Self {
            variables: Arc::new(variables),
            clock: Clock::system(),
            entropy: Entropy::system(),
            http: None,
            resolver: None,
            outbound: None,
            slack: 1,
        }
    }

    /// The same with another clock.
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The same with another source of randomness.
    pub fn with_entropy(mut self, entropy: Entropy) -> Self {
        self.entropy = entropy;
        self
    }

    /// The same with another HTTP client under the SDK: the local cloud's index lag and the tests' faults.
    pub fn with_http_client(mut self, client: SharedHttpClient) -> Self {
        self.http = Some(client);
        self
    }

    /// The same with another way to ask the DNS than the system's.
    pub fn with_resolver(mut self, resolver: Resolver) -> Self {
        self.resolver = Some(resolver);
        self
    }

    /// The same with another way to addresses that users name than the machine's.
    pub fn with_outbound(mut self, outbound: Outbound) -> Self {
        self.outbound = Some(outbound);
        self
    }

    /// The same where AWS and callers have so many times as long: on a laden machine slowness is no fault, and what a test
    /// counts must not depend on it. Addresses that users name and the DNS are asked as on AWS.
    pub fn with_slack(mut self, factor: u32) -> Self {
        self.slack = factor.max(1);
        self
    }

    /// How long to wait here for what is waited for so long on AWS.
    pub fn allow(&self, on_aws: Duration) -> Duration {
        on_aws.saturating_mul(self.slack)
    }

    /// The way to addresses that users name; none if it is the machine's.
    pub fn outbound(&self) -> Option<&Outbound> {
        self.outbound.as_ref()
    }

    /// The way to ask the DNS; none if it is the system's.
    pub fn resolver(&self) -> Option<&Resolver> {
        self.resolver.as_ref()
    }

    /// A variable that must be there.
    pub fn var(&self, name: &str) -> Result<&str, MissingVariable> {
        self.optional(name)
            .ok_or_else(|| MissingVariable(name.to_owned()))
    }

    /// A variable that may be missing; empty counts as missing.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Those that Lambda puts into the environment.
    fn credentials(&self) -> Result<Credentials, MissingVariable> {
        Ok(Credentials::new(
            self.var("AWS_ACCESS_KEY_ID")?,
            self.var("AWS_SECRET_ACCESS_KEY")?,
            self.optional("AWS_SESSION_TOKEN").map(str::to_owned),
            None,
            "environment",
        ))
    }

    /// The SDK configuration for one service.
    ///
    /// Built by hand: on Lambda the credentials stand in the environment, so the provider chain (profiles, SSO,
    /// metadata service) would only cost start-up time. `endpoint_variable` is the service's official
    /// `AWS_ENDPOINT_URL_<SERVICE>` variable, set by the local cloud only.
    pub fn aws(&self, endpoint_variable: &str) -> Result<SdkConfig, MissingVariable> {
        let credentials = self.credentials()?;
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.var("AWS_REGION")?.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(3)
                    .with_initial_backoff(Duration::from_millis(20))
                    .with_max_backoff(Duration::from_millis(400)),
            )
            .timeout_config(
                // The SDK waits for ever by default. A function has 10 s.
                TimeoutConfig::builder()
                    .connect_timeout(self.allow(Duration::from_millis(800)))
                    .operation_attempt_timeout(self.allow(Duration::from_secs(1)))
                    .operation_timeout(self.allow(Duration::from_millis(3500)))
                    .build(),
            );
        if let Some(url) = self.optional(endpoint_variable) {
            config = config.endpoint_url(url);
        }
        if let Some(http) = &self.http {
            config = config.http_client(http.clone());
        }
        Ok(config.build())
    }
}
