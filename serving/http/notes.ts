import type { ExchangeNotes } from '../../protocol/exchange';

export function emptyNotes(): ExchangeNotes {
  return {
    dialect: '',
    model: '',
    version: '',
    host: '',
    rows: null,
    batchRows: null,
    errorCode: '',
    stages: null,
  };
}
