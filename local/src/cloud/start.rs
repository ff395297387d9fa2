//! Starting a cloud: first all that can fail is made ready, then the tasks are started.

use std::collections::BTreeMap;

use axum::Router;
use runtime::env::{Clock, Entropy, Env};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::places::{Doors, Places, Routers};
use super::{Cloud, Endpoints, PATIENCE};
use crate::dynamo::Found;
use crate::functions::{Declared, Functions, Registry};
use crate::gateway::{self, Gateway};
use crate::live::{self, Live};
use crate::mail::Mailbox;
use crate::net::Stop;
use crate::options::{Options, StartError};
use crate::phones::Phones;
use crate::queues::Queues;
use crate::secrets::Secrets;
use crate::services::{self, Services};
use crate::template::{self, Function, Names, Template, TemplateError};
use crate::triggers::Triggers;
use crate::wire::Wire;
use crate::{ACCESS_KEY, ACCOUNT, REGION, SECRET_KEY, objects, pages};

/// The sender of local mail, in a domain that can never be anybody's.
const MAIL_FROM: &str = "no-reply@elevanalog.test";

/// Under what the shape of the items is kept in a data directory.
const ITEMS: &str = "items";

/// The shape of the items that this release reads. Raised when they change so that those of before would be read wrongly,
/// which the definition of the table does not tell.
const SHAPE_OF_ITEMS: &str = "2";

/// Everything that a cloud is made of, before it runs.
pub(super) struct Plan {
    options: Options,
    template: Template,
    names: Names,
    doors: Doors,
    places: Places,
    wire: Wire,
    clock: Clock,
    entropy: Entropy,
}

type Variables = BTreeMap<String, String>;

/// The template's parameters that are not as by default.
fn parameters() -> BTreeMap<String, String> {
    let application = |name: &str| format!("arn:aws:sns:{REGION}:{ACCOUNT}:app/{name}/local");
    let given = [
        ("MailFrom", MAIL_FROM.to_owned()),
        ("PushContact", MAIL_FROM.to_owned()),
        ("FcmApplicationArn", application("GCM")),
        ("ApnsApplicationArn", application("APNS_SANDBOX")),
    ];
    given.map(|(name, value)| (name.to_owned(), value)).into()
}

impl Plan {
    /// Reads the template, binds the ports, opens the files.
    pub async fn draw(options: Options) -> Result<Self, StartError> {
        let document = template::read(&options.template)?;
        let doors = Doors::open(options.port).await?;
        let names = Names {
            queues: format!("{}/{ACCOUNT}", doors.endpoints.small),
            sockets: format!("{}{}", doors.url.replacen("http", "ws", 1), live::PATH),
            connections: format!("{}{}", doors.endpoints.small, live::PATH),
        };
        // No `PublicUrl`: there are no pages of clients here, so mails say which call of the API to make.
        let parameters = parameters();
        let template = template::understand(&document, names.clone(), &parameters)?;
        let clock = options.clock.clone().unwrap_or_else(Clock::system);
        let entropy = options.entropy.clone().unwrap_or_else(Entropy::system);
        let places = Places::open(&options, &clock)?;
        let wire = Wire::new(options.index_lag);
        Ok(Self {
            options,
            template,
            names,
            doors,
            places,
            wire,
            clock,
            entropy,
        })
    }

    /// Makes the parts and starts them.
    // In one piece: each part is made of those before it, and most end up in the cloud.
    pub fn carry_out(self, registry: Registry) -> Result<Cloud, StartError> {
        self.tables()?;
        let small = self.services()?;
        let queues = small.queues.clone();
        let (mailbox, phones) = (small.mailbox.clone(), small.phones.clone());
        let (functions, environment) = self.functions(registry)?;
        let routers = self.routers(&functions, small)?;
        let (dynamodb, s3) = clients(&self.doors.endpoints, &self.wire, self.options.slack)?;
        let triggers = self.triggers(queues, &functions, &s3);

        let (stop, stopping) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let live = self.live(&triggers, &stopping);
        let routers = routers.with(&live);
        tasks.spawn(live.watch());
        self.set_going(&triggers, &s3, &mut tasks, &stopping)?;
        let dynamo = &self.places.dynamo;
        let (url, endpoints) = self.doors.serve(dynamo, routers, &mut tasks, &stopping);
        let (table, bucket) = (self.template.tables.first(), self.template.buckets.first());
        Ok(Cloud {
            url,
            endpoints,
            table: table.map(|table| table.name.clone()).unwrap_or_default(),
            environment,
            mailbox,
            phones,
            wire: self.wire,
            functions,
            triggers,
            dynamodb,
            s3,
            bucket: bucket.map(|bucket| bucket.name.clone()).unwrap_or_default(),
            stop,
            tasks,
            patience: PATIENCE * self.options.slack,
            _claimed: self.places.claimed,
            _temporary: self.places.temporary,
        })
    }

    /// The small services, over the state.
    fn services(&self) -> Result<Services, StartError> {
        let (state, clock) = (&self.places.state, &self.clock);
        let secrets = Secrets::new(state.clone(), self.template.secrets.clone(), &self.entropy)
            .map_err(|why| StartError::data(&self.places.root, why))?;
        Ok(Services {
            queues: Queues::new(state.clone(), &self.template.queues).delayed_by(clock.clone()),
            mailbox: Mailbox::new(state.clone(), clock.clone()),
            phones: Phones::new(state.clone(), clock.clone()),
            secrets,
            queue_urls: self.names.queues.clone(),
        })
    }

    /// What answers behind the doors, but for the WebSocket API: that needs the triggers.
    fn routers(&self, functions: &Functions, small: Services) -> Result<Routers, StartError> {
        let gateway = self.gateway(functions);
        let pages = pages::router(small.mailbox.clone(), small.phones.clone());
        let (root, buckets) = (&self.places.objects, &self.template.buckets);
        let objects = objects::router(root, buckets, self.clock.clone())
            .map_err(|why| StartError::data(&self.places.root, why))?;
        Ok(Routers {
            public: Router::new()
                .fallback(gateway::handle)
                .with_state(gateway)
                .merge(pages),
            objects,
            small: services::router(small),
        })
    }

    fn triggers(&self, queues: Queues, functions: &Functions, s3: &aws_sdk_s3::Client) -> Triggers {
        let triggers = Triggers::new(
            self.places.dynamo.clone(),
            queues,
            functions.clone(),
            self.places.state.clone(),
            s3.clone(),
        );
        triggers.patient(self.options.patient)
    }

    /// Starts what happens unasked: triggers, and the sweeps of table and objects.
    fn set_going(
        &self,
        triggers: &Triggers,
        s3: &aws_sdk_s3::Client,
        tasks: &mut JoinSet<()>,
        stop: &Stop,
    ) -> Result<(), StartError> {
        triggers
            .start(&self.template.functions, tasks, stop)
            .map_err(|why| StartError::data(&self.places.root, why))?;
        let dynamo = self.places.dynamo.clone();
        tasks.spawn(dynamo.maintain(self.options.sweep_ttl, stop.clone()));
        tasks.spawn(objects::sweep::run(
            s3.clone(),
            self.places.objects.clone(),
            self.template.buckets.clone(),
            self.clock.clone(),
            stop.clone(),
        ));
        Ok(())
    }

    /// Creates the tables that are not there yet.
    fn tables(&self) -> Result<(), StartError> {
        let (root, state) = (&self.places.root, &self.places.state);
        let kept = state
            .kept(ITEMS)
            .map_err(|why| StartError::data(root, why))?;
        for table in &self.template.tables {
            let found = self
                .places
                .dynamo
                .create(table)
                .map_err(|why| TemplateError::new(&table.name, why))?;
            let what = match found {
                Found::Nothing => continue,
                Found::Differing(what) => what,
                Found::Alike if kept.as_deref() == Some(SHAPE_OF_ITEMS) => continue,
                Found::Alike => "how its items are laid out".to_owned(),
            };
            let table = &table.name;
            let why = format!(
                "its table {table} was made with another shape: what differs is {what}; to begin anew, delete the \
                 directory or name another with --data-dir"
            );
            return Err(StartError::data(root, why));
        }
        state
            .keep(ITEMS, SHAPE_OF_ITEMS)
            .map_err(|why| StartError::data(root, why))
    }

    fn live(&self, triggers: &Triggers, stop: &Stop) -> Live {
        let names = self
            .template
            .functions
            .iter()
            .map(|function| (function.id.clone(), function.name.clone()));
        Live::new(
            self.template.live.clone(),
            names.collect(),
            triggers.clone(),
            self.clock.clone(),
            stop.clone(),
        )
    }

    fn gateway(&self, functions: &Functions) -> Gateway {
        let (api, declared) = (self.template.api.as_ref(), &self.template.functions);
        Gateway::new(
            api,
            declared,
            functions.clone(),
            self.clock.clone(),
            self.options.slack,
        )
    }

    /// The functions, and all their variables together.
    fn functions(&self, registry: Registry) -> Result<(Functions, Variables), StartError> {
        let mut all = basic_variables(&self.doors.endpoints);
        let mut declared = Vec::new();
        for function in &self.template.functions {
            let variables = self.variables(function);
            declared.push(self.declare(registry, function, variables.clone())?);
            all.extend(variables);
        }
        // These variables are for all functions, so they name none.
        all.remove("AWS_LAMBDA_FUNCTION_NAME");
        Ok((Functions::new(declared), all))
    }

    /// A function in the environment that it gets.
    fn declare(
        &self,
        registry: Registry,
        function: &Function,
        variables: Variables,
    ) -> Result<Declared, StartError> {
        let env = self.environment(&function.name, variables);
        let found = registry(&function.name, env.clone()).ok_or_else(|| {
            TemplateError::new(
                &function.id,
                format!("there is no function {}", function.name),
            )
        })?;
        let handler = found.map_err(|reason| StartError::Function {
            function: function.name.clone(),
            reason,
        })?;
        Ok(Declared {
            name: function.name.clone(),
            id: function.id.clone(),
            handler,
            timeout: env.allow(function.timeout),
            env,
        })
    }

    /// What a function gets from outside, as the options have it.
    fn environment(&self, name: &str, variables: Variables) -> Env {
        let mut env = Env::new(variables)
            .with_clock(self.clock.clone())
            .with_entropy(self.entropy.clone())
            .with_slack(self.options.slack)
            .with_http_client(self.wire.for_function(name));
        if let Some(resolver) = &self.options.resolver {
            env = env.with_resolver(resolver.clone());
        }
        if let Some(outbound) = &self.options.outbound {
            env = env.with_outbound(outbound.clone());
        }
        env
    }

    /// What Lambda, the template and the options set for a function.
    fn variables(&self, function: &Function) -> Variables {
        let mut variables = basic_variables(&self.doors.endpoints);
        variables.insert("AWS_LAMBDA_FUNCTION_NAME".to_owned(), function.id.clone());
        variables.extend(function.variables.clone());
        // Who runs it is a developer.
        variables.insert("SERVER_TIMING".to_owned(), "on".to_owned());
        variables.extend(self.options.variables.clone());
        variables
    }
}

/// Region, credentials and endpoints.
fn basic_variables(endpoints: &Endpoints) -> Variables {
    let fixed = [
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
    ];
    let fixed = fixed.map(|(name, value)| (name.to_owned(), value.to_owned()));
    endpoints.variables().into_iter().chain(fixed).collect()
}

/// The cloud's own clients, which neither lag nor fail.
fn clients(
    endpoints: &Endpoints,
    wire: &Wire,
    slack: u32,
) -> Result<(aws_sdk_dynamodb::Client, aws_sdk_s3::Client), StartError> {
    let env = Env::new(basic_variables(endpoints))
        .with_http_client(wire.direct())
        .with_slack(slack);
    let config = |variable: &str| {
        env.aws(variable).map_err(|reason| StartError::Function {
            function: "of the local cloud".to_owned(),
            reason,
        })
    };
    let dynamodb = aws_sdk_dynamodb::Client::new(&config("AWS_ENDPOINT_URL_DYNAMODB")?);
    Ok((
        dynamodb,
        aws_sdk_s3::Client::new(&config("AWS_ENDPOINT_URL_S3")?),
    ))
}
