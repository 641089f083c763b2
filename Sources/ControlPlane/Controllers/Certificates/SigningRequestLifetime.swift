// SPDX-FileCopyrightText: The Updraft authors
// SPDX-License-Identifier: Apache-2.0

import KubeModel
import KubePKI

/// How long a CertificateSigningRequest is kept: an hour after it was decided, a day while it waits, and never longer than its certificate.
///
/// - Source: kubernetes pkg/controller/certificates/cleaner/cleaner.go
enum SigningRequestLifetime {
    private static let decided = Duration.seconds(3600)
    private static let pending = Duration.seconds(24 * 3600)

    static func end(of csr: KubeObject) -> Timestamp {
        let created = csr.value(at: "metadata", "creationTimestamp")?.timestamp ?? .zero
        var ends = [created + pending]
        let hasCertificate = !(csr["status"]?["certificate"]?.string ?? "").isEmpty
        for type in ["Approved", "Denied", "Failed"] where type != "Approved" || hasCertificate {
            guard let condition = csr.condition(type) else { continue }
            let since = condition["lastUpdateTime"]?.timestamp ?? condition["lastTransitionTime"]?.timestamp ?? created
            ends.append(since + decided)
        }
        if hasCertificate, let expiry = certificateEnd(of: csr) { ends.append(expiry) }
        return ends.min() ?? created
    }

    private static func certificateEnd(of csr: KubeObject) -> Timestamp? {
        let pem = csr["status"]?["certificate"]?.string.flatMap(Base64.decode).map { String(decoding: $0, as: UTF8.self) }
        return pem.flatMap { try? CertificateDescription.all(in: $0, from: csr.name).first?.notAfter }
    }
}
