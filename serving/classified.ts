import type { Servable } from '../protocol/catalog';
import { classified, refuseUnclassified } from '../protocol/classification';
import type { Infer, InferResponse, ResolvedRequest } from '../protocol/infer';

const noLabels: readonly string[] = [];

/** Outputs that a request wants as classes become them; what has none is refused before it runs. */
export function withClasses(next: Infer<ResolvedRequest>): Infer<ResolvedRequest> {
  return function classify(request, context) {
    const { servable, classes } = request;
    if (classes === undefined) return next(request, context);
    for (const { name, datatype } of servable.signature.outputs) {
      if (classes.has(name)) refuseUnclassified(name, datatype);
    }
    return next(request, context).then((response) => answered(response, classes, servable));
  };
}

function answered(
  response: InferResponse,
  classes: ReadonlyMap<string, number>,
  { batching, classLabels = {} }: Servable,
): InferResponse {
  const outputs = response.outputs.map((tensor) => {
    const count = classes.get(tensor.name);
    if (count === undefined) return tensor;
    const labels = classLabels[tensor.name] ?? noLabels;
    return classified(tensor, { count, labels, batched: batching.allowed });
  });
  return { ...response, outputs };
}
