import { createInferrerApp } from '../../inferrer/app';
import { createClusterDialect } from '../../inferrer/cluster-dialect';
import { managementOperations as ofInferrer } from '../../inferrer/routes/operations';
import { createClusterDialect as createMetricsClusterDialect } from '../../metrics/service/cluster-dialect';
import { createModelhostApp } from '../../modelhost/app';
import { createGenerationDialect } from '../../modelhost/cluster/generation-dialect';
import { managementOperations as ofModelhost } from '../../modelhost/routes/operations';
import { createFractalDialect } from '../../protocol/dialects/fractal/fractal-dialect';
import { createOpenInferenceDialect } from '../../protocol/dialects/open-inference/open-inference-dialect';
import { createServerControlDialect } from '../../protocol/dialects/open-inference/server-control-dialect';
import { createSageMakerDialect } from '../../protocol/dialects/sagemaker/sagemaker-dialect';
import { createTfServingDialect } from '../../protocol/dialects/tf-serving/tf-serving-dialect';
import type { Dialect } from '../../protocol/exchange';
import type { Operation } from '../../protocol/openapi/operation';
import { createHealth } from '../../serving/http/health';
import { createMetricsDialect } from '../../serving/http/metrics-dialect';
import { createDocumentsDialect } from '../../serving/openapi/documents-dialect';

/** A process's routes, with nothing behind them. */
export interface DescribedProcess {
  readonly name: string;
  readonly dialects: readonly Dialect[];
  /** The Express app; the metrics service has none. */
  readonly app?: object;
  readonly managed: readonly Operation[];
}

const nothing = {} as never;
const health = createHealth(() => ({ ready: true, reason: '' }));
const documents = createDocumentsDialect({ title: 'x', version: '1', basePath: '' }, []);
const shared = [
  createOpenInferenceDialect(nothing),
  createServerControlDialect(nothing),
  createFractalDialect({ prefix: '/api/v1/models' } as never),
  createTfServingDialect(nothing),
  createMetricsDialect(nothing),
  health,
  documents,
];

export const describedProcesses: readonly DescribedProcess[] = [
  {
    name: 'Inferrer',
    dialects: [
      ...shared,
      createSageMakerDialect(nothing),
      createClusterDialect({
        clock: () => 0,
        directory: { onChange: () => undefined },
      } as never),
    ],
    app: createInferrerApp(nothing),
    managed: ofInferrer,
  },
  {
    name: 'Modelhost',
    dialects: [
      ...shared,
      createFractalDialect({ prefix: '/modelhost/models' } as never),
      createGenerationDialect({} as never),
      createSageMakerDialect({ hosting: {} } as never),
    ],
    app: createModelhostApp(nothing),
    managed: ofModelhost,
  },
  {
    name: 'Metrics service',
    dialects: [
      createMetricsDialect(nothing),
      createMetricsClusterDialect(nothing),
      health,
      documents,
    ],
    managed: [],
  },
];

/** All operations that a process's document has. */
export function operationsOf({ dialects, managed }: DescribedProcess): readonly Operation[] {
  return [...managed, ...dialects.flatMap(({ operations }) => operations)];
}
