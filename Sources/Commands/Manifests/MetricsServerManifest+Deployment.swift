// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import MetricsAPI

extension MetricsServerManifest {
    var deployment: KubeObject {
        var deployment = object("apps/v1", "Deployment", in: namespace)
        // One may be missing while two are replaced on two nodes; a lone one stays until the next is ready.
        let mayBeMissing: JSONValue = isHighlyAvailable ? 1 : 0
        deployment["spec"] = [
            "replicas": JSONValue(replicas),
            "selector": ["matchLabels": JSONValue(Self.selector)],
            "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": mayBeMissing]],
            "template": ["metadata": ["labels": JSONValue(Self.labels)], "spec": .object(podSpec)],
        ]
        return deployment
    }

    private var podSpec: JSONObject {
        var spec: JSONObject = [
            "serviceAccountName": .string(Self.name), "priorityClassName": "system-cluster-critical",
            // What the image is built for.
            "nodeSelector": ["kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"],
            "securityContext": ["runAsNonRoot": true, "seccompProfile": ["type": "RuntimeDefault"]],
            "containers": [.object(container)], "volumes": .array(volumes),
        ]
        if isHighlyAvailable {
            let term: JSONValue = ["labelSelector": ["matchLabels": JSONValue(Self.selector)], "topologyKey": "kubernetes.io/hostname"]
            spec["affinity"] = ["podAntiAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": [term]]]
        }
        return spec
    }

    private var volumes: [JSONValue] {
        let rules: [JSONValue] = rules.map { [["name": "rules", "configMap": ["name": .string($0.configMap)]]] } ?? []
        return [["name": "tmp", "emptyDir": [:]]] + rules
    }

    private static let rulesFolder = "/etc/updraft/rules"

    private static let kubeletArguments = [
        "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname", "--kubelet-use-node-status-port", "--metric-resolution=15s",
    ]

    private var arguments: [String] {
        let ruled = rules.map { ["--rules=\(Self.rulesFolder)/\(Rules.key)", "--prometheus-url=\($0.prometheusURL)"] } ?? []
        let usage =
            switch usageSource {
            case .kubelets: Self.kubeletArguments + ruled
            case .prometheus: ruled + ["--usage-source=prometheus"]
            }
        return [
            "metrics-server", "--secure-port=10250", "--serving-secret=\(servingSettings.secret)", "--serving-service=\(servingSettings.service)",
            "--cert-dir=/tmp",
        ] + usage
    }

    private var container: JSONObject {
        [
            "name": "metrics-server", "image": .string(image), "imagePullPolicy": "IfNotPresent", "args": JSONValue(arguments),
            "ports": [["name": "https", "containerPort": 10250, "protocol": "TCP"]],
            "livenessProbe": Self.probe("/livez", initialDelay: nil),
            // Usage takes two scrapes.
            "readinessProbe": Self.probe("/readyz", initialDelay: 20),
            "resources": ["requests": ["cpu": "50m", "memory": "64Mi"]],
            "securityContext": [
                "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532,
                "capabilities": ["drop": ["ALL"]], "seccompProfile": ["type": "RuntimeDefault"],
            ],
            "volumeMounts": .array(
                [["name": "tmp", "mountPath": "/tmp"]]
                    + (rules == nil ? [] : [["name": "rules", "mountPath": .string(Self.rulesFolder), "readOnly": true]])),
        ]
    }

    private static func probe(_ path: String, initialDelay: Int?) -> JSONValue {
        var probe: JSONObject = ["httpGet": ["path": .string(path), "port": "https", "scheme": "HTTPS"], "periodSeconds": 10, "failureThreshold": 3]
        probe["initialDelaySeconds"] = initialDelay.map { JSONValue($0) }
        return .object(probe)
    }
}
