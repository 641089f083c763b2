// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Gives a new pod its service account, and its containers the files by which programs reach the API.
///
/// - Source: kubernetes plugin/pkg/admission/serviceaccount/admission.go
enum ServiceAccountAdmission {
    static let mountPath = "/var/run/secrets/kubernetes.io/serviceaccount"
    /// Seconds; upstream's odd seven tell these tokens from others.
    private static let tokenLifetime: Int64 = 3607

    static func accountName(of pod: KubeObject) -> String {
        let name = pod.spec["serviceAccountName"]?.string ?? pod.spec["serviceAccount"]?.string ?? ""
        return name.isEmpty ? "default" : name
    }

    /// - Parameter volume: A name that the pod has no volume of.
    static func admit(_ pod: inout KubeObject, account: KubeObject, volume: String) {
        pod.set(.string(account.name), at: "spec", "serviceAccountName")
        pod.set(.string(account.name), at: "spec", "serviceAccount")
        if pod.spec["imagePullSecrets"]?.array?.isEmpty ?? true, let secrets = account["imagePullSecrets"]?.array, !secrets.isEmpty {
            pod.set(.array(secrets), at: "spec", "imagePullSecrets")
        }
        let mounts = pod.spec["automountServiceAccountToken"]?.bool ?? account["automountServiceAccountToken"]?.bool ?? true
        guard mounts else { return }
        var isMounted = false
        for list in ["initContainers", "containers"] {
            guard let containers = pod.spec[list]?.array else { continue }
            let changed = containers.map { container in
                var container = container
                let own = container["volumeMounts"]?.array ?? []
                guard !own.contains(where: { $0["mountPath"]?.string == mountPath }) else { return container }
                isMounted = true
                container["volumeMounts"] = .array(own + [["name": .string(volume), "readOnly": true, "mountPath": .string(mountPath)]])
                return container
            }
            pod.set(.array(changed), at: "spec", list)
        }
        if isMounted { pod.set(.array((pod.spec["volumes"]?.array ?? []) + [projection(volume)]), at: "spec", "volumes") }
    }

    private static func projection(_ name: String) -> JSONValue {
        [
            "name": .string(name),
            "projected": [
                "sources": [
                    ["serviceAccountToken": ["expirationSeconds": .integer(tokenLifetime), "path": "token"]],
                    ["configMap": ["name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
                    [
                        "downwardAPI": [
                            "items": [["path": "namespace", "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"]]]
                        ]
                    ],
                ], "defaultMode": 420,
            ],
        ]
    }
}

extension ResourceStore {
    /// How often the `default` account of a namespace that has just been made is looked for.
    private static var attempts: Int { 20 }

    /// - Throws: 403 where the pod names an account that is not there.
    func admitPod(_ pod: KubeObject, namespace: String) async throws -> KubeObject {
        guard let accounts = registry.definition(.serviceAccounts) else { return pod }
        let name = ServiceAccountAdmission.accountName(of: pod)
        var attempt = 1
        while true {
            if let account = try? get(accounts, namespace, name) {
                var pod = pod
                ServiceAccountAdmission.admit(&pod, account: account, volume: identifiers.name(from: "kube-api-access-"))
                return pod
            }
            guard name == "default", attempt < Self.attempts else {
                throw APIError.forbidden(
                    GroupVersionResource.pods.groupResource, pod.name,
                    "error looking up service account \(namespace)/\(name): serviceaccount \"\(name)\" not found")
            }
            attempt += 1
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
