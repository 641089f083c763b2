// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI
import KubeSchema

/// What a CertificateSigningRequest must hold, and what may become of it.
///
/// - Source: kubernetes pkg/apis/certificates/validation/validation.go, pkg/registry/certificates/certificates/strategy.go
enum SigningRequestRules {
    static let shortestSeconds: Int64 = 600
    /// Conditions that only the approval subresource sets.
    static let decisions = ["Approved", "Denied"]

    static func request(of csr: KubeObject) throws(PKIError) -> SigningRequest {
        try SigningRequest(pem: csr.spec["request"]?.string.flatMap(Base64.decode) ?? [])
    }

    static func usages(of csr: KubeObject) -> [String] { csr.spec["usages"]?.array?.compactMap(\.string) ?? [] }

    static func isTrue(_ csr: KubeObject, _ condition: String) -> Bool { csr.condition(condition)?["status"]?.string == "True" }

    // MARK: New requests

    static func createErrors(_ csr: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        let text = csr.spec["request"]?.string ?? ""
        if text.isEmpty {
            errors.required("spec.request")
        } else {
            do throws(PKIError) { _ = try request(of: csr) } catch { errors.invalid("spec.request", .string("\(text.prefix(48))…"), error.message) }
        }
        if let seconds = csr.spec["expirationSeconds"]?.int, seconds < shortestSeconds {
            errors.invalid("spec.expirationSeconds", .integer(seconds), "may not specify a duration less than 600 seconds (10 minutes)")
        }
        errors.append(usageErrors(csr))
        errors.append(signerErrors(csr.spec["signerName"]?.string ?? ""))
        return errors
    }

    private static func usageErrors(_ csr: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        let usages = usages(of: csr)
        if usages.isEmpty { errors.required("spec.usages", "usages must be provided for certificate requests") }
        let known = KubeSchema.builtIn.type(named: "certificates/v1.CertificateSigningRequestSpec")?.field("usages")?.enumValues
        var seen: Set<String> = []
        for (index, usage) in usages.enumerated() {
            if !seen.insert(usage).inserted { errors.duplicate("spec.usages[\(index)]", .string(usage)) }
            if let known, !known.contains(usage) { errors.unsupported("spec.usages[\(index)]", .string(usage), supported: known) }
        }
        return errors
    }

    /// `DOMAIN/PATH`, the domain in at least two parts.
    private static func signerErrors(_ name: String) -> FieldErrors {
        var errors = FieldErrors()
        guard !name.isEmpty else {
            errors.required("spec.signerName")
            return errors
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty else {
            errors.invalid("spec.signerName", .string(name), "must be a fully qualified domain and path of the form 'example.com/signer-name'")
            return errors
        }
        if NameRule.subdomain.problem(parts[0]) != nil || !parts[0].contains(".") {
            errors.invalid("spec.signerName", .string(name), "should be a domain with at least two segments separated by dots")
        }
        if NameRule.subdomain.problem(parts[1]) != nil { errors.invalid("spec.signerName", .string(name), "the path is not a domain name") }
        return errors
    }

    // MARK: What becomes of them

    /// Keeps what the subresource that is written does not own, and fills in times.
    static func prepareStatus(_ new: inout KubeObject, _ old: KubeObject, _ scope: UpdateScope, _ now: Timestamp) {
        if scope == .approval { new.set(old["status"]?["certificate"], at: "status", "certificate") }
        let conditions = (new["status"]?["conditions"]?.array ?? []).map { condition -> JSONValue in
            var condition = condition
            let before = condition["type"]?.string.flatMap { old.condition($0) }
            let isSame = before?["status"] == condition["status"]
            let known = [("lastTransitionTime", isSame ? before : nil), ("lastUpdateTime", before)]
            // A time that isn't given is null.
            for (field, source) in known where condition[field]?.string == nil {
                condition[field] = .string(source?[field]?.string ?? now.description)
            }
            return condition
        }
        new.set(conditions.isEmpty ? nil : .array(conditions), at: "status", "conditions")
        if new["status"] == [:] { new["status"] = nil }
    }

    static func statusErrors(_ new: KubeObject, _ old: KubeObject, _ scope: UpdateScope) -> FieldErrors {
        var errors = FieldErrors()
        errors.append(conditionErrors(new))
        for type in decisions + ["Failed"] where old.condition(type) != nil && new.condition(type) == nil {
            errors.forbidden("status.conditions", "updates may not remove a condition of type \"\(type)\"")
        }
        if scope == .status {
            for type in decisions where old.condition(type) == nil && new.condition(type) != nil {
                errors.forbidden("status.conditions", "updates may not add a condition of type \"\(type)\"")
            }
        }
        errors.append(certificateErrors(new["status"]?["certificate"], replacing: old["status"]?["certificate"]))
        return errors
    }

    private static func conditionErrors(_ csr: KubeObject) -> FieldErrors {
        var errors = FieldErrors()
        var seen: Set<String> = []
        for (index, condition) in (csr["status"]?["conditions"]?.array ?? []).enumerated() {
            let path = "status.conditions[\(index)]"
            let type = condition["type"]?.string ?? ""
            if type.isEmpty { errors.required("\(path).type") }
            if !seen.insert(type).inserted { errors.duplicate("\(path).type", .string(type)) }
            let status = condition["status"]?.string ?? ""
            switch status {
            case "": errors.required("\(path).status")
            case "True": break
            case "False", "Unknown":
                if decisions.contains(type) || type == "Failed" { errors.unsupported("\(path).status", .string(status), supported: ["True"]) }
            default: errors.unsupported("\(path).status", .string(status), supported: ["True", "False", "Unknown"])
            }
        }
        if decisions.allSatisfy({ seen.contains($0) }) {
            errors.invalid("status.conditions", "Denied", "Approved and Denied conditions are mutually exclusive")
        }
        return errors
    }

    private static func certificateErrors(_ new: JSONValue?, replacing old: JSONValue?) -> FieldErrors {
        var errors = FieldErrors()
        let (text, before) = (new?.string ?? "", old?.string ?? "")
        if !before.isEmpty, text != before {
            errors.immutable("status.certificate", .string("\(text.prefix(48))…"))
        } else if !text.isEmpty, text != before {
            let pem = String(decoding: Base64.decode(text) ?? [], as: UTF8.self)
            do throws(PKIError) { _ = try CertificateDescription.all(in: pem, from: "the certificate") } catch {
                errors.invalid("status.certificate", .string("\(text.prefix(48))…"), error.message)
            }
        }
        return errors
    }
}
