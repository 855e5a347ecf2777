{{/* Configuration of a gateway: $ */}}
{{- define "dinov2.gatewayEnv" -}}
{{ include "dinov2.clusterEnv" . }}
- name: ASPNETCORE_URLS
  value: http://+:8080
- name: Gateway__GrpcUrl
  value: http://+:8081
- name: Gateway__ManagementUrl
  value: http://+:8082
- name: Gateway__Deadline
  value: {{ include "dinov2.timeSpan" .Values.gateway.deadlineSeconds | quote }}
- name: Gateway__DrainDelay
  value: {{ include "dinov2.timeSpan" .Values.gateway.drainDelaySeconds | quote }}
- name: Auth__Mode
  value: {{ ternary "Required" "Off" .Values.auth.enabled | quote }}
{{- if .Values.auth.enabled }}
- name: Auth__KeysDirectory
  value: /etc/dinov2/keys
{{- end }}
{{- with .Values.models.default }}
- name: Models__Default
  value: {{ . }}
{{- end }}
{{- include "dinov2.settings" .Values.gateway.settings }}
{{- with .Values.gateway.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
