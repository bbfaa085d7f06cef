//! Whose business a page is.

use crate::{
	mock::*,
	offchain::turn::{own_carrier, Share},
};
use frame_support::assert_ok;

/// Admits two more carriers and bonds the first of them. Three are admitted then, and two are active.
fn admit_more() -> [AccountId; 2] {
	let more = [21, 22];
	for hot in more {
		assert_ok!(Telemetry::admit_carrier(RuntimeOrigin::root(), hot, OPERATOR, 64));
	}
	bond(more[0]);
	more
}

fn bond(hot: AccountId) {
	assert_ok!(Telemetry::bond_carrier(RuntimeOrigin::signed(OPERATOR), hot, BOND));
}

fn share(account: AccountId, block: u64) -> Option<Share> {
	KeystoreAccounts::set(vec![account]);
	own_carrier::<Test>(block).map(|own| own.share)
}

#[test]
fn page_should_be_one_carrier_s_in_a_turn_and_everyone_s_in_the_end() {
	ExtBuilder::default().build_and_execute(|| {
		let [second, third] = admit_more();
		bond(third);
		let carriers = [CARRIER, second, third];
		for page in 0..5 {
			let owner_at = |block| {
				let mut owners = carriers
					.iter()
					.filter(|carrier| share(**carrier, block).unwrap().has(page));
				(*owners.next().unwrap(), owners.count())
			};
			let turns: Vec<_> = (0..12).map(owner_at).collect();
			assert!(turns.iter().all(|(_, others)| *others == 0));
			assert!(turns
				.chunks(4)
				.all(|turn| turn.iter().all(|(owner, _)| *owner == turn[0].0)));
			let mut in_turn = [turns[0].0, turns[4].0, turns[8].0];
			in_turn.sort_unstable();
			assert_eq!(in_turn, carriers);
		}
	});
}

#[test]
fn nobody_should_begin_when_a_turn_is_about_to_end() {
	ExtBuilder::default().build_and_execute(|| {
		let open: Vec<_> = (8..16).map(|block| share(CARRIER, block).unwrap().is_open()).collect();
		assert_eq!(open, [true, true, false, false, true, true, false, false]);
	});
}

#[test]
fn pages_should_be_shared_among_active_carriers_only() {
	ExtBuilder::default().build_and_execute(|| {
		let [second, inactive] = admit_more();
		assert!(share(inactive, 0).is_none() && share(STRANGER, 0).is_none());
		for page in 0..4 {
			assert!(share(CARRIER, 0).unwrap().has(page) != share(second, 0).unwrap().has(page));
		}
		assert_ok!(Telemetry::unbond_carrier(RuntimeOrigin::signed(OPERATOR), second));
		assert!((0..4).all(|page| share(CARRIER, 0).unwrap().has(page)));
	});
}

#[test]
fn active_carrier_should_be_chosen_when_the_keystore_has_others_too() {
	ExtBuilder::default().build_and_execute(|| {
		KeystoreAccounts::set(vec![STRANGER, CARRIER]);
		let own = own_carrier::<Test>(0).unwrap();
		assert_eq!((own.account, own.quota), (CARRIER, 1_024));
	});
}
