import type { Logger } from '@fathom/runtime';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { AppModule } from '../app.module';
import { httpMetrics } from '../metrics/http-metrics';
import { buildOpenApi } from '../openapi';
import type { HttpParts } from '../parts';
import { bodyReader } from './request-body';

/** The API with everything beside it, ready to listen. */
export async function createHttpApp(parts: HttpParts): Promise<NestExpressApplication> {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class and takes literals
  const app = await NestFactory.create<NestExpressApplication>(AppModule.of(parts), {
    bodyParser: false,
    logger: frameworkLogger(parts.logger),
    abortOnError: false,
  });
  app.disable('x-powered-by');
  app.use(accessLog(parts.logger));
  app.use(httpMetrics(parts.metrics));
  app.use(helmet({ strictTransportSecurity: false, contentSecurityPolicy }));
  app.use('/queues', requireRedis(parts), parts.board);
  app.use('/v1', bodyReader());
  SwaggerModule.setup('docs', app, buildOpenApi(app), { jsonDocumentUrl: 'openapi.json' });
  await app.init();
  return app;
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
