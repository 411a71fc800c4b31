import { acceptedType } from './accept';

const offered = ['application/json', 'text/csv', 'application/x-npy'];

test.each([
  [undefined, 'application/json'],
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['text/csv', 'text/csv'],
  ['TEXT/CSV; charset=utf-8', 'text/csv'],
  ['text/*', 'text/csv'],
  ['text/html, application/xhtml+xml, */*;q=0.8', 'application/json'],
  ['application/json;q=0.5, text/csv;q=0.6', 'text/csv'],
  ['application/json;q=0, */*', 'text/csv'],
  ['application/*;q=0.2, application/x-npy;q=0.9', 'application/x-npy'],
  ['text/csv, application/json', 'application/json'],
])('%j: %s', (header, type) => {
  expect(acceptedType(header, offered)).toBe(type);
});

test.each(['text/html', 'application/json;q=0', '*/*;q=0', 'nonsense'])('%j: 406', (header) => {
  expect(() => acceptedType(header, offered)).toThrow(
    expect.objectContaining({ code: 'not_acceptable' }) as Error,
  );
});
