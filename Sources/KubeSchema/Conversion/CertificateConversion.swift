// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Signing requests of `certificates.k8s.io/v1beta1`, in which the signer, the usages and a condition's status may be left out.
///
/// - Source: kubernetes pkg/apis/certificates/v1beta1/defaults.go
enum CertificateConversion {
    static func fromV1beta1(_ json: inout JSONValue) {
        json.change("spec") { spec in
            if spec["usages"]?.array?.isEmpty ?? true { spec["usages"] = ["digital signature", "key encipherment"] }
            if spec["signerName"]?.string == nil { spec["signerName"] = "kubernetes.io/legacy-unknown" }
        }
        json.change("status") { status in
            guard let conditions = status["conditions"]?.array else { return }
            status["conditions"] = .array(
                conditions.map { condition in
                    guard (condition["status"]?.string ?? "").isEmpty else { return condition }
                    var condition = condition
                    condition["status"] = "True"
                    return condition
                })
        }
    }
}
