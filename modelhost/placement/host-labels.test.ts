import { hostLabels } from './host-labels';

test('labels are pairs with commas between', () => {
  expect(hostLabels('')).toEqual({});
  expect(hostLabels('machine=large, runtime=1.30/cpu,')).toEqual({
    machine: 'large',
    runtime: '1.30/cpu',
  });
});

test.each([
  ['machine', 'name=value'],
  ['machine=', 'name=value'],
  ['a=b=c', 'name=value'],
  ['host=h1', 'HOST_ID'],
  ['a=b,a=c', 'a twice'],
])('%s is refused', (list, said) => {
  expect(() => hostLabels(list)).toThrow(said);
});
