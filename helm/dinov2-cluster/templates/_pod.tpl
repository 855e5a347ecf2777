{{/* What all pods have in common. */}}

{{/* Labels of a pod: none that changes with the chart's version alone, which would replace every pod. (list $ "gateway") */}}
{{- define "dinov2.podLabels" -}}
{{ include "dinov2.selectorLabels" . }}
app.kubernetes.io/part-of: dinov2-cluster
{{- with (index . 0).Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Identity and security of a pod: $ */}}
{{- define "dinov2.podIdentity" -}}
serviceAccountName: {{ include "dinov2.serviceAccountName" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Where a pod runs, from values that have these keys: a pool, .Values.gateway */}}
{{- define "dinov2.scheduling" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* Spread over nodes and zones: (list constraints selectorLabels) */}}
{{- define "dinov2.topologySpread" -}}
topologySpreadConstraints:
{{- if index . 0 }}
  {{- range $constraint := index . 0 }}
  - {{- toYaml $constraint | nindent 4 }}
    {{- if not $constraint.labelSelector }}
    labelSelector:
      matchLabels:
        {{- index $ 1 | nindent 8 }}
    {{- end }}
  {{- end }}
{{- else }}
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- index $ 1 | nindent 8 }}
    # Each version is spread on its own, or the pods that an upgrade replaces would count.
    matchLabelKeys: [pod-template-hash]
  {{- end }}
{{- end }}
{{- end -}}

{{/* An HTTP probe: (list "/health/live" "http") */}}
{{- define "dinov2.httpGet" -}}
httpGet:
  path: {{ index . 0 }}
  port: {{ index . 1 }}
{{- end -}}

{{/* Waits before the container is told to stop; it goes on serving: seconds */}}
{{- define "dinov2.preStop" -}}
{{- if gt (int .) 0 }}
lifecycle:
  preStop:
    sleep:
      seconds: {{ . }}
{{- end }}
{{- end -}}
