import { changedTrace } from './trace-setting';

test.each(['constructor', '__proto__', 'toString', 'none'])('%s is no trace setting', (name) => {
  expect(() => changedTrace({}, new Map([[name, []]]))).toThrow(`'${name}' is no trace setting.`);
});
