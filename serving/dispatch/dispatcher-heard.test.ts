import { ShoalError } from '../../core/errors';
import { dispatcher, FakePlaces, lost, ScriptedLink } from '../../tests/support/scripted-hosts';
import { Place } from './place';

describe('Dispatcher, a request that was lost twice: the host that had it last', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] }));
  afterEach(() => jest.useRealTimers());

  /** That host says what it died of after so long. */
  async function sentWhen(toldAfterMs: number): Promise<{ end: string; sent: number[] }> {
    const links = [1, 2, 3].map((name) => new ScriptedLink(String(name), name < 3 ? [lost] : []));
    const places = new FakePlaces(links.map((link, at) => new Place(String(at), link)));
    const began = performance.now();
    const told = (): boolean => performance.now() - began >= toldAfterMs;
    const deadly = new ShoalError('request_quarantined', 'it kills');
    places.onWait = () => {
      jest.advanceTimersByTime(100);
      if (told()) places.list = places.list.filter((place) => place.id !== '1');
    };
    const { run } = dispatcher(places, { refusal: () => (told() ? deadly : undefined) });
    const end = await run().then(
      ({ host }) => `answered by ${host}`,
      (error: unknown) => (error as ShoalError).code,
    );
    return { end, sent: links.map((link) => link.sent) };
  }

  test('says in time that the request kills: no third host gets it', async () => {
    expect(await sentWhen(900)).toEqual({ end: 'request_quarantined', sent: [1, 1, 0] });
  });

  test('says nothing for a second: a third is asked', async () => {
    expect(await sentWhen(2000)).toEqual({ end: 'answered by 3', sent: [1, 1, 1] });
  });
});
