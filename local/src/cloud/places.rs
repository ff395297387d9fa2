//! Where a cloud listens and where it keeps things.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use axum::Router;
use runtime::env::Clock;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::Endpoints;
use crate::directory::{TemporaryDirectory, claim};
use crate::dynamo::Dynamo;
use crate::live::{self, Live};
use crate::net;
use crate::options::{Options, StartError};
use crate::state::State;

/// The listeners, bound before anything else, so that functions can be told the addresses.
pub(super) struct Doors {
    pub public: TcpListener,
    pub dynamodb: TcpListener,
    pub s3: TcpListener,
    pub small: TcpListener,
    pub url: String,
    pub endpoints: Endpoints,
}

impl Doors {
    pub async fn open(port: u16) -> Result<Self, StartError> {
        let (public, at) = listen(port).await?;
        let (dynamodb, table_at) = listen(0).await?;
        let (s3, objects_at) = listen(0).await?;
        let (small, small_at) = listen(0).await?;
        let url = |address| format!("http://{address}");
        let endpoints = Endpoints {
            dynamodb: url(table_at),
            s3: url(objects_at),
            small: url(small_at),
        };
        Ok(Self {
            public,
            dynamodb,
            s3,
            small,
            url: url(at),
            endpoints,
        })
    }

    /// Starts serving; answers where.
    pub fn serve(
        self,
        dynamo: &Dynamo,
        routers: Routers,
        tasks: &mut JoinSet<()>,
        stop: &net::Stop,
    ) -> (String, Endpoints) {
        tasks.spawn(dynamo.clone().serve(self.dynamodb, stop.clone()));
        tasks.spawn(net::serve(self.s3, routers.objects, stop.clone()));
        tasks.spawn(net::serve(self.small, routers.small, stop.clone()));
        tasks.spawn(net::serve(self.public, routers.public, stop.clone()));
        (self.url, self.endpoints)
    }
}

/// What answers behind the doors, besides DynamoDB.
pub(super) struct Routers {
    pub public: Router,
    pub objects: Router,
    pub small: Router,
}

impl Routers {
    /// The same with the WebSocket API: for clients on the public port, for functions among the services.
    pub fn with(self, live: &Live) -> Self {
        let small = self.small.merge(live::management(live.clone()));
        Self {
            public: self.public.merge(live.router()),
            small,
            ..self
        }
    }
}

async fn listen(port: u16) -> Result<(TcpListener, std::net::SocketAddr), StartError> {
    net::listen(port)
        .await
        .map_err(|reason| match reason.kind() {
            ErrorKind::AddrInUse => StartError::PortInUse(port),
            _ => StartError::Port { port, reason },
        })
}

/// The directory and what is in it.
pub(super) struct Places {
    pub root: PathBuf,
    pub objects: PathBuf,
    pub state: State,
    pub dynamo: Dynamo,
    pub claimed: Option<File>,
    pub temporary: Option<TemporaryDirectory>,
}

impl Places {
    pub fn open(options: &Options, clock: &Clock) -> Result<Self, StartError> {
        match &options.data_dir {
            Some(root) => {
                let claimed = claim(root).map_err(|why| StartError::data(root, why))?;
                Ok(Self {
                    claimed: Some(claimed),
                    ..Self::within(root, Some(root), clock)?
                })
            }
            None => {
                let temporary = TemporaryDirectory::new()
                    .map_err(|why| StartError::data(&std::env::temp_dir(), why))?;
                let files = options.large.then(|| temporary.path());
                let within = Self::within(temporary.path(), files, clock)?;
                Ok(Self {
                    temporary: Some(temporary),
                    ..within
                })
            }
        }
    }

    /// Objects under `root`; table and state in `files`, or in memory.
    fn within(root: &Path, files: Option<&Path>, clock: &Clock) -> Result<Self, StartError> {
        let wrong = |why: String| StartError::data(root, why);
        let objects = root.join("objects");
        std::fs::create_dir_all(&objects).map_err(|why| wrong(why.to_string()))?;
        let file = |name: &str| files.map(|files| files.join(name));
        let state =
            State::open(file("state.db").as_deref()).map_err(|why| wrong(why.to_string()))?;
        let dynamo = Dynamo::open(file("table.db").as_deref(), clock.clone()).map_err(wrong)?;
        Ok(Self {
            root: root.to_owned(),
            objects,
            state,
            dynamo,
            claimed: None,
            temporary: None,
        })
    }
}
