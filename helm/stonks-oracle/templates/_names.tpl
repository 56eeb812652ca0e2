{{/* host: (list $ "redis") -> the DNS name of an external service. */}}
{{- define "stonks.host" -}}
{{- $root := index . 0 -}}{{- $of := index $root.Values.external (index . 1) -}}
{{- if $of.host -}}{{ $of.host }}{{- else -}}{{ $of.service }}.{{ $of.namespace }}.svc.{{ $root.Values.clusterDomain }}{{- end -}}
{{- end }}

{{/* address: (list $ "redis") -> host:port. */}}
{{- define "stonks.address" -}}
{{ include "stonks.host" . }}:{{ (index (index . 0).Values.external (index . 1)).port }}
{{- end }}

{{/* image: (list $ image) -> reference; a digest wins over a tag, an empty tag is the chart's appVersion. */}}
{{- define "stonks.image" -}}
{{- $root := index . 0 -}}{{- $image := index . 1 -}}
{{- $ours := hasPrefix "stonks-oracle/" $image.repository -}}
{{- if and $ours $root.Values.image.registry }}{{ trimSuffix "/" $root.Values.image.registry }}/{{ end -}}
{{ $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default (ternary ($root.Values.image.tag | default $root.Chart.AppVersion) "" $ours) }}{{ end -}}
{{- end }}

{{/* selector: (list $ name). Immutable in a Deployment: never add to it. */}}
{{- define "stonks.selector" -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- end }}

{{/* labels: (list $ name tier). */}}
{{- define "stonks.labels" -}}
{{ include "stonks.selector" . }}
app.kubernetes.io/part-of: stonks-oracle
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version }}
{{- if gt (len .) 2 }}
tier: {{ index . 2 }}
{{- end }}
{{- end }}

{{/* apps: every workload by name, the 13 and the three of the analytics plane, with what policies and routes need. */}}
{{- define "stonks.apps" -}}
{{- $apps := deepCopy .Values.services -}}
{{- $_ := set $apps "hive-metastore" (mergeOverwrite (deepCopy .Values.hiveMetastore) (dict "tier" "analytics")) -}}
{{- $_ := set $apps "trino" (mergeOverwrite (deepCopy .Values.trino) (dict "tier" "analytics")) -}}
{{- $_ := set $apps "superset" (mergeOverwrite (deepCopy .Values.superset) (dict "tier" "analytics")) -}}
{{ $apps | toJson }}
{{- end }}

{{/* secretName: (list $ "core"). */}}
{{- define "stonks.secretName" -}}
{{- $secret := index (index . 0).Values.secrets (index . 1) -}}
{{ $secret.existingSecret | default $secret.name }}
{{- end }}
