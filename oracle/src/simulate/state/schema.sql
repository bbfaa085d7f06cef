-- Which village on which chain this is.
CREATE TABLE village (
	id INTEGER PRIMARY KEY CHECK (id = 0),
	-- The chain: its genesis hash, and the hash of block 1, which tells one run of a development chain from the next.
	genesis BLOB NOT NULL,
	first_block BLOB NOT NULL,
	-- The grid's name and the seed.
	grid TEXT NOT NULL,
	seed INTEGER NOT NULL,
	-- The first interval that is metered, and the row of the data it is metered with.
	first_interval INTEGER NOT NULL,
	start_row INTEGER NOT NULL
) STRICT;

-- How each site stands at the end of an interval. Energies in watt-seconds.
CREATE TABLE site (
	place INTEGER PRIMARY KEY,
	interval INTEGER NOT NULL,
	import_ws INTEGER NOT NULL,
	export_ws INTEGER NOT NULL,
	-- What the battery holds; null where there is none.
	stored_ws INTEGER
) STRICT;

-- Signed readings that the hub has not taken yet, byte for byte as they were signed.
CREATE TABLE outstanding (
	interval INTEGER NOT NULL,
	place INTEGER NOT NULL,
	reading BLOB NOT NULL,
	PRIMARY KEY (interval, place)
) STRICT, WITHOUT ROWID;

-- What each meter counted in an interval, by its own registers, Wh.
CREATE TABLE metered (
	interval INTEGER NOT NULL,
	place INTEGER NOT NULL,
	import_wh INTEGER NOT NULL,
	export_wh INTEGER NOT NULL,
	PRIMARY KEY (interval, place)
) STRICT, WITHOUT ROWID;
