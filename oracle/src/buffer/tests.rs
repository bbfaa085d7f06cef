use super::*;
use crate::testing::unsigned;

const CAPACITY: usize = 100;

fn open(folder: &Path) -> Buffer {
	Buffer::open(folder, CAPACITY).expect("opens")
}

fn letter(offset: Offset) -> DeadLetter {
	DeadLetter {
		offset,
		signed: unsigned(1, offset as u32),
		reason: "stale".into(),
		block: 9,
	}
}

fn interval_of((_, signed): &(Offset, SignedReading)) -> u32 {
	signed.reading.interval
}

/// The writer's thread lets go of the log shortly after the last handle.
async fn reopen(buffer: Buffer, folder: &Path) -> Buffer {
	drop(buffer);
	for _ in 0..500 {
		match Buffer::open(folder, CAPACITY) {
			Ok(buffer) => return buffer,
			Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
		}
	}
	panic!("the log stays locked");
}

#[tokio::test]
async fn readings_should_come_back_in_order_when_the_buffer_is_opened_again() {
	let folder = tempfile::tempdir().expect("a folder");
	let buffer = open(folder.path());
	for interval in 0..10 {
		let admissions = buffer
			.append(vec![unsigned(1, interval), unsigned(2, interval)])
			.await
			.expect("written");
		assert_eq!(admissions, [Admission::Taken; 2]);
	}
	let buffer = reopen(buffer, folder.path()).await;
	let rows = buffer.read(0, 100).expect("read");
	let offsets: Vec<_> = rows.iter().map(|(offset, _)| *offset).collect();
	assert_eq!(offsets, (0..20).collect::<Vec<_>>());
	assert!(rows
		.chunks(2)
		.enumerate()
		.all(|(n, pair)| pair.iter().all(|row| interval_of(row) == n as u32)));
}

#[tokio::test]
async fn repeat_should_be_accepted_and_not_written_when_sent_again_within_across_requests_or_after_a_restart() {
	let folder = tempfile::tempdir().expect("a folder");
	let buffer = open(folder.path());
	let twice = vec![unsigned(1, 1), unsigned(1, 1)];
	assert_eq!(
		buffer.append(twice.clone()).await.expect("written"),
		[Admission::Taken, Admission::Repeat]
	);
	assert_eq!(
		buffer.append(twice.clone()).await.expect("written"),
		[Admission::Repeat; 2]
	);
	let buffer = reopen(buffer, folder.path()).await;
	assert_eq!(buffer.append(twice).await.expect("written"), [Admission::Repeat; 2]);
	assert_eq!(buffer.pending(), 1);
}

#[tokio::test]
async fn conflict_should_not_be_written_when_other_registers_were_taken() {
	let folder = tempfile::tempdir().expect("a folder");
	let buffer = open(folder.path());
	let mut other = unsigned(1, 1);
	other.reading.import_wh += 1;
	assert_eq!(
		buffer.append(vec![unsigned(1, 1), other]).await.expect("written"),
		[Admission::Taken, Admission::Conflict]
	);
	assert_eq!(buffer.read(0, 9).expect("read"), [(0, unsigned(1, 1))]);
}

#[tokio::test]
async fn append_should_be_refused_whole_when_there_is_no_room_until_the_chain_takes_some() {
	let folder = tempfile::tempdir().expect("a folder");
	let buffer = open(folder.path());
	let readings = |from: u32, count: u32| (from..from + count).map(|n| unsigned(n, 1)).collect::<Vec<_>>();
	buffer.append(readings(0, 90)).await.expect("room");
	assert!(matches!(
		buffer.append(readings(90, 11)).await,
		Err(BufferError::Full { pending: 90 })
	));
	// Repeats take no room for longer than a moment.
	for _ in 0..3 {
		buffer.append(readings(0, 10)).await.expect("room");
	}
	buffer.settle(1, &[]).expect("settled");
	buffer.append(readings(90, 11)).await.expect("room");
	assert_eq!(buffer.pending(), 100);

	let buffer = reopen(buffer, folder.path()).await;
	assert!(matches!(
		buffer.append(readings(200, 1)).await,
		Err(BufferError::Full { .. })
	));
}

#[tokio::test]
async fn cursor_should_stay_where_it_was_put_when_the_buffer_is_opened_again() {
	let folder = tempfile::tempdir().expect("a folder");
	let buffer = open(folder.path());
	buffer
		.append((0..10).map(|n| unsigned(n, 1)).collect())
		.await
		.expect("written");
	buffer.settle(4, &[]).expect("settled");
	assert_eq!(
		buffer
			.read(0, 2)
			.expect("read")
			.iter()
			.map(|row| row.0)
			.collect::<Vec<_>>(),
		[4, 5]
	);
	// Never backwards, never beyond what is there.
	buffer.settle(2, &[]).expect("settled");
	assert_eq!(buffer.cursor(), 4);
	buffer.settle(99, &[]).expect("settled");
	assert_eq!((buffer.cursor(), buffer.pending()), (10, 0));

	let buffer = reopen(buffer, folder.path()).await;
	assert_eq!((buffer.cursor(), buffer.pending()), (10, 0));
	buffer.append(vec![unsigned(1, 2)]).await.expect("written");
	assert_eq!(buffer.read(0, 9).expect("read"), [(10, unsigned(1, 2))]);
}

#[tokio::test]
async fn dead_letters_should_be_kept_once_each_when_settled_twice() {
	let folder = tempfile::tempdir().expect("a folder");
	let buffer = open(folder.path());
	buffer.settle(0, &[letter(3), letter(5)]).expect("settled");
	buffer.settle(0, &[letter(5)]).expect("settled");
	assert_eq!(buffer.dead_letters(9).expect("read"), [letter(5), letter(3)]);
	let buffer = reopen(buffer, folder.path()).await;
	assert_eq!(buffer.dead_letter_count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn append_should_answer_everyone_when_many_requests_share_a_sync() {
	let folder = tempfile::tempdir().expect("a folder");
	let buffer = open(folder.path());
	let requests = (0..CAPACITY as u32).map(|device| {
		let buffer = buffer.clone();
		tokio::spawn(async move { buffer.append(vec![unsigned(device, 1)]).await })
	});
	for request in futures::future::join_all(requests).await {
		assert_eq!(request.expect("no panic").expect("written"), [Admission::Taken]);
	}
	let mut devices: Vec<_> = buffer
		.read(0, 200)
		.expect("read")
		.iter()
		.map(|row| row.1.reading.device)
		.collect();
	devices.sort_unstable();
	assert_eq!(devices, (0..CAPACITY as u32).collect::<Vec<_>>());
}
