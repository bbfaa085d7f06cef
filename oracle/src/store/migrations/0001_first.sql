-- What finalised blocks say. Every row names the block and the event it comes from, so that a block may be written twice.
-- Registers and money are unsigned and may pass 2^63: registers are stored as the i64 with the same bits, money as text.

CREATE TABLE blocks (
	number    INTEGER PRIMARY KEY,
	hash      BLOB NOT NULL,
	time_ms   INTEGER NOT NULL,
	accepted  INTEGER NOT NULL,
	refused   INTEGER NOT NULL
);

-- Readings that the chain accepted.
CREATE TABLE readings (
	device    INTEGER NOT NULL,
	interval  INTEGER NOT NULL,
	epoch     INTEGER NOT NULL,
	import_wh INTEGER NOT NULL,
	export_wh INTEGER NOT NULL,
	quality   INTEGER NOT NULL,
	power_w   INTEGER,
	block     INTEGER NOT NULL,
	extrinsic INTEGER NOT NULL,
	PRIMARY KEY (device, interval, epoch)
) WITHOUT ROWID;

-- One line an interval. Energy: the sums over neighbouring readings of connection points that both count for billing.
CREATE TABLE intervals (
	interval   INTEGER PRIMARY KEY,
	block      INTEGER NOT NULL,
	readings   INTEGER NOT NULL DEFAULT 0,
	meters     INTEGER NOT NULL DEFAULT 0,
	import_wh  INTEGER NOT NULL DEFAULT 0,
	export_wh  INTEGER NOT NULL DEFAULT 0,
	fills      INTEGER NOT NULL DEFAULT 0,
	traded_wh  INTEGER NOT NULL DEFAULT 0,
	paid       TEXT NOT NULL DEFAULT '0',
	dispatches INTEGER NOT NULL DEFAULT 0,
	stage      INTEGER NOT NULL DEFAULT 0
);

-- Trades: who bought how much of whom, and what each side's price was, planck per kWh.
CREATE TABLE fills (
	block        INTEGER NOT NULL,
	event        INTEGER NOT NULL,
	interval     INTEGER NOT NULL,
	buyer        BLOB NOT NULL,
	seller       BLOB NOT NULL,
	wh           INTEGER NOT NULL,
	buyer_price  TEXT NOT NULL,
	seller_price TEXT NOT NULL,
	PRIMARY KEY (block, event)
) WITHOUT ROWID;
CREATE INDEX fills_by_interval ON fills (interval);

-- What the virtual power plant did: one row a change of a dispatch.
CREATE TABLE dispatches (
	block    INTEGER NOT NULL,
	event    INTEGER NOT NULL,
	dispatch INTEGER NOT NULL,
	state    TEXT NOT NULL,
	PRIMARY KEY (block, event)
) WITHOUT ROWID;
CREATE INDEX dispatches_by_number ON dispatches (dispatch);

-- The registry as of the last finalised block, in the chain's encoding.
CREATE TABLE chain (
	id    INTEGER PRIMARY KEY CHECK (id = 0),
	scale BLOB NOT NULL
);
CREATE TABLE meter_pages (
	page  INTEGER PRIMARY KEY,
	scale BLOB NOT NULL
);
