import type { IRouter, Request, Response } from 'express';
import { ShoalError } from '../../core/errors';
import { sendEvents } from '../../serving/events/event-stream';
import { exchangeOf } from '../../serving/http/express';
import { mount, pathParameter } from '../../serving/http/express-answers';
import type { Forward } from '../forward';
import { uploadEventsPath, type FindUpload } from '../models/upload-elsewhere';
import type { UploadLogs } from '../models/upload-logs';

export interface UploadEventsParts {
  readonly uploads: UploadLogs;
  readonly findUpload: FindUpload;
  readonly forward: Pick<Forward, 'pass'>;
}

/** The steps of an upload, while it goes on and for a while after it, whichever inferrer takes it. */
export function mountUploadEvents(app: IRouter, parts: UploadEventsParts): void {
  mount(app, '/api/v1/uploads/:id/events', {
    get: async (request, response) => {
      if (!(await sendOwn(request, response, parts.uploads))) await pass(request, response, parts);
    },
  });
  mount(app, '/cluster/uploads/:id/events', {
    get: async (request, response) => {
      if (!(await sendOwn(request, response, parts.uploads))) throw unknownUpload();
    },
  });
}

/** False where this inferrer knows nothing of the upload. */
async function sendOwn(
  request: Request,
  response: Response,
  uploads: UploadLogs,
): Promise<boolean> {
  const log = uploads.find(pathParameter(request, 'id'));
  if (log === undefined) return false;
  // Of another upload with this id: all of this one's are new.
  const id = log.idIn(request.header('last-event-id') ?? '') ?? 0;
  await sendEvents(response, { log, id });
  return true;
}

async function pass(
  request: Request,
  response: Response,
  { findUpload, forward }: UploadEventsParts,
): Promise<void> {
  const id = pathParameter(request, 'id');
  const url = await findUpload(id);
  if (url === undefined) throw unknownUpload();
  const headers = { 'x-request-id': exchangeOf(request).requestId };
  await forward.pass({ request, response }, { url, path: uploadEventsPath(id), headers });
}

function unknownUpload(): ShoalError {
  return new ShoalError(
    'unknown_upload',
    'No inferrer knows an upload with this id: wanted is the X-Request-Id of one that has begun.',
  );
}
