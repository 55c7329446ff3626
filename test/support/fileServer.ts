/** @file A web server of files on this machine, which can be told to misbehave. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

export interface Served {
  content: Uint8Array;
  etag?: string;
  lastModified?: string;
  type?: string;
}

export interface Asked {
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

export class FileServer {
  readonly files = new Map<string, Served>();
  readonly asked: Asked[] = [];
  /** Whether requests for a range are understood. */
  ranges = true;
  /** Whether a range is sent of another version too. */
  ignoresIfRange = false;
  /** After how many bytes of a body the connection ends; null for whole bodies. */
  cutAfter: number | null = null;
  /** Whether the client has taken what was sent, up to this byte of the file: what it has not would be lost with the cut. */
  taken: (end: number) => boolean = () => true;
  /** Answers in place of the files; returns whether it did. */
  instead: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  base = '';

  /** What was asked since the last call. */
  takeAsked(): Asked[] {
    return this.asked.splice(0);
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const { range, 'if-range': ifRange } = request.headers;
    const path = request.url ?? '';
    this.asked.push({ path, range, ifRange: ifRange as string | undefined });
    if (this.instead(request, response)) return;
    const file = this.files.get(path);
    if (file === undefined) {
      response.writeHead(404).end('no such file');
      return;
    }
    this.#send(file, response, range, ifRange as string | undefined);
  }

  #send(file: Served, response: ServerResponse, range: string | undefined, ifRange: string | undefined): void {
    const { content, etag, lastModified, type = 'application/octet-stream' } = file;
    response.setHeader('content-type', type);
    if (etag !== undefined) response.setHeader('etag', etag);
    if (lastModified !== undefined) response.setHeader('last-modified', lastModified);
    const first = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? Number.NaN);
    const same = this.ignoresIfRange || ifRange === etag || ifRange === lastModified;
    const wanted = this.ranges && !Number.isNaN(first) && same;
    if (wanted && first >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const start = wanted ? first : 0;
    const body = content.subarray(start);
    const place = { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` };
    response.writeHead(wanted ? 206 : 200, { 'content-length': body.length, ...(wanted && place) });
    if (this.cutAfter === null || this.cutAfter >= body.length) response.end(body);
    else {
      const end = start + this.cutAfter;
      response.write(body.subarray(0, this.cutAfter));
      const timer = setInterval(() => this.taken(end) && response.destroy(), 5);
      response.on('close', () => clearInterval(timer));
    }
  }
}

/** Listens until the test is over. */
export async function serveFiles(t: Test): Promise<FileServer> {
  const files = new FileServer();
  const server = createServer((request, response) => files.answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  files.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return files;
}
