import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A certificate of its own authority for this machine, and its key; files and what is in them. */
export interface TestCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Certificates of this run; `remove` them at its end. */
export class TestCertificates {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'shoal-tls-'));

  /** Makes a new one with openssl. */
  make(name: string): TestCertificate {
    const certFile = path.join(this.#folder, `${name}.crt`);
    const keyFile = path.join(this.#folder, `${name}.key`);
    const wanted =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost';
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const files = ['-keyout', keyFile, '-out', certFile];
    execFileSync('openssl', [...wanted.split(' '), ...names, ...files], { stdio: 'pipe' });
    return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
