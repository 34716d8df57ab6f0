import { z } from 'zod';

const answerSchema = z.object({
  status: z.literal('success'),
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The values of an instant query. @throws where Prometheus does not take it */
export async function queryPrometheus(url: string, promql: string): Promise<Sample[]> {
  const response = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: promql }),
  });
  const body: unknown = await response.json();
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) throw new Error(`Prometheus does not take ${promql}: ${JSON.stringify(body)}`);
  return parsed.data.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}
