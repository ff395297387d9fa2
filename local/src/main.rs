//! `cargo run`: the whole system on this machine. `cargo run -p local -- audit verify FILE`: whether an audit trail holds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use local::sample::{self, SIGN_IN};
use local::{Cloud, Options, TemplateSource, audit};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Runs Elevanalog on this machine: the API, the functions, and the AWS services that they use.
#[derive(Parser)]
#[command(name = "local", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Port of the API; 0 takes any free one.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Where table, objects, queues, mail and the secret are kept.
    #[arg(long, value_name = "DIR", default_value = ".local")]
    data_dir: PathBuf,
    /// Keep everything in memory and forget it at the end.
    #[arg(long)]
    ephemeral: bool,
    /// Hide rows from index queries until they are this old, in milliseconds, as AWS may.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    index_lag: u64,
    /// Make an organization with people, projects and about 200 tasks, unless it is there.
    #[arg(long)]
    sample_data: bool,
    /// The template to serve, instead of the workspace's own.
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
}

/// What can be done besides.
#[derive(Subcommand)]
enum Command {
    /// Checks audit trails that were downloaded.
    #[command(subcommand)]
    Audit(audit::Command),
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    if let Some(Command::Audit(command)) = arguments.command.take() {
        return ended(audit::run(command));
    }
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .with_env_filter(filter)
        .init();
    ended(run(arguments).await)
}

fn ended(outcome: Result<(), Box<dyn std::error::Error>>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut end = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    let sample_data = arguments.sample_data;
    let options = Options::from(arguments);
    let data_dir = options.data_dir.clone();
    let cloud = Cloud::start(options).await?;
    let environment = match &data_dir {
        Some(directory) => Some(write_environment(directory, cloud.environment())?),
        None => None,
    };
    println!("{}", welcome(cloud.url(), environment.as_deref()));
    let outcome = tokio::select! {
        outcome = go_on(&cloud, sample_data) => outcome,
        _ = end.0.recv() => Ok(()),
        _ = end.1.recv() => Ok(()),
    };
    cloud.stop().await;
    Ok(outcome?)
}

/// Makes the sample data if it is wanted, and then goes on for ever.
async fn go_on(cloud: &Cloud, sample_data: bool) -> Result<(), sample::SampleError> {
    if sample_data {
        sample::fill(cloud).await?;
        println!("{}", sample_sign_in(cloud.url()));
    }
    std::future::pending().await
}

impl From<Arguments> for Options {
    fn from(arguments: Arguments) -> Self {
        let mut options = Self {
            data_dir: (!arguments.ephemeral).then_some(arguments.data_dir),
            port: arguments.port,
            index_lag: Duration::from_millis(arguments.index_lag),
            // As on AWS; only tests cannot wait.
            patient: true,
            ..Self::default()
        };
        if let Some(template) = arguments.template {
            options.template = TemplateSource::File(template);
        }
        options
    }
}

/// Writes what a shell needs to run functions elsewhere against this cloud; answers the file.
fn write_environment(
    directory: &Path,
    variables: &BTreeMap<String, String>,
) -> std::io::Result<PathBuf> {
    let mut lines = String::new();
    for (name, value) in variables {
        // Single quotes take everything but themselves.
        let _ = writeln!(lines, "export {name}='{}'", value.replace('\'', r"'\''"));
    }
    let path = directory.join("env");
    std::fs::write(&path, lines)?;
    Ok(path)
}

fn welcome(url: &str, environment: Option<&Path>) -> String {
    let environment = environment
        .map(|path| format!("\n  Environment  source {}", path.display()))
        .unwrap_or_default();
    format!(
        "Elevanalog runs. Ctrl-C ends it.\n\n  Page         {url}/app\n  API          {url}/api/v1\n  \
         Docs         {url}/api/docs\n  \
         Mailbox      {url}/_local/mailbox{environment}\n\n  curl -s {url}/api/v1/auth/register \
         -H 'content-type: application/json' \\\n    -d '{{\"email\":\"you@example.com\",\"password\":\"seven-green-bottles-7\"}}'\n"
    )
}

fn sample_sign_in(url: &str) -> String {
    let (email, password) = (SIGN_IN.email, SIGN_IN.password);
    format!(
        "  Sample sign-in  {email}  {password}\n\n  curl -s {url}/api/v1/auth/login -H 'content-type: application/json' \
         \\\n    -d '{{\"email\":\"{email}\",\"password\":\"{password}\"}}'\n"
    )
}
