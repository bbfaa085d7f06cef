//! The service: everything put together, kept running while the node comes and goes, and stopped in order.

use crate::{
	buffer::Buffer,
	chain::Client,
	config::{CarrierArgs, RunArgs},
	facts::FinalisedBlock,
	follower::{FollowError, Follower},
	hub::Hub,
	keys::{self, CarrierKey},
	metrics::Metrics,
	registry::Registry,
	store::Store,
	submitter::Submitter,
	sweeper::Sweeper,
};
use anyhow::{bail, Context};
use std::{
	future::{Future, IntoFuture},
	path::Path,
	pin::pin,
	sync::Arc,
	time::Duration,
};
use tokio::{
	net::TcpListener,
	sync::{mpsc, watch},
	time::timeout,
};

/// Finalised blocks that may wait for whoever empties the buffer.
const BLOCKS: usize = 64;
/// How long to wait before the node is tried again, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

/// How long requests that have begun may take after the service was asked to stop.
const FAREWELL: Duration = Duration::from_secs(5);

/// Runs until `stop` completes, or until something fails that trying again does not cure.
pub async fn run(args: RunArgs, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
	let carrier = carrier_key(&args.carrier)?;
	let service = Service::open(&args)?;
	let listener = TcpListener::bind(args.listen)
		.await
		.with_context(|| format!("cannot listen on {}", args.listen))?;
	tracing::info!(address = %listener.local_addr()?, "taking readings");

	let (stopping, stopped) = watch::channel(false);
	tokio::spawn(async move {
		stop.await;
		let _ = stopping.send(true);
	});
	let wait = |mut stopped: watch::Receiver<bool>| async move {
		// An error means that the sender is gone: then nobody will ever ask to stop, and the process is ending.
		let _ = stopped.wait_for(|stop| *stop).await;
	};
	let server = axum::serve(listener, service.hub.clone().router()).with_graceful_shutdown(wait(stopped.clone()));
	let sessions = service.sessions(&args.node, carrier, stopped.clone());
	let buffer = service.hub.buffer.clone();
	let mut server = pin!(server.into_future());
	tokio::select! {
		served = &mut server => return served.context("the HTTP server failed"),
		failed = sessions => failed?,
		() = buffer.stopped() => bail!("the buffer cannot be written"),
	}
	// Requests that have begun get their answers; whoever listens to the stream of blocks is cut off.
	if let Ok(served) = timeout(FAREWELL, server).await {
		served.context("the HTTP server failed")?;
	}
	tracing::info!("stopped");
	Ok(())
}

fn carrier_key(args: &CarrierArgs) -> anyhow::Result<Option<CarrierKey>> {
	let key = match (&args.carrier_key_file, &args.dev_carrier) {
		(Some(file), _) => Some(keys::read(file)?),
		(None, Some(uri)) => Some(keys::carrier(uri)?),
		(None, None) => None,
	};
	match &key {
		Some(key) => {
			tracing::info!(account = %subxt::utils::AccountId32::from(key.pair.public_key()), "carrying readings")
		}
		None => tracing::warn!("no carrier key: readings are kept until somebody else has carried them, as validators do that pull from here"),
	}
	Ok(key)
}

/// Who empties the buffer.
enum Consumer {
	/// With a key: carries what is in it.
	Submitter(Box<Submitter>),
	/// Without: sees what others have carried.
	Sweeper(Sweeper),
}

impl Consumer {
	async fn run(&mut self, client: &Client, blocks: mpsc::Receiver<Arc<FinalisedBlock>>) -> anyhow::Result<()> {
		match self {
			Consumer::Submitter(submitter) => submitter.run(client, blocks).await?,
			Consumer::Sweeper(sweeper) => sweeper.run(blocks).await?,
		}
		Ok(())
	}
}

struct Service {
	hub: Hub,
	follower: Follower,
}

impl Service {
	fn open(args: &RunArgs) -> anyhow::Result<Self> {
		let folder = &args.data;
		std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
		let buffer =
			Buffer::open(&folder.join("buffer"), args.buffer_readings as usize).context("cannot open the buffer")?;
		let store = Arc::new(Store::open(&store_file(folder)).context("cannot open the store")?);
		let registry = Registry::default();
		registry.note_readings(store.last_readings()?);
		match store.load_registry()? {
			Some(kept) => {
				tracing::info!(
					block = kept.chain.block,
					meters = kept.meter_count(),
					"the registry as last seen"
				);
				registry.replace(kept);
			}
			None => tracing::info!("no meter is known until a node is reached"),
		}
		tracing::info!(pending = buffer.pending(), "opened the buffer");
		let metrics = Metrics::default();
		let hub = Hub::new(
			registry.clone(),
			buffer.clone(),
			store.clone(),
			metrics.clone(),
			args.api_token.clone(),
		);
		let follower = Follower {
			store,
			registry,
			buffer,
			metrics,
			news: hub.news.clone(),
		};
		Ok(Service { hub, follower })
	}

	/// Follows and submits over one connection after the other.
	async fn sessions(
		&self,
		node: &str,
		carrier: Option<CarrierKey>,
		mut stopped: watch::Receiver<bool>,
	) -> anyhow::Result<()> {
		let Follower {
			store,
			registry,
			buffer,
			metrics,
			..
		} = self.follower.clone();
		let mut consumer = match carrier.clone() {
			Some(key) => Consumer::Submitter(Box::new(Submitter::new(buffer, store, metrics.clone(), key.pair))),
			None => Consumer::Sweeper(Sweeper::new(buffer, store, registry, metrics.clone())),
		};
		let mut pause = PAUSES.0;
		loop {
			let connected = tokio::select! {
				connected = Client::connect(node) => connected,
				_ = stopped.wait_for(|stop| *stop) => return Ok(()),
			};
			match connected {
				Ok(client) => {
					check_key(&client, carrier.as_ref()).await?;
					tracing::info!(node, "connected");
					pause = PAUSES.0;
					metrics.connected.set(1);
					let ended = tokio::select! {
						ended = self.session(&client, &mut consumer) => ended,
						_ = stopped.wait_for(|stop| *stop) => return Ok(()),
					};
					metrics.connected.set(0);
					is_curable(ended)?;
				}
				Err(error) => tracing::warn!(node, %error, "no connection; readings are kept"),
			}
			tokio::select! {
				() = tokio::time::sleep(pause) => {},
				_ = stopped.wait_for(|stop| *stop) => return Ok(()),
			}
			pause = (pause * 2).min(PAUSES.1);
		}
	}

	/// Ends when either side has failed: each then leaves the channel between them, which ends the other.
	async fn session(&self, client: &Client, consumer: &mut Consumer) -> anyhow::Result<()> {
		let (sender, blocks) = mpsc::channel(BLOCKS);
		let (followed, consumed) = tokio::join!(self.follower.run(client, sender), consumer.run(client, blocks));
		followed?;
		consumed
	}
}

/// Where the store lies in the data folder.
pub fn store_file(folder: &Path) -> std::path::PathBuf {
	folder.join("store.sqlite")
}

/// A key that everyone knows is good for chains without value only.
async fn check_key(client: &Client, carrier: Option<&CarrierKey>) -> anyhow::Result<()> {
	if carrier.is_some_and(|key| key.is_well_known) && !client.is_development().await? {
		let chain = client.chain_name().await?;
		bail!("{chain} is no development chain, and everyone knows this carrier key: make one with `keys generate`");
	}
	Ok(())
}

/// Passes on what trying again does not cure.
fn is_curable(ended: anyhow::Result<()>) -> anyhow::Result<()> {
	let Err(error) = ended else { return Ok(()) };
	match error.downcast_ref::<FollowError>() {
		Some(FollowError::OtherChain { .. } | FollowError::Store(_)) => Err(error),
		_ => {
			tracing::warn!(error = format!("{error:#}"), "the connection ended; it is made again");
			Ok(())
		}
	}
}
