{{- /* The values of one pool: what `workers` says of all, and over it what the pool says itself. As YAML. */ -}}
{{- define "fathom.pool" -}}
{{- $pool := mustMergeOverwrite (deepCopy .root.Values.workers) (deepCopy .pool) }}
{{- if and (eq $pool.device "gpu") (hasKey .pool "slots") }}
{{- fail (printf "pools.%s.slots: a pool with GPUs has gpu.count × gpu.slotsPerGpu slots; set those" .name) }}
{{- end }}
{{- $slots := ternary (mul $pool.gpu.count $pool.gpu.slotsPerGpu) $pool.slots (eq $pool.device "gpu") }}
{{- $_ := set $pool "slots" (int $slots) }}
{{- $name := printf "%s-worker-%s" (include "fathom.fullname" .root) .name }}
{{- if gt (len $name) 63 }}
{{- fail (printf "pools.%s: with the name of the release it makes %q, which has more than 63 characters" .name $name) }}
{{- end }}
{{- $_ := set $pool "fullname" $name }}
{{- $limit := dig "limits" "memory" "" $pool.resources | toString }}
{{- if and (eq $pool.device "cpu") (not $pool.deviceMemoryGb) (regexMatch "^[0-9]+(Mi|Gi|M|G)$" $limit) }}
{{- $unit := get (dict "Mi" 0.001048576 "Gi" 1.073741824 "M" 0.001 "G" 1.0) (regexFind "[A-Za-z]+" $limit) }}
{{- $_ := set $pool "deviceMemoryGb" (mulf 0.85 $unit (regexFind "[0-9]+" $limit) | printf "%.2f" | float64) }}
{{- end }}
{{- /* After drainSeconds the worker kills what still runs, and has 20 s to say so to the queue. */ -}}
{{- $_ := set $pool "graceSeconds" (add $pool.drainSeconds 30 | int) }}
{{- if gt (int $pool.autoscaling.min) (int $pool.autoscaling.max) }}
{{- fail (printf "pools.%s.autoscaling: min %d is more than max %d" .name (int $pool.autoscaling.min) (int $pool.autoscaling.max)) }}
{{- end }}
{{- toYaml $pool }}
{{- end }}

{{- /*
Trials that wait for the pool or run in it. Each coordinator says the same, hence max; a pool that nobody has heard of
has 0 where others are heard of, as the default pool is always. It has no value at all where no coordinator is scraped or
none reaches the database, and then KEDA changes nothing.
*/ -}}
{{- define "fathom.poolQuery" -}}
{{- $ours := include "fathom.ourNamespace" .root -}}
sum(max by (state) (fathom_pool_trials{pool={{ .pool | quote }},state=~"waiting|running"{{ with $ours }},{{ . }}{{ end }}})) or 0 * max(fathom_pool_trials{ {{- $ours -}} })
{{- end }}
