import { request, type ClientRequest } from 'node:http';
import { plusModel } from './plus-model';

export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** Announces a body of so many bytes and sends none of it. */
export function announce(url: string, bytes: number): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-length': bytes, 'content-type': 'application/octet-stream' };
    const sent = request(url, { method: 'PUT', headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part: string) => (body += part));
      answer.on('end', () => {
        sent.destroy();
        resolve({ status: answer.statusCode ?? 0, body });
      });
    });
    sent.on('error', reject);
    sent.flushHeaders();
  });
}

/** Sends half of an upload. */
export function sendHalf(url: string, bytes: Uint8Array): ClientRequest {
  const sent = request(url, { method: 'PUT', headers: { 'content-length': bytes.length } });
  sent.on('error', () => undefined);
  sent.write(bytes.subarray(0, bytes.length / 2));
  return sent;
}

/** A request whose last part of the path is sent as it is; PUT brings a model. */
export function raw(base: string, name: string, method: string): Promise<Answered> {
  const { hostname, port, pathname } = new URL(base);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path: encodeURI(pathname) + encodeNonAscii(name), method };
    const sent = request(options, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part: string) => (body += part));
      answer.on('end', () => {
        resolve({ status: answer.statusCode ?? 0, body });
      });
    });
    sent.on('error', reject);
    sent.end(method === 'PUT' ? plusModel(1) : undefined);
  });
}

function encodeNonAscii(name: string): string {
  return name.replace(/[^\x21-\x7e]/g, encodeURIComponent);
}
