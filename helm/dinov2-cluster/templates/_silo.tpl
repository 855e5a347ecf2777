{{/* Pools and their times. */}}

{{/* A pool with the defaults for what it doesn't say, as YAML: (list $ $pool) */}}
{{- define "dinov2.pool" -}}
{{- $pool := deepCopy (index . 0).Values.silo.poolDefaults -}}
{{- range $key, $value := index . 1 -}}
{{- $_ := set $pool $key $value -}}
{{- end -}}
{{- if not $pool.gpu.resource -}}
{{- $_ := set $pool.gpu "resource" "nvidia.com/gpu" -}}
{{- end -}}
{{- if and (not $pool.devices) (gt (int $pool.gpu.count) 0) -}}
{{- $devices := list -}}
{{- range $index := until (int $pool.gpu.count) -}}
{{- $devices = append $devices (dict "kind" "Cuda" "index" $index) -}}
{{- end -}}
{{- $_ := set $pool "devices" $devices -}}
{{- end -}}
{{- if not $pool.precision -}}
{{- $_ := set $pool "precision" (ternary "fp16" "fp32" (gt (int $pool.gpu.count) 0)) -}}
{{- end -}}
{{- toYaml $pool -}}
{{- end -}}

{{/* Longest time that a silo needs for what it has accepted: the deadline of its last image, and leaving the cluster. */}}
{{- define "dinov2.siloDrainSeconds" -}}
{{- add .Values.gateway.deadlineSeconds 15 -}}
{{- end -}}

{{/* Longest time from a gateway's SIGTERM to its end: see the gateway's ShutdownTime. */}}
{{- define "dinov2.gatewayDrainSeconds" -}}
{{- add .Values.gateway.drainDelaySeconds .Values.gateway.deadlineSeconds 15 -}}
{{- end -}}

{{/* Longest time until the slowest pool has loaded its models. */}}
{{- define "dinov2.maxStartupSeconds" -}}
{{- $seconds := 0 -}}
{{- range .Values.silo.pools -}}
{{- $pool := include "dinov2.pool" (list $ .) | fromYaml -}}
{{- $seconds = max $seconds (int $pool.startupSeconds) -}}
{{- end -}}
{{- $seconds -}}
{{- end -}}

{{/* Configuration of a pool's silos: (list $ $pool) */}}
{{- define "dinov2.siloEnv" -}}
{{- $root := index . 0 -}}
{{- $pool := index . 1 -}}
{{ include "dinov2.clusterEnv" $root }}
- name: Cluster__SiloName
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: Cluster__AdvertisedIp
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
- name: Silo__HttpUrl
  value: http://+:9090
- name: Models__Repository
  value: /models
- name: Models__PatchTokens
  value: {{ $root.Values.models.patchTokens | quote }}
# Checkpoints of a repository that can't be written are compiled here.
- name: XDG_CACHE_HOME
  value: /cache
{{- range $i, $device := $pool.devices }}
- name: Devices__{{ $i }}__Kind
  value: {{ $device.kind }}
- name: Devices__{{ $i }}__Index
  value: {{ $device.index | default 0 | quote }}
{{- if $device.threads }}
- name: Devices__{{ $i }}__Threads
  value: {{ $device.threads | quote }}
{{- end }}
{{- if $device.allowSpinning }}
- name: Devices__{{ $i }}__AllowSpinning
  value: "true"
{{- end }}
{{- end }}
# .NET's own 30 s could end before the last image's deadline.
- name: DOTNET_SHUTDOWNTIMEOUTSECONDS
  value: {{ include "dinov2.siloDrainSeconds" $root | quote }}
{{- include "dinov2.settings" $pool.settings }}
{{- with $pool.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Resources of a pool's silo: GPUs are limits. (the pool) */}}
{{- define "dinov2.siloResources" -}}
{{- $resources := deepCopy (.resources | default dict) -}}
{{- if gt (int .gpu.count) 0 -}}
{{- $limits := set (deepCopy ($resources.limits | default dict)) .gpu.resource (int .gpu.count) -}}
{{- $_ := set $resources "limits" $limits -}}
{{- end -}}
{{- toYaml $resources -}}
{{- end -}}
