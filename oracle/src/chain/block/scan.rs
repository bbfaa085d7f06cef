//! State by the names of its fields: for readers that want a few fields of a large value, and for maps with any number of keys.

use super::{Address, Block, Key};
use crate::chain::ChainError;
use subxt::{ext::scale_decode::DecodeAsType, storage, utils::Static};

/// An entry of a map: the parts of its key, each SCALE-encoded, and its value.
pub type Entry<V> = (Vec<Vec<u8>>, V);

impl Block {
	/// A storage item: the value at `keys`, each SCALE-encoded, or the item's default. `None` where there is neither.
	pub async fn value<V: DecodeAsType>(
		&self,
		pallet: &str,
		entry: &str,
		keys: &[Vec<u8>],
	) -> Result<Option<V>, ChainError> {
		let address: Address = storage::dynamic(pallet, entry);
		let value = self.at.storage().try_fetch(address, parts(keys)).await?;
		Ok(value.map(|value| value.decode_as()).transpose()?)
	}

	/// All entries of a map whose keys begin with `prefix`, each part SCALE-encoded. All hashers have to keep what they hash.
	pub async fn scan<V: DecodeAsType>(
		&self,
		pallet: &str,
		entry: &str,
		prefix: &[Vec<u8>],
	) -> Result<Vec<Entry<V>>, ChainError> {
		let address: Address = storage::dynamic(pallet, entry);
		let mut rows = self.at.storage().iter(address, parts(prefix)).await?;
		let mut entries = Vec::new();
		while let Some(row) = rows.next().await {
			let row = row?;
			let key = row.key()?.parts().map(|part| part.value_bytes().to_vec()).collect();
			entries.push((key, row.value().decode_as()?));
		}
		Ok(entries)
	}
}

fn parts(keys: &[Vec<u8>]) -> Vec<Static<Key>> {
	keys.iter().map(|key| Static(Key(key.clone()))).collect()
}
