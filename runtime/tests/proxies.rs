//! What each kind of proxy may do in another account's name.

use frame_support::{traits::InstanceFilter, weights::Weight};
use gridtokenx_primitives::{ClassId, Source};
use gridtokenx_runtime::{configs::ProxyType, AccountId, RuntimeCall};

fn someone() -> AccountId {
	AccountId::new([7; 32])
}

fn transfer_of_money() -> RuntimeCall {
	RuntimeCall::Balances(pallet_balances::Call::transfer_allow_death {
		dest: someone().into(),
		value: 1,
	})
}

fn transfer_of_credits() -> RuntimeCall {
	let class = ClassId {
		interval: 1,
		zone: 0,
		source: Source::Solar,
	};
	RuntimeCall::EnergyAssets(pallet_energy_assets::Call::transfer {
		class,
		delivery_zone: 0,
		to: someone(),
		wh: 1,
	})
}

fn gift_of_a_device() -> RuntimeCall {
	RuntimeCall::DeviceRegistry(pallet_device_registry::Call::offer_ownership {
		device: 0,
		to: Some(someone()),
	})
}

fn suspension_of_a_device() -> RuntimeCall {
	RuntimeCall::DeviceRegistry(pallet_device_registry::Call::suspend { device: 0 })
}

#[test]
fn non_transfer_proxy_should_refuse_to_move_money_credits_and_devices() {
	for call in [transfer_of_money(), transfer_of_credits(), gift_of_a_device()] {
		assert!(!ProxyType::NonTransfer.filter(&call), "{call:?}");
		assert!(ProxyType::Any.filter(&call));
	}
	assert!(ProxyType::NonTransfer.filter(&suspension_of_a_device()));
}

#[test]
fn market_proxy_should_refuse_whatever_is_not_trade() {
	for call in [transfer_of_money(), transfer_of_credits(), suspension_of_a_device()] {
		assert!(!ProxyType::Market.filter(&call), "{call:?}");
	}
	assert!(ProxyType::Market.filter(&RuntimeCall::Dex(pallet_dex::Call::nudge { weight: Weight::zero() })));
}

#[test]
fn devices_proxy_should_look_after_devices_and_not_give_them_away() {
	assert!(ProxyType::Devices.filter(&suspension_of_a_device()));
	assert!(!ProxyType::Devices.filter(&gift_of_a_device()));
	assert!(!ProxyType::Devices.filter(&transfer_of_money()));
}

#[test]
fn proxy_types_should_contain_only_what_they_allow() {
	let types = [
		ProxyType::Any,
		ProxyType::NonTransfer,
		ProxyType::Market,
		ProxyType::Devices,
	];
	let calls = [
		transfer_of_money(),
		transfer_of_credits(),
		gift_of_a_device(),
		suspension_of_a_device(),
	];
	for wide in types {
		for narrow in types.into_iter().filter(|narrow| wide.is_superset(narrow)) {
			for call in calls.iter().filter(|call| narrow.filter(call)) {
				assert!(wide.filter(call), "{wide:?} contains {narrow:?} but refuses {call:?}");
			}
		}
	}
}
