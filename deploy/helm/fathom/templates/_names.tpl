{{- define "fathom.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- /* Short enough for the name of any pool to follow. */ -}}
{{- define "fathom.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 20 | trimSuffix "-" }}
{{- else if contains .Chart.Name .Release.Name }}
{{- .Release.Name | trunc 20 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 20 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "fathom.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: fathom
{{ include "fathom.selector" . }}
{{- end }}

{{- define "fathom.selector" -}}
app.kubernetes.io/name: {{ include "fathom.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "fathom.coordinatorSelector" -}}
{{ include "fathom.selector" . }}
app.kubernetes.io/component: coordinator
{{- end }}

{{- define "fathom.workerSelector" -}}
{{ include "fathom.selector" . }}
app.kubernetes.io/component: worker
{{- end }}

{{- define "fathom.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "fathom.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- /* Of (dict "root" $ "image" .Values.image.worker "flavour" "-gpu"): registry/repository:tag or @digest. */ -}}
{{- define "fathom.image" -}}
{{- $image := .image }}
{{- $name := $image.repository }}
{{- with .root.Values.image.registry }}{{ $name = printf "%s/%s" (trimSuffix "/" .) $name }}{{ end }}
{{- if $image.digest }}
{{- printf "%s@%s" $name $image.digest }}
{{- else }}
{{- printf "%s:%s%s" $name (default .root.Chart.AppVersion $image.tag) (default "" .flavour) }}
{{- end }}
{{- end }}
