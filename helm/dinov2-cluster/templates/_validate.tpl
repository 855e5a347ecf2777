{{/* What the schema can't say: contradictions, each with what to do. */}}

{{- define "dinov2.validate" -}}
{{- $v := .Values -}}

{{- /* Redis */ -}}
{{- if and $v.redis.enabled $v.redis.external.existingSecret -}}
{{- fail "redis.enabled and redis.external.existingSecret contradict each other: set redis.enabled=false for the external Redis, or remove the Secret's name for the bundled one" -}}
{{- end -}}
{{- if not (or $v.redis.enabled $v.redis.external.existingSecret) -}}
{{- fail "the cluster has no membership store: set redis.enabled=true, or name a Secret that holds the external Redis's StackExchange.Redis configuration in redis.external.existingSecret" -}}
{{- end -}}

{{- /* Keys */ -}}
{{- if and (not $v.auth.enabled) (or $v.auth.existingSecret $v.auth.keys) -}}
{{- fail "auth.enabled=false lets everybody in, yet there are API keys: remove auth.existingSecret and auth.keys, or set auth.enabled=true" -}}
{{- end -}}
{{- if and $v.auth.existingSecret $v.auth.keys -}}
{{- fail "auth.keys and auth.existingSecret are two places for the keys: use one" -}}
{{- end -}}

{{- include "dinov2.validateGateway" . -}}
{{- include "dinov2.validateModels" . -}}
{{- include "dinov2.validatePools" . -}}
{{- include "dinov2.validateRoutes" . -}}
{{- end -}}

{{- define "dinov2.validateGateway" -}}
{{- $gateway := .Values.gateway -}}
{{- include "dinov2.validateSettings" (list "gateway.settings" $gateway.settings) -}}
{{- if $gateway.autoscaling.enabled -}}
{{- if not (dig "requests" "cpu" "" ($gateway.resources | default dict)) -}}
{{- fail "gateway.autoscaling works on CPU utilization, which is relative to gateway.resources.requests.cpu: set it, or gateway.autoscaling.enabled=false" -}}
{{- end -}}
{{- if gt (int $gateway.autoscaling.minReplicas) (int $gateway.autoscaling.maxReplicas) -}}
{{- fail "gateway.autoscaling.minReplicas is more than maxReplicas" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "dinov2.validateModels" -}}
{{- $models := .Values.models -}}
{{- $seen := dict -}}
{{- range $models.list -}}
{{- if hasKey $seen .name }}{{ fail (printf "models.list has two models named %s" .name) }}{{ end -}}
{{- $_ := set $seen .name true -}}
{{- end -}}
{{- if and $models.default $models.list (not (hasKey $seen $models.default)) -}}
{{- fail (printf "models.default is %s, which models.list doesn't have" $models.default) -}}
{{- end -}}
{{- if and (ne $models.delivery "claim") (not $models.list) -}}
{{- fail (printf "models.delivery=%s needs models in models.list" $models.delivery) -}}
{{- end -}}
{{- end -}}

{{- define "dinov2.validatePools" -}}
{{- $root := . -}}
{{- $models := .Values.models -}}
{{- $known := dict -}}
{{- range $models.list }}{{ $_ := set $known .name . }}{{ end -}}
{{- $pools := dict -}}
{{- $precisions := dict -}}
{{- range .Values.silo.pools -}}
{{- $pool := include "dinov2.pool" (list $root .) | fromYaml -}}
{{- if hasKey $pools $pool.name }}{{ fail (printf "silo.pools has two pools named %s" $pool.name) }}{{ end -}}
{{- $_ := set $pools $pool.name true -}}
{{- include "dinov2.validateSettings" (list (printf "silo.pools[%s].settings" $pool.name) $pool.settings) -}}
{{- include "dinov2.validateDevices" $pool -}}
{{- include "dinov2.validateAutoscaling" (list $root $pool) -}}
{{- range $name := include "dinov2.poolModels" (list $root $pool) | fromJsonArray -}}
{{- $model := get $known $name -}}
{{- if and (not $model) (ne $models.delivery "claim") -}}
{{- fail (printf "pool %s serves %s, which models.list doesn't have" $pool.name $name) -}}
{{- end -}}
{{- if and (eq $models.delivery "download") (not $model.repository) -}}
{{- fail (printf "model %s has no repository to download it from" $name) -}}
{{- end -}}
{{- if and (eq $models.delivery "image") (not $model.image) -}}
{{- fail (printf "model %s has no image.reference, which models.delivery=image needs" $name) -}}
{{- end -}}
{{- $other := get $precisions $name -}}
{{- if and (ne $models.delivery "image") $other (ne $other.precision $pool.precision) -}}
{{- fail (printf "model %s would be %s in pool %s and %s in pool %s: one name is one set of features, and the gateway uses the first alone. List the model twice in models.list, under two names" $name $other.precision $other.pool $pool.precision $pool.name) -}}
{{- end -}}
{{- $_ := set $precisions $name (dict "precision" $pool.precision "pool" $pool.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "dinov2.validateDevices" -}}
{{- $pool := . -}}
{{- if and (eq $pool.precision "int8") (gt (int $pool.gpu.count) 0) -}}
{{- fail (printf "pool %s has GPUs and precision int8, whose operators would run on the CPU: use fp16" $pool.name) -}}
{{- end -}}
{{- $gpus := dict -}}
{{- range $pool.devices -}}
{{- if eq .kind "Cuda" -}}
{{- $index := int (.index | default 0) -}}
{{- $_ := set $gpus ($index | toString) true -}}
{{- if ge $index (int $pool.gpu.count) -}}
{{- fail (printf "pool %s has a %s device with index %d, and asks for %d GPUs: raise gpu.count" $pool.name .kind $index (int $pool.gpu.count)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if lt (len $gpus) (int $pool.gpu.count) -}}
{{- fail (printf "pool %s asks for %d GPUs and its devices use %d: the others would be idle and paid for" $pool.name (int $pool.gpu.count) (len $gpus)) -}}
{{- end -}}
{{- end -}}

{{- define "dinov2.validateAutoscaling" -}}
{{- $pool := index . 1 -}}
{{- if ($pool.autoscaling).enabled -}}
{{- if not (or (index . 0).Values.keda.prometheusServer) -}}
{{- fail (printf "pool %s scales on its queue's depth: set keda.prometheusServer to the Prometheus that has it" $pool.name) -}}
{{- end -}}
{{- if gt (int $pool.autoscaling.minReplicas) (int $pool.autoscaling.maxReplicas) -}}
{{- fail (printf "pool %s: autoscaling.minReplicas is more than maxReplicas" $pool.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The chart's own keys have values of their own: probes, ports and grace periods follow them. (list "gateway.settings" settings) */}}
{{- define "dinov2.validateSettings" -}}
{{- $where := index . 0 -}}
{{- range $key, $_ := index . 1 -}}
{{- if regexMatch "(?i)^(Cluster:|Devices:|Silo:|Models:|Auth:(Mode|KeysDirectory)$|urls$|Gateway:(Deadline|DrainDelay|GrpcUrl|ManagementUrl)$)" $key -}}
{{- fail (printf "%s: the chart sets %s itself, from a value of its own" $where $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "dinov2.validateRoutes" -}}
{{- $http := .Values.gatewayApi.http -}}
{{- $grpc := .Values.gatewayApi.grpc -}}
{{- range $name, $route := dict "http" $http "grpc" $grpc -}}
{{- if and $route.enabled (not $route.parentRefs) -}}
{{- fail (printf "gatewayApi.%s.parentRefs is empty: name the Gateway that the route attaches to" $name) -}}
{{- end -}}
{{- end -}}
{{- if and $http.enabled $grpc.enabled (eq (toJson $http.parentRefs) (toJson $grpc.parentRefs)) -}}
{{- $both := list -}}
{{- range $http.hostnames }}{{ if has . $grpc.hostnames }}{{ $both = append $both . }}{{ end }}{{ end -}}
{{- if or $both (not $http.hostnames) (not $grpc.hostnames) -}}
{{- fail "gatewayApi: a listener accepts an HTTPRoute or a GRPCRoute for a host name, not both: give http and grpc different hostnames, or parentRefs with different sectionNames" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) (not .Values.ingress.grpc.hosts) -}}
{{- fail "ingress.enabled without any host in ingress.hosts or ingress.grpc.hosts" -}}
{{- end -}}
{{- end -}}
