import type { IRouter } from 'express';
import { answer, mount, pathParameter } from '../../serving/http/express-answers';

const help = `Shoal modelhost

GET    /modelhost                               greeting
GET    /modelhost/api/test[/<data>]             says who received the data
GET    /modelhost/models                        names of the models
GET    /modelhost/models/information            information of all models
GET    /modelhost/models/<m>[:v]                information of one (also .../information, /modelhost/<m>/information)
GET    /modelhost/models/<m>[:v]/example        a request that it takes, for /v2/models/<m>/infer
POST   /modelhost/models/<m>/information        {"model_description": text} (also /modelhost/<m>/information)
PUT    /modelhost/models/<m>                    upload: multipart file 'path', or the file as body
DELETE /modelhost/models/<m>[:v]                delete a model, or one version
POST   /modelhost/models/<m>/default            {"default": version}
GET    /modelhost/models/<m>[:v]/download       the stored file
POST   /modelhost/models/<m>[:v]/prediction     {"values": [...]}
POST   /modelhost/models/update                 read the model repository again now
GET    /modelhost/catalog?since=<revision>      everything served; waits for a change of the revision
`;

export interface SystemParts {
  readonly hostId: string;
  readonly countTest: () => void;
}

/** Greeting, help and the test routes. */
export function mountSystem(app: IRouter, { hostId, countTest }: SystemParts): void {
  const greeting = `Greetings from Shoal, modelhost ${hostId}. Clients talk to the inferrer; GET /help lists what there is here.`;
  for (const path of ['/', '/modelhost']) {
    mount(app, path, {
      get: (_request, response) => {
        answer(response, 200, greeting, { status: 'alive', modelhost: hostId });
      },
    });
  }
  mount(app, '/help', {
    get: (_request, response) => {
      response.type('text/plain').send(help);
    },
  });
  mount(app, '/modelhost/api/test', {
    get: (_request, response) => {
      countTest();
      answer(response, 200, `Modelhost ${hostId} answers`, { modelhost: hostId });
    },
  });
  mount(app, '/modelhost/api/test/:data', {
    get: (request, response) => {
      countTest();
      const data = pathParameter(request, 'data');
      answer(response, 200, `Received "${data}" from modelhost ${hostId}`, { modelhost: hostId });
    },
  });
}
