{{- /* What is outside of this chart: Redis, PostgreSQL, the object store. */ -}}

{{- define "fathom.require" -}}
{{- if not .Values.redis.existingSecret }}
{{- fail (printf "redis.existingSecret is empty: name a Secret in namespace %q that has the address of your Redis under the key %q (see values.yaml)" .Release.Namespace .Values.redis.urlKey) }}
{{- end }}
{{- if not .Values.postgres.existingSecret }}
{{- fail (printf "postgres.existingSecret is empty: name a Secret in namespace %q that has the address of your PostgreSQL under the key %q (see values.yaml)" .Release.Namespace .Values.postgres.urlKey) }}
{{- end }}
{{- if and .Values.artifacts.s3.url .Values.artifacts.volume.existingClaim }}
{{- fail "artifacts.s3.url and artifacts.volume.existingClaim are both set: checkpoints and models have one place" }}
{{- end }}
{{- if and .Values.autoscaling.enabled (not .Values.autoscaling.prometheusUrl) }}
{{- fail "autoscaling.prometheusUrl is empty: name the Prometheus that scrapes the coordinators, such as http://prometheus-operated.monitoring:9090, or set autoscaling.enabled to false" }}
{{- end }}
{{- end }}

{{- define "fathom.redisEnv" -}}
{{ include "fathom.secretEnv" (dict "name" "REDIS_URL" "secret" .Values.redis.existingSecret "key" .Values.redis.urlKey) }}
{{- if .Values.redis.clientCertificateSecret }}
- name: FATHOM_REDIS_CERT
  value: /etc/fathom/redis/tls.crt
- name: FATHOM_REDIS_KEY
  value: /etc/fathom/redis/tls.key
{{- end }}
{{- end }}

{{- define "fathom.postgresEnv" -}}
{{ include "fathom.secretEnv" (dict "name" "DATABASE_URL" "secret" .Values.postgres.existingSecret "key" .Values.postgres.urlKey) }}
{{- if .Values.postgres.clientCertificateSecret }}
- name: FATHOM_DATABASE_CERT
  value: /etc/fathom/postgres/tls.crt
- name: FATHOM_DATABASE_KEY
  value: /etc/fathom/postgres/tls.key
{{- end }}
{{- end }}

{{- define "fathom.artifactsEnv" -}}
{{- $s3 := .Values.artifacts.s3 }}
{{- if $s3.url }}
- name: FATHOM_ARTIFACTS
  value: {{ $s3.url | quote }}
{{- with $s3.endpoint }}
- name: FATHOM_S3_ENDPOINT
  value: {{ . | quote }}
{{- end }}
- name: FATHOM_S3_FORCE_PATH_STYLE
  value: {{ $s3.forcePathStyle | quote }}
{{- with $s3.region }}
- name: AWS_REGION
  value: {{ . | quote }}
{{- end }}
{{- with $s3.existingSecret }}
{{ include "fathom.secretEnv" (dict "name" "AWS_ACCESS_KEY_ID" "secret" . "key" "AWS_ACCESS_KEY_ID") }}
{{ include "fathom.secretEnv" (dict "name" "AWS_SECRET_ACCESS_KEY" "secret" . "key" "AWS_SECRET_ACCESS_KEY") }}
{{- end }}
{{- else if .Values.artifacts.volume.existingClaim }}
- name: FATHOM_ARTIFACTS
  value: /var/lib/fathom/artifacts
{{- end }}
{{- with .Values.artifacts.keep }}
- name: FATHOM_KEEP_LAST
  value: {{ .last | quote }}
- name: FATHOM_KEEP_BEST
  value: {{ .best | quote }}
- name: FATHOM_KEEP_RUNGS
  value: {{ .rungs | quote }}
{{- if .models }}
- name: FATHOM_KEEP_MODELS
  value: {{ .models | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "fathom.tracingEnv" -}}
{{- with .Values.tracing.otlpEndpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
{{- end }}
{{- if .Values.extraCa.existingSecret }}
# Beside those that Node.js knows; for Redis, PostgreSQL, the object store and traces.
- name: NODE_EXTRA_CA_CERTS
  value: /etc/fathom/ca/ca.crt
{{- end }}
{{- end }}

{{- define "fathom.certificateMounts" -}}
{{- if .Values.extraCa.existingSecret }}
- name: ca
  mountPath: /etc/fathom/ca
  readOnly: true
{{- end }}
{{- if .Values.redis.clientCertificateSecret }}
- name: redis-certificate
  mountPath: /etc/fathom/redis
  readOnly: true
{{- end }}
{{- end }}

{{- define "fathom.certificateVolumes" -}}
{{- with .Values.extraCa }}
{{- if .existingSecret }}
- name: ca
  secret:
    secretName: {{ .existingSecret }}
    items:
      - key: {{ .key }}
        path: ca.crt
{{- end }}
{{- end }}
{{- with .Values.redis.clientCertificateSecret }}
- name: redis-certificate
  secret:
    secretName: {{ . }}
{{- end }}
{{- end }}

{{- define "fathom.artifactsMount" -}}
{{- if .Values.artifacts.volume.existingClaim }}
- name: artifacts
  mountPath: /var/lib/fathom/artifacts
{{- end }}
{{- end }}

{{- define "fathom.artifactsVolume" -}}
{{- with .Values.artifacts.volume.existingClaim }}
- name: artifacts
  persistentVolumeClaim:
    claimName: {{ . }}
{{- end }}
{{- end }}

{{- define "fathom.postgresMount" -}}
{{- if .Values.postgres.clientCertificateSecret }}
- name: postgres-certificate
  mountPath: /etc/fathom/postgres
  readOnly: true
{{- end }}
{{- end }}

{{- define "fathom.postgresVolume" -}}
{{- with .Values.postgres.clientCertificateSecret }}
- name: postgres-certificate
  secret:
    secretName: {{ . }}
{{- end }}
{{- end }}
