//! How a local cloud is started, and why it may not start.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use runtime::env::{Clock, Entropy};
use runtime::outbound::Outbound;
use runtime::resolver::Resolver;

use crate::template::TemplateError;

/// Where the template comes from.
#[derive(Clone, Debug)]
pub enum TemplateSource {
    /// A file.
    File(PathBuf),
    /// The text itself.
    Text(String),
}

/// How to start a local cloud. The default is ephemeral, on any free port, with the workspace's `template.yaml`.
#[derive(Clone)]
pub struct Options {
    /// Where everything is kept; `None` keeps it in memory (objects in a temporary directory) and forgets it.
    pub data_dir: Option<PathBuf>,
    /// Whether an ephemeral cloud keeps its table in a temporary file all the same: the one in memory grows slow after
    /// some thousand writes.
    pub large: bool,
    /// The public port; 0 takes any free one.
    pub port: u16,
    /// How long a written row stays hidden from index queries.
    pub index_lag: Duration,
    /// Whether expired rows are deleted, as DynamoDB's TTL does some time or other.
    pub sweep_ttl: bool,
    /// The time that functions see, and in memory TTL too; the machine's if `None`. A table in a file expires by the
    /// machine's time.
    pub clock: Option<Clock>,
    /// The randomness that functions get; the system's if `None`.
    pub entropy: Option<Entropy>,
    /// How functions ask the DNS; the machine's way if `None`.
    pub resolver: Option<Resolver>,
    /// How functions reach addresses that users name; the machine's way if `None`.
    pub outbound: Option<Outbound>,
    /// Whether failed messages stay hidden as long as AWS hides them: their queue's visibility timeout. Else they come
    /// back after a moment, for tests.
    pub patient: bool,
    /// How many times as long as on AWS may be waited: for answers of its services, and for functions.
    pub slack: u32,
    /// The template.
    pub template: TemplateSource,
    /// Environment variables given to every function, over those of the template.
    pub variables: BTreeMap<String, String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            data_dir: None,
            large: false,
            port: 0,
            index_lag: Duration::ZERO,
            sweep_ttl: true,
            clock: None,
            entropy: None,
            resolver: None,
            outbound: None,
            patient: false,
            slack: 1,
            template: TemplateSource::File(
                concat!(env!("CARGO_MANIFEST_DIR"), "/../template.yaml").into(),
            ),
            variables: BTreeMap::new(),
        }
    }
}

/// Why a local cloud does not start; each prints as one line.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process listens there.
    #[error("port {0} is in use: stop what listens there, or choose another with --port")]
    PortInUse(u16),
    /// The port cannot be had for another reason.
    #[error("cannot listen on port {port}: {reason}")]
    Port {
        /// The port asked for.
        port: u16,
        /// What the operating system says.
        reason: std::io::Error,
    },
    /// The data directory cannot be read or written.
    #[error("the data directory {} cannot be used: {reason}", path.display())]
    DataDirectory {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The template is missing, broken, or names what cannot be served.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A function lacks an environment variable.
    #[error("function {function}: {reason}; see its Environment in the template")]
    Function {
        /// The function.
        function: String,
        /// What it lacks.
        reason: runtime::env::MissingVariable,
    },
}

impl StartError {
    /// The data directory at `path` fails for `reason`.
    pub(crate) fn data(path: &std::path::Path, reason: impl ToString) -> Self {
        Self::DataDirectory {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}
