import type { ExchangeNotes } from '../../protocol/exchange';

export function emptyNotes(): ExchangeNotes {
  return {
    dialect: '',
    model: '',
    version: '',
    host: '',
    rows: null,
    batchRows: null,
    answered: false,
    errorCode: '',
    stages: null,
  };
}
