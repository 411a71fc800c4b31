import type { IncomingMessage } from 'node:http';
import type { BodySink, BodySource } from './body';

/** The length that the headers declare: a number of bytes, 'chunked' or nothing at all. */
export function declaredLength(request: IncomingMessage): number | 'chunked' {
  const length = request.headers['content-length'];
  if (length !== undefined) return Number(length);
  return request.headers['transfer-encoding'] === undefined ? 0 : 'chunked';
}

/** The body of a request of `node:http`. */
export function nodeBody(request: IncomingMessage): BodySource {
  let take: ((chunk: Buffer) => void) | undefined;
  return {
    declared: declaredLength(request),
    encoding: request.headers['content-encoding'],
    pour(sink: BodySink) {
      if (request.destroyed) {
        sink.lost();
        return;
      }
      take = (chunk) => {
        sink.take(chunk);
      };
      request.on('data', take);
      request.on('end', () => {
        sink.end();
      });
      // Every request closes in the end; errors are costly to make.
      request.on('close', () => {
        sink.lost();
      });
    },
    stop() {
      if (take !== undefined) request.off('data', take);
      request.pause();
    },
  };
}
