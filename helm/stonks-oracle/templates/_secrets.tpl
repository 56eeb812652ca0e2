{{/*
secretData: every Secret the chart makes, as JSON {core: {KEY: value}}. A value given wins, then what the cluster holds, then a
generated one. Worked out once a render and kept, since a second call would generate other passwords and no checksum would hold.
*/}}
{{- define "stonks.secretData" -}}
{{- if not (hasKey .Values "made") -}}
{{- $generated := list "POSTGRES_PASSWORD" "REDIS_PASSWORD" "MINIO_ACCESS_KEY" "MINIO_SECRET_KEY" "SUPERSET_SECRET_KEY" "SUPERSET_ADMIN_PASSWORD" -}}
{{- $made := dict -}}{{- $fresh := list -}}
{{- range $id, $secret := .Values.secrets -}}
{{- if not $secret.existingSecret -}}
{{- $held := (lookup "v1" "Secret" $.Release.Namespace $secret.name).data | default dict -}}
{{- $data := dict -}}
{{- range $key, $value := $secret.values -}}
{{- if $value -}}{{- $_ := set $data $key (toString $value) -}}
{{- else if index $held $key -}}{{- $_ := set $data $key (index $held $key | b64dec) -}}
{{- else if has $key $generated -}}{{- $_ := set $data $key (randAlphaNum 32) -}}{{- $fresh = append $fresh $key -}}
{{- else -}}{{- $_ := set $data $key "" -}}{{- end -}}
{{- end -}}
{{- $_ := set $made $id $data -}}
{{- end -}}
{{- end -}}
{{- $_ := set .Values "made" (dict "data" $made "fresh" $fresh) -}}
{{- end -}}
{{ .Values.made.data | toJson }}
{{- end }}

{{/* secretEnv: (list $ (list "core")) -> env entries, key by key, so that nothing else in a Secret of yours gets into the pod. */}}
{{- define "stonks.secretEnv" -}}
{{- $root := index . 0 -}}
{{- range $id := index . 1 }}
{{- range $key := keys (index $root.Values.secrets $id).values | sortAlpha }}
- name: {{ $key }}
  valueFrom: { secretKeyRef: { name: {{ include "stonks.secretName" (list $root $id) }}, key: {{ $key }} } }
{{- end }}
{{- end }}
{{- end }}

{{/* checksums: (list $ usesConfig (list "core")) -> annotations that restart the pod when what it reads has changed. */}}
{{- define "stonks.checksums" -}}
{{- $root := index . 0 -}}
{{- if index . 1 }}
checksum/config: {{ include "stonks.configData" $root | sha256sum }}
{{- end }}
{{- if index . 2 }}
{{- $all := include "stonks.secretData" $root | fromJson -}}{{- $mine := dict -}}
{{- range $id := index . 2 -}}{{- $_ := set $mine $id (index $all $id) -}}{{- end }}
checksum/secret: {{ $mine | toJson | sha256sum }}
{{- end }}
{{- end }}

{{/* configData: the entries of stonks-config. */}}
{{- define "stonks.configData" -}}
{{- range $key, $value := merge (dict) .Values.extraConfig .Values.config }}
{{ $key }}: {{ tpl (toString $value) $ | quote }}
{{- end }}
{{- end }}
