/** The containers' health check: exits 0 if the service of this container is ready. */
const { PORT = '8000', BASE_PATH = '' } = process.env;
const url = `http://127.0.0.1:${PORT}${BASE_PATH.replace(/\/$/, '')}/health/ready`;
const ready = await fetch(url).then(
  ({ ok }) => ok,
  () => false,
);
process.exit(ready ? 0 : 1);
