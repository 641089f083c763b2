// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import MetricsAPI

/// `--serving-secret` and what goes with it.
enum ServingSecretFlags {
    /// Nil without `--serving-secret`.
    static func settings(_ flags: FlagValues) -> ServingSecretSettings? {
        guard let secret = flags.path("serving-secret").flatMap(name) else { return nil }
        let service = flags.path("serving-service").flatMap(name) ?? NamespacedName(namespace: secret.namespace, name: "metrics-server")
        var settings = ServingSecretSettings(secret: secret, service: service)
        settings.patchesAPIServices = flags.bool("patch-api-services")
        if flags.path("rules") != nil { settings.apiServices += ServingSecretSettings.ruledAPIServices }
        return settings
    }

    static func problems(_ flags: FlagValues) -> [String] {
        var problems: [String] = []
        for flag in ["serving-secret", "serving-service"] {
            if let text = flags.path(flag), name(text) == nil { problems.append("--\(flag)=\(text) is not NAMESPACE/NAME") }
        }
        if flags.path("serving-secret") == nil {
            for flag in ["serving-service", "patch-api-services"] where flags.isGiven(flag) {
                problems.append("--\(flag) says nothing without --serving-secret")
            }
        } else if flags.path("tls-cert-file") != nil {
            problems.append("--serving-secret and --tls-cert-file exclude each other")
        }
        return problems
    }

    private static func name(_ text: String) -> NamespacedName? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts.allSatisfy(ObjectName.isValid) else {
            return nil
        }
        return NamespacedName(namespace: parts[0], name: parts[1])
    }
}
