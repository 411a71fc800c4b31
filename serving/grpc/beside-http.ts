import type { HttpServer } from '../http/server';
import type { GrpcServer } from './grpc-server';

/** What a stopping service does with its servers, in the order of the names. */
export type Servers = Pick<HttpServer, 'stopAccepting' | 'drain' | 'close'>;

/** Both servers of a service as one, for its stop. */
export function besideHttp(http: HttpServer, grpc: GrpcServer): Servers {
  return {
    async stopAccepting() {
      await Promise.all([http.stopAccepting(), grpc.stopAccepting()]);
    },
    async drain(deadlineMs) {
      await Promise.all([http.drain(deadlineMs), grpc.drain(deadlineMs)]);
    },
    close() {
      http.close();
      grpc.close();
    },
  };
}
