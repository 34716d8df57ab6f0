import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { problemSchema } from '@fathom/contracts';
import { z } from 'zod';

type SchemaIo = 'input' | 'output';

/**
 * JSON Schema of a zod schema, with what has an id as a component. A request may leave defaults out, an answer never
 * does; where that makes the two differ, the request's component has the suffix `Input`.
 */
export function convertSchema(schema: unknown, { schemaType }: { schemaType: SchemaIo }) {
  if (!(schema instanceof z.ZodType)) return undefined;
  const converted = toComponents(schema, schemaType);
  if (schemaType === 'output') return converted;
  const answer = toComponents(schema, 'output');
  const renamed = new Set(
    Object.keys(converted.components).filter(
      (name) => JSON.stringify(converted.components[name]) !== JSON.stringify(answer.components[name]),
    ),
  );
  // What refers to a component that differs does so, too.
  for (let before = -1; before !== renamed.size;) {
    before = renamed.size;
    for (const [name, component] of Object.entries(converted.components))
      if (referencesOf(component).some((target) => renamed.has(target))) renamed.add(name);
  }
  const rename = (name: string) => (renamed.has(name) ? `${name}Input` : name);
  const rewritten = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (key, inner: unknown) =>
        key === '$ref' && typeof inner === 'string' ? inner.replace(/[^/]+$/, (name) => rename(name)) : inner,
      ),
    );
  return {
    schema: rewritten(converted.schema),
    components: Object.fromEntries(
      Object.entries(converted.components).map(([name, component]) => [rename(name), rewritten(component)]),
    ),
  };
}

function toComponents(schema: z.ZodType, io: SchemaIo) {
  const { $defs = {}, ...root } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
  const components = Object.fromEntries(
    Object.entries($defs).map(([name, definition]) => [name, without(definition, 'id')]),
  );
  const { id } = root;
  const rootSchema: unknown = without(root, 'id', '$schema');
  if (id === undefined) return { schema: rootSchema, components };
  return {
    schema: { $ref: `#/components/schemas/${id}` } as unknown,
    components: { ...components, [id]: rootSchema },
  };
}

const without = (object: object, ...keys: string[]): unknown =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

function referencesOf(value: unknown): string[] {
  const found: string[] = [];
  JSON.stringify(value, (key, inner: unknown) => {
    if (key === '$ref' && typeof inner === 'string') found.push(inner.replace(/^.*\//, ''));
    return inner;
  });
  return found;
}

/** The API's description, from the schemas the handlers parse with. */
export function buildOpenApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Fathom')
    .setDescription(
      'Submit hyper-parameter sweeps over ResNet depths, watch their trials, read their results.',
    )
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: convertSchema,
    operationIdFactory: (controller, method) =>
      `${controller.replace(/Controller$/, '').toLowerCase()}_${method}`,
  });
  const problemComponents = convertSchema(problemSchema, { schemaType: 'output' })?.components ?? {};
  const schemas = { ...document.components?.schemas, ...problemComponents } as NonNullable<
    NonNullable<OpenAPIObject['components']>['schemas']
  >;
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...document, components: { ...document.components, schemas: sorted } };
}
