import { ledgerJson } from '../protocol/cluster/counter-ledger';
import { Peers } from './peers';

const ledger = new Map([['there', new Map([['m:1', new Map([['runs', 3n]])]])]]);

describe('peers', () => {
  test('are asked for what they know, this one itself only once', async () => {
    const asked: string[] = [];
    const peers = new Peers({
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

  test('are forgotten once no host names them any more', async () => {
    let now = 0;
    const asked: string[] = [];
    const peers = new Peers({
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
});
