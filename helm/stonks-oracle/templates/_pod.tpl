{{/* podSecurity: (list uid). With containerSecurity it passes Pod Security "restricted". */}}
{{- define "stonks.podSecurity" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ index . 0 }}
  runAsGroup: {{ index . 0 }}
  fsGroup: {{ index . 0 }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "stonks.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{/* placement: (list $ name replicas): what every pod spec begins with. Service links are off: they inject REDIS_PORT and the like. */}}
{{- define "stonks.placement" -}}
{{- $root := index . 0 -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ $root.Values.defaults.terminationGracePeriodSeconds }}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with $root.Values.defaults.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $root.Values.defaults.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.defaults.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "stonks.selector" (list $root (index . 1)) | nindent 8 }}
{{- end }}

{{/* appContainer: (list $ name service container): main and init containers of a service differ in args and resources only. */}}
{{- define "stonks.appContainer" -}}
{{- $root := index . 0 -}}{{- $service := index . 2 -}}{{- $container := index . 3 -}}
name: {{ $container.name }}
image: {{ include "stonks.image" (list $root ($service.image | default $root.Values.image)) }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
{{- with $container.args }}
command: [stonks]
args: {{ toJson . }}
{{- end }}
{{- if $service.config }}
envFrom:
  - configMapRef: { name: stonks-config }
{{- end }}
env:
  {{- range $key, $value := $service.env }}
  - { name: {{ $key }}, value: {{ $value | quote }} }
  {{- end }}
  {{- include "stonks.secretEnv" (list $root ($service.secrets | default list)) | nindent 2 }}
resources: {{- toYaml $container.resources | nindent 2 }}
{{ include "stonks.containerSecurity" $root }}
volumeMounts:
  - { name: tmp, mountPath: /tmp }
  {{- if $container.args }}
  - { name: state, mountPath: /app/.stonks }
  {{- end }}
{{- end }}

{{/* serving: (list $ port readinessPath livenessPath): port, probes and the pause in which endpoints forget the pod. */}}
{{- define "stonks.serving" -}}
ports:
  - { name: http, containerPort: {{ index . 1 }} }
startupProbe:
  httpGet: { path: {{ index . 3 }}, port: http }
  periodSeconds: 5
  failureThreshold: 60
readinessProbe:
  httpGet: { path: {{ index . 2 }}, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
livenessProbe:
  httpGet: { path: {{ index . 3 }}, port: http }
  periodSeconds: 20
  timeoutSeconds: 5
{{ include "stonks.preStop" (index . 0) }}
{{- end }}

{{- define "stonks.preStop" -}}
lifecycle:
  preStop: { exec: { command: [sleep, {{ .Values.defaults.preStopSeconds | quote }}] } }
{{- end }}
