/** The containers' health check: exits 0 if the service of this container is ready. */
const {
  PORT = '',
  SAGEMAKER_BIND_TO_PORT: ordered = '',
  SAGEMAKER_SAFE_PORT_RANGE: allowed = '',
  BASE_PATH = '',
} = process.env;
const said = ordered || PORT || allowed.split('-')[0];
// A modelhost without a word on its port listens on 8000, or on 8080 for a platform.
const ports = said === '' ? ['8000', '8080'] : [said];
const base = BASE_PATH.replace(/\/$/, '');
const ready = ports.map((port) =>
  fetch(`http://127.0.0.1:${port}${base}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  ),
);
process.exit((await Promise.all(ready)).includes(true) ? 0 : 1);
