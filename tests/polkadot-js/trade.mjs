// A day in the life of a polkadot.js user: two neighbours register their meters, a registrar attests them, and one sells to the
// other. Everything goes through the published metadata; only the 162 bytes that a meter signs are laid out by hand, as firmware
// would.
//
// Usage: node trade.mjs ws://127.0.0.1:9944
//
// Ends with 0 once the trade is in a block, with 1 where anything was refused.

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** What the neighbours trade, Wh. */
const QUANTITY_WH = 60;
/** Ratings of both connection points, W. */
const RATING_W = 10_000;
/** How long to wait for a fill, milliseconds: a round comes every few blocks. */
const PATIENCE = 120_000;

const u32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

const u64 = (value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

/** A meter with an Ed25519 key. */
function ed25519Meter() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const bytes = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url');
  return { scheme: 0, variant: 'Ed25519', bytes, sign: (message) => sign(null, message, privateKey) };
}

/** A meter with a P-256 key, as DLMS/COSEM meters have it: the public key is x then y, the signature r then s. */
function p256Meter() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' });
  const bytes = Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' };
  return { scheme: 1, variant: 'P256', bytes, sign: (message) => sign('sha256', message, key) };
}

/** `GTXREGD1`: what a device signs to prove that it holds its key. */
function registration(genesis, owner, meter, { kind, zone, importW, exportW, modulusWh, metadata, lastValid }) {
  const scheme = Buffer.from([meter.scheme]);
  return Buffer.concat([
    Buffer.from('GTXREGD1', 'ascii'),
    genesis,
    owner,
    scheme,
    createHash('sha256').update(scheme).update(meter.bytes).digest(),
    Buffer.from([kind]),
    u32(zone),
    u32(importW),
    u32(exportW),
    u64(modulusWh),
    metadata,
    u32(lastValid)
  ]);
}

/** Signs a call and waits until it is in a block. Prints its events; fails with the error's own documentation. */
function submit(api, call, signer) {
  const name = `${call.method.section}.${call.method.method}`;
  return new Promise((resolve, reject) => {
    const onStatus = ({ status, events, dispatchError }) => {
      if (dispatchError?.isModule) {
        const { section, name: error, docs } = api.registry.findMetaError(dispatchError.asModule);
        reject(new Error(`${name}: ${section}.${error}: ${docs.join(' ')}`));
      } else if (dispatchError) {
        reject(new Error(`${name}: ${dispatchError.toString()}`));
      } else if (status.isInBlock) {
        console.log(`${name} is in block ${status.asInBlock.toHex()}`);
        events.forEach(({ event }) => console.log(`  ${event.section}.${event.method}`, JSON.stringify(event.toHuman().data)));
        resolve(events.map(({ event }) => event));
      } else if (status.isError) {
        reject(new Error(`${name}: ${status.type}`));
      }
    };
    call.signAndSend(signer, { nonce: -1 }, onStatus).catch((error) => reject(new Error(`${name}: ${error.message}`)));
  });
}

const find = (api, events, matcher) => {
  const event = events.find((event) => matcher.is(event));
  if (!event) throw new Error(`no ${matcher.meta.name.toString()} among the events`);
  return event;
};

const expect = (what, found, expected) => {
  const [is, should] = [found, expected].map((value) => JSON.stringify(value));
  if (is !== should) throw new Error(`${what}: ${is} instead of ${should}`);
};

/** Registers a household's meter and lets the registrar attest it. Returns the device's index. */
async function connect(api, interval, household, registrar, meter, zone) {
  const fields = {
    kind: 0, importW: RATING_W, exportW: RATING_W, modulusWh: 0, metadata: randomBytes(32), lastValid: interval + 10, zone
  };
  const message = registration(Buffer.from(api.genesisHash.toU8a()), Buffer.from(household.publicKey), meter, fields);
  const call = api.tx.deviceRegistry.register(
    'Meter', { [meter.variant]: meter.bytes }, zone, fields.importW, fields.exportW, fields.modulusWh, fields.metadata, null,
    fields.lastValid, meter.sign(message)
  );
  const registered = find(api, await submit(api, call, household), api.events.deviceRegistry.Registered);
  const device = registered.data.device.toNumber();
  const attest = api.tx.deviceRegistry.attest(device, 0, zone, RATING_W, RATING_W, 'Solar');
  find(api, await submit(api, attest, registrar), api.events.deviceRegistry.Attested);
  return device;
}

/** Calls `found` once a block brings a fill between the two. */
async function fill(api, seller, buyer) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no fill after ${PATIENCE / 1000} s`)), PATIENCE);
    api.query.system.events((records) => {
      const event = records.map(({ event }) => event).find((event) =>
        api.events.dex.Filled.is(event) && event.data.seller.eq(seller.address) && event.data.buyer.eq(buyer.address));
      if (event) {
        clearTimeout(timer);
        resolve(event);
      }
    }).catch(reject);
  });
}

async function main(url) {
  const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true });
  const keyring = new Keyring({ type: 'sr25519' });
  const [seller, buyer, registrar] = ['//Dave', '//Eve', '//Registrar'].map((uri) => keyring.addFromUri(uri));

  const calendar = await api.call.gridApi.calendar();
  const [seconds, interval] = [calendar.intervalSeconds.toNumber(), calendar.running.toNumber()];
  const [zone] = (await api.query.deviceRegistry.registrars(registrar.address)).unwrap().toJSON().slice(-1);
  console.log(`interval ${interval} of ${seconds} s, zone ${zone}`);
  const meter = await connect(api, interval, seller, registrar, ed25519Meter(), zone);
  await connect(api, interval, buyer, registrar, p256Meter(), zone);
  const owned = (await api.call.deviceApi.devicesOf(seller.address, null)).toJSON();
  expect('the devices of the seller', owned, [meter]);
  expect('the status of its meter', (await api.call.deviceApi.device(meter)).unwrap().status.toString(), 'Active');

  // Any two limits between floor and cap make a trade; these leave the market its whole range.
  const delivery = interval + 5;
  const { floor, cap } = (await api.call.marketApi.rules(delivery)).unwrap();
  const filled = fill(api, seller, buyer);
  const offer = api.tx.dex.placeOffer(delivery, 'Capacity', zone, QUANTITY_WH, floor, 'TillGate');
  find(api, await submit(api, offer, seller), api.events.dex.OrderPlaced);
  const bid = api.tx.dex.placeBid(delivery, 'Delivery', zone, QUANTITY_WH, cap, 'TillGate');
  find(api, await submit(api, bid, buyer), api.events.dex.OrderPlaced);

  const { data } = await filled;
  console.log('dex.Filled', JSON.stringify(data.toHuman()));
  expect('what was filled, Wh', data.quantityWh.toNumber(), QUANTITY_WH);
  const contracts = await api.call.marketApi.contracts(buyer.address, delivery);
  expect('the contracts of the buyer, Wh', contracts.map(([, contract]) => contract.openWh.toNumber()), [QUANTITY_WH]);
  const position = await api.call.marketApi.position(seller.address, zone, delivery);
  expect('what the seller has sold, Wh', position.exposure.soldWh.toNumber(), QUANTITY_WH);
  expect('the depth of the book', (await api.call.marketApi.depth({ interval: delivery, phase: 'Forward' })).length, 0);
  await api.disconnect();
}

const [url] = process.argv.slice(2);
if (!url) {
  console.error('usage: node trade.mjs ws://127.0.0.1:9944');
  process.exit(2);
}
main(url).then(
  () => process.exit(0),
  (error) => {
    console.error(error.message);
    process.exit(1);
  }
);
