{{- /* SPDX-FileCopyrightText: The Updraft authors; SPDX-License-Identifier: Apache-2.0 */ -}}

{{- define "updraft.name" -}}
{{- .Values.nameOverride | default "metrics-server" | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* The release's name where it says metrics-server already, else both. */ -}}
{{- define "updraft.fullname" -}}
{{- $name := include "updraft.name" . -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- .Values.fullnameOverride | default $full | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "updraft.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end -}}

{{- define "updraft.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "updraft.fullname" .) "default") -}}
{{- end -}}

{{- define "updraft.selector" -}}
app.kubernetes.io/name: {{ include "updraft.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "updraft.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "updraft.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: updraft
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* The Secret that all replicas read the certificate from. */ -}}
{{- define "updraft.secret" -}}
{{- if eq .Values.tls.type "existingSecret" -}}
{{- required "tls.existingSecret.name: name the Secret with tls.crt, tls.key and ca.crt" .Values.tls.existingSecret.name -}}
{{- else -}}
{{- printf "%s-tls" (include "updraft.fullname" .) -}}
{{- end -}}
{{- end -}}

{{- define "updraft.dnsNames" -}}
{{- $name := include "updraft.fullname" . -}}
{{- $namespace := include "updraft.namespace" . -}}
{{- list (printf "%s.%s.svc" $name $namespace) $name (printf "%s.%s" $name $namespace) (printf "%s.%s.svc.%s" $name $namespace .Values.tls.clusterDomain) | toJson -}}
{{- end -}}

{{- /* True where the server itself is to keep the caBundle. */ -}}
{{- define "updraft.keepsBundle" -}}
{{- if not (or .Values.apiService.caBundle .Values.apiService.insecureSkipTLSVerify) -}}true{{- end -}}
{{- end -}}

{{- /* Those that lead to this server. */ -}}
{{- define "updraft.apiServices" -}}
- v1beta1.metrics.k8s.io
- v1.metrics.k8s.io
{{- if .Values.rules.configMap }}
- v1beta2.custom.metrics.k8s.io
- v1beta1.custom.metrics.k8s.io
- v1beta1.external.metrics.k8s.io
{{- end }}
{{- end -}}

{{- /* What a values file may hold that means something else here. */ -}}
{{- define "updraft.check" -}}
{{- $types := list "metrics-server" "helm" "cert-manager" "existingSecret" -}}
{{- if not (has .Values.tls.type $types) -}}
{{- fail (printf "tls.type: %v is none of %s" .Values.tls.type (join ", " $types)) -}}
{{- end -}}
{{- if not (has .Values.usageSource (list "kubelets" "prometheus")) -}}
{{- fail (printf "usageSource: %v is neither kubelets nor prometheus" .Values.usageSource) -}}
{{- end -}}
{{- if and (eq .Values.usageSource "prometheus") (not .Values.rules.configMap) -}}
{{- fail "usageSource: prometheus needs rules.configMap, whose resourceRules say how to ask, and rules.prometheusUrl" -}}
{{- end -}}
{{- if ne (empty .Values.rules.configMap) (empty .Values.rules.prometheusUrl) -}}
{{- fail "rules.configMap and rules.prometheusUrl go together" -}}
{{- end -}}
{{- if .Values.addonResizer.enabled -}}
{{- fail "addonResizer.enabled: the resizer knows metrics-server's needs, which are several times Updraft's; set resources instead (docs/operations.md, Sizing)" -}}
{{- end -}}
{{- if .Values.rbac.pspEnabled -}}
{{- fail "rbac.pspEnabled: pod security policies went with Kubernetes 1.25; leave it out" -}}
{{- end -}}
{{- if hasSuffix "/metrics-server" .Values.image.repository -}}
{{- fail (printf "image.repository: %s is metrics-server's own image; leave image out of the values to run Updraft" .Values.image.repository) -}}
{{- end -}}
{{- if and .Values.apiService.caBundle .Values.apiService.insecureSkipTLSVerify -}}
{{- fail "apiService.caBundle and apiService.insecureSkipTLSVerify exclude each other" -}}
{{- end -}}
{{- if and .Values.podDisruptionBudget.enabled (not (kindIs "invalid" .Values.podDisruptionBudget.minAvailable)) (not (kindIs "invalid" .Values.podDisruptionBudget.maxUnavailable)) -}}
{{- fail "podDisruptionBudget: set minAvailable or maxUnavailable, not both" -}}
{{- end -}}
{{- end -}}
