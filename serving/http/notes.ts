import type { ExchangeNotes } from '../../protocol/exchange';

export function emptyNotes(): ExchangeNotes {
  return {
    dialect: '',
    model: '',
    version: '',
    host: '',
    rows: 0,
    batchRows: 0,
    errorCode: '',
    stages: null,
  };
}
