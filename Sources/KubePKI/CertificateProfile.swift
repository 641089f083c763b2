// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import KubeModel
import SwiftASN1
import X509

#if canImport(Glibc)
    import Glibc
#endif

/// What a certificate is to say and to be used for.
package struct CertificateProfile: Sendable, Hashable {
    /// The user name, for clients.
    package var commonName: String
    /// The groups, for clients; in the order written.
    package var organizations: [String]
    package var dnsNames: [String]
    /// In text: `127.0.0.1`, `::1`.
    package var ipAddresses: [String]
    package var usages: Usages
    /// From the time of issue, which is backdated by `CertificateAuthority.backdating` for clocks that differ.
    package var validity: Duration

    package struct Usages: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let serverAuth = Usages(rawValue: 1)
        package static let clientAuth = Usages(rawValue: 2)
    }

    package init(
        commonName: String, organizations: [String] = [], dnsNames: [String] = [], ipAddresses: [String] = [], usages: Usages,
        validity: Duration = .days(365)
    ) {
        self.commonName = commonName
        self.organizations = organizations
        self.dnsNames = dnsNames
        self.ipAddresses = ipAddresses
        self.usages = usages
        self.validity = validity
    }

    package static func server(commonName: String, dnsNames: [String] = [], ipAddresses: [String] = [], validity: Duration = .days(365)) -> Self {
        Self(commonName: commonName, dnsNames: dnsNames, ipAddresses: ipAddresses, usages: .serverAuth, validity: validity)
    }

    /// A user and its groups.
    package static func client(commonName: String, organizations: [String] = [], validity: Duration = .days(365)) -> Self {
        Self(commonName: commonName, organizations: organizations, usages: .clientAuth, validity: validity)
    }
}

extension Duration {
    package static func days(_ days: Int) -> Duration { .seconds(Int64(days) * 86_400) }
}

extension CertificateProfile {
    func subject() throws -> DistinguishedName {
        var names = organizations.map { RelativeDistinguishedName(.init(type: .RDNAttributeType.organizationName, utf8String: $0)) }
        names.append(RelativeDistinguishedName(.init(type: .RDNAttributeType.commonName, utf8String: commonName)))
        return DistinguishedName(names)
    }

    func alternativeNames() throws(PKIError) -> [GeneralName] {
        var names = dnsNames.map(GeneralName.dnsName)
        for text in ipAddresses {
            guard let bytes = IPAddress.bytes(text) else {
                throw PKIError(.invalidProfile, "certificate \(commonName): \"\(text)\" is not an IP address")
            }
            names.append(.ipAddress(ASN1OctetString(contentBytes: bytes[...])))
        }
        return names
    }

    var extendedKeyUsages: [ExtendedKeyUsage.Usage] {
        var list: [ExtendedKeyUsage.Usage] = []
        if usages.contains(.serverAuth) { list.append(.serverAuth) }
        if usages.contains(.clientAuth) { list.append(.clientAuth) }
        return list
    }
}

/// IP addresses as the 4 or 16 bytes that certificates hold.
package enum IPAddress {
    package static func isValid(_ text: String) -> Bool { bytes(text) != nil }

    static func bytes(_ text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: &six) { Array($0) } }
        return nil
    }

    static func text(_ bytes: some Collection<UInt8>) -> String? {
        let raw = Array(bytes)
        guard raw.count == 4 || raw.count == 16 else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(raw.count == 4 ? AF_INET : AF_INET6, raw, &buffer, socklen_t(buffer.count)) != nil else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension Timestamp {
    var date: Date { Date(timeIntervalSince1970: Double(seconds)) }
    init(_ date: Date) { self.init(seconds: Int64(date.timeIntervalSince1970.rounded(.down))) }
}
