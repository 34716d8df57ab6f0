{{- /* The condition by which Prometheus tells our series from those of another namespace; empty where it has no such label. */ -}}
{{- define "fathom.ourNamespace" -}}
{{- with .Values.autoscaling.namespaceLabel }}{{ printf "%s=%q" . $.Release.Namespace }}{{ end }}
{{- end }}

{{- /*
Rules of this release alone: one that is well would hide that another is not, and what two record under one name would
be one series. Alerts have the label by which routes of a namespace choose theirs, whatever Prometheus calls its own.
*/ -}}
{{- define "fathom.rules" -}}
{{- $root := .root }}
{{- $ours := include "fathom.ourNamespace" $root }}
{{- range .rules.groups }}
{{- range .rules }}
{{- $labels := default (dict) .labels }}
{{- with $ours }}
{{- $_ := set $labels $root.Values.autoscaling.namespaceLabel $root.Release.Namespace }}
{{- end }}
{{- if .alert }}
{{- $_ := set $labels "namespace" $root.Release.Namespace }}
{{- $_ := set .annotations "runbook_url" (replace "docs/runbook.md" $root.Values.monitoring.rules.runbookUrl .annotations.runbook_url) }}
{{- end }}
{{- if $labels }}
{{- $_ := set . "labels" $labels }}
{{- end }}
{{- if $ours }}
{{- $narrowed := regexReplaceAll `\b((?:fathom|bullmq)[_:][\w:]+)` .expr (printf "${1}{%s}" $ours) }}
{{- $_ := set . "expr" (replace "}{" ", " $narrowed) }}
{{- end }}
{{- end }}
{{- end }}
{{- toYaml .rules }}
{{- end }}
