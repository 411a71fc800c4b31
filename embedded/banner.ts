/** What the newcomer has to know once the cluster is up. */
export interface Running {
  /** Of the inferrer, with base path. */
  readonly url: string;
  /** Host and port of the inferrer for gRPC; 'off' where there is none, undefined where the system chooses the port. */
  readonly grpc: string | undefined;
  readonly metricsUrl: string;
  readonly modelhosts: readonly string[];
  /** Undefined where the inferrer does not tell without a token. */
  readonly models: readonly string[] | undefined;
  readonly repository: string;
}

export function banner(running: Running): string {
  const { url, grpc, metricsUrl, modelhosts, models, repository } = running;
  return [
    '',
    'Shoal is ready.',
    `  inferrer    ${url}`,
    `  gRPC        ${grpc ?? 'on the port that the log of the inferrer says'}`,
    `  metrics     ${metricsUrl}/metrics/cluster`,
    `  modelhosts  ${modelhosts.join(', ')}; more with scripts/add-modelhost.sh`,
    `  models      ${modelsLine(models, repository)}`,
    'Try:',
    `  ${trial(url, models)}`,
    'Ctrl-C stops it after the requests under way are answered.',
    '',
  ].join('\n');
}

function modelsLine(models: readonly string[] | undefined, repository: string): string {
  if (models === undefined) return 'listed for those who have a token';
  if (models.length === 0) return `none; copy a .onnx file into ${repository}`;
  return models.join(', ');
}

function trial(url: string, models: readonly string[] | undefined): string {
  if (models?.includes('iris') !== true) return `curl ${url}/v2`;
  const json = `-H 'content-type: application/json'`;
  return `curl ${url}/api/v1/models/iris/prediction ${json} -d '{"values":[5.1,3.5,1.4,0.2]}'`;
}
