{{/* Names, labels, images and environment. */}}

{{- define "dinov2.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* At most 40 characters, so that whatever is made of it has at most 63. */}}
{{- define "dinov2.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "dinov2.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "dinov2.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Name of a pool's workload: (list $ "cpu") */}}
{{- define "dinov2.poolName" -}}
{{- printf "%s-silo-%s" (include "dinov2.fullname" (index . 0)) (index . 1) -}}
{{- end -}}

{{- define "dinov2.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "dinov2.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{/* What a selector selects by. They never change between versions: (list $ "gateway") */}}
{{- define "dinov2.selectorLabels" -}}
app.kubernetes.io/name: {{ include "dinov2.name" (index . 0) }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Labels of every object: (list $ "gateway") */}}
{{- define "dinov2.labels" -}}
{{- $root := index . 0 -}}
{{ include "dinov2.selectorLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/part-of: dinov2-cluster
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- with $root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Image of ours: (list $ "gateway") */}}
{{- define "dinov2.image" -}}
{{- $image := (index . 0).Values.image -}}
{{- $name := printf "%s:%s" (index $image.repositories (index . 1)) ($image.tag | default (index . 0).Chart.AppVersion) -}}
{{- ternary (printf "%s/%s" (trimSuffix "/" $image.registry) $name) $name (ne $image.registry "") -}}
{{- end -}}

{{/* A configuration value as text; large numbers must not become 1e+09. */}}
{{- define "dinov2.text" -}}
{{- if kindIs "float64" . }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{/* Seconds as .NET's TimeSpan. */}}
{{- define "dinov2.timeSpan" -}}
{{- $seconds := int . -}}
{{- printf "%02d:%02d:%02d" (div $seconds 3600) (mod (div $seconds 60) 60) (mod $seconds 60) -}}
{{- end -}}

{{/* Configuration keys as environment variables: {"Admission:MaxImages": 512} */}}
{{- define "dinov2.settings" -}}
{{- range $key, $value := . }}
- name: {{ $key | replace ":" "__" }}
  value: {{ include "dinov2.text" $value | quote }}
{{- end }}
{{- end -}}

{{/* How members of the cluster find each other: the same for silos and gateways. */}}
{{- define "dinov2.clusterEnv" -}}
{{- $id := .Values.cluster.id | default (printf "%s-%s" .Release.Namespace (include "dinov2.fullname" .)) -}}
- name: Cluster__Provider
  value: Redis
- name: Cluster__ClusterId
  value: {{ $id }}
- name: Cluster__ServiceId
  value: {{ $id }}
{{- if .Values.redis.enabled }}
- name: REDIS_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ include "dinov2.redisSecret" . }}
      key: {{ .Values.redis.auth.existingSecretKey }}
- name: Cluster__Redis
  value: {{ include "dinov2.fullname" . }}-redis:6379,password=$(REDIS_PASSWORD)
{{- else }}
- name: Cluster__Redis
  valueFrom:
    secretKeyRef:
      name: {{ .Values.redis.external.existingSecret }}
      key: {{ .Values.redis.external.existingSecretKey }}
{{- end }}
{{- end -}}

{{- define "dinov2.redisSecret" -}}
{{- .Values.redis.auth.existingSecret | default (printf "%s-redis" (include "dinov2.fullname" .)) -}}
{{- end -}}

{{- define "dinov2.keysSecret" -}}
{{- .Values.auth.existingSecret | default (printf "%s-keys" (include "dinov2.fullname" .)) -}}
{{- end -}}

{{/* Name of an API key that is in the Secret as it is, for the test; empty when all are hashes. */}}
{{- define "dinov2.plainKey" -}}
{{- $plain := "" -}}
{{- if .Values.auth.existingSecret -}}
{{- $plain = .Values.auth.existingSecretKey -}}
{{- else if .Values.auth.keys -}}
{{- range $name, $key := .Values.auth.keys -}}
{{- if not (or $plain (hasPrefix "sha256:" $key)) }}{{ $plain = $name }}{{ end -}}
{{- end -}}
{{- else -}}
{{- $plain = "default" -}}
{{- end -}}
{{- $plain -}}
{{- end -}}

{{/* A secret's value that outlives upgrades, as base64; made once: (list $ "secret" "key" 32) */}}
{{- define "dinov2.keptSecret" -}}
{{- $root := index . 0 -}}
{{- $data := (lookup "v1" "Secret" $root.Release.Namespace (index . 1)).data | default dict -}}
{{- index $data (index . 2) | default (randAlphaNum (int (index . 3)) | b64enc) -}}
{{- end -}}
