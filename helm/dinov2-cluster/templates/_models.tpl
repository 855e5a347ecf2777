{{/* How models get to the silos. */}}

{{/* Names of the models that a pool serves, as a JSON list; empty means all that the volume holds: (list $ $pool) */}}
{{- define "dinov2.poolModels" -}}
{{- $names := list -}}
{{- range (index . 0).Values.models.list }}{{ $names = append $names .name }}{{ end -}}
{{- (index . 1).models | default $names | toJson -}}
{{- end -}}

{{/* A model's entry in models.list, as YAML: (list $ "name") */}}
{{- define "dinov2.model" -}}
{{- $name := index . 1 -}}
{{- $found := dict "name" $name -}}
{{- range (index . 0).Values.models.list -}}
{{- if eq .name $name }}{{ $found = . }}{{ end -}}
{{- end -}}
{{- toYaml $found -}}
{{- end -}}

{{- define "dinov2.claimName" -}}
{{- .Values.models.claim.existingClaim | default (printf "%s-models" (include "dinov2.fullname" .)) -}}
{{- end -}}

{{/* Containers that pull and compile models into /models, each of them of no effect when that was done: (list $ model precision) */}}
{{- define "dinov2.prepareModel" -}}
{{- $root := index . 0 -}}
{{- $model := index . 1 -}}
{{- $checkpoint := printf "/models/.checkpoints/%s" $model.name -}}
{{- $compile := list "model" "compile" $checkpoint "--output" (printf "/models/%s" ($model.path | default $model.name)) "--precision" (index . 2) -}}
{{- if $root.Values.models.patchTokens }}{{ $compile = append $compile "--patch-tokens" }}{{ end -}}
{{- $pull := list "model" "pull" $model.repository "--output" $checkpoint -}}
{{- with $model.revision }}{{ $pull = concat $pull (list "--revision" .) }}{{ end -}}
{{- include "dinov2.modelTool" (list $root (printf "pull-%s" $model.name) $pull) }}
{{ include "dinov2.modelTool" (list $root (printf "compile-%s" $model.name) $compile) }}
{{- end -}}

{{/* One run of the command line on /models: (list $ "name" args) */}}
{{- define "dinov2.modelTool" -}}
{{- $root := index . 0 -}}
{{- $download := $root.Values.models.download -}}
- name: {{ regexReplaceAll "[^a-z0-9]+" (index . 1 | lower) "-" | trunc 63 | trimSuffix "-" }}
  image: {{ include "dinov2.image" (list $root "cli") }}
  imagePullPolicy: {{ $root.Values.image.pullPolicy }}
  args:
    {{- toYaml (index . 2) | nindent 4 }}
  {{- if or $download.endpoint $download.tokenSecret.name }}
  env:
    {{- with $download.endpoint }}
    - name: HF_ENDPOINT
      value: {{ . }}
    {{- end }}
    {{- with $download.tokenSecret.name }}
    - name: HF_TOKEN
      valueFrom:
        secretKeyRef:
          name: {{ . }}
          key: {{ $download.tokenSecret.key }}
    {{- end }}
  {{- end }}
  securityContext:
    {{- toYaml $root.Values.containerSecurityContext | nindent 4 }}
  resources:
    {{- toYaml $download.resources | nindent 4 }}
  volumeMounts:
    - name: models
      mountPath: /models
    - name: tmp
      mountPath: /tmp
{{- end -}}

{{/* Volumes of a pool's models: (list $ $pool) */}}
{{- define "dinov2.modelVolumes" -}}
{{- $root := index . 0 -}}
{{- $delivery := $root.Values.models.delivery -}}
{{- if eq $delivery "image" }}
{{- range $i, $name := include "dinov2.poolModels" . | fromJsonArray }}
{{- $model := include "dinov2.model" (list $root $name) | fromYaml }}
- name: model-{{ $i }}
  image:
    reference: {{ ($model.image).reference }}
    pullPolicy: {{ ($model.image).pullPolicy | default "IfNotPresent" }}
{{- end }}
{{- else if eq $delivery "claim" }}
- name: models
  persistentVolumeClaim:
    claimName: {{ include "dinov2.claimName" $root }}
    readOnly: true
{{- else }}
- name: models
  emptyDir:
    {{- with $root.Values.models.download.sizeLimit }}
    sizeLimit: {{ . }}
    {{- else }} {}
    {{- end }}
{{- end }}
{{- end -}}

{{/* Where a silo has them, a directory below /models for each model that its pool serves: (list $ $pool) */}}
{{- define "dinov2.modelMounts" -}}
{{- $root := index . 0 -}}
{{- $delivery := $root.Values.models.delivery -}}
{{- $names := include "dinov2.poolModels" . | fromJsonArray -}}
{{- if or (eq $delivery "download") (not $names) }}
- name: models
  mountPath: /models
  readOnly: true
{{- else }}
{{- range $i, $name := $names }}
{{- $model := include "dinov2.model" (list $root $name) | fromYaml }}
{{- $isImage := eq $delivery "image" }}
{{- $subPath := ternary ($model.image).path ($model.path | default $name) $isImage }}
- name: {{ ternary (printf "model-%d" $i) "models" $isImage }}
  mountPath: /models/{{ $name }}
  readOnly: true
  {{- with $subPath }}
  subPath: {{ . }}
  {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Pod of the Job that fills the claim: (list $ initContainers) */}}
{{- define "dinov2.modelPod" -}}
{{- $root := index . 0 -}}
metadata:
  labels:
    {{- include "dinov2.podLabels" (list $root "models") | nindent 4 }}
spec:
  {{- include "dinov2.podIdentity" $root | nindent 2 }}
  {{- with include "dinov2.scheduling" $root.Values.models.claim | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  restartPolicy: OnFailure
  initContainers:
    {{- index . 1 | nindent 4 }}
  containers:
    {{- include "dinov2.modelTool" (list $root "list" (list "model" "list" "--repository" "/models")) | nindent 4 }}
  volumes:
    - name: models
      persistentVolumeClaim:
        claimName: {{ include "dinov2.claimName" $root }}
    - name: tmp
      emptyDir: {}
{{- end -}}

{{/* Whether a Job fills the claim. */}}
{{- define "dinov2.modelJob" -}}
{{- if and (eq .Values.models.delivery "claim") .Values.models.claim.fill -}}
{{- range .Values.models.list }}{{ if .repository }}true{{ break }}{{ end }}{{ end -}}
{{- end -}}
{{- end -}}
