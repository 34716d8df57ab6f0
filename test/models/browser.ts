import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { findExecutable } from '../../libs/services/src/executable';

const TENSORFLOW = join(__dirname, '../../node_modules/@tensorflow/tfjs/dist/tf.min.js');
const PAGE = '<!doctype html><title>A model in a browser</title><script src="/tf.min.js"></script>';

/** Path of a Chromium on this machine. */
export const chromiumPath = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => findExecutable(name, process.env))
  .find((path) => path !== undefined);

export interface BrowserForTests {
  /** A page with TensorFlow.js, of an origin that serves the folder. */
  readonly page: Page;
}

/** A real Chromium for the tests of the surrounding `describe`, and a server of one folder; both are gone after them. */
export function useBrowser(folder: () => string): BrowserForTests {
  let started: { readonly server: Server; readonly browser: Browser; readonly page: Page } | undefined;
  beforeAll(async () => {
    const server = serve(folder);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const browser = await chromium.launch({
      ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
      args: [
        ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ],
    });
    const page = await browser.newPage();
    started = { server, browser, page };
    await page.goto(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`);
  });
  afterAll(async () => {
    await started?.browser.close();
    started?.server.closeAllConnections();
    started?.server.close();
  });
  return {
    get page() {
      if (!started) throw new Error('the browser exists from beforeAll to afterAll only');
      return started.page;
    },
  };
}

const serve = (folder: () => string): Server =>
  createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://127.0.0.1').pathname);
    try {
      response.end(
        path === '/' ? PAGE : readFileSync(path === '/tf.min.js' ? TENSORFLOW : join(folder(), path)),
      );
    } catch {
      // The browser asks for an icon too.
      response.writeHead(404).end();
    }
  });
