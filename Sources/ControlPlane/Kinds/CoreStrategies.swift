// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubeSchema

extension ResourceStrategy {
    static let namespace = ResourceStrategy(
        nameRule: .label, returnsDeletedObject: true, deletion: .namespace,
        prepareForCreate: { namespace, _ in
            namespace["status"] = ["phase": "Active"]
            namespace.set(["kubernetes"], at: "spec", "finalizers")
            namespace.set(.string(namespace.name), at: "metadata", "labels", "kubernetes.io/metadata.name")
        },
        prepareForUpdate: { namespace, old in
            namespace.set(old.spec["finalizers"], at: "spec", "finalizers")
            namespace.set(.string(namespace.name), at: "metadata", "labels", "kubernetes.io/metadata.name")
        })

    static let node = ResourceStrategy(returnsDeletedObject: true)

    static let lease = ResourceStrategy(
        allowsCreateOnUpdate: true, allowsUnconditionalUpdate: false, tracksOwners: false,
        validateCreate: { lease, _ in leaseErrors(lease).causes },
        validateUpdate: { lease, _, _ in leaseErrors(lease).causes })

    private static func leaseErrors(_ lease: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        if let duration = lease.spec["leaseDurationSeconds"]?.int, duration <= 0 {
            errors.invalid("spec.leaseDurationSeconds", .integer(duration), "must be greater than 0")
        }
        if let transitions = lease.spec["leaseTransitions"]?.int, transitions < 0 {
            errors.invalid("spec.leaseTransitions", .integer(transitions), "must be greater than or equal to 0")
        }
        return errors
    }

    static let configMap = ResourceStrategy(
        validateCreate: { map, _ in configMapErrors(map).causes },
        validateUpdate: { map, old, _ in
            var errors = configMapErrors(map)
            guard old["immutable"]?.bool == true else { return errors.causes }
            if map["immutable"]?.bool != true { errors.forbidden("immutable", "field is immutable when `immutable` is set") }
            for field in ["data", "binaryData"] where map[field] != old[field] {
                errors.forbidden(field, "field is immutable when `immutable` is set")
            }
            return errors.causes
        })

    /// - Source: `ValidateConfigMap`, kubernetes pkg/apis/core/validation/validation.go
    private static func configMapErrors(_ map: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        func bytes(_ field: String) -> Int { (map[field]?.object ?? [:]).reduce(0) { $0 + ($1.value.string?.utf8.count ?? 0) } }
        if bytes("data") + bytes("binaryData") * 3 / 4 > 1024 * 1024 { errors.tooLong("", maximumBytes: 1024 * 1024) }
        return errors
    }

    static let event = ResourceStrategy(
        allowsCreateOnUpdate: true, tracksOwners: false,
        validateCreate: { event, _ in
            var errors = FieldErrors()
            let about = event.value(at: "involvedObject", "namespace")?.string ?? ""
            // Events about cluster-scoped objects are kept in `default`.
            if event.namespace != about, !(about.isEmpty && event.namespace == "default") {
                errors.invalid("involvedObject.namespace", .string(about), "does not match event.namespace")
            }
            return errors.causes
        })

    /// - Source: `ValidateAPIService`, kube-aggregator pkg/apis/apiregistration/validation/validation.go
    static let apiService = ResourceStrategy(
        allowsUnconditionalUpdate: false, nameRule: .pathSegment,
        prepareForCreate: { apiService, _ in
            apiService["status"] = [:]
        },
        prepareForUpdate: { apiService, old in
            // What is merged into a placeholder may say that nothing is to be verified, where the placeholder says by what.
            guard old.isPlaceholder else { return }
            if apiService.spec["insecureSkipTLSVerify"] == true, apiService.spec["caBundle"] == old.spec["caBundle"] {
                apiService.set(nil, at: "spec", "caBundle")
            }
            if apiService.spec["service"] != old.spec["service"] { apiService.endPlaceholder() }
        },
        validateCreate: { apiService, _ in apiServiceErrors(apiService).causes },
        validateUpdate: { apiService, _, _ in apiServiceErrors(apiService).causes })

    private static func apiServiceErrors(_ apiService: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        let spec = apiService.spec
        let group = spec["group"]?.string ?? ""
        let version = spec["version"]?.string ?? ""
        if version.isEmpty { errors.required("spec.version") }
        if apiService.name != "\(version).\(group)" {
            errors.invalid("metadata.name", .string(apiService.name), "must be `spec.version+\".\"+spec.group`: \"\(version).\(group)\"")
        }
        for field in ["groupPriorityMinimum", "versionPriority"] {
            let limit: Int64 = field == "versionPriority" ? 1000 : 20000
            let value = spec[field]?.int ?? 0
            if value <= 0 || value > limit { errors.invalid("spec.\(field)", .integer(value), "must be positive and less than \(limit)") }
        }
        let skipsVerification = spec["insecureSkipTLSVerify"]?.bool ?? false
        guard let service = spec["service"], service.object != nil else {
            if skipsVerification { errors.invalid("spec.insecureSkipTLSVerify", true, "local APIServices may not have insecureSkipTLSVerify") }
            if !(spec["caBundle"]?.string ?? "").isEmpty {
                errors.invalid("spec.caBundle", spec["caBundle"], "local APIServices may not have a caBundle")
            }
            return errors
        }
        for field in ["namespace", "name"] where (service[field]?.string ?? "").isEmpty { errors.required("spec.service.\(field)") }
        if let port = service["port"]?.int, !(1...65535).contains(port) {
            errors.invalid("spec.service.port", .integer(port), "port is not valid: must be between 1 and 65535, inclusive")
        }
        if skipsVerification, !(spec["caBundle"]?.string ?? "").isEmpty {
            errors.invalid("spec.insecureSkipTLSVerify", true, "may not be true if caBundle is present")
        }
        return errors
    }
}
