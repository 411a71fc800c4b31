import { parsed, setting } from '../../core/settings';
import { parseRate, rateForm, type Rate } from '../../protocol/rate';

/** How much each client and each model may be asked; nothing is limited by default. */
export const limitSettings = {
  RATE_LIMIT_CLIENT: setting(
    parsed(rateOrNone),
    '',
    'Requests of one client, of all kinds together, e.g. 100/s or 100/s burst 20; more get 429. None: no limit.',
  ),
  RATE_LIMIT_MODEL: setting(
    parsed(rateOrNone),
    '',
    'Requests to one model by all clients together, where its configuration has no rate_limit. None: no limit.',
  ),
};

function rateOrNone(text: string): Rate | null {
  if (text === '') return null;
  const rate = parseRate(text);
  if (rate === undefined) throw new Error(`wanted ${rateForm}`);
  return rate;
}
