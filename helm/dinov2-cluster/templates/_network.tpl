{{/* Network policies. A rule is {ports: [8080], peers: [...]}; no peers are all peers. */}}

{{/* All that may come to and go from a role: (list $ "gateway" ingress egress extraEgress) */}}
{{- define "dinov2.networkPolicy" -}}
{{- $root := index . 0 }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "dinov2.fullname" $root }}-{{ index . 1 }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "dinov2.labels" (list $root (index . 1)) | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "dinov2.selectorLabels" (list $root (index . 1)) | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- include "dinov2.networkRules" (list "from" (index . 2) list) | trim | nindent 4 }}
  egress:
    {{- include "dinov2.networkRules" (list "to" (index . 3) (index . 4)) | trim | nindent 4 }}
{{- end -}}

{{/* Rules of one direction: (list "from" rules extra) */}}
{{- define "dinov2.networkRules" -}}
{{- $direction := index . 0 }}
{{- range index . 1 }}
- ports:
    {{- range .ports }}
    - port: {{ int . }}
      protocol: TCP
    {{- if eq (int .) 53 }}
    - port: 53
      protocol: UDP
    {{- end }}
    {{- end }}
  {{- with .peers }}
  {{ $direction }}:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- range index . 2 }}
- {{- toYaml . | nindent 2 }}
{{- end }}
{{- if not (or (index . 1) (index . 2)) }}
[]
{{- end }}
{{- end -}}

{{- define "dinov2.toDns" -}}
- ports: [53]
  peers:
    {{- toYaml .Values.networkPolicy.dnsTo | nindent 4 }}
{{- end -}}

{{- define "dinov2.toRedis" -}}
{{- if .Values.redis.enabled -}}
- ports: [6379]
  peers:
    - podSelector:
        matchLabels:
          {{- include "dinov2.selectorLabels" (list . "redis") | nindent 10 }}
{{- else -}}
- ports: [{{ .Values.redis.external.port }}]
  peers:
    {{- toYaml .Values.networkPolicy.externalRedisTo | nindent 4 }}
{{- end -}}
{{- end -}}

{{/* The hub that models are pulled from. */}}
{{- define "dinov2.toHub" -}}
- ports: [443]
  peers:
    {{- include "dinov2.internet" . | nindent 4 }}
{{- end -}}

{{/* Every address but those of the cloud's metadata, the cluster and its surroundings. */}}
{{- define "dinov2.internet" -}}
{{- $v4 := list "169.254.0.0/16" -}}
{{- $v6 := list "fe80::/10" -}}
{{- range .Values.networkPolicy.clusterNetworks -}}
{{- if contains ":" . }}{{ $v6 = append $v6 . }}{{ else }}{{ $v4 = append $v4 . }}{{ end -}}
{{- end -}}
- ipBlock:
    cidr: 0.0.0.0/0
    except:
      {{- toYaml $v4 | nindent 6 }}
- ipBlock:
    cidr: ::/0
    except:
      {{- toYaml $v6 | nindent 6 }}
{{- end -}}
