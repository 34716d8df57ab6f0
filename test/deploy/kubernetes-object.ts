// What the tests read of the objects that the chart makes; that they have these shapes is checked by Kubernetes' schemas.

type Names = Readonly<Record<string, string>>;
interface Selector {
  readonly matchLabels: Names;
}

export interface KubernetesObject<Spec = unknown> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Names };
  readonly spec: Spec;
  readonly data?: Names;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext: object;
  readonly resources: { readonly limits: Readonly<Record<string, string | number>> };
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Names;
  readonly annotations?: Names;
}

/** Also what a file of rules has. */
export interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

export interface Specs {
  readonly Deployment: {
    readonly replicas?: number;
    readonly selector: Selector;
    readonly template: {
      readonly metadata: { readonly labels: Names };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly Container[];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
  readonly Service: { readonly selector: Names; readonly ports: readonly { readonly targetPort: string }[] };
  readonly PodDisruptionBudget: { readonly selector: Selector };
  readonly NetworkPolicy: {
    readonly podSelector: Selector;
    readonly ingress: readonly {
      readonly ports: readonly { readonly port: string }[];
      readonly from: readonly object[];
    }[];
    readonly egress: readonly { readonly ports: readonly { readonly port: number }[] }[];
  };
  readonly ServiceMonitor: { readonly selector: Selector; readonly endpoints: readonly object[] };
  readonly PodMonitor: { readonly selector: Selector; readonly podMetricsEndpoints: readonly object[] };
  readonly ScaledObject: {
    readonly scaleTargetRef: { readonly name: string };
    readonly triggers: readonly {
      readonly metadata: {
        readonly threshold: string;
        readonly query: string;
        readonly ignoreNullValues: string;
      };
    }[];
  };
  readonly PrometheusRule: Rules;
  readonly ConfigMap: undefined;
}

export type Deployment = KubernetesObject<Specs['Deployment']>;

export const ofKind = <K extends keyof Specs>(
  objects: readonly KubernetesObject[],
  kind: K,
): KubernetesObject<Specs[K]>[] =>
  objects.filter((object): object is KubernetesObject<Specs[K]> => object.kind === kind);

export function containerOf({ spec }: Deployment): Container {
  const [container] = spec.template.spec.containers;
  if (!container) throw new Error('no container');
  return container;
}
