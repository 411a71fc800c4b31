import { ShoalError } from '../core/errors';
import { silentLogger } from '../core/logging';
import { ledgerJson } from '../protocol/cluster/counter-ledger';
import { Peers } from './peers';

const ledger = new Map([['there', new Map([['m:1', new Map([['runs', 3n]])]])]]);

describe('peers', () => {
  test('are asked for what they know, this one itself only once', async () => {
    const asked: string[] = [];
    const peers = new Peers({
      logger: silentLogger(),
      life: 'here',
      now: () => 0,
      call: (url) => {
        asked.push(url);
        if (url === 'http://dead') return Promise.reject(new Error('no answer'));
        const life = url === 'http://here' ? 'here' : 'there';
        const status = url === 'http://old' ? 404 : 200;
        return Promise.resolve({ status, host: '', body: { life, lives: ledgerJson(ledger) } });
      },
    });
    expect(await peers.ledgers()).toEqual([]);
    peers.hear(['http://here', 'http://there', 'http://dead', 'http://old']);
    expect(await peers.ledgers()).toEqual([ledger]);
    asked.length = 0;
    await peers.ledgers();
    expect(asked).toEqual(['http://there', 'http://dead', 'http://old']);
  });

  test('are asked for versions by name, for all where those are many', async () => {
    const asked: string[] = [];
    const peers = new Peers({
      logger: silentLogger(),
      life: 'here',
      now: () => 0,
      call: (_url, { path }) => {
        asked.push(path);
        return Promise.resolve({ status: 200, host: '', body: { life: 'x', lives: {} } });
      },
    });
    peers.hear(['http://there']);
    await peers.ledgers(new Set(['m:1', 'm:2']));
    await peers.ledgers(new Set(Array.from({ length: 33 }, (_, at) => `m:${at + 1}`)));
    await peers.ledgers();
    const all = '/cluster/statistics';
    expect(asked).toEqual([`${all}?version=m%3A1&version=m%3A2`, all, all]);
  });

  test('are forgotten once no host names them any more', async () => {
    let now = 0;
    const asked: string[] = [];
    const peers = new Peers({
      logger: silentLogger(),
      life: 'here',
      now: () => now,
      call: (url) => {
        asked.push(url);
        return Promise.resolve({ status: 200, host: '', body: { life: 'x', lives: {} } });
      },
    });
    peers.hear(['http://a', 'http://b']);
    now = 10_000;
    peers.hear(['http://b']);
    now = 16_000;
    peers.hear(['http://b']);
    await peers.ledgers();
    expect(asked).toEqual(['http://b']);
    const many = Array.from({ length: 100 }, (_, at) => `http://host-${at}`);
    peers.hear(many);
    asked.length = 0;
    await peers.ledgers();
    expect(asked).toHaveLength(32);
  });

  test('whose answer cannot be read are told to the log, once until they answer', async () => {
    const told: unknown[] = [];
    const warn = ({ url }: { url: string }) => told.push(url);
    const logger = Object.assign(silentLogger(), { warn });
    let large = true;
    const peers = new Peers({
      logger,
      life: 'here',
      now: () => 0,
      call: (url) => {
        if (url === 'http://gone') return Promise.reject(new ShoalError('host_lost', 'Gone.'));
        if (large) return Promise.reject(new ShoalError('too_large', 'Too long.'));
        const body = { life: 'there', lives: ledgerJson(ledger) };
        return Promise.resolve({ status: 200, host: '', body });
      },
    });
    peers.hear(['http://gone', 'http://large']);
    for (large of [true, true, false, true]) await peers.ledgers();
    expect(told).toEqual(['http://large', 'http://large']);
  });
});
