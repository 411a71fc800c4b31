import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { SettingsShape } from '../../core/settings';
import { embeddedSettings } from '../../embedded/settings';
import { inferrerSettings } from '../../inferrer/settings';
import { metricsSettings } from '../../metrics/service/settings';
import { modelhostSettings } from '../../modelhost/settings';
import { batchingSettings } from '../../serving/batching/settings';
import { cacheSettings } from '../../serving/cache/settings';
import { grpcSettings } from '../../serving/grpc/settings';
import { httpSettings } from '../../serving/http/settings';
import { linkSettings } from '../../serving/link/settings';
import { serverNameSettings } from '../../serving/server-name';
import { sharedMemorySettings } from '../../serving/shared-memory/settings';
import { modelControlSettings } from '../../serving/model-control';
import { pictureSettings } from '../../serving/picture/settings';
import { uploadSettings } from '../../serving/upload-limit';
import { code, readDocument, tableUnder } from '../support/markdown';

const file = 'docs/configuration.md';
const both: SettingsShape = {
  ...grpcSettings,
  ...batchingSettings,
  ...cacheSettings,
  ...linkSettings,
  ...sharedMemorySettings,
  ...uploadSettings,
  ...modelControlSettings,
  ...serverNameSettings,
  ...pictureSettings,
};

/** What a process reads beside what stands in the tables that it shares with others. */
function own(shape: SettingsShape, ...shared: SettingsShape[]): SettingsShape {
  const known = shared.flatMap((one) => Object.values(one));
  return Object.fromEntries(Object.entries(shape).filter(([, type]) => !known.includes(type)));
}

const sections: readonly (readonly [string, SettingsShape])[] = [
  ['All processes', httpSettings],
  ['Inferrer and modelhost', both],
  ['Inferrer', own(inferrerSettings, httpSettings, both)],
  ['Modelhost', own(modelhostSettings, httpSettings, both)],
  ['Metrics service', own(metricsSettings, httpSettings)],
  ['npm start', embeddedSettings],
];

/** A row as it has to stand in the document. */
function rowOf(name: string, type: SettingsShape[string]): string[] {
  const { description = '', fallback } = type.meta() ?? {};
  const perMachine = name === 'CORES' && fallback === String(availableParallelism());
  const standard = perMachine ? 'all cores' : fallback === '' ? 'none' : `\`${String(fallback)}\``;
  return [`\`${name}\``, standard, description];
}

describe(file, () => {
  it.each(sections)('has every setting of: %s', (title, shape) => {
    const wanted = Object.entries(shape).map(([name, type]) => rowOf(name, type));
    expect(wanted.length).toBeGreaterThan(0);
    expect(sorted(tableUnder(readDocument(file), title))).toEqual(sorted(wanted));
  });

  it('has every variable of the compose file, with its default', () => {
    const compose = readFileSync('deploy/docker-compose.yml', 'utf8');
    const found = new Map<string, string>();
    for (const [, name = '', fallback = ''] of compose.matchAll(/\$\{([A-Z0-9_]+):-([^}]*)\}/g)) {
      found.set(name, fallback === '' ? 'none' : `\`${fallback}\``);
    }
    const rows = tableUnder(readDocument(file), 'docker-compose').map((row) => row.slice(0, 2));
    const wanted = [...found].map(([name, fallback]) => [`\`${name}\``, fallback]);
    expect(wanted.length).toBeGreaterThan(5);
    expect(sorted(rows)).toEqual(sorted(wanted));
  });

  it('has every variable of nginx/run.sh, with its default', () => {
    const script = readFileSync('nginx/run.sh', 'utf8');
    const wanted = [...script.matchAll(/"\$\{([A-Z_]+):=([^}]*)\}"/g)].map(
      ([, name = '', fallback = '']) => [
        `\`${name}\``,
        fallback === '' ? 'none' : `\`${fallback.replace('$ROLE', '<role>')}\``,
      ],
    );
    const rows = tableUnder(readDocument(file), 'nginx').map((row) => row.slice(0, 2));
    expect(wanted.length).toBeGreaterThan(5);
    expect(sorted(rows)).toEqual(sorted(wanted));
  });
});

function sorted(rows: readonly string[][]): string[][] {
  return [...rows].sort(([a = ''], [b = '']) => (code(a) < code(b) ? -1 : 1));
}
