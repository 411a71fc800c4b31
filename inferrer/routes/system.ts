import type { IRouter, RequestHandler } from 'express';
import { ShoalError } from '../../core/errors';
import { testDataOf } from '../../protocol/dialects/fractal/management-body';
import { exchangeOf } from '../../serving/http/express';
import { answer, jsonBody, mount } from '../../serving/http/express-answers';
import type { CheckHosts } from '../models/host-check';

const greeting =
  'Greetings from Shoal, the ONNX model server. GET /help lists what there is; GET /api/v1/models the models.';

const help = `Shoal

GET    /                                     greeting
GET    /help                                 this text
GET    /api/test                             answers 200
POST   /api/test/sendtomodelhost             {"data": [...]}: who received each item (GET too)
GET    /api/v1/models                        names of the models
GET    /api/v1/models/information            information of all models
GET    /api/v1/models/<m>[:v]                information of one (also .../information)
PUT    /api/v1/models/<m>                    upload: multipart file 'path' with 'files' beside it and the
                                             fields 'config' and 'model_description' if wanted, or the
                                             file as body; or a zip, tar or tar.gz archive; with
                                             ?dry_run=true says what would happen
GET    /api/v1/uploads/<id>/events           steps of an upload, by its X-Request-Id, as events
GET    /api/v1/events                        what happens to hosts, runners, models and versions;
                                             ?model=<m>, ?follow=false
POST   /api/v1/models/<m>                    {"model_description": text}
DELETE /api/v1/models/<m>[:v]                delete a model, or one version
POST   /api/v1/models/<m>[:v]/prediction     {"values": [...]} or {"inputs": {name: [...]}}, or a JPEG or
                                             PNG as body or as multipart file 'file' (GET too)
GET    /api/v1/models/<m>[:v]/example        a request that it takes, for /v2/models/<m>/infer
GET    /api/v1/models/<m>[:v]/download       the stored file
POST   /api/v1/models/<m>/default            {"default": version}
GET    /api/v1/models/<m>/labels             names of versions
PUT    /api/v1/models/<m>/labels/<l>         {"version": version}: sets the label, or moves it; DELETE ends it
PUT    /api/v1/models/<m>/variants           {"variants": [{"version": v, "weight": w}, ...]}: who answers
                                             requests without a version; {"shadow": {"version": v}}: who
                                             gets copies of them (GET and DELETE too)
PUT    /api/v1/models/<m>/canary             {"version": version}: takes over step by step, and is taken
                                             back where it does worse (GET and DELETE too)
POST   /api/v1/models/updatemodelhosts       have every modelhost read the repository again (GET too)
GET    /v2 ...                               the Open Inference Protocol
GET    /v1/models ...                        TensorFlow Serving's REST interface and KServe's protocol v1
GET    /metrics                              Prometheus metrics
GET    /health/live, /health/ready           health
`;

export interface SystemParts {
  readonly checkHosts: CheckHosts;
  readonly countTest: () => void;
}

/** Greeting, help and the test routes. */
export function mountSystem(app: IRouter, { checkHosts, countTest }: SystemParts): void {
  mount(app, '/', {
    get: (_request, response) => {
      answer(response, 200, greeting, { status: 'alive' });
    },
  });
  mount(app, '/help', {
    get: (_request, response) => {
      response.type('text/plain').send(help);
    },
  });
  mount(app, '/api/test', {
    get: (_request, response) => {
      countTest();
      answer(response, 200, 'The inferrer answers');
    },
  });
  const send = sendToModelhost(checkHosts, countTest);
  mount(app, '/api/test/sendtomodelhost', { get: send, post: send });
}

function sendToModelhost(checkHosts: CheckHosts, countTest: () => void): RequestHandler {
  return async (request, response) => {
    countTest();
    const data = testDataOf(await jsonBody(request));
    const responses = await checkHosts(data, exchangeOf(request).requestId);
    if (responses.every(({ code }) => code >= 200 && code < 300)) {
      answer(response, 200, 'Every modelhost that was asked answered', { responses });
      return;
    }
    throw new ShoalError(
      'host_check_failed',
      'One or more modelhosts returned non 2XX HTTP code; see responses.',
      { fields: { responses } },
    );
  };
}
