//! What the chain refuses when it is asked directly, past every well-behaved client: each with the error that tells the caller what
//! to do, and without moving a planck but the fee.

use codec::{Compact, Encode};
use gridtokenx_oracle::{
	chain::{Call, Client},
	meter::MeterKey,
	reading::SignedReading,
};
use gridtokenx_primitives::{
	device::Registers, message, message::Registration, reading::Page, ClassId, DeviceKind, Interval, Price, Source, Wh,
	ZoneId,
};
use gridtokenx_runtime::AccountId;
use gridtokenx_tests::{
	calls::{batch_all, call, data, key, motion, refusal},
	household::{attestation, register_call, registration, Household, Site},
	node::Node,
	progress::Progress,
	state::{account, events, fees, Money, State},
};
use pallet_dex::{Backing, BookId, OrderId, Phase, Purpose, TimeInForce};
use serde_json::{json, Value};

const VILLAGE: ZoneId = 1;
/// The most its meter may feed in is 10 kW, 166 Wh in a minute; the most it may draw is 17.25 kW, 287 Wh.
const ROOF: Site = Site {
	zone: VILLAGE,
	import_w: 17_250,
	export_w: 10_000,
	source: Source::Solar,
};
/// A price between floor and cap, planck per kWh.
const PRICE: Price = 100_000_000_000;
const REGISTERS: Registers = Registers {
	import_wh: 100,
	export_wh: 100,
};

#[tokio::test]
async fn calls_should_be_refused_with_a_reason_when_they_are_not_the_callers_to_make() {
	let progress = Progress::new("refusals");
	let node = Node::dev().await;
	let client = node.client().await;
	let scene = Scene::set(&client).await;
	progress.say("a household and an order are there; now everything that is not allowed");

	let first = client.best().await.expect("a block").number() + 1;
	let before = scene.balances(&client).await;
	tokio::join!(
		scene.readings(&node, &client),
		async {
			scene.registrations(&client).await;
			scene.strangers_device(&client).await;
		},
		scene.orders(&client),
		scene.strangers_orders(&client),
		scene.credits(&client),
		scene.governance(&client),
	);
	let last = client.best().await.expect("a block").number();
	let fees = fees(&events(&client, first, last).await);
	for ((account, before), (_, after)) in before.into_iter().zip(scene.balances(&client).await) {
		let fee = fees.get(&account).copied().unwrap_or_default();
		assert_eq!(
			after,
			Money {
				free: before.free - fee,
				..before
			},
			"{account:?}"
		);
	}
	progress.say(format_args!(
		"all refused; {} accounts paid fees and nothing else",
		fees.len()
	));
}

/// Bob's household, with an offer in the book of `delivery`.
struct Scene {
	bob: Household,
	delivery: Interval,
	order: OrderId,
}

fn offer(interval: Interval, zone: ZoneId, wh: Wh, price: Price) -> Call {
	Call::new(
		"Dex",
		"place_offer",
		(interval, Backing::Capacity, zone, wh, price, TimeInForce::TillGate),
	)
}

fn bid(interval: Interval, zone: ZoneId, wh: Wh, price: Price) -> Call {
	Call::new(
		"Dex",
		"place_bid",
		(interval, Purpose::Delivery, zone, wh, price, TimeInForce::TillGate),
	)
}

fn spot_offer(interval: Interval, wh: Wh) -> Call {
	let backing = Backing::Credits {
		origin: VILLAGE,
		source: Source::Solar,
	};
	Call::new(
		"Dex",
		"place_offer",
		(interval, backing, VILLAGE, wh, PRICE, TimeInForce::TillGate),
	)
}

fn submission(name: &str, reading: &SignedReading) -> Call {
	let page = Page {
		page: reading.reading.page(),
		readings: vec![reading.reading.paged(reading.signature)]
			.try_into()
			.expect("one fits"),
	};
	Call::new("Telemetry", name, (vec![page],))
}

impl Scene {
	async fn set(client: &Client) -> Self {
		let bob = Household::connect(client, "//Bob", MeterKey::ed25519([6; 32]), ROOF, REGISTERS).await;
		// Far enough ahead that its gate does not close in the meantime.
		let delivery = State::best(client).await.interval().await + 20;
		call(client, &offer(delivery, VILLAGE, 100, PRICE), &bob.key).await;
		let order = OrderId {
			book: BookId {
				interval: delivery,
				phase: Phase::Forward,
			},
			number: 0,
		};
		Scene { bob, delivery, order }
	}

	async fn balances(&self, client: &Client) -> Vec<(AccountId, Money)> {
		let state = State::best(client).await;
		let mut balances = Vec::new();
		for uri in [
			"//Bob",
			"//Charlie",
			"//Dave",
			"//Eve",
			"//Ferdie",
			"//Alice",
			"//GridOperator",
			"//CarrierOwner",
		] {
			let account = account(&key(uri));
			let money = state.money(&account).await;
			balances.push((account, money));
		}
		balances
	}

	/// Fee-free batches are for carriers: the pool takes them from nobody else.
	async fn readings(&self, node: &Node, client: &Client) {
		let eve = key("//Eve");
		let last = State::best(client).await.interval().await - 1;
		let reading = self.bob.sign(last, REGISTERS);
		let submit = submission("submit_readings", &reading);
		let block = client.finalised().await.expect("a block");

		let nonce = client
			.next_nonce(&eve.public_key().into())
			.await
			.expect("the node answers");
		let signed = block.sign(&submit, &eve, nonce, 64).expect("a call of this runtime");
		let error = client.submit(&signed).await.expect_err("no carrier");
		assert!(error.to_string().contains("Invalid signing address"), "{error}");

		// Without any signature; version 5, of the kind that is bare.
		let mut bare = vec![5];
		bare.extend(data(&block, &submit).0);
		let bare = format!("0x{}", hex::encode(bare.encode()));
		let error = node.rpc_error("author_submitExtrinsic", json!([bare])).await;
		assert!([json!(1010), json!(1011)].contains(&error["code"]), "{error}");

		// Inside another call it pays a fee, and is refused all the same.
		let nested = batch_all(&block, &[submit]);
		assert_eq!(refusal(client, &nested, &eve).await, "Telemetry.NotActive");

		// Anyone may submit readings of its own devices, and of no other's.
		let own = call(client, &submission("submit_own_readings", &reading), &eve).await;
		let event = own.event("Telemetry", "OwnReadingsSubmitted").expect("an event");
		assert_eq!(event.number("accepted"), Some(0));
		assert!(format!("{:?}", event.fields).contains("NotOwned"), "{event:?}");

		let unbond = Call::new("Telemetry", "unbond_carrier", (account(&key("//Carrier")),));
		assert_eq!(refusal(client, &unbond, &eve).await, "Telemetry.NotCarrierOwner");
	}

	/// A device's signature binds it to its owner, its chain and all it declares; and no two devices have one key.
	async fn registrations(&self, client: &Client) {
		let (dave, genesis) = (key("//Dave"), client.genesis());
		let last_valid = State::best(client).await.interval().await + 10;
		let meter = MeterKey::ed25519([8; 32]);

		// Signed for Charlie, sent by Dave.
		let stolen = registration(&genesis, &account(&key("//Charlie")), &meter, &ROOF, last_valid);
		assert_eq!(refusal(client, &stolen, &dave).await, "DeviceRegistry.BadSignature");
		let for_another_chain = registration(&[3; 32], &account(&dave), &meter, &ROOF, last_valid);
		assert_eq!(
			refusal(client, &for_another_chain, &dave).await,
			"DeviceRegistry.BadSignature"
		);
		let expired = registration(&genesis, &account(&dave), &meter, &ROOF, last_valid - 20);
		assert_eq!(
			refusal(client, &expired, &dave).await,
			"DeviceRegistry.RegistrationExpired"
		);
		let nowhere = registration(
			&genesis,
			&account(&dave),
			&meter,
			&Site { zone: 77, ..ROOF },
			last_valid,
		);
		assert_eq!(refusal(client, &nowhere, &dave).await, "DeviceRegistry.UnknownZone");
		let bobs_key = registration(
			&genesis,
			&account(&dave),
			&MeterKey::ed25519([6; 32]),
			&ROOF,
			last_valid,
		);
		assert_eq!(refusal(client, &bobs_key, &dave).await, "DeviceRegistry.KeyInUse");

		// Declared for more than the device signed.
		let (owner, public, metadata_hash) = (account(&dave), meter.public(), [7; 32]);
		let mut claim = Registration {
			owner: owner.as_ref(),
			key: &public,
			kind: DeviceKind::Meter,
			zone: VILLAGE,
			import_w: 17_250,
			export_w: 10_000,
			modulus_wh: 0,
			metadata_hash: &metadata_hash,
			last_valid_interval: last_valid,
		};
		let signature = meter.sign(&message::registration(&genesis, &claim));
		claim.export_w = 100_000;
		assert_eq!(
			refusal(client, &register_call(&claim, &signature), &dave).await,
			"DeviceRegistry.BadSignature"
		);
	}

	/// Registrars attest, and owners decide.
	async fn strangers_device(&self, client: &Client) {
		let (dave, device) = (key("//Dave"), self.bob.device);
		assert_eq!(
			refusal(client, &attestation(device, &ROOF), &dave).await,
			"DeviceRegistry.NotRegistrar"
		);
		for name in ["suspend", "decommission"] {
			let call = Call::new("DeviceRegistry", name, (device,));
			assert_eq!(refusal(client, &call, &dave).await, "DeviceRegistry.NotOwner", "{name}");
		}
		let accept = Call::new("DeviceRegistry", "accept_ownership", (device,));
		assert_eq!(refusal(client, &accept, &dave).await, "DeviceRegistry.NotOffered");
	}

	/// Bob, who may trade, asks for too much.
	async fn orders(&self, client: &Client) {
		let (bob, delivery) = (&self.bob.key, self.delivery);
		let now = State::best(client).await.interval().await;
		let cases = [
			// 100 of 166 Wh are offered already.
			(offer(delivery, VILLAGE, 67, PRICE), "Dex.BeyondExportRating"),
			(bid(delivery, VILLAGE, 288, PRICE / 100 * 90), "Dex.BeyondImportRating"),
			(bid(delivery, VILLAGE, 10, PRICE * 2), "Dex.SelfTrade"),
			(offer(delivery, VILLAGE, 0, PRICE), "Dex.NotAMultipleOfTheLot"),
			(offer(delivery, VILLAGE, 10, PRICE + 1), "Dex.NotAMultipleOfTheTick"),
			(offer(delivery, VILLAGE, 10, PRICE / 2), "Dex.LimitOutsideFloorAndCap"),
			(bid(delivery, VILLAGE, 10, PRICE * 4), "Dex.LimitOutsideFloorAndCap"),
			(offer(delivery, 77, 10, PRICE), "Dex.ZoneClosed"),
			(offer(now + 1, VILLAGE, 10, PRICE), "Dex.GateClosed"),
			(offer(now + 120, VILLAGE, 10, PRICE), "Dex.TooFarAhead"),
			(spot_offer(delivery, 10), "Dex.NotSettledYet"),
			(Call::new("Dex", "claim", (self.bob.account(),)), "Dex.NothingToClaim"),
		];
		for (call, error) in cases {
			assert_eq!(refusal(client, &call, bob).await, error, "{call:?}");
		}
	}

	/// Who has no rating sells nothing; line operators see the flows and stay out; an order is its owner's.
	async fn strangers_orders(&self, client: &Client) {
		let charlie = key("//Charlie");
		assert_eq!(
			refusal(client, &offer(self.delivery, VILLAGE, 1, PRICE), &charlie).await,
			"Dex.BeyondExportRating"
		);
		assert_eq!(
			refusal(client, &bid(self.delivery, VILLAGE, 1, PRICE), &charlie).await,
			"Dex.BeyondImportRating"
		);
		let cancel = Call::new("Dex", "cancel", (self.order,));
		assert_eq!(refusal(client, &cancel, &charlie).await, "Dex.NotYourOrder");
		let operator = key("//GridOperator");
		let refused = refusal(client, &bid(self.delivery, VILLAGE, 1, PRICE), &operator).await;
		assert_eq!(refused, "Dex.OperatorsDoNotTrade");
	}

	/// Credits that are not there can't be moved.
	async fn credits(&self, client: &Client) {
		let ferdie = key("//Ferdie");
		let interval = State::best(client).await.interval().await - 1;
		let class = ClassId {
			interval,
			zone: VILLAGE,
			source: Source::Solar,
		};
		let storage = ClassId {
			source: Source::Storage,
			..class
		};
		let cases = [
			(
				Call::new(
					"EnergyAssets",
					"transfer",
					(class, VILLAGE, self.bob.account(), Compact(10_000u64)),
				),
				"EnergyAssets.InsufficientCredits",
			),
			(
				Call::new("EnergyAssets", "consume", (class, VILLAGE, Compact(10u64))),
				"EnergyAssets.NotSettled",
			),
			(
				Call::new("EnergyAssets", "retire", (class, VILLAGE, Compact(10u64), [0u8; 32])),
				"EnergyAssets.InsufficientCredits",
			),
			(
				Call::new("EnergyAssets", "retire", (storage, VILLAGE, Compact(10u64), [0u8; 32])),
				"EnergyAssets.NotRetirable",
			),
		];
		for (call, error) in cases {
			assert_eq!(refusal(client, &call, &ferdie).await, error, "{call:?}");
		}
	}

	/// Governance is the council's; and not even the council is Root.
	async fn governance(&self, client: &Client) {
		let (owner, alice) = (key("//CarrierOwner"), key("//Alice"));
		let block = client.best().await.expect("a block");
		let carrier = account(&owner);
		let admit = Call::new("Telemetry", "admit_carrier", (&carrier, &carrier, 1_000u32));
		let appoint = Call::new("DeviceRegistry", "appoint_registrar", (&carrier, vec![VILLAGE]));
		let halt = Call::new("Grid", "halt_zone", (VILLAGE,));
		let set_code = Call::new("System", "set_code", (vec![0u8; 4],));
		for call in [&admit, &appoint, &halt, &set_code] {
			assert_eq!(refusal(client, call, &owner).await, "BadOrigin", "{call:?}");
		}
		assert_eq!(
			refusal(client, &motion(&block, &admit), &owner).await,
			"Council.NotMember"
		);

		let carried = call(client, &motion(&block, &set_code), &alice).await;
		let executed = carried
			.event("Council", "Executed")
			.expect("the council of one carries its motions");
		assert!(format!("{:?}", executed.fields).contains("BadOrigin"), "{executed:?}");
	}
}

#[tokio::test]
async fn transaction_should_be_refused_when_it_is_signed_for_another_chain() {
	let (here, there) = tokio::join!(Node::dev(), Node::fast(|_| ()));
	let (client, other) = tokio::join!(here.client(), there.client());
	assert_ne!(client.genesis(), other.genesis());
	let remark = Call::new("System", "remark", (b"hello".to_vec(),));
	let block = other.finalised().await.expect("a block");
	let signed = block
		.sign(&remark, &key("//Bob"), 0, 64)
		.expect("a call of this runtime");
	let bytes: Value = json!([format!("0x{}", hex::encode(signed.bytes()))]);
	let error = here.rpc_error("author_submitExtrinsic", bytes.clone()).await;
	assert!(error.to_string().contains("bad signature"), "{error}");
	there.rpc("author_submitExtrinsic", bytes).await;
}
