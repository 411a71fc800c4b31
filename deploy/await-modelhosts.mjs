/**
 * await-modelhosts.mjs N [SECONDS]: in the inferrer's container, waits until exactly N modelhosts
 * are ready. Exits 0, or 1 when that takes longer than SECONDS (180).
 */
const [wanted, seconds = '180'] = process.argv.slice(2);
const { PORT = '8000', BASE_PATH = '', CLUSTER_SECRET = '' } = process.env;
const url = `http://127.0.0.1:${PORT}${BASE_PATH.replace(/\/$/, '')}/cluster/hosts`;
const headers = CLUSTER_SECRET === '' ? {} : { 'shoal-cluster-secret': CLUSTER_SECRET };
/** Longest wait for one answer. */
const answerMs = 5_000;
const deadline = Date.now() + Number(seconds) * 1000;

while ((await ready()) !== Number(wanted)) {
  if (Date.now() > deadline) process.exit(1);
  await new Promise((resolve) => setTimeout(resolve, 200));
}

async function ready() {
  try {
    const signal = AbortSignal.timeout(answerMs);
    const { hosts } = await (await fetch(url, { headers, signal })).json();
    return hosts.filter((host) => host.ready && !host.draining).length;
  } catch {
    return -1;
  }
}
