/** @file A headless Chromium, driven by its DevTools protocol over a pipe. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

type Json = Record<string, unknown>;

export interface View {
  readonly width: number;
  readonly height?: number;
  readonly colours?: 'light' | 'dark';
  /** As the page sees it; by default as it is: paper for a PDF, else the screen. */
  readonly media?: 'screen' | 'print' | '';
}

/** The browser of the system, or null. */
export function findBrowser(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find((path) => existsSync(path)) ?? null;
}

export class Browser implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #profile = mkdtempSync(join(tmpdir(), 'gnvpro-browser-'));
  readonly #waiting = new Map<number, { resolve(result: Json): void; reject(error: Error): void }>();
  readonly #listeners = new Set<(message: Json) => void>();
  #last = 0;

  constructor(program: string) {
    const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
    this.#child = spawn(
      program,
      [...args, '--disable-background-networking', '--remote-debugging-pipe', `--user-data-dir=${this.#profile}`],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    let rest = '';
    (this.#child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (rest + chunk).split('\0');
      rest = messages.pop() as string;
      for (const message of messages) this.#receive(JSON.parse(message));
    });
    (this.#child.stdio[3] as Writable).on('error', () => undefined); // told by the end of the process
    this.#child.on('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`The browser ended with code ${code}.`));
    });
  }

  call(method: string, params: Json = {}, sessionId?: string): Promise<Json> {
    const id = ++this.#last;
    (this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  listen(listener: (message: Json) => void): void {
    this.#listeners.add(listener);
  }

  async open(url: string, view: View): Promise<Page> {
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId as string);
    await page.load(url, view);
    return page;
  }

  #receive(message: Json): void {
    const waiting = this.#waiting.get(message.id as number);
    this.#waiting.delete(message.id as number);
    if (waiting === undefined) for (const listener of this.#listeners) listener(message);
    else if (message.error === undefined) waiting.resolve(message.result as Json);
    else waiting.reject(new Error(String((message.error as Json).message)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.on('exit', resolve));
    if (this.#child.exitCode === null) {
      await this.call('Browser.close').catch(() => undefined);
      await ended;
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class Page {
  /** Whatever was asked of the network or the file system, the page itself among it. */
  readonly requests: string[] = [];
  /** Errors and warnings of the console, and exceptions. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #session: string;
  #loaded: () => void = () => undefined;

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
    browser.listen(({ method, params, sessionId }) => {
      if (sessionId === session) this.#receive(String(method), params as Json);
    });
  }

  async load(url: string, { width, height = 900, colours = 'light', media = '' }: View): Promise<void> {
    for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await this.#call(`${domain}.enable`);
    const metrics = { width, height, deviceScaleFactor: 1, mobile: width < 500 };
    await this.#call('Emulation.setDeviceMetricsOverride', metrics);
    const features = [{ name: 'prefers-color-scheme', value: colours }];
    await this.#call('Emulation.setEmulatedMedia', { media, features });
    const loaded = new Promise<void>((resolve) => {
      this.#loaded = resolve;
    });
    await this.#call('Page.navigate', { url });
    await loaded;
  }

  /** The value of an expression in the page; that of a promise once it has one. */
  async evaluate<T>(expression: string): Promise<T> {
    const params = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.#call('Runtime.evaluate', params);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as Json).value as T;
  }

  /** The whole page as a PNG. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.#call('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true });
    return Buffer.from(data as string, 'base64');
  }

  async pdf(): Promise<Buffer> {
    const { data } = await this.#call('Page.printToPDF', { printBackground: true });
    return Buffer.from(data as string, 'base64');
  }

  #call(method: string, params: Json = {}): Promise<Json> {
    return this.#browser.call(method, params, this.#session);
  }

  #receive(method: string, params: Json): void {
    if (method === 'Page.loadEventFired') this.#loaded();
    if (method === 'Network.requestWillBeSent') this.requests.push(String((params.request as Json).url));
    if (method === 'Runtime.exceptionThrown') this.complaints.push(JSON.stringify(params.exceptionDetails));
    if (method === 'Runtime.consoleAPICalled') this.complaints.push(JSON.stringify(params.args));
    if (method === 'Log.entryAdded') this.complaints.push(String((params.entry as Json).text));
  }
}
