import type { Logger } from '@fathom/runtime';
import type { DynamicModule, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { AppModule } from '../app.module';
import { httpMetrics } from '../metrics/http-metrics';
import { buildOpenApi } from '../openapi';
import type { HttpParts } from '../parts';
import { httpTracing } from './http-tracing';
import { allBesideApi, type Page } from './pages';
import { PagesModule } from './pages.module';
import { bodyReader } from './request-body';

/** The API with the pages beside it, ready to listen. @param pages those that are served on its port */
export async function createHttpApp(
  parts: HttpParts,
  pages: ReadonlySet<Page> = allBesideApi.besideApi,
): Promise<NestExpressApplication> {
  const app = await create(AppModule.of(parts, pages), parts);
  if (parts.tracer.isOn) app.use('/v1', httpTracing(parts.tracer));
  app.use('/v1', bodyReader());
  servePages(app, parts, pages, () => buildOpenApi(app));
  await app.init();
  return app;
}

/** Some pages alone, ready to listen. @param api described by the documentation */
export async function createPagesApp(
  parts: HttpParts,
  pages: ReadonlySet<Page>,
  api: NestExpressApplication,
): Promise<NestExpressApplication> {
  const app = await create(PagesModule.of(parts, pages), parts);
  servePages(app, parts, pages, () => buildOpenApi(api));
  await app.init();
  return app;
}

async function create(module: DynamicModule, parts: HttpParts): Promise<NestExpressApplication> {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class and takes literals
  const app = await NestFactory.create<NestExpressApplication>(module, {
    bodyParser: false,
    logger: frameworkLogger(parts.logger),
    abortOnError: false,
  });
  app.disable('x-powered-by');
  app.use(accessLog(parts.logger));
  app.use(httpMetrics(parts.metrics));
  app.use(helmet({ strictTransportSecurity: false, contentSecurityPolicy }));
  return app;
}

function servePages(
  app: NestExpressApplication,
  parts: HttpParts,
  pages: ReadonlySet<Page>,
  describe: () => OpenAPIObject,
): void {
  if (pages.has('board')) app.use('/queues', requireRedis(parts), parts.board);
  if (pages.has('docs')) SwaggerModule.setup('docs', app, describe(), { jsonDocumentUrl: 'openapi.json' });
}

// Not upgraded to https: the API speaks http behind whatever terminates TLS. Bull Board's page has inline scripts.
const contentSecurityPolicy = {
  directives: { upgradeInsecureRequests: null, 'script-src': ["'self'", "'unsafe-inline'"] },
};

/** Bull Board would wait for a Redis that is away. */
function requireRedis({ dependencies }: HttpParts): RequestHandler {
  return (_request, _response, next) => {
    dependencies.require(['redis']).then(() => {
      next();
    }, next);
  };
}

function accessLog(logger: Logger): RequestHandler {
  return pinoHttp({
    logger,
    customLogLevel: (_request, response) => (response.statusCode >= 500 ? 'warn' : 'debug'),
    serializers: {
      req: ({ method, url }: { method: string; url: string }) => ({ method, url }),
      res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      // Made up by pino-http for every 5xx; the filter has logged the real one.
      err: () => undefined,
    },
  });
}

/** The framework's own lines in our log, at a level that suits them. */
function frameworkLogger(logger: Logger): LoggerService {
  const say = (level: 'debug' | 'warn' | 'error') => (message: unknown) => {
    logger[level]({ framework: true }, String(message));
  };
  return {
    log: say('debug'),
    debug: say('debug'),
    verbose: say('debug'),
    warn: say('warn'),
    error: say('error'),
  };
}
