// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// - Source: pkg/apis/apps/{v1,v1beta1,v1beta2}/defaults.go, pkg/apis/core/v1/defaults.go; for extensions/v1beta1,
///   pkg/apis/extensions/v1beta1/defaults.go of v1.15
enum SetDefaults {
    /// In v1beta1 nothing is replaced until it is deleted, and the selector is made of the template's labels.
    static func statefulSet(_ object: inout JSONValue, version: String) {
        if version == "v1beta1" { WorkloadDefaults.labelsAndSelector(&object) }
        object.change("spec") { spec in
            spec.setDefaultForZero("podManagementPolicy", "OrderedReady")
            spec.setDefault("updateStrategy", [:])
            spec.change("updateStrategy") { strategy in
                strategy.setDefaultForZero("type", version == "v1beta1" ? "OnDelete" : "RollingUpdate")
                guard strategy["type"] == "RollingUpdate" else { return }
                if version != "v1beta1" { strategy.setDefault("rollingUpdate", [:]) }
                strategy.change("rollingUpdate") { $0.setDefault("partition", 0) }
            }
            spec.setDefault("persistentVolumeClaimRetentionPolicy", [:])
            spec.change("persistentVolumeClaimRetentionPolicy") { policy in
                for field in ["whenDeleted", "whenScaled"] { policy.setDefaultForZero(field, "Retain") }
            }
            spec.setDefault("replicas", 1)
            spec.setDefault("revisionHistoryLimit", 10)
            spec.changeElements("volumeClaimTemplates") { template in
                template["apiVersion"] = "v1"
                template["kind"] = "PersistentVolumeClaim"
                claim(&template)
            }
            spec.change("template") { $0.change("spec", PodDefaults.spec) }
        }
    }

    /// - Parameter strategy: How pods of an old template are replaced where nothing is said of it.
    static func daemonSet(_ object: inout JSONValue, strategy name: JSONValue) {
        object.change("spec") { spec in
            spec.setDefault("updateStrategy", [:])
            spec.change("updateStrategy") { strategy in
                strategy.setDefaultForZero("type", name)
                guard strategy["type"] == "RollingUpdate" else { return }
                strategy.setDefault("rollingUpdate", [:])
                strategy.change("rollingUpdate") { rolling in
                    rolling.setDefault("maxUnavailable", 1)
                    rolling.setDefault("maxSurge", 0)
                }
            }
            spec.setDefault("revisionHistoryLimit", 10)
            spec.change("template") { $0.change("spec", PodDefaults.spec) }
        }
    }

    static func volume(_ volume: inout JSONValue) {
        volume.setDefault("status", [:])
        volume.change("status") { $0.setDefaultForZero("phase", "Pending") }
        volume.change("spec") { spec in
            spec.setDefaultForZero("persistentVolumeReclaimPolicy", "Retain")
            spec.setDefault("volumeMode", "Filesystem")
            spec.change("hostPath") { $0.setDefault("type", "") }
        }
    }

    static func claim(_ claim: inout JSONValue) {
        claim.setDefault("status", [:])
        claim.change("status") { $0.setDefaultForZero("phase", "Pending") }
        claim.setDefault("spec", [:])
        claim.change("spec") { $0.setDefault("volumeMode", "Filesystem") }
    }
}
