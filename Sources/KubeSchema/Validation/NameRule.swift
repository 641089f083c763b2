// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel

/// Which names a kind's objects may have.
///
/// - Source: k8s.io/apimachinery pkg/util/validation/validation.go, pkg/api/validation/path/name.go
package enum NameRule: Sendable {
    /// Parts separated by dots, 253 bytes in all: most kinds.
    case subdomain
    /// One part, 63 bytes: namespaces.
    case label
    /// One part that begins with a letter: services.
    case letterLabel
    /// Whatever can stand in a path.
    case pathSegment

    /// What is wrong with `name`; nil if nothing is.
    package func problem(_ name: String) -> String? {
        let bytes = Array(name.utf8)
        switch self {
        case .subdomain:
            if bytes.count > 253 { return "must be no more than 253 bytes" }
            let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            return parts.allSatisfy { Self.isLabel($0, mayBeginWithDigit: true) } ? nil : Self.subdomainRule
        case .label:
            if bytes.count > 63 { return "must be no more than 63 bytes" }
            if Self.isLabel(bytes[...], mayBeginWithDigit: true) { return nil }
            return NameRule.subdomain.problem(name) == nil ? "must not contain dots" : Self.labelRule
        case .letterLabel:
            if bytes.count > 63 { return "must be no more than 63 bytes" }
            return Self.isLabel(bytes[...], mayBeginWithDigit: false) ? nil : Self.letterLabelRule
        case .pathSegment:
            if name == "." { return "may not be '.'" }
            if name == ".." { return "may not be '..'" }
            if bytes.contains(UInt8(ascii: "/")) { return "may not contain '/'" }
            return bytes.contains(UInt8(ascii: "%")) ? "may not contain '%'" : nil
        }
    }

    /// What is wrong with the beginning of names yet to be made; a dash at its end will have something after it.
    package func problem(prefix: String) -> String? { problem(prefix.hasSuffix("-") && prefix.utf8.count > 1 ? prefix.dropLast() + "a" : prefix) }

    private static func isLabel(_ bytes: ArraySlice<UInt8>, mayBeginWithDigit: Bool) -> Bool {
        guard let first = bytes.first, let last = bytes.last else { return false }
        return (mayBeginWithDigit ? isAlphanumeric(first) : isLetter(first)) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) }

    private static let subdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    private static let labelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    private static let letterLabelRule =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
}
